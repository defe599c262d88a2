import Core
import Geometry

/// A reference mesh made ready for evaluation: its queries, and the test points of the protocols.
///
/// All points are in the frame of `transform`, normally the unit cube; test points are draws from streams of their own,
/// which no training uses.
public struct EvaluationReference: Sendable {
    public let shape: PreparedMesh
    /// Points of each set of the `tancik2020` and `mesh` protocols; half as many a side measure distances between surfaces.
    public let pointCount: Int
    /// Lengths of the frame in a length of Tancik et al.'s frame.
    private let tancikLength: Float

    /// Streams that test points come from.
    private enum Purpose {
        static let uniform: UInt64 = 0x7465_7374
        static let boundary: UInt64 = 0x6861_7264
        static let surface: UInt64 = 0x7375_7266
        static let distanceFar: UInt64 = 0x6661_7220
        static let distanceNear: UInt64 = 0x6e65_6172
    }

    /// - Parameters:
    ///   - shape: the mesh, in its frame.
    ///   - pointCount: the first so many points of each set; standard errors grow with the root of their number's inverse.
    /// - Complexity: O(v).
    public init(_ shape: PreparedMesh, pointCount: Int = Self.tancikCount) {
        self.shape = shape
        self.pointCount = pointCount
        tancikLength = Float(1 / UnitCubeTransform(tancik2020: shape.mesh).scale)
    }

    /// In the frame of ``transform``.
    public var mesh: TriangleMesh { shape.mesh }
    public var field: MeshField { shape.field }
    public var transform: UnitCubeTransform { shape.transform }

    /// Test points of a protocol's set: a sampler whose point i is the set's i-th.
    private func sampler(
        _ components: [SamplingConfiguration.Component], reaching other: BoundingBox? = nil, purpose: UInt64
    ) -> Sampler {
        let configuration = SamplingConfiguration(components: components, margin: Self.tancikMargin * tancikLength)
        do {
            return try Sampler(
                shape, reaching: other, configuration: configuration, seed: Self.seed, purpose: purpose)
        } catch {
            preconditionFailure("a valid sampling: \(error)")
        }
    }

    private static let seed: UInt64 = 0x6576_616c
    private static let tancikMargin: Float = 1e-3
    private static let tancikDeviation: Float = 0.01

    /// Points of each `tancik2020` set, 2¹⁸.
    public static let tancikCount = 1 << 18

    /// `tancik2020`'s uniform set: ``pointCount`` points in the bounding box grown by 1e-3 of the paper's frame.
    public func uniformPoints(workers: Workers) -> [SIMD3<Float>] {
        sampler([.box(weight: 1)], purpose: Purpose.uniform)
            .points(0..<pointCount, workers: workers)
    }

    /// Where the uniform points of `tancik2020` lie: what is beyond it counts nothing there.
    public var testBox: BoundingBox { sampler([.box(weight: 1)], purpose: Purpose.uniform).box }

    /// The uniform set of the `mesh` protocol: ``pointCount`` points in the smallest box that holds ``testBox`` and `other`, so that
    /// what a candidate has beyond the reference counts against it.
    func uniformPoints(reaching other: BoundingBox?, workers: Workers) -> [SIMD3<Float>] {
        sampler([.box(weight: 1)], reaching: other, purpose: Purpose.uniform)
            .points(0..<pointCount, workers: workers)
    }

    /// `tancik2020`'s boundary set: ``pointCount`` area-uniform surface points with noise of deviation 0.01 of the paper's frame.
    public func boundaryPoints(workers: Workers) -> [SIMD3<Float>] {
        sampler([.surface(weight: 1, deviation: Self.tancikDeviation * tancikLength)], purpose: Purpose.boundary)
            .points(0..<pointCount, workers: workers)
    }

    /// The `distance` protocol's points: half uniform in a cube of twice the shape's longest side, half noise of deviations of 0.002
    /// to 0.03 of the frame around its surface.
    public func distancePoints(count: Int, workers: Workers) -> [SIMD3<Float>] {
        guard let bounds = mesh.boundingBox else { return [] }
        let stream = RandomStream(seed: Self.seed, stream: Purpose.distanceFar)
        let side = 2 * bounds.extent.max()
        var points: [SIMD3<Float>] = (0..<count / 2).map {
            let u = stream.uniforms(at: UInt64($0))
            return bounds.center + side * (SIMD3(u.x, u.y, u.z) - 0.5)
        }
        let near = [Float(0.002), 0.008, 0.03].map {
            SamplingConfiguration.Component.surface(weight: 1, deviation: $0)
        }
        points += sampler(near, purpose: Purpose.distanceNear).points(0..<(count - count / 2), workers: workers)
        return points
    }

    /// `voxel256`'s points: the centres of the cells of a grid of 1/256 of the unit cube that lie in the mesh's bounds.
    public func voxelCenters() -> [SIMD3<Float>] {
        guard let bounds = mesh.boundingBox else { return [] }
        let unitCube = UnitCubeTransform(fitting: bounds)
        let minimum = unitCube.unitPoint(bounds.minimum)
        let maximum = unitCube.unitPoint(bounds.maximum)
        let first = (minimum * 256 - 0.5).rounded(.up)
        let last = (maximum * 256 - 0.5).rounded(.down)
        var points: [SIMD3<Float>] = []
        for z in stride(from: first.z, through: last.z, by: 1) {
            for y in stride(from: first.y, through: last.y, by: 1) {
                for x in stride(from: first.x, through: last.x, by: 1) {
                    points.append(unitCube.meshPoint((SIMD3(x, y, z) + 0.5) / 256))
                }
            }
        }
        return points
    }

    /// Area-uniform points of a mesh in the frame, with their triangles.
    static func surfacePoints(
        of mesh: TriangleMesh, count: Int, workers: Workers
    ) -> [(point: SIMD3<Float>, triangle: Int)] {
        guard let sampler = AreaUniformSampler(mesh) else { return [] }
        let stream = RandomStream(seed: seed, stream: Purpose.surface)
        var points = [(point: SIMD3<Float>, triangle: Int)](repeating: (.zero, 0), count: count)
        points.withUnsafeMutableBufferPointer { points in
            let points = points
            workers.forEachChunk(of: count, chunkSize: 4096) { rows, _ in
                for row in rows { points[row] = sampler.point(at: UInt64(row), of: stream) }
            }
        }
        return points
    }

    /// Which of `points`, `(n)` in the frame, are inside the mesh.
    public func insides(at points: [SIMD3<Float>], workers: Workers) -> [Bool] {
        shape.insides(at: points, workers: workers)
    }
}
