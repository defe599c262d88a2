import Foundation
import Geometry
import ShapeFitting

/// Times marching cubes on a dense grid that a file holds, and prints one JSON line.
///
///     benchmark-extraction dense <file> <samples per side> <repetitions>
///
/// The file holds samples³ little-endian Floats, x fastest.
@main struct ExtractionBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, arguments[1] == "dense", let side = Int(arguments[3]), let runs = Int(arguments[4])
        else {
            print("usage: benchmark-extraction dense <file> <samples per side> <repetitions>")
            exit(2)
        }
        let data = try Data(contentsOf: URL(fileURLWithPath: arguments[2]))
        let values = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let grid = SampleGrid(origin: .zero, spacing: 1 / Float(side - 1), cellCounts: SIMD3(repeating: side - 1))
        let dense = DenseGrid(grid: grid, values: values)
        var seconds: [Double] = []
        var mesh = TriangleMesh()
        for _ in 0..<runs {
            mesh = TriangleMesh()
            let start = ContinuousClock.now
            mesh = MarchingCubes.mesh(of: dense)
            seconds.append(Double((ContinuousClock.now - start) / .microseconds(1)) * 1e-6)
        }
        print(
            "{\"vertices\": \(mesh.vertices.count), \"triangles\": \(mesh.triangles.count), \"seconds\": \(seconds)}")
    }
}
