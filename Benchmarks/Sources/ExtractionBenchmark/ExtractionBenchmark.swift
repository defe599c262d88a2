import Fitting
import Foundation
import Geometry
import SurfaceExtraction

/// Measures extraction; see `usage`.
@main struct ExtractionBenchmark {
    static let usage = """
        usage: benchmark-extraction dense <file> <samples per side> <repetitions>
                   marching cubes on a dense grid of little-endian Floats, x fastest; one JSON line
               benchmark-extraction sparse <resolution> <repetitions>
                   coarse-to-fine extraction of a torus whose field costs next to nothing: the extractor's own time
               benchmark-extraction sampling <resolution> <seeds> [part of a field's name]
                   how often adaptive sampling gives the triangles of exhaustive sampling, on random fields
               benchmark-extraction model <file.safetensors> <resolution>
                   the same question and both times for a fitted model
        """

    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let numbers = arguments.dropFirst().compactMap { Int($0) }
        switch (arguments.first, numbers.count) {
        case ("dense", 2) where arguments.count == 4:
            try dense(path: arguments[1], side: numbers[0], runs: numbers[1])
        case ("sparse", 2): try sparse(resolution: numbers[0], runs: numbers[1])
        case ("sampling", 2):
            try SamplingAgreement.report(
                resolution: numbers[0], seeds: numbers[1], only: arguments.dropFirst(3).first ?? "")
        case ("model", 1):
            try SamplingAgreement.report(shape: NeuralShape(file: arguments[1]), resolution: numbers[0])
        default:
            print(usage)
            exit(2)
        }
    }

    static func dense(path: String, side: Int, runs: Int) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let values = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let grid = SampleGrid(origin: .zero, spacing: 1 / Float(side - 1), cellCounts: SIMD3(repeating: side - 1))
        let dense = DenseGrid(grid: grid, values: values)
        var mesh = TriangleMesh()
        let seconds = timed(runs) {
            mesh = TriangleMesh()
            mesh = MarchingCubes.mesh(of: dense)
        }
        print(
            "{\"vertices\": \(mesh.vertices.count), \"triangles\": \(mesh.triangles.count), \"seconds\": \(seconds)}")
    }

    static func sparse(resolution: Int, runs: Int) throws {
        var surface: ExtractedSurface?
        let seconds = try timed(runs) {
            surface = nil
            surface = try SurfaceExtractor(resolution: resolution).extract(SamplingFields.torus)
        }
        guard let surface else { return }
        print(
            "\(resolution)³: \(seconds.sorted()[runs / 2]) s, \(surface.mesh.triangles.count) triangles, "
                + "\(surface.statistics), peak \(peakMegabytes()) MB")
    }

    static func timed(_ runs: Int, _ body: () throws -> Void) rethrows -> [Double] {
        try (0..<runs).map { _ in
            let start = ContinuousClock.now
            try body()
            return Double((ContinuousClock.now - start) / .microseconds(1)) * 1e-6
        }
    }

    /// Of the whole process so far, from the kernel's own count; 0 where there is none.
    static func peakMegabytes() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") } ?? ""
        return (line.split(separator: " ").compactMap { Int($0) }.first ?? 0) / 1024
    }
}
