import Core
import Geometry
import TestSupport
import Testing

/// A member of the family of evidence, with what a test may take for granted of it.
struct EvidenceCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let make: @Sendable () throws -> any ShapeEvidence
    /// A step off the surface that is small against all of the shape.
    let step: Float
    /// The part of steps off the surface that may lead to the wrong side: beside the rim of an opening, at noise.
    let tolerance: Double

    init(
        _ description: String, step: Float = 1e-3, tolerance: Double = 0,
        _ make: @escaping @Sendable () throws -> any ShapeEvidence
    ) {
        testDescription = description
        self.make = make
        self.step = step
        self.tolerance = tolerance
    }

    /// Every kind of evidence: whoever adds one adds it here.
    static let all: [EvidenceCase] = [
        EvidenceCase("mesh: torus") { try PreparedMesh(TestMeshes.torus()) },
        EvidenceCase("mesh: box of sharp edges") { try PreparedMesh(QueryShapes.box) },
        EvidenceCase("mesh: inside out, far away") {
            try PreparedMesh(QueryShapes.sphere(levels: 3, center: [100, 200, -50], radius: 20).reversed)
        },
        EvidenceCase("mesh: two spheres, one of them inside out") {
            try PreparedMesh(
                QueryShapes.joined([
                    QueryShapes.sphere(levels: 3), QueryShapes.sphere(levels: 3, center: [3, 0, 0]).reversed,
                ]))
        },
        EvidenceCase("mesh: sphere without its cap", tolerance: 0.01) {
            let whole = QueryShapes.sphere(levels: 4)
            return try PreparedMesh(
                TriangleMesh(
                    vertices: whole.vertices, triangles: whole.triangles.filter { whole.vertices[Int($0.x)].z < 0.8 }))
        },
        EvidenceCase("mesh: in the frame of Tancik et al.") {
            try PreparedMesh(TestMeshes.torus(), frame: .tancik2020)
        },
        EvidenceCase("scan: sphere", step: 1e-2, tolerance: 0.01) {
            let points = QueryShapes.sphere(levels: 4).vertices
            return try OrientedPointCloud(points.map { $0 + SIMD3(7, 0, 0) }, normals: points)
        },
        EvidenceCase("mesh: by parity") { try PreparedMesh(TestMeshes.torus(), sign: .parity) },
    ]
}

/// What every member of the family promises.
@Suite struct ShapeEvidenceTests {
    private static let stream = RandomStream(seed: 3, stream: 0x6576_6964)

    private func surfacePoints(_ shape: any ShapeEvidence, _ count: Int) -> [SurfacePoint] {
        (0..<UInt64(count)).map { shape.surfacePoint(at: $0, of: Self.stream) }
    }

    private func randomPoints(_ shape: any ShapeEvidence, _ count: Int) -> [SIMD3<Float>] {
        let box = shape.bounds.expanded(by: 0.2 * shape.bounds.extent.max())
        return (0..<UInt64(count)).map { index in
            let draw = Self.stream.uniforms(at: index)
            return box.minimum + SIMD3(draw.x, draw.y, draw.z) * box.extent
        }
    }

    @Test(arguments: EvidenceCase.all) func surfacePointsAreAPureFunction(_ evidence: EvidenceCase) throws {
        let (first, second) = (try evidence.make(), try evidence.make())
        let points = surfacePoints(first, 200)
        #expect(points == surfacePoints(second, 200))
        #expect(points.reversed() == (0..<UInt64(200)).reversed().map { first.surfacePoint(at: $0, of: Self.stream) })
        let others = (0..<UInt64(200)).map { first.surfacePoint(at: $0, of: RandomStream(seed: 3, stream: 1)) }
        #expect(points != others)
    }

    @Test(arguments: EvidenceCase.all) func surfacePointsLieInTheBoundsOnTheSurface(_ evidence: EvidenceCase) throws {
        let shape = try evidence.make()
        let points = surfacePoints(shape, 500)
        let box = shape.bounds.expanded(by: 1e-6 * shape.bounds.diagonal)
        #expect(points.allSatisfy { box.contains($0.position) })
        #expect(points.allSatisfy { abs(($0.normal * $0.normal).sum() - 1) < 1e-5 })
        let distances = shape.signedDistances(at: points.map(\.position), workers: Workers())
        #expect(distances.allSatisfy { abs($0) < evidence.step })
    }

    /// ±ε along the normals: outside and inside, ε away.
    @Test(arguments: EvidenceCase.all) func aStepOffTheSurfaceHasItsSideAndDistance(_ evidence: EvidenceCase) throws {
        let shape = try evidence.make()
        let points = surfacePoints(shape, 2000)
        for (factor, isInside) in [(evidence.step, false), (-evidence.step, true)] {
            let moved = points.map { $0.position + factor * $0.normal }
            let distances = shape.signedDistances(at: moved, workers: Workers())
            // No farther than the step, but beside the rim of an opening.
            let far = distances.map { abs($0) }.filter { $0 > evidence.step * 1.01 + 1e-6 }
            #expect(
                Double(far.count) <= 10 * evidence.tolerance * Double(points.count),
                "\(far.count) too far, up to \(far.max() ?? 0)")
            let wrong = distances.count { ($0 < 0) != isInside }
            #expect(Double(wrong) <= evidence.tolerance * Double(points.count))
        }
    }

    @Test(arguments: EvidenceCase.all) func occupanciesAreTheSignsOfDistances(_ evidence: EvidenceCase) throws {
        let shape = try evidence.make()
        let points = randomPoints(shape, 3000)
        let distances = shape.signedDistances(at: points, workers: Workers())
        #expect(shape.insides(at: points, workers: Workers()) == distances.map { $0.sign == .minus })
        #expect(distances.contains { $0 < 0 } && distances.contains { $0 > 0 })
    }

    @Test(arguments: EvidenceCase.all) func answersDependOnNeitherWorkersNorTheBatch(_ evidence: EvidenceCase) throws {
        let shape = try evidence.make()
        let points = randomPoints(shape, 3000)
        let distances = shape.signedDistances(at: points, workers: .single)
        let insides = shape.insides(at: points, workers: .single)
        #expect(distances == shape.signedDistances(at: points, workers: Workers(count: 3)))
        #expect(insides == shape.insides(at: points, workers: Workers(count: 3)))
        for index in stride(from: 0, to: points.count, by: 97) {
            #expect(shape.signedDistances(at: [points[index]], workers: .single) == [distances[index]])
            #expect(shape.insides(at: [points[index]], workers: .single) == [insides[index]])
        }
        #expect(shape.signedDistances(at: [], workers: .single) == [])
    }

    /// A distance changes no faster than its point moves, and a ball that is free of surface has one side where the
    /// evidence says so.
    @Test(arguments: EvidenceCase.all) func distancesAreDistances(_ evidence: EvidenceCase) throws {
        let shape = try evidence.make()
        let points = randomPoints(shape, 1000)
        let distances = shape.signedDistances(at: points, workers: Workers())
        for index in 1..<points.count {
            let way = points[index] - points[index - 1]
            let length = (way * way).sum().squareRoot()
            #expect(abs(abs(distances[index]) - abs(distances[index - 1])) <= length + 2 * evidence.step)
            guard shape.changesSignAtSurfaceOnly else { continue }
            let reach = min(abs(distances[index - 1]) - evidence.step, length) / length
            guard reach > 0 else { continue }
            let moved = points[index - 1] + 0.99 * reach * way
            let value = shape.signedDistances(at: [moved], workers: .single)[0]
            #expect((value < 0) == (distances[index - 1] < 0))
        }
    }

    @Test(arguments: EvidenceCase.all) func pointsThatAreNoPlacesAreNotInside(_ evidence: EvidenceCase) throws {
        let shape = try evidence.make()
        let points: [SIMD3<Float>] = [[.nan, 0, 0], [0, .infinity, 0]]
        let distances = shape.signedDistances(at: points, workers: Workers())
        #expect(distances[0].isNaN && distances[1].isNaN)
        #expect(shape.insides(at: points, workers: Workers()) == [false, false])
    }

    @Test(arguments: EvidenceCase.all) func fingerprintsTellShapesApart(_ evidence: EvidenceCase) throws {
        let shape = try evidence.make()
        let same = try evidence.make()
        #expect(same.fingerprint == shape.fingerprint)
        let other = try PreparedMesh(QueryShapes.sphere(levels: 1, radius: 3))
        #expect(shape.fingerprint != other.fingerprint)
    }

    @Test(arguments: EvidenceCase.all) func cellsHoldTheSurface(_ evidence: EvidenceCase) throws {
        let shape = try evidence.make()
        guard let cells = shape.surfaceCells(workers: Workers()) else { return }
        for point in surfacePoints(shape, 1000) {
            #expect(cells.overlap(BoundingBox(minimum: point.position, maximum: point.position)))
        }
    }
}
