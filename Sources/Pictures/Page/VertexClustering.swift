import Geometry

/// A mesh made coarse enough to be sent along, with values at its vertices.
///
/// Vertex clustering (Rossignac and Borrel, "Multi-resolution 3D approximations for rendering complex scenes", 1993): all
/// vertices in a cell of a grid become their mean, and triangles whose corners fall together go. Fast and even, made to
/// be looked at: neither topology nor closedness survives.
package struct ClusteredMesh: Sendable {
    package var mesh: TriangleMesh
    /// `(n)`, means over the clusters; empty when there were none.
    package var values: [Float]
    /// Triangles before.
    package let originalTriangleCount: Int

    package var isDecimated: Bool { mesh.triangles.count < originalTriangleCount }

    /// - Parameters:
    ///   - values: `(n)`, at the vertices, or empty.
    ///   - triangleLimit: at least 12; a mesh with no more triangles stays as it is.
    ///   - mesh: to be made coarser.
    /// - Complexity: O(n) for n triangles, a few times.
    package init(_ mesh: TriangleMesh, values: [Float] = [], triangleLimit: Int) {
        precondition(values.isEmpty || values.count == mesh.vertices.count, "a value for each vertex")
        precondition(triangleLimit >= 12, "room for a box")
        self.mesh = mesh
        self.values = values
        originalTriangleCount = mesh.triangles.count
        guard mesh.triangles.count > triangleLimit, let box = mesh.boundingBox else { return }
        // A surface crosses about as many cells as the square of their number along a side.
        var cells = Float(triangleLimit).squareRoot()
        while true {
            (self.mesh, self.values) = Self.clustered(mesh, values, box: box, cells: cells)
            let count = self.mesh.triangles.count
            if count <= triangleLimit { return }
            cells *= 0.98 * (Float(triangleLimit) / Float(count)).squareRoot()
        }
    }

    private static func clustered(
        _ mesh: TriangleMesh, _ values: [Float], box: BoundingBox, cells: Float
    ) -> (TriangleMesh, [Float]) {
        let scale = max(cells, 1) / max(box.extent.max(), .leastNormalMagnitude)
        var clusters: [SIMD3<Int32>: UInt32] = [:]
        var sums: [SIMD4<Float>] = []
        var valueSums: [Float] = []
        let clusterOf = mesh.vertices.indices.map { index -> UInt32 in
            let offset = mesh.vertices[index] - box.minimum
            let cell = SIMD3<Int32>((offset * scale).rounded(.down), rounding: .down)
            let cluster: UInt32
            if let known = clusters[cell] {
                cluster = known
            } else {
                cluster = UInt32(sums.count)
                clusters[cell] = cluster
                sums.append(.zero)
                valueSums.append(0)
            }
            // Sums of offsets from the box keep their digits where the mesh is far from the origin.
            sums[Int(cluster)] += SIMD4(offset, 1)
            if !values.isEmpty { valueSums[Int(cluster)] += values[index] }
            return cluster
        }
        var result = TriangleMesh(
            vertices: sums.map { box.minimum + SIMD3($0.x, $0.y, $0.z) / $0.w })
        for triangle in mesh.triangles {
            let corners = SIMD3(
                clusterOf[Int(triangle.x)], clusterOf[Int(triangle.y)], clusterOf[Int(triangle.z)])
            if corners.x != corners.y && corners.y != corners.z && corners.z != corners.x {
                result.triangles.append(corners)
            }
        }
        return (result, values.isEmpty ? [] : zip(valueSums, sums).map { $0 / $1.w })
    }
}
