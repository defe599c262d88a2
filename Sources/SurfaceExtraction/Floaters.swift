import Core
import Geometry

extension ExtractedSurface {
    /// Leaves out floaters: pieces no vertex of which is near a cell with learnt surface, a few cells large, as a network
    /// has them by chance in regions without training points. Where all pieces are such, all stay.
    ///
    /// - Parameter cells: in the mesh's frame, the unit cube.
    /// - Precondition: no normals yet.
    /// - Complexity: O(vertices + triangles), only where a vertex is far.
    mutating func removeFloaters(awayFrom cells: SurfaceCells, workers: Workers) {
        precondition(normals.isEmpty, "normals are made of what is left")
        // Far more than a fit strays from its surface.
        let reach: Float = 0.004
        let vertices = mesh.vertices
        var isNear = [Bool](repeating: false, count: vertices.count)
        isNear.withUnsafeMutableBufferPointer { isNear in
            let isNear = isNear
            workers.forEachChunk(of: vertices.count, chunkSize: 8192) { range, _ in
                for vertex in range {
                    let position = vertices[vertex]
                    // Nearly every vertex is in such a cell itself.
                    isNear[vertex] =
                        cells.overlap(BoundingBox(minimum: position, maximum: position))
                        || cells.overlap(BoundingBox(minimum: position - reach, maximum: position + reach))
                }
            }
        }
        guard isNear.contains(false), isNear.contains(true) else { return }
        let pieces = MeshPieces(mesh)
        var isKept = [Bool](repeating: false, count: pieces.count)
        for vertex in isNear.indices where isNear[vertex] { isKept[pieces.piece(ofVertex: vertex)] = true }
        statistics.floaters = isKept.reduce(0) { $0 + ($1 ? 0 : 1) }
        guard statistics.floaters > 0 else { return }

        var newIndices = [UInt32](repeating: 0, count: mesh.vertices.count)
        var kept = TriangleMesh()
        for vertex in mesh.vertices.indices where isKept[pieces.piece(ofVertex: vertex)] {
            newIndices[vertex] = UInt32(kept.vertices.count)
            kept.vertices.append(mesh.vertices[vertex])
        }
        for triangle in mesh.triangles where isKept[pieces.piece(ofVertex: Int(triangle.x))] {
            kept.triangles.append(
                SIMD3(newIndices[Int(triangle.x)], newIndices[Int(triangle.y)], newIndices[Int(triangle.z)]))
        }
        mesh = kept
    }
}
