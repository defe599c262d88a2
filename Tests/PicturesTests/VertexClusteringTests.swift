import Core
import Foundation
import Geometry
import Pictures
import Testing

@Suite struct VertexClusteringTests {
    /// A ball of latitudes and longitudes.
    static func ball(rows: Int, radius: Float = 1, center: SIMD3<Float> = .zero) -> TriangleMesh {
        var mesh = TriangleMesh()
        for row in 0...rows {
            for column in 0..<2 * rows {
                let (u, v) = (Float(row) * .pi / Float(rows), Float(column) * .pi / Float(rows))
                mesh.vertices.append(center + radius * SIMD3(sin(u) * cos(v), sin(u) * sin(v), cos(u)))
            }
        }
        for row in 0..<rows {
            for column in 0..<2 * rows {
                let (a, b) = (row * 2 * rows + column, row * 2 * rows + (column + 1) % (2 * rows))
                let (c, d) = (a + 2 * rows, b + 2 * rows)
                mesh.triangles += [SIMD3(UInt32(a), UInt32(c), UInt32(b)), SIMD3(UInt32(b), UInt32(c), UInt32(d))]
            }
        }
        return mesh
    }

    @Test func smallMeshesStayAsTheyAre() {
        let mesh = Self.ball(rows: 10)
        let clustered = ClusteredMesh(mesh, triangleLimit: mesh.triangles.count)
        #expect(clustered.mesh == mesh && !clustered.isDecimated)
    }

    @Test(arguments: [100, 1000, 5000], [Float(0), 1000]) func largeMeshesKeepTheirShape(limit: Int, offset: Float) {
        let center = SIMD3<Float>(repeating: offset)
        let mesh = Self.ball(rows: 80, center: center)
        let values = mesh.vertices.map { ($0 - center).z }
        let clustered = ClusteredMesh(mesh, values: values, triangleLimit: limit)
        #expect(clustered.isDecimated && clustered.originalTriangleCount == mesh.triangles.count)
        // Neither more than the limit nor far fewer.
        #expect((limit / 3...limit).contains(clustered.mesh.triangles.count))
        #expect(clustered.values.count == clustered.mesh.vertices.count)
        let cell = 4 / Float(limit).squareRoot()
        for (vertex, value) in zip(clustered.mesh.vertices, clustered.values) {
            let offset = vertex - center
            #expect(abs((offset * offset).sum().squareRoot() - 1) < 2 * cell)
            #expect(abs(value - offset.z) < 1e-3)
        }
    }
}
