/// Why a surface could not be extracted: one line that names the value and the remedy.
public enum ExtractionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A setting outside its range; `remedy` says the range.
    case invalidSetting(name: String, value: String, remedy: String)
    /// A grid whose samples would need more memory than the caller allows.
    case gridTooLarge(resolution: Int, requiredBytes: Int, limitBytes: Int)
    /// No sample lies on the other side of the level: `minimum ... maximum` is the range of the values seen.
    case isoLevelNotReached(isoLevel: Float, minimum: Float, maximum: Float)
    /// The field has no finite value anywhere that was looked at.
    case noFiniteValue

    public var description: String {
        switch self {
        case .invalidSetting(let name, let value, let remedy):
            return "\(name) \(value): \(remedy)"
        case .gridTooLarge(let resolution, let requiredBytes, let limitBytes):
            return "resolution \(resolution): the grid needs \(mebibytes(requiredBytes)) of memory and "
                + "\(mebibytes(limitBytes)) are allowed; choose a lower resolution"
        case .isoLevelNotReached(let isoLevel, let minimum, let maximum):
            return "no surface at level \(isoLevel): the field's values lie in \(minimum) ... \(maximum)"
        case .noFiniteValue:
            return "no surface: the field has no finite value in the box"
        }
    }
}

private func mebibytes(_ bytes: Int) -> String {
    "\((bytes + (1 << 20) - 1) >> 20) MiB"
}
