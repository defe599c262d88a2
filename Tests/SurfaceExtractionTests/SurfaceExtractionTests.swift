import Core
import Foundation
import Geometry
import SurfaceExtraction
import TestSupport
import Testing

@Suite struct SurfaceExtractionTests {
    static let shapes: [(name: String, field: ClosureField, resolution: Int)] = [
        ("sphere", Shapes.sphere(), 61),
        ("sphere of two cells", Shapes.sphere(center: SIMD3(0.31, 0.62, 0.44), radius: 1.0 / 64), 64),
        ("torus", Shapes.torus(), 64),
        ("aligned box", Shapes.box(halfExtent: SIMD3(0.25, 0.125, 0.3125)), 64),
        ("leaves the box", Shapes.sphere(center: SIMD3(0.1, 0.9, 0.5), radius: 0.4), 50),
        ("hole in a full box", ClosureField { -Shapes.sphere(radius: 0.2).value($0) }, 48),
        ("gyroid", Shapes.gyroid(periods: 3), 72),
        ("thin plate", Shapes.plate(normal: SIMD3(0.1, 0.2, 1), thickness: 1.5 / 96), 96),
        ("aligned thin plate", Shapes.plate(normal: SIMD3(0, 0, 1), thickness: 1.5 / 96, offset: 0.0052), 96),
        ("small pieces", smallPieces, 96),
        ("waves", Shapes.randomWaves(seed: 1, sigma: 2), 64),
        ("one cell", Shapes.sphere(center: .zero, radius: 0.7), 1),
    ]

    static var smallPieces: ClosureField {
        let stream = RandomStream(seed: 9, stream: 1)
        return Shapes.union(
            (0..<40).map { index in
                let draw = stream.uniforms(at: UInt64(index))
                return Shapes.sphere(
                    center: SIMD3(draw.x, draw.y, draw.z) * 0.9 + 0.05, radius: (1 + 3 * draw.w) / 96)
            })
    }

    @Test(arguments: shapes.indices) func sparseEqualsDenseEqualsExhaustive(index: Int) throws {
        let (name, field, resolution) = Self.shapes[index]
        var extractor = SurfaceExtractor(resolution: resolution, refinementSteps: 0)
        extractor.exhaustiveLimit = 0
        let sparse = try extractor.extract(field)
        extractor.sampling = .exhaustive
        let exhaustive = try extractor.extract(field)
        let grid = SampleGrid(box: extractor.box, resolution: resolution)
        let counts = grid.sampleCounts
        var points: [SIMD3<Float>] = []
        for z in 0..<counts.z {
            for y in 0..<counts.y {
                for x in 0..<counts.x { points.append(grid.position(x, y, z)) }
            }
        }
        let dense = MarchingCubes.mesh(of: DenseGrid(grid: grid, values: field.values(at: points)))
        #expect(exhaustive.mesh == dense, "\(name)")
        #expect(sparse.mesh == dense, "\(name)")
        let connectivity = Connectivity(dense)
        #expect(connectivity.isManifold, "\(name)")
        #expect(volumeAndArea(dense).volume > 0)
        #expect(smallestTriangleArea(dense) > 0, "\(name)")
    }

    /// Fields as flat away from the surface as a fit's, with the surface known to a cell of 64.
    @Test(arguments: shapes.indices.dropLast()) func guidedEqualsExhaustive(index: Int) throws {
        let (name, shape, resolution) = Self.shapes[index]
        let scale = 1.8 / Float(resolution)
        let field = ClosureField { scale * tanh(shape.value($0) / scale) }
        var extractor = SurfaceExtractor(resolution: resolution, sampling: .exhaustive, refinementSteps: 0)
        let exhaustive = try extractor.extract(field)
        extractor.sampling = .adaptive
        extractor.exhaustiveLimit = 0
        let cells = try #require(SurfaceCells(BoundingVolumeHierarchy(exhaustive.mesh)))
        extractor.surfaceCells = cells
        let guided = try extractor.extract(field)
        #expect(guided.mesh == exhaustive.mesh, "\(name)")
        #expect(guided.statistics.evaluations < exhaustive.statistics.evaluations, "\(name)")
    }

    @Test(arguments: [1, 2, 4]) func workersDoNotMatter(threads: Int) throws {
        var extractor = SurfaceExtractor(resolution: 80, computesNormals: true)
        extractor.exhaustiveLimit = 0
        let field = Shapes.gyroid(periods: 2)
        let one = try extractor.extract(field, workers: .single)
        let many = try extractor.extract(field, workers: Workers(count: threads))
        #expect(one.mesh == many.mesh)
        #expect(one.normals == many.normals)
        #expect(one.statistics == many.statistics)
    }

    @Test func topologyOfAnalyticShapes() throws {
        func check(_ field: ClosureField, euler: Int, components: Int) throws {
            let mesh = try SurfaceExtractor(resolution: 64).extract(field).mesh
            let connectivity = Connectivity(mesh)
            #expect(connectivity.isManifold)
            #expect(connectivity.eulerCharacteristic == euler)
            #expect(connectivity.components == components)
        }
        try check(Shapes.sphere(), euler: 2, components: 1)
        try check(Shapes.torus(), euler: 0, components: 1)
        try check(
            Shapes.union([
                Shapes.sphere(center: SIMD3(0.25, 0.5, 0.5), radius: 0.2),
                Shapes.sphere(center: SIMD3(0.75, 0.5, 0.5), radius: 0.2),
            ]), euler: 4, components: 2)
        // A labyrinth cut off by the box: the same pieces and handles at every resolution that shows its passages.
        let labyrinths = try [40, 64, 96].map { resolution in
            Connectivity(try SurfaceExtractor(resolution: resolution).extract(Shapes.gyroid(periods: 1.9)).mesh)
        }
        for connectivity in labyrinths {
            #expect(connectivity.isManifold)
            #expect(connectivity.eulerCharacteristic == labyrinths[0].eulerCharacteristic)
            #expect(connectivity.components == labyrinths[0].components)
        }
        #expect(labyrinths[0].eulerCharacteristic < -10)
    }

    @Test func volumeAndAreaConverge() throws {
        let volume = 4 / 3 * Double.pi * 0.35 * 0.35 * 0.35
        let area = 4 * Double.pi * 0.35 * 0.35
        var errors: [(Double, Double)] = []
        for resolution in [32, 64, 128] {
            let mesh = try SurfaceExtractor(resolution: resolution).extract(Shapes.sphere()).mesh
            let found = volumeAndArea(mesh)
            errors.append((abs(found.volume / volume - 1), abs(found.area / area - 1)))
        }
        // Second order: a quarter at each doubling.
        for (coarse, fine) in zip(errors, errors.dropFirst()) {
            #expect(fine.0 < 0.3 * coarse.0)
            #expect(fine.1 < 0.35 * coarse.1)
        }
        #expect(errors[2].0 < 3e-4 && errors[2].1 < 3e-4)
    }

    @Test func refinementPutsVerticesOnTheLevel() throws {
        // Saturating, as a network's output is, and skew: linear interpolation alone is far off.
        let field = ClosureField { p in
            let distance = Shapes.torus().value(p)
            return distance / (abs(distance) + (distance < 0 ? 0.003 : 0.012))
        }
        var worst: [Float] = []
        for steps in [0, 1, 2, 3, 6] {
            let mesh = try SurfaceExtractor(resolution: 64, refinementSteps: steps).extract(field).mesh
            #expect(Connectivity(mesh).isManifold)
            worst.append(mesh.vertices.reduce(0) { max($0, abs(Shapes.torus().value($1))) } * 64)
        }
        #expect(worst[0] > 0.1)
        // Values are left within a fiftieth of the change along the edge.
        #expect(worst[4] < 0.02)
        #expect(worst[4] < worst[1])
    }

    /// Steeper on one side than on the other: one evaluation and the parabola through it leave little.
    @Test func oneEvaluationIsNearlyEnough() throws {
        let field = ClosureField { p in exp(30 * Shapes.torus().value(p)) - 1 }
        var errors: [Float] = []
        for steps in [0, 1] {
            let mesh = try SurfaceExtractor(resolution: 64, refinementSteps: steps).extract(field).mesh
            let squares = mesh.vertices.reduce(0) { $0 + Shapes.torus().value($1) * Shapes.torus().value($1) }
            errors.append((squares / Float(mesh.vertices.count)).squareRoot() * 64)
        }
        // A secant leaves 0.0028 cells.
        #expect(errors[0] > 0.02 && errors[1] < 0.0015)
    }

    @Test func normalsAgreeWithTheGradient() throws {
        let center = SIMD3<Float>(0.5, 0.45, 0.55)
        let analytic = DifferentiableClosureField(
            value: {
                let q = $0 - center; return (q * q).sum() - 0.1
            }, gradient: { ($0 - center) * 2 })
        let numeric = ClosureField(analytic.value)
        let extractor = SurfaceExtractor(resolution: 40, computesNormals: true)
        let exact = try extractor.extract(analytic)
        let approximate = try extractor.extract(numeric)
        #expect(exact.mesh == approximate.mesh)
        #expect(exact.normals.count == exact.mesh.vertices.count)
        for (index, vertex) in exact.mesh.vertices.enumerated() {
            let radial = (vertex - center) / length(vertex - center)
            #expect(length(exact.normals[index] - radial) < 1e-5)
            #expect(length(approximate.normals[index] - radial) < 1e-3)
        }
    }

    @Test func lipschitzSamplingFindsWhatNoSampleHints() throws {
        // A speck of 1.2 cells in a distance field that is flat to the eye of a coarse lattice.
        let field = Shapes.union([
            Shapes.sphere(center: SIMD3(0.2, 0.2, 0.2), radius: 0.1),
            Shapes.sphere(center: SIMD3(0.703, 0.711, 0.698), radius: 1.2 / 128),
        ])
        var extractor = SurfaceExtractor(resolution: 128, sampling: .lipschitz(bound: 1))
        let found = try extractor.extract(field)
        extractor.sampling = .exhaustive
        #expect(try extractor.extract(field).mesh == found.mesh)
        #expect(found.statistics.evaluations < found.statistics.gridSamples / 10)
    }

    @Test func boxesThatAreNotCubes() throws {
        let box = BoundingBox(minimum: SIMD3(0.1, 0.3, 0.2), maximum: SIMD3(0.9, 0.7, 0.75))
        let mesh = try SurfaceExtractor(resolution: 40, box: box).extract(Shapes.sphere(radius: 0.25)).mesh
        let connectivity = Connectivity(mesh)
        #expect(connectivity.isManifold && connectivity.eulerCharacteristic == 2)
        // The sphere is cut off by the box on the y sides.
        let bounds = try #require(mesh.boundingBox)
        #expect(abs(bounds.minimum.y - 0.3) < 1e-4 && abs(bounds.maximum.y - 0.7) < 1e-4)
    }

    @Test func settingsThatCannotBe() {
        func failure(_ extractor: SurfaceExtractor, _ field: ClosureField = Shapes.sphere()) -> ExtractionError? {
            do {
                _ = try extractor.extract(field)
                return nil
            } catch { return error }
        }
        for resolution in [0, -3, 1_000_000] {
            guard case .invalidSetting = failure(SurfaceExtractor(resolution: resolution)) else {
                Issue.record("resolution \(resolution)")
                continue
            }
        }
        guard case .gridTooLarge = failure(SurfaceExtractor(resolution: 512, memoryLimit: 1 << 20)) else {
            Issue.record("memory")
            return
        }
        guard
            case .isoLevelNotReached(2, let minimum, let maximum) = failure(
                SurfaceExtractor(resolution: 20, isoLevel: 2))
        else {
            Issue.record("isolevel")
            return
        }
        #expect(minimum < -0.1 && maximum > 0.4 && maximum < 2)
        #expect(failure(SurfaceExtractor(resolution: 20, isoLevel: .nan)) != nil)
        #expect(failure(SurfaceExtractor(resolution: 20), ClosureField { _ in .nan }) == .noFiniteValue)
        #expect(failure(SurfaceExtractor(resolution: 20, sampling: .lipschitz(bound: 0))) != nil)
    }

    /// A thin ring whose field is flat but close to it, as a fitted network's is, on grids about as coarse as the ring.
    @Test(arguments: [12, 16, 24, 40]) func coarseGridsMissNothing(_ resolution: Int) throws {
        let ring = Shapes.torus(radius: 0.37, tube: 0.05)
        let field = ClosureField { 0.012 * tanh(ring.value($0) / 0.012) }
        let adaptive = try SurfaceExtractor(resolution: resolution).extract(field)
        let exhaustive = try SurfaceExtractor(resolution: resolution, sampling: .exhaustive).extract(field)
        #expect(!exhaustive.mesh.triangles.isEmpty)
        #expect(adaptive.mesh == exhaustive.mesh)
    }

    /// A disc much thinner than the lattice is wide, half way between two of its layers, flattened as by a fit: no coarse
    /// sample shows it.
    @Test func expectedSurfaceIsLookedFor() throws {
        let disc = ClosureField { p in
            let q = p - SIMD3(0.5, 0.5, 0.516)
            let distance = max(abs(q.z) - 0.003, (q.x * q.x + q.y * q.y).squareRoot() - 0.3)
            return 0.007 * tanh(distance / 0.007)
        }
        var extractor = SurfaceExtractor(resolution: 256, sampling: .exhaustive)
        let whole = try extractor.extract(disc)
        extractor.sampling = .adaptive
        extractor.surfaceCells = SurfaceCells(BoundingVolumeHierarchy(whole.mesh))
        let found = try extractor.extract(disc)
        #expect(found.mesh == whole.mesh)
        #expect(found.statistics.evaluations < found.statistics.gridSamples / 10)
        extractor.surfaceCells = nil
        #expect(throws: ExtractionError.self) { try extractor.extract(disc) }
    }

    /// The same disc beside a wall whose changes of sign are seen. (At 0.011 and 170 cells, where it is 1.4 cells from the wall, it is
    /// missed: the wall's cubes reach into its cells. To account only for the cells that cubes' edges are crossed in found it no
    /// more surely, for 1.4 times the evaluations of a fit.)
    @Test(arguments: [0.016, 0.021] as [Float], [170, 256])
    func thinPartsBesideOthersAreFound(_ distance: Float, _ resolution: Int) throws {
        let field = ClosureField { p in
            let q = p - SIMD3(0.5, 0.5, 0.5)
            let disc = max(abs(q.z - distance) - 0.003, (q.x * q.x + q.y * q.y).squareRoot() - 0.2)
            let wall = max(abs(q.z + 0.1) - 0.1, max(abs(q.x), abs(q.y)) - 0.3)
            return 0.007 * tanh(min(disc, wall) / 0.007)
        }
        var extractor = SurfaceExtractor(resolution: resolution, sampling: .exhaustive, refinementSteps: 0)
        let whole = try extractor.extract(field)
        #expect(MeshPieces(whole.mesh).count == 2)
        extractor.sampling = .adaptive
        let cells = try #require(SurfaceCells(BoundingVolumeHierarchy(whole.mesh)))
        extractor.surfaceCells = cells
        #expect(try extractor.extract(field).mesh == whole.mesh)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>) func cellsHoldTheirSurface(_ seed: UInt64) throws {
        let mesh = try SurfaceExtractor(resolution: 40).extract(Shapes.randomWaves(seed: seed, sigma: 2)).mesh
        let cells = try #require(SurfaceCells(BoundingVolumeHierarchy(mesh)))
        #expect(mesh.vertices.allSatisfy { cells.overlap(BoundingBox(minimum: $0, maximum: $0)) })
        #expect(try JSONDecoder().decode(SurfaceCells.self, from: JSONEncoder().encode(cells)) == cells)
        let far = try SurfaceExtractor(resolution: 40).extract(Shapes.sphere(radius: 0.1)).mesh
        let few = try #require(SurfaceCells(BoundingVolumeHierarchy(far)))
        #expect(SurfaceCells(BoundingVolumeHierarchy(TriangleMesh())) == nil)
        #expect(few.overlap(BoundingBox(minimum: SIMD3(0.38, 0.5, 0.5), maximum: SIMD3(0.42, 0.5, 0.5))))
        #expect(!few.overlap(BoundingBox(minimum: SIMD3(0.7, 0.1, 0.1), maximum: SIMD3(0.9, 0.9, 0.3))))
    }

    /// A ball far from the expected surface is left out, one beside it stays, and so does everything where nothing is near.
    @Test func floatersAreLeftOut() throws {
        let ball = Shapes.sphere(center: SIMD3(0.3, 0.3, 0.3), radius: 0.155)
        let near = Shapes.sphere(center: SIMD3(0.481, 0.3, 0.3), radius: 0.01)
        let far = Shapes.sphere(center: SIMD3(0.8, 0.8, 0.7), radius: 0.02)
        var extractor = SurfaceExtractor(resolution: 100, computesNormals: true)
        let expected = try extractor.extract(Shapes.union([ball, near]))
        let all = Shapes.union([ball, near, far])
        let whole = try extractor.extract(all)
        #expect(MeshPieces(expected.mesh).count == 2 && MeshPieces(whole.mesh).count == 3)
        extractor.surfaceCells = SurfaceCells(
            BoundingVolumeHierarchy(try SurfaceExtractor(resolution: 50).extract(ball).mesh))
        let found = try extractor.extract(all)
        #expect(found.mesh == expected.mesh)
        #expect(found.normals == expected.normals)
        #expect(found.statistics.floaters == 1)
        extractor.keepsFloaters = true
        #expect(try extractor.extract(all).mesh == whole.mesh)
        extractor.keepsFloaters = false
        #expect(try extractor.extract(far).mesh == SurfaceExtractor(resolution: 100).extract(far).mesh)
    }
}
