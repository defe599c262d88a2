import Core
import Geometry
import NeuralFields

/// Why a fit, an extraction or an evaluation could not be done: one line that names the value and the remedy.
public enum FittingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A setting outside its range; `remedy` says the range.
    case invalidSetting(name: String, value: String, remedy: String)
    /// A shape that cannot be learnt.
    case unusableShape(GeometryError)
    /// A shape that encloses next to nothing: of `pointCount` points around its surface `insideCount` are inside.
    case nothingInside(pointCount: Int, insideCount: Int)
    /// The field has a surface, but no sample of a grid of `resolution` cells lies inside it: `needed` might do. The model is
    /// in `path`.
    case surfaceBetweenSamples(resolution: Int, needed: Int, path: String)
    /// A result that has nearly nothing in common with the shape, in spite of a training that came to its end.
    case farFromShape(iou: Double, reason: String)
    /// A grid whose samples would need more memory than the caller allows.
    case gridTooLarge(resolution: Int, requiredBytes: Int, limitBytes: Int)
    /// A network's setting out of its range, or a training that diverged.
    case training(NeuralFieldsError)
    /// A training that left a field without a surface, of values in `minimum ... maximum`.
    case nothingLearnt(minimum: Float, maximum: Float)
    /// A training that diverged after a while: `path` has a model of weights that were sound.
    case divergedWithModel(NeuralFieldsError, step: Int, path: String)
    /// A checkpoint that is sound, but not of this fit.
    case otherCheckpoint(path: String, reason: String)
    /// A model to start from whose network is not that of the settings.
    case otherStart(reason: String)
    /// A configuration file that cannot be used.
    case unreadableConfiguration(path: String, reason: String)

    public var description: String {
        switch self {
        case .invalidSetting(let name, let value, let remedy):
            return "\(name) \(value): \(remedy)"
        case .unusableShape(let error):
            return error.description
        case .nothingInside(let count, let insideCount):
            let (much, many) = insideCount == 0 ? ("nothing", "not one") : ("next to nothing", "\(insideCount)")
            return
                "\(much) is inside: of \(count) points around the surface \(many). The shape is open, or its faces stand "
                + "twice and cancel; close it"
        case .surfaceBetweenSamples(let resolution, let needed, let path):
            return
                "the shape was learnt, but is too thin for a grid of \(resolution) cells along its longest side: no sample "
                + "lies inside it; extract it from \(path) with a resolution of \(needed) or more"
        case .farFromShape(let iou, let reason):
            return
                "the written mesh has nearly nothing in common with the shape: IoU \((iou * 1000).rounded() / 1000). \(reason)"
        case .gridTooLarge(let resolution, let requiredBytes, let limitBytes):
            return "resolution \(resolution): the grid needs \(megabytes(requiredBytes)) of memory and "
                + "\(megabytes(limitBytes)) are allowed; choose a lower resolution"
        case .training(let error):
            return error.description
        case .nothingLearnt(let minimum, let maximum):
            return "training came to nothing: the field lies in \(minimum) ... \(maximum) and has no surface; "
                + "use a smaller learning rate or train for longer"
        case .divergedWithModel(let error, let step, let path):
            return "\(error.description); the model of step \(step) is in \(path)"
        case .otherCheckpoint(let path, let reason):
            return "\(path): \(reason)"
        case .otherStart(let reason):
            return "the model to start from has \(reason); fit both with the same settings and seed"
        case .unreadableConfiguration(let path, let reason):
            return "\(path): \(reason)"
        }
    }
}

extension FittingError {
    init(_ error: SettingError) {
        self = .invalidSetting(name: error.name, value: error.value, remedy: error.remedy)
    }
}

private func megabytes(_ bytes: Int) -> String {
    "\((bytes + (1 << 20) - 1) >> 20) MiB"
}
