/// What can be wrong with a network's settings, its training or its file: one line that says what and how to mend it.
public enum NeuralFieldsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A setting outside its range.
    case invalidSetting(name: String, value: String, remedy: String)
    /// A file that is missing or cannot be read.
    case fileUnreadable(path: String, reason: String)
    /// A file that cannot be written; what was there before still is.
    case fileUnwritable(path: String, reason: String)
    /// A model file that is truncated, of another kind, or inconsistent.
    case invalidModelFile(path: String, reason: String)
    /// The loss became NaN or exploded.
    case diverged(step: Int, loss: Float)
    /// OpenBLAS, or one of its routines, cannot be loaded.
    case libraryMissing(reason: String)
    /// A training's state that is damaged or of another training.
    case unusableState(reason: String)
    /// A LAPACK routine that did not converge.
    case decompositionFailed(routine: String, status: Int)

    public var description: String {
        switch self {
        case .invalidSetting(let name, let value, let remedy): "\(name) \(value): \(remedy)"
        case .fileUnreadable(let path, let reason), .fileUnwritable(let path, let reason),
            .invalidModelFile(let path, let reason):
            "\(path): \(reason)"
        case .diverged(let step, let loss):
            "training diverged at step \(step) (loss \(loss)): use a smaller learning rate or a smaller σ"
        case .libraryMissing(let reason):
            "the linear algebra library cannot be loaded (\(reason)); install OpenBLAS (Debian's libopenblas0)"
        case .unusableState(let reason): "the training cannot go on from this state: \(reason)"
        case .decompositionFailed(let routine, let status): "LAPACK's \(routine) failed with status \(status)"
        }
    }
}
