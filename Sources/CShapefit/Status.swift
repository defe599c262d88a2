import Core
import Evaluation
import Fitting
import Geometry
import MeshIO
import NeuralFields
import SurfaceExtraction

/// What a call returns; the numbers of `shapefit.h`.
enum Status: Int32 {
    case ok, invalidArgument, unusableMesh, file, notLearnt, noRoom, failed
}

/// An argument that cannot be taken.
struct ArgumentError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Runs a call's body, and keeps what it throws for `sf_message`.
func call(_ body: () throws -> Void) -> Int32 {
    do {
        try body()
        return Status.ok.rawValue
    } catch {
        LastMessage.set("\(error)")
        return Status(of: error).rawValue
    }
}

extension Status {
    init(of error: any Error) {
        self =
            switch error {
            case let error as MeshFileError: Status(error)
            case let error as FittingError: Status(error)
            case let error as NeuralFieldsError: Status(error)
            case let error as ExtractionError: Status(error)
            case is GeometryError, is PointCloudError: .unusableMesh
            case is ArgumentError, is SettingError: .invalidArgument
            case is FileError, is OutputError: .file
            default: .failed
            }
    }

    private init(_ error: MeshFileError) {
        self =
            switch error {
            case .fileMissing, .notAFile, .fileUnreadable, .fileUnwritable: .file
            case .unknownExportFormat, .unknownMeshFormat: .invalidArgument
            case .exportFailed, .importWorkerFailed: .failed
            default: .unusableMesh
            }
    }

    private init(_ error: FittingError) {
        self =
            switch error {
            case .invalidSetting, .unreadableConfiguration, .otherCheckpoint: .invalidArgument
            case .unusableShape, .nothingInside: .unusableMesh
            case .gridTooLarge: .noRoom
            case .training(let inner), .divergedWithModel(let inner, _, _): Status(inner)
            default: .notLearnt
            }
    }

    private init(_ error: NeuralFieldsError) {
        self =
            switch error {
            case .invalidSetting: .invalidArgument
            case .diverged: .notLearnt
            case .libraryMissing: .failed
            default: .file
            }
    }

    private init(_ error: ExtractionError) {
        self =
            switch error {
            case .invalidSetting: .invalidArgument
            case .gridTooLarge: .noRoom
            default: .notLearnt
            }
    }
}

/// The last failed call's message, one a thread, as C text that lives until the thread's next.
enum LastMessage {
    /// Frees a thread's text at its end.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { free($0) }
        return key
    }()

    static func set(_ text: String) {
        free(pthread_getspecific(key))
        pthread_setspecific(key, strdup(FileName.display(text)))
    }

    static var pointer: UnsafePointer<CChar>? {
        pthread_getspecific(key).map { UnsafePointer($0.assumingMemoryBound(to: CChar.self)) }
    }
}
