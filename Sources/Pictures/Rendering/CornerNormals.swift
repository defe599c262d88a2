import Core
import Geometry

/// Normals at the corners of triangles, smooth over gentle bends and broken at creases.
///
/// A corner's normal is the area-weighted mean of the normals of those triangles around its vertex that differ from its
/// own by less than the crease angle.
struct CornerNormals: Sendable {
    /// Three a triangle, in its corners' order; zero for a triangle without area.
    private let normals: [SIMD3<Float>]
    /// Of the triangles' planes, with their doubled areas as length.
    private let faces: [SIMD3<Float>]

    /// Bends up to this angle are smoothed: the cosine of 60°. At 40° the rims of the bunny's ears look torn; the edges of
    /// a box bend by 90°.
    private static let creaseCosine: Float = 0.5

    init(_ mesh: TriangleMesh, workers: Workers) {
        let triangles = mesh.triangles
        let faces = mesh.faceNormals(workers: workers)
        // Triangles around each vertex, in compressed rows.
        var starts = [UInt32](repeating: 0, count: mesh.vertices.count + 1)
        for triangle in triangles {
            for lane in 0..<3 { starts[Int(triangle[lane]) + 1] += 1 }
        }
        for vertex in mesh.vertices.indices { starts[vertex + 1] += starts[vertex] }
        var next = starts
        var around = [UInt32](repeating: 0, count: 3 * triangles.count)
        for (index, triangle) in triangles.enumerated() {
            for lane in 0..<3 {
                let vertex = Int(triangle[lane])
                around[Int(next[vertex])] = UInt32(index)
                next[vertex] += 1
            }
        }
        let units = faces.map(normalized)
        normals = [SIMD3<Float>](unsafeUninitializedCapacity: 3 * triangles.count) { buffer, count in
            buffer.initialize(repeating: .zero)
            let normals = buffer
            workers.forEachChunk(of: triangles.count, chunkSize: 8192) { chunk, _ in
                for index in chunk {
                    for lane in 0..<3 {
                        let vertex = Int(triangles[index][lane])
                        var sum = SIMD3<Float>.zero
                        for slot in Int(starts[vertex])..<Int(starts[vertex + 1]) {
                            let other = Int(around[slot])
                            if dot(units[other], units[index]) >= Self.creaseCosine { sum += faces[other] }
                        }
                        normals[3 * index + lane] = normalized(sum)
                    }
                }
            }
            count = 3 * triangles.count
        }
        self.faces = units
    }

    /// Unit normal of the triangle's plane at a hit.
    func faceNormal(at hit: RayHit) -> SIMD3<Float> { faces[Int(hit.triangle)] }

    /// Unit normal at a hit, interpolated between the corners.
    func normal(at hit: RayHit) -> SIMD3<Float> {
        let first = 3 * Int(hit.triangle)
        let (b, c) = (hit.weights.x, hit.weights.y)
        let normal = (1 - b - c) * normals[first] + b * normals[first + 1] + c * normals[first + 2]
        return normalized(normal)
    }
}

extension TriangleMesh {
    /// Normals of the triangles, of length twice their area.
    fileprivate func faceNormals(workers: Workers) -> [SIMD3<Float>] {
        [SIMD3<Float>](unsafeUninitializedCapacity: triangles.count) { buffer, count in
            let normals = buffer
            workers.forEachChunk(of: triangles.count, chunkSize: 8192) { chunk, _ in
                for index in chunk {
                    let (a, b, c) = corners(of: index)
                    normals.initializeElement(at: index, to: cross(b - a, c - a))
                }
            }
            count = triangles.count
        }
    }
}
