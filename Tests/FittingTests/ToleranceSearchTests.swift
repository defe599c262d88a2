import Evaluation
import Fitting
import Foundation
import Geometry
import SurfaceExtraction
import TestSupport
import Testing

/// Grids that are solved to a tolerance, their claims and their surfaces.
@Suite struct ToleranceSearchTests {
    /// Faces in planes of the lattice's corners, where the grid is 0 to rounding: blocks were left out whose values another order of sums makes
    /// negative.
    @Test(arguments: [("boxes", 0.01), ("boxes", 0.005), ("csg-part", 0.003)])
    func ownCellsOfAToleranceAreClosed(name: String, tolerance: Double) throws {
        let halves: [SIMD3<Float>] = [SIMD3(1, 2, 3), SIMD3(0.3, 0.5, 0.7), SIMD3(repeating: 1)]
        let meshes = name == "boxes" ? halves.map { box(half: $0) } : [try generated(name)]
        for mesh in meshes {
            let fitted = try Fit(Self.within(tolerance)).run(mesh)
            for method in ExtractionMethod.allCases {
                var extractor = SurfaceExtractor(resolution: 0)
                extractor.method = method
                let surface = try fitted.shape.extract(extractor).mesh
                let topology = MeshTopology(surface)
                // Dual contouring may touch itself.
                #expect(method == .marchingCubes ? topology.isWatertight : topology.boundaryEdgeCount == 0)
                #expect(surface.triangles.allSatisfy { $0.x != $0.y && $0.y != $0.z && $0.z != $0.x })
                let volume = MeshTopology(mesh).signedVolume
                #expect(abs(topology.signedVolume / volume - 1) < 0.02)
            }
        }
    }

    /// A cone's point, and plates far thinner than the tolerance, need a finer grid than smooth shapes.
    @Test(arguments: [("cone", 0.002), ("plate", 0.003), ("plate", 0.01), ("plate", 0.02)])
    func aToleranceIsMetWhereTheFirstGridIsTooCoarse(name: String, tolerance: Double) throws {
        let mesh = name == "cone" ? Self.cone : box(half: SIMD3(0.5, 0.5, 0.002))
        let fitted = try Fit(Self.within(tolerance)).run(mesh)
        let result = try #require(fitted.tolerance)
        #expect(result.isMet, "\(result.obstacle ?? "")")
        let surface = try #require(fitted.surface).mesh
        let bounds = try #require(HausdorffCertifier(relativeError: 0.02).bounds(between: mesh, and: surface))
        #expect(bounds.lower <= result.tolerance)
    }

    /// Ended at once: a surface all the same, and no claim.
    @Test func anEndedSearchForAToleranceClaimsNothing() throws {
        let fitted = try Fit(Self.within(0.002)).run(Self.cone) { _ in false }
        let result = try #require(fitted.tolerance)
        #expect(!result.isMet && result.obstacle == "ended before it was met")
        #expect(fitted.surface?.mesh.triangles.isEmpty == false)
    }

    /// Also in the middle of a surface, whose extraction may take a minute.
    @Test(arguments: [1, 2, 4, 8, 20]) func aSearchEndsWhereverItIs(calls: Int) throws {
        var count = 0
        let fitted = try Fit(Self.within(0.0015)).run(Self.cone) { _ in
            count += 1
            return count < calls
        }
        #expect(count == calls)
        let result = try #require(fitted.tolerance)
        #expect(!result.isMet && result.obstacle == "ended before it was met")
        #expect(fitted.surface.map { MeshTopology($0.mesh).isClosed } == true)
    }

    private static func within(_ part: Double) -> FitConfiguration {
        var configuration = FitConfiguration.testGrid()
        configuration.grid = GridSettings()
        configuration.grid?.tolerance = Tolerance(part, unit: .diagonal)
        return configuration
    }

    private static let cone: TriangleMesh = {
        let count = 48
        let rim = (0..<count).map { index in
            let angle = 2 * Float.pi * Float(index) / Float(count)
            return SIMD3<Float>(0.5 * cos(angle), 0.5 * sin(angle), 0)
        }
        let (bottom, apex) = (UInt32(count), UInt32(count + 1))
        var triangles: [SIMD3<UInt32>] = []
        for index in 0..<UInt32(count) {
            let next = (index + 1) % UInt32(count)
            triangles += [SIMD3(index, next, apex), SIMD3(next, index, bottom)]
        }
        return TriangleMesh(vertices: rim + [SIMD3(0, 0, 0), SIMD3(0, 0, 2)], triangles: triangles)
    }()
}
