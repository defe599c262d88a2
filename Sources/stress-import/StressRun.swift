import Core
import Geometry
import MeshIO

/// Imports damaged copies and counts what comes of them.
struct StressRun {
    private let options: Options

    init(_ options: Options) {
        self.options = options
    }

    /// The possible outcomes of an import, best first.
    private enum Outcome: String, CaseIterable {
        case mesh, refused, unusable, crashed
        case tooSlow = "too slow"
        case tooLarge = "too large"
        /// Neither a mesh nor an error about the file: the one thing that must not happen.
        case unsound = "UNSOUND"

        init(_ error: MeshFileError) {
            switch error {
            case .malformedFile, .unsupportedFeature: self = .refused
            case .emptyScene, .noTriangles, .onlyDegenerateTriangles, .nonFiniteVertices, .indexOutOfRange, .fileEmpty,
                .sizeOutOfRange, .farFromOrigin, .tooManyTriangles:
                self = .unusable
            case .importerCrashed: self = .crashed
            case .importTooSlow: self = .tooSlow
            case .importTooLarge: self = .tooLarge
            default: self = .unsound
            }
        }
    }

    /// - Returns: whether every import ended soundly.
    func run() throws -> Bool {
        let originals = try options.files.map { try [UInt8](Data(contentsOf: URL(fileURLWithPath: $0))) }
        let folder = FileManager.default.temporaryDirectory.path + "/stress-import-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }

        var counts: [String: [Outcome: Int]] = [:]
        var slowest = (seconds: 0.0, number: 0)
        for number in 0..<options.count {
            let source = number % options.files.count
            let kind = URL(fileURLWithPath: options.files[source]).pathExtension.lowercased()
            var damage = Damage(seed: options.seed, number: number)
            let path = "\(folder)/\(number).\(kind)"
            try Data(damage.apply(to: originals[source])).write(to: URL(fileURLWithPath: path))
            let start = ContinuousClock.now
            let outcome = importOne(path)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            counts[kind, default: [:]][outcome, default: 0] += 1
            if seconds > slowest.seconds { slowest = (seconds, number) }
            keepIfTelling(path, outcome, source: options.files[source])
            try? FileManager.default.removeItem(atPath: path)
        }
        report(counts, slowest)
        return counts.values.allSatisfy { $0[.unsound] == nil }
    }

    private func importOne(_ path: String) -> Outcome {
        do {
            let mesh = try MeshImport.load(
                path: path, isolation: .process(.thisProgram), limits: options.limits
            ).mesh
            let isSound = !mesh.triangles.isEmpty && MeshTopology(mesh).area.isFinite
            return isSound ? .mesh : .unsound
        } catch {
            if Outcome(error) == .unsound { print("unsound: \(error)") }
            return Outcome(error)
        }
    }

    private func keepIfTelling(_ path: String, _ outcome: Outcome, source: String) {
        guard let keep = options.keepFolder, [.crashed, .tooSlow, .tooLarge, .unsound].contains(outcome) else { return }
        let name = "\(outcome.rawValue.replacing(" ", with: "-"))-"
        try? FileManager.default.createDirectory(atPath: keep, withIntermediateDirectories: true)
        try? FileManager.default.copyItem(
            atPath: path, toPath: "\(keep)/\(name)\(URL(fileURLWithPath: path).lastPathComponent)")
    }

    private func report(_ counts: [String: [Outcome: Int]], _ slowest: (seconds: Double, number: Int)) {
        print("| format | " + Outcome.allCases.map(\.rawValue).joined(separator: " | ") + " |")
        print("|---|" + Outcome.allCases.map { _ in "---:|" }.joined())
        for (kind, outcomes) in counts.sorted(by: { $0.key < $1.key }) {
            print("| \(kind) | " + Outcome.allCases.map { String(outcomes[$0] ?? 0) }.joined(separator: " | ") + " |")
        }
        print("slowest: \(Int(slowest.seconds * 1000)) ms, damage \(slowest.number)")
    }
}
