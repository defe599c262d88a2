import Core
import Fitting

/// The request to a process that fits one shape: one line of JSON on its standard input.
struct ShapeRequest: Sendable, Equatable, Codable {
    var key: String
    var path: String
    /// Where the process writes; its own, and there already.
    var folder: String
    var settings: BatchPlan.Settings
    var options: BatchPlan.Options
    var threads: Int
    /// A checkpoint of an earlier attempt at this shape.
    var checkpoint: String?
    /// Seconds between two checkpoints.
    var checkpointInterval: Double
    /// Memory beyond what the process starts with, where it is limited.
    var memoryBytes: Int?
}

/// The result of such a process: `outcome.json` in its folder, written last.
struct ShapeOutcome: Sendable, Equatable, Codable {
    var sha256: String?
    /// In one line; nil where the fit is there.
    var error: String?
    var failure: BatchRow.Failure?
    var resumed = false
    var sigma: Double?
    var parameters: Int?
    var steps: Int?
    var peakMemoryBytes: Int?
    var scores: BatchRow.Scores?
    var transform: BatchRow.Transform?
    var topology: BatchRow.Topology?
    var notes: [String] = []

    static let fileName = "outcome.json"
}

/// How a process that fits one shape ends, beside 0 for an outcome that is there.
package enum ShapeProcessStatus {
    /// Its folder cannot be written: not the shape's fault. Standard error says why.
    package static let cannotWrite: Int32 = 74
    /// It was told to stop, and what it has learnt is in its checkpoint. As sysexits.h has it: try again.
    package static let interrupted: Int32 = 75
}
