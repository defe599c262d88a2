import Core

/// The angle-weighted pseudonormals of a closed, consistently oriented mesh.
///
/// Of a face its normal, of an edge the sum of its two triangles' unit normals, of a vertex the sum of its triangles'
/// unit normals weighted by their angles there. For a point p whose closest point c lies on a feature, (p − c) · n > 0
/// outside and < 0 inside (Bærentzen and Aanæs 2005, section 3).
struct Pseudonormals: Sendable {
    private let mesh: TriangleMesh
    let adjacency: TriangleAdjacency
    /// `(vertices, 3)`.
    private let vertexNormals: KernelBuffer<Float>

    /// Nil where an edge does not have exactly one triangle on each side, or two triangles disagree about the outside.
    init?(_ mesh: TriangleMesh, workers: Workers) {
        let stars = VertexStars(mesh, workers: workers)
        guard let adjacency = TriangleAdjacency(mesh, stars) else { return nil }
        self.mesh = mesh
        self.adjacency = adjacency
        vertexNormals = Self.vertexNormals(of: mesh, stars)
    }

    var byteCount: Int { adjacency.byteCount + vertexNormals.byteCount }

    /// The pseudonormal of a feature of triangle `index`; not of unit length.
    func normal(of feature: TriangleFeature, triangle index: Int) -> SIMD3<Float> {
        switch feature {
        case .face: SIMD3<Float>(unitNormal(index))
        case .edgeAB: edgeNormal(index, 0)
        case .edgeBC: edgeNormal(index, 1)
        case .edgeCA: edgeNormal(index, 2)
        case .cornerA: vertexNormal(mesh.triangles[index].x)
        case .cornerB: vertexNormal(mesh.triangles[index].y)
        case .cornerC: vertexNormal(mesh.triangles[index].z)
        }
    }

    private func edgeNormal(_ index: Int, _ side: Int) -> SIMD3<Float> {
        SIMD3<Float>(unitNormal(index) + unitNormal(adjacency.neighbor(of: index, beyond: side)))
    }

    private func vertexNormal(_ vertex: UInt32) -> SIMD3<Float> {
        let normal = vertexNormals.pointer + 3 * Int(vertex)
        return SIMD3(normal[0], normal[1], normal[2])
    }

    private func unitNormal(_ index: Int) -> SIMD3<Double> { Self.unitNormal(mesh.corners(of: index)) }

    @inline(__always)
    private static func unitNormal(_ corners: (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>)) -> SIMD3<Double> {
        let a = SIMD3<Double>(corners.0)
        let (u, v) = (SIMD3<Double>(corners.1) - a, SIMD3<Double>(corners.2) - a)
        let normal = cross(u, v)
        let length = (normal * normal).sum().squareRoot()
        return length > 0 ? normal / length : .zero
    }

    /// Summed up over each vertex's triangles in their order.
    private static func vertexNormals(of mesh: TriangleMesh, _ stars: VertexStars) -> KernelBuffer<Float> {
        let normals = KernelBuffer<Float>(count: 3 * mesh.vertices.count)
        mesh.vertices.withUnsafeBufferPointer { vertices in
            mesh.triangles.withUnsafeBufferPointer { triangles in
                stars.forEachBucket { _, bucket in
                    for vertex in bucket.vertices {
                        var sum = SIMD3<Double>.zero
                        for corner in bucket.corners(at: vertex) {
                            let (index, side) = Int(corner).quotientAndRemainder(dividingBy: 3)
                            let triangle = triangles[index]
                            let (a, b, c) = (
                                vertices[Int(triangle.x)], vertices[Int(triangle.y)], vertices[Int(triangle.z)]
                            )
                            let (here, next, last) = side == 0 ? (a, b, c) : side == 1 ? (b, c, a) : (c, a, b)
                            let origin = SIMD3<Double>(here)
                            let angle = angle(SIMD3<Double>(next) - origin, SIMD3<Double>(last) - origin)
                            sum += unitNormal((a, b, c)) * angle
                        }
                        for axis in 0..<3 { normals.pointer[3 * vertex + axis] = Float(sum[axis]) }
                    }
                }
            }
        }
        return normals
    }

    /// The angle between two vectors, in radians.
    private static func angle(_ u: SIMD3<Double>, _ v: SIMD3<Double>) -> Double {
        let normal = cross(u, v)
        return atan2((normal * normal).sum().squareRoot(), (u * v).sum())
    }
}
