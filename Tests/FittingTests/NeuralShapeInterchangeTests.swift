import Core
import Fitting
import Foundation
import Geometry
import Interchange
import NeuralFields
import Testing

@Suite struct NeuralShapeInterchangeTests {
    private static func shape(
        _ target: FieldTarget = .sdf(.tanh, scale: 0.05),
        transform: UnitCubeTransform = UnitCubeTransform(center: SIMD3(5, -3, 2), scale: 0.45)
    ) throws -> NeuralShape {
        var configuration = FitConfiguration.test(target: target.kind)
        configuration.width = 16
        configuration.encoding.frequencyCount = 8
        configuration.encoding.sigma = 1
        return NeuralShape(
            network: try configuration.makeNetwork(),
            target: target, transform: transform,
            bounds: BoundingBox(minimum: SIMD3(0.05, 0.2, 0.3), maximum: SIMD3(0.95, 0.8, 0.7)))
    }

    /// What a graph in the frame computes, spelt out.
    private static func exported(_ shape: NeuralShape, at points: [SIMD3<Float>]) throws -> [Float] {
        let frame = shape.exportFrame
        let placed = points.flatMap { point in
            (0..<3).map { (point[$0] - frame.center[$0]) * frame.scale + frame.offset[$0] }
        }
        var values = [Float](repeating: 0, count: points.count)
        var span = values.mutableSpan
        ModelEvaluator(try #require(shape.network)).evaluate(placed.span, into: &span, workers: .single)
        return values.map { value in
            switch frame.output {
            case .scaled(let factor): factor * value
            case .tanhCompressed(let scale):
                scale * atanh(min(max(value, -ExportFrame.artanhLimit), ExportFrame.artanhLimit))
            }
        }
    }

    @Test(
        arguments: [
            FieldTarget.sdf(.tanh, scale: 0.05), .sdf(.linear, scale: 0.05), .sdf(.truncated, scale: 0.05),
            .occupancy(scale: 0.05),
        ],
        [
            UnitCubeTransform(center: SIMD3(5, -3, 2), scale: 0.45),
            UnitCubeTransform(center: SIMD3(1000.0001, -3.3333, 2e-3), scale: 300),
            UnitCubeTransform(center: SIMD3(1e5, 0, 0), scale: 1e-6),
        ])
    func framesSayWhatTheShapeSays(_ target: FieldTarget, transform: UnitCubeTransform)
        throws
    {
        let shape = try Self.shape(target, transform: transform)
        let stream = RandomStream(seed: 1, stream: 2)
        let points = (0..<200).map { index in
            let u = stream.uniforms(at: UInt64(index))
            return transform.meshPoint(SIMD3(u.x, u.y, u.z))
        }
        let values = shape.values(at: points)
        let exported = try Self.exported(shape, at: points)
        let largest = values.map(abs).max() ?? 0
        #expect(largest > 0)
        #expect(zip(values, exported).allSatisfy { abs($0 - $1) <= 1e-4 * largest })
    }

    @Test func gridsHoldTheValuesAtTheirPoints() throws {
        let shape = try Self.shape()
        let grid = try shape.distanceGrid(count: 21)
        #expect(grid.counts == SIMD3(21, 15, 11))
        for (i, j, k) in [(0, 0, 0), (20, 14, 10), (3, 7, 5)] {
            let point = SIMD3<Float>(grid.origin + grid.spacing * SIMD3(Double(i), Double(j), Double(k)))
            let value = grid.signedDistances[(k * 15 + j) * 21 + i]
            #expect(abs(value - shape.values(at: [point])[0]) < 1e-5)
        }
        #expect(throws: FittingError.self) { try shape.distanceGrid(count: 0) }
        #expect(throws: FittingError.self) { try shape.distanceGrid(count: 1000, byteLimit: 1 << 20) }
    }

    @Test func levelsAreDistancesInTheMeshsUnit() throws {
        let shape = try Self.shape()
        #expect(try shape.level(ofValue: 0) == 0)
        // Distances are told apart up to 2.99 scales of 0.05, which are 0.33 in the mesh's unit.
        for distance in [Float(-0.2), -0.01, 0.05, 0.3] {
            let level = try shape.level(ofValue: distance)
            #expect(abs(shape.target.distance(ofOutput: level / 0.05) / 0.45 - distance) < 1e-4)
        }
        #expect(throws: FittingError.self) { try shape.level(ofValue: 0.4) }
        #expect(try Self.shape(.occupancy(scale: 0.05)).level(ofValue: 1.5) == 1.5)
    }
}
