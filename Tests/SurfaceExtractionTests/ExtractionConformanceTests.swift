import Core
import Geometry
import SurfaceExtraction
import TestSupport
import Testing

/// What every method of extraction promises, over shapes with and without edges, handles and pieces.
@Suite struct ExtractionConformanceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let method: ExtractionMethod
        let field: ClosureField
        let eulerCharacteristic: Int
        let components: Int
        /// Exact, where that is known.
        let volume: Double?
    }

    static let all: [Case] = ExtractionMethod.allCases.flatMap { method in
        func make(_ name: String, _ field: ClosureField, euler: Int, components: Int = 1, volume: Double? = nil) -> Case
        {
            Case(
                testDescription: "\(method.rawValue): \(name)", method: method, field: field,
                eulerCharacteristic: euler, components: components, volume: volume)
        }
        let pair = [SIMD3<Float>(0.25, 0.5, 0.5), SIMD3(0.75, 0.5, 0.5)].map { Shapes.sphere(center: $0, radius: 0.2) }
        return [
            make("sphere", Shapes.sphere(), euler: 2, volume: 4 / 3 * .pi * 0.35 * 0.35 * 0.35),
            make("torus", Shapes.torus(), euler: 0, volume: 2 * .pi * .pi * 0.28 * 0.11 * 0.11),
            make(
                "box", Shapes.box(halfExtent: SIMD3(0.303, 0.207, 0.111)), euler: 2, volume: 8 * 0.303 * 0.207 * 0.111),
            make("two spheres", Shapes.union(pair), euler: 4, components: 2, volume: 2 * 4 / 3 * .pi * 0.008),
            make("hole in a full box", ClosureField { -Shapes.sphere(radius: 0.3).value($0) }, euler: 4, components: 2),
            make("cut off by the box", Shapes.sphere(center: SIMD3(0.5, 0.5, 0.05), radius: 0.3), euler: 2),
        ]
    }

    private func extractor(_ member: Case, resolution: Int = 48) -> SurfaceExtractor {
        var extractor = SurfaceExtractor(resolution: resolution, method: member.method, computesNormals: true)
        extractor.exhaustiveLimit = 0
        return extractor
    }

    @Test(arguments: all) func surfacesAreClosedWithTheShapesTopology(_ member: Case) throws {
        let surface = try extractor(member).extract(member.field)
        let connectivity = Connectivity(surface.mesh)
        #expect(connectivity.isManifold)
        #expect(connectivity.eulerCharacteristic == member.eulerCharacteristic)
        #expect(connectivity.components == member.components)
        let volume = volumeAndArea(surface.mesh).volume
        #expect(volume > 0, "outward")
        if let exact = member.volume { #expect(abs(volume / exact - 1) < 0.01) }
    }

    @Test(arguments: all) func verticesLieOnTheLevelAndNormalsPointOut(_ member: Case) throws {
        let surface = try extractor(member).extract(member.field)
        let cell: Float = 1.0 / 48
        let inside = BoundingBox(minimum: SIMD3(repeating: cell), maximum: SIMD3(repeating: 1 - cell))
        #expect(surface.normals.count == surface.mesh.vertices.count)
        var wrong = 0
        for (vertex, normal) in zip(surface.mesh.vertices, surface.normals) {
            #expect(abs(length(normal) - 1) < 1e-3)
            // Beside the box's faces a surface is cut off, not the field's.
            guard inside.contains(vertex) else { continue }
            #expect(abs(member.field.value(vertex)) < cell)
            if member.field.value(vertex + 0.5 * cell * normal) <= member.field.value(vertex - 0.5 * cell * normal) {
                wrong += 1
            }
        }
        // At an edge a normal is one of two.
        #expect(wrong * 100 <= surface.mesh.vertices.count)
    }

    @Test(arguments: all) func theSameBitsForAnyWorkersAndSampling(_ member: Case) throws {
        var extractor = extractor(member)
        let one = try extractor.extract(member.field, workers: .single)
        let many = try extractor.extract(member.field, workers: Workers(count: 3))
        #expect(one.mesh == many.mesh && one.normals == many.normals)
        extractor.sampling = .exhaustive
        #expect(try extractor.extract(member.field).mesh == one.mesh)
    }

    @Test(arguments: all) func otherLevelsAreOffsets(_ member: Case) throws {
        guard member.volume != nil else { return }
        var extractor = extractor(member)
        extractor.isoLevel = 0.04
        let grown = try extractor.extract(member.field).mesh
        #expect(Connectivity(grown).isManifold && Connectivity(grown).components == member.components)
        let cell: Float = 1.0 / 48
        #expect(grown.vertices.allSatisfy { abs(member.field.value($0) - 0.04) < cell })
        let base = try SurfaceExtractor(resolution: 48, method: member.method).extract(member.field).mesh
        #expect(volumeAndArea(grown).volume > volumeAndArea(base).volume)
    }

    @Test(arguments: ExtractionMethod.allCases) func levelsOutOfReachAreErrors(_ method: ExtractionMethod) {
        var extractor = SurfaceExtractor(resolution: 16, isoLevel: 5, method: method)
        #expect(throws: ExtractionError.self) { try extractor.extract(Shapes.sphere()) }
        extractor.isoLevel = 0
        #expect(throws: ExtractionError.self) { try extractor.extract(ClosureField { _ in .nan }) }
        extractor.isoLevel = .nan
        #expect(throws: ExtractionError.self) { try extractor.extract(Shapes.sphere()) }
    }
}
