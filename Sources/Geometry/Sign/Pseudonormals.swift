import Core

/// The angle-weighted pseudonormals of a closed, consistently oriented mesh.
///
/// Of a face its normal, of an edge the sum of its two triangles' unit normals, of a vertex the sum of its triangles'
/// unit normals weighted by their angles there. For a point p whose closest point c lies on a feature, (p − c) · n > 0
/// outside and < 0 inside (Bærentzen and Aanæs 2005, section 3).
struct Pseudonormals: Sendable {
    private let mesh: TriangleMesh
    /// The triangle beyond side ab, bc, ca of each triangle.
    let neighbors: [SIMD3<UInt32>]
    private let vertexNormals: [SIMD3<Float>]

    /// Nil where an edge does not have exactly one triangle on each side, or two triangles disagree about the outside.
    init?(_ mesh: TriangleMesh) {
        guard let neighbors = Self.neighbors(of: mesh) else { return nil }
        self.mesh = mesh
        self.neighbors = neighbors
        vertexNormals = Self.vertexNormals(of: mesh)
    }

    var byteCount: Int { (neighbors.count + vertexNormals.count) * 16 }

    /// The pseudonormal of a feature of triangle `index`; not of unit length.
    func normal(of feature: TriangleFeature, triangle index: Int) -> SIMD3<Float> {
        switch feature {
        case .face: SIMD3<Float>(unitNormal(index))
        case .edgeAB: edgeNormal(index, 0)
        case .edgeBC: edgeNormal(index, 1)
        case .edgeCA: edgeNormal(index, 2)
        case .cornerA: vertexNormals[Int(mesh.triangles[index].x)]
        case .cornerB: vertexNormals[Int(mesh.triangles[index].y)]
        case .cornerC: vertexNormals[Int(mesh.triangles[index].z)]
        }
    }

    private func edgeNormal(_ index: Int, _ side: Int) -> SIMD3<Float> {
        SIMD3<Float>(unitNormal(index) + unitNormal(Int(neighbors[index][side])))
    }

    private func unitNormal(_ index: Int) -> SIMD3<Double> { Self.unitNormal(mesh, index) }

    private static func unitNormal(_ mesh: TriangleMesh, _ index: Int) -> SIMD3<Double> {
        let corners = mesh.corners(of: index)
        let a = SIMD3<Double>(corners.0)
        let (u, v) = (SIMD3<Double>(corners.1) - a, SIMD3<Double>(corners.2) - a)
        let normal = cross(u, v)
        let length = (normal * normal).sum().squareRoot()
        return length > 0 ? normal / length : .zero
    }

    private static func vertexNormals(of mesh: TriangleMesh) -> [SIMD3<Float>] {
        var sums = [SIMD3<Double>](repeating: .zero, count: mesh.vertices.count)
        for (index, triangle) in mesh.triangles.enumerated() {
            let normal = unitNormal(mesh, index)
            let corners = mesh.corners(of: index)
            let (a, b, c) = (SIMD3<Double>(corners.0), SIMD3<Double>(corners.1), SIMD3<Double>(corners.2))
            sums[Int(triangle.x)] += normal * angle(b - a, c - a)
            sums[Int(triangle.y)] += normal * angle(c - b, a - b)
            sums[Int(triangle.z)] += normal * angle(a - c, b - c)
        }
        return sums.map { SIMD3<Float>($0) }
    }
}
