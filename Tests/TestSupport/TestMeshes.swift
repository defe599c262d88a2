import Core
import Foundation
import Geometry
import SurfaceExtraction

/// Meshes to fit, made from analytic fields so that no file is needed.
package enum TestMeshes {
    package static func mesh(of field: some ScalarField, resolution: Int = 48) throws -> TriangleMesh {
        try SurfaceExtractor(resolution: resolution).extract(field, workers: Workers()).mesh
    }

    /// A torus, radii 0.3 and 0.1, as closed quads cut in two.
    package static func torus(segments: Int = 96, sides: Int = 48) -> TriangleMesh {
        var mesh = TriangleMesh()
        for segment in 0..<segments {
            for side in 0..<sides {
                let u = 2 * Float.pi * Float(segment) / Float(segments)
                let v = 2 * Float.pi * Float(side) / Float(sides)
                let ring = 0.3 + 0.1 * cos(v)
                mesh.vertices.append(SIMD3(ring * cos(u), ring * sin(u), 0.1 * sin(v)))
                let corner = { (i: Int, j: Int) in UInt32((i % segments) * sides + j % sides) }
                let (a, b) = (corner(segment, side), corner(segment + 1, side))
                let (c, d) = (corner(segment + 1, side + 1), corner(segment, side + 1))
                mesh.triangles += [SIMD3(a, b, c), SIMD3(a, c, d)]
            }
        }
        return mesh
    }
}
