import Core
import Fitting
import Geometry
import Jobs
import MeshIO
import NeuralFields
import SurfaceExtraction
import TangentKernels

/// An error of the libraries as one line, with the options of the command line that its remedy speaks of.
struct ErrorText {
    let text: String

    /// nil for what is not theirs.
    init?(_ error: any Error) {
        let text: String
        switch error {
        case let error as SettingError: text = Self.setting(error.name, error.value, error.remedy)
        case let error as FittingError: text = Self.text(error)
        case let error as NeuralFieldsError: text = Self.text(error)
        case let error as ExtractionError: text = Self.text(error)
        case let error as TangentKernelsError: text = Self.text(error)
        case let error as OutputError: text = error.description + Self.advice(error)
        case let error as GeometryError: text = error.description
        case let error as MeshFileError: text = error.description
        case let error as PointCloudError: text = error.description
        case let error as FileError: text = error.description
        case let error as BatchError: text = error.description
        default: return nil
        }
        self.text = FileName.line(text)
    }

    /// Settings that are options by another name than their own.
    private static let otherOptions = [
        "learning rate": "--learning-rate", "batch size": "--batch-size", "winding accuracy": "--winding-accuracy",
        "iso-level": "--iso-level", "frequency count": "--frequencies", "frequencies": "--frequencies",
    ]
    private static let options: Set<String> = [
        "sigma", "width", "depth", "resolution", "steps", "seconds", "grid", "simplify", "ridge", "format", "margin",
        "deviation", "width", "depth", "base", "tolerance", "coefficients", "levels",
    ]

    private static func setting(_ name: String, _ value: String, _ remedy: String) -> String {
        let shown = otherOptions[name] ?? (options.contains(name) ? "--" + name : name)
        return "\(shown) \(value): \(remedy)"
    }

    private static func text(_ error: FittingError) -> String {
        switch error {
        case .invalidSetting(let name, let value, let remedy): setting(name, value, remedy)
        case .gridTooLarge: error.description + " (--resolution)"
        case .training(let inner): text(inner)
        case .nothingLearnt: error.description + " (--learning-rate, --steps)"
        case .divergedWithModel(let inner, let step, let path):
            "\(text(inner)); the model of step \(step) is in \(path)"
        case .otherCheckpoint(_, let reason):
            error.description + (reason.contains("steps already") ? " (--steps)" : " (without --resume)")
        case .unreadableConfiguration: error.description + "; --print-configuration writes one"
        default: error.description
        }
    }

    private static func text(_ error: NeuralFieldsError) -> String {
        switch error {
        case .invalidSetting(let name, let value, let remedy): setting(name, value, remedy)
        case .diverged: error.description + " (--learning-rate, --sigma)"
        default: error.description
        }
    }

    private static func text(_ error: ExtractionError) -> String {
        switch error {
        case .invalidSetting(let name, let value, let remedy): setting(name, value, remedy)
        case .gridTooLarge: error.description + " (--resolution)"
        default: error.description
        }
    }

    private static func text(_ error: TangentKernelsError) -> String {
        switch error {
        case .invalidSetting(let name, let value, let remedy): setting(name, value, remedy)
        case .singularKernel: error.description + " (--ridge 1e-6)"
        case .tooManyPoints: error.description + " (--points)"
        case .unstableStep: error.description + " (--step-size)"
        default: error.description
        }
    }

    private static func advice(_ error: OutputError) -> String {
        switch error {
        case .isForeign: "; --force replaces it, --output chooses another place"
        case .isInput, .readOnly, .noFolder, .isFolder, .unwritable: "; choose another --output"
        }
    }
}
