import Core

/// The outcome of one shape: a line of a shard's index. Keys are stable; more may be added.
package struct BatchRow: Sendable, Equatable, Codable {
    package enum Status: String, Sendable, Codable {
        case ok, failed
    }

    /// Why a shape failed, for counting.
    package enum Failure: String, Sendable, Codable, CaseIterable {
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
    package struct Member: Sendable, Equatable, Codable {
        /// Where its bytes start in the tar; only in the index.
        package var offset: Int?
        package var bytes: Int
        package var sha256: String

        package init(bytes: Int, sha256: String) {
            self.bytes = bytes
            self.sha256 = sha256
        }
    }

    package struct Transform: Sendable, Equatable, Codable {
        /// unit = (mesh − center) · scale + ½.
        package var center: [Double]
        package var scale: Double

        package init(center: [Double], scale: Double) {
            self.center = center
            self.scale = scale
        }
    }

    /// The input, once it was oriented.
    package struct Topology: Sendable, Equatable, Codable {
        package var vertices: Int
        package var triangles: Int
        package var components: Int
        package var boundaryEdges: Int
        package var nonManifoldEdges: Int
        package var inconsistentEdges: Int
        package var watertight: Bool
        /// Of a closed orientable surface in one piece.
        package var genus: Int?

        init(_ input: FitReport.Input) {
            (vertices, triangles, watertight) = (input.vertices, input.triangles, input.watertight)
            components = input.topology?.components ?? 0
            boundaryEdges = input.topology?.boundaryEdges ?? 0
            nonManifoldEdges = input.topology?.nonManifoldEdges ?? 0
            inconsistentEdges = input.topology?.inconsistentEdges ?? 0
            genus = input.topology?.genus
        }
    }

    package struct Scores: Sendable, Equatable, Codable {
        /// IoU of the field at points that training never saw, by `tancik2020`.
        package var iouUniform: Double
        package var iouBoundary: Double
        /// IoU of the surface.
        package var meshIouUniform: Double
        package var meshIouBoundary: Double
        /// From samples, in the mesh's unit.
        package var chamferL1: Double?
        package var hausdorff: Double?
        /// In parts of the input's diagonal.
        package var relativeChamferL1: Double?
        package var relativeHausdorff: Double?
        package var normalConsistency: Double?
        /// Bounds on the Hausdorff distance that hold without sampling, in the mesh's unit, where they were computed.
        package var certifiedHausdorffLower: Double?
        package var certifiedHausdorffUpper: Double?

        package init(iouUniform: Double, iouBoundary: Double, meshIouUniform: Double, meshIouBoundary: Double) {
            self.iouUniform = iouUniform
            self.iouBoundary = iouBoundary
            self.meshIouUniform = meshIouUniform
            self.meshIouBoundary = meshIouBoundary
        }
    }

    package var key: String
    /// Of the mesh file.
    package var path: String
    /// Of the mesh file's bytes.
    package var sha256: String?
    package var status: Status
    /// Of the settings in `batch.json`.
    package var settings: Int
    package var seed: UInt64
    package var sigma: Double?
    /// In one line.
    package var error: String?
    package var failure: Failure?
    /// Wall-clock seconds of the fit's process.
    package var seconds: Double
    /// When that was, in seconds since 1970.
    package var finished: Double
    /// Which run of the program made this; of no meaning beyond telling them apart.
    package var attempt: String
    /// Whether training went on from a checkpoint of an earlier attempt.
    package var resumed: Bool?
    package var parameters: Int?
    package var steps: Int?
    package var peakMemoryBytes: Int?
    package var scores: Scores?
    package var transform: Transform?
    package var topology: Topology?
    /// Defects of the input, and repairs.
    package var notes: [String]?
    /// The number of the shard; only in the index.
    package var shard: Int?
    /// By extension: `safetensors`, `json`, and `obj` and `png` where they are kept.
    package var members: [String: Member]?

    package init(
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
