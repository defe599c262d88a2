import Core

/// The outcome of one shape: a line of a shard's index. Keys are stable; more may be added.
public struct BatchRow: Sendable, Equatable, Codable {
    public enum Status: String, Sendable, Codable {
        case ok, failed
    }

    /// Why a shape failed, for counting.
    public enum Failure: String, Sendable, Codable, CaseIterable {
        /// The mesh cannot be used.
        case input
        /// Training or extraction came to nothing.
        case fit
        /// Took longer than was allowed.
        case timeout
        /// Took more memory than was allowed.
        case memory
        /// The process ended by a fault of its own.
        case crash
        /// The system ended the process again and again, as it does when memory runs out.
        case killed
    }

    /// A file of the shape in the shard's tar.
    public struct Member: Sendable, Equatable, Codable {
        /// Where its bytes start in the tar; only in the index.
        public var offset: Int?
        public var bytes: Int
        public var sha256: String

        public init(bytes: Int, sha256: String) {
            self.bytes = bytes
            self.sha256 = sha256
        }
    }

    public struct Transform: Sendable, Equatable, Codable {
        /// unit = (mesh − center) · scale + ½.
        public var center: [Double]
        public var scale: Double

        public init(center: [Double], scale: Double) {
            self.center = center
            self.scale = scale
        }
    }

    /// The input, once it was oriented.
    public struct Topology: Sendable, Equatable, Codable {
        public var vertices: Int
        public var triangles: Int
        public var components: Int
        public var boundaryEdges: Int
        public var nonManifoldEdges: Int
        public var inconsistentEdges: Int
        public var watertight: Bool
        /// Of a closed orientable surface in one piece.
        public var genus: Int?

        init(_ input: FitReport.Input) {
            (vertices, triangles, watertight) = (input.vertices, input.triangles, input.watertight)
            components = input.topology?.components ?? 0
            boundaryEdges = input.topology?.boundaryEdges ?? 0
            nonManifoldEdges = input.topology?.nonManifoldEdges ?? 0
            inconsistentEdges = input.topology?.inconsistentEdges ?? 0
            genus = input.topology?.genus
        }
    }

    public struct Scores: Sendable, Equatable, Codable {
        /// IoU of the field at points that training never saw, by `tancik2020`.
        public var iouUniform: Double
        public var iouBoundary: Double
        /// IoU of the surface.
        public var meshIouUniform: Double
        public var meshIouBoundary: Double
        /// From samples, in the mesh's unit.
        public var chamferL1: Double?
        public var hausdorff: Double?
        /// In parts of the input's diagonal.
        public var relativeChamferL1: Double?
        public var relativeHausdorff: Double?
        public var normalConsistency: Double?
        /// Bounds on the Hausdorff distance that hold without sampling, in the mesh's unit, where they were computed.
        public var certifiedHausdorffLower: Double?
        public var certifiedHausdorffUpper: Double?

        public init(iouUniform: Double, iouBoundary: Double, meshIouUniform: Double, meshIouBoundary: Double) {
            self.iouUniform = iouUniform
            self.iouBoundary = iouBoundary
            self.meshIouUniform = meshIouUniform
            self.meshIouBoundary = meshIouBoundary
        }
    }

    public var key: String
    /// Of the mesh file.
    public var path: String
    /// Of the mesh file's bytes.
    public var sha256: String?
    public var status: Status
    /// Of the settings in `batch.json`.
    public var settings: Int
    public var seed: UInt64
    public var sigma: Double?
    /// In one line.
    public var error: String?
    public var failure: Failure?
    /// Wall-clock seconds of the fit's process.
    public var seconds: Double
    /// When that was, in seconds since 1970.
    public var finished: Double
    /// Which run of the program made this; of no meaning beyond telling them apart.
    public var attempt: String
    /// Whether training went on from a checkpoint of an earlier attempt.
    public var resumed: Bool?
    public var parameters: Int?
    public var steps: Int?
    public var peakMemoryBytes: Int?
    public var scores: Scores?
    public var transform: Transform?
    public var topology: Topology?
    /// Defects of the input, and repairs.
    public var notes: [String]?
    /// The number of the shard; only in the index.
    public var shard: Int?
    /// By extension: `safetensors`, `json`, and `obj` and `png` where they are kept.
    public var members: [String: Member]?

    public init(
        key: String, path: String, status: Status, settings: Int, seed: UInt64, seconds: Double, finished: Double,
        attempt: String
    ) {
        self.key = key
        self.path = path
        self.status = status
        self.settings = settings
        self.seed = seed
        self.seconds = seconds
        self.finished = finished
        self.attempt = attempt
    }

    /// In one line, keys sorted, with a newline.
    func line() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Numbers that JSON has no text for are told as text; nothing here is expected to be one.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let data = try? encoder.encode(self) else { preconditionFailure("a row has a JSON") }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    static func decode(_ bytes: some Collection<UInt8>) -> BatchRow? {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try? decoder.decode(BatchRow.self, from: Data(bytes))
    }

    /// The first line of a text, so that a row stays one, and not more of it than a person reads.
    static func oneLine(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "no message"
        return line.count > 400 ? String(line.prefix(399)) + "…" : line
    }
}
