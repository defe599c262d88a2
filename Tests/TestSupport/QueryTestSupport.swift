import Core
import Foundation
import Geometry

/// Meshes and slow, plain answers for the tests of mesh queries.
package enum QueryShapes {
    /// An octahedron, each triangle split into four `levels` times and every vertex pushed onto the sphere.
    package static func sphere(levels: Int, center: SIMD3<Float> = .zero, radius: Float = 1) -> TriangleMesh {
        var mesh = TriangleMesh(
            vertices: [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]],
            triangles: [
                [0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5],
            ])
        for _ in 0..<levels {
            mesh = subdivided(mesh)
            mesh.vertices = mesh.vertices.map { $0 / ($0 * $0).sum().squareRoot() }
        }
        mesh.vertices = mesh.vertices.map { center + radius * $0 }
        return mesh
    }

    /// Every triangle cut into four at the middles of its sides.
    package static func subdivided(_ mesh: TriangleMesh) -> TriangleMesh {
        var result = TriangleMesh(vertices: mesh.vertices)
        var middles: [UInt64: UInt32] = [:]
        func middle(_ a: UInt32, _ b: UInt32) -> UInt32 {
            let key = UInt64(min(a, b)) << 32 | UInt64(max(a, b))
            if let known = middles[key] { return known }
            result.vertices.append((mesh.vertices[Int(a)] + mesh.vertices[Int(b)]) / 2)
            middles[key] = UInt32(result.vertices.count - 1)
            return UInt32(result.vertices.count - 1)
        }
        for t in mesh.triangles {
            let (ab, bc, ca) = (middle(t.x, t.y), middle(t.y, t.z), middle(t.z, t.x))
            result.triangles += [[t.x, ab, ca], [ab, t.y, bc], [ca, bc, t.z], [ab, bc, ca]]
        }
        return result
    }

    package static let box = TriangleMesh(
        vertices: (0..<8).map { SIMD3<Float>(Float($0 & 1), Float($0 >> 1 & 1), Float($0 >> 2)) },
        triangles: [
            [0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4],
            [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5],
        ])

    package static func torus(rings: Int, sides: Int, radius: Float = 1, tube: Float = 0.35) -> TriangleMesh {
        var mesh = TriangleMesh()
        for ring in 0..<rings {
            for side in 0..<sides {
                let u = 2 * Float.pi * Float(ring) / Float(rings)
                let v = 2 * Float.pi * Float(side) / Float(sides)
                let distance = radius + tube * cos(v)
                mesh.vertices.append(SIMD3(distance * cos(u), distance * sin(u), tube * sin(v)))
                let (nextRing, nextSide) = ((ring + 1) % rings, (side + 1) % sides)
                let a = UInt32(ring * sides + side)
                let b = UInt32(nextRing * sides + side)
                let c = UInt32(nextRing * sides + nextSide)
                let d = UInt32(ring * sides + nextSide)
                mesh.triangles += [[a, b, c], [a, c, d]]
            }
        }
        return mesh
    }

    /// Unconnected triangles of sizes from a thousandth to one, some of them needles, some without area.
    package static func soup(count: Int, seed: UInt64) -> TriangleMesh {
        let stream = RandomStream(seed: seed, stream: 77)
        var mesh = TriangleMesh()
        for index in 0..<count {
            let place = stream.uniforms(at: UInt64(4 * index))
            let u = stream.normals(at: UInt64(4 * index + 1))
            let v = stream.normals(at: UInt64(4 * index + 2))
            let size = pow(10, -3 * place.w)
            let a = SIMD3(place.x, place.y, place.z)
            let b = a + SIMD3(u.x, u.y, u.z) * size
            var c = a + SIMD3(v.x, v.y, v.z) * size
            if index % 7 == 0 { c = b + (c - b) * 1e-4 }
            if index % 11 == 0 { c = a + (b - a) * 0.5 }
            if index % 53 == 0 { c = a }
            mesh.vertices += [a, b, c]
            mesh.triangles.append(SIMD3(UInt32(3 * index), UInt32(3 * index + 1), UInt32(3 * index + 2)))
        }
        return mesh
    }

    package static func joined(_ parts: [TriangleMesh]) -> TriangleMesh {
        var result = TriangleMesh()
        for part in parts {
            let offset = UInt32(result.vertices.count)
            result.vertices += part.vertices
            result.triangles += part.triangles.map { $0 &+ SIMD3(repeating: offset) }
        }
        return result
    }

    /// Uniform in the cube of side `side` around `center`.
    package static func points(
        _ count: Int, seed: UInt64, center: SIMD3<Float> = .zero, side: Float = 3
    ) -> [SIMD3<Float>] {
        let stream = RandomStream(seed: seed, stream: 78)
        return (0..<count).map {
            let u = stream.uniforms(at: UInt64($0))
            return center + (SIMD3(u.x, u.y, u.z) - 0.5) * side
        }
    }
}

/// Double precision and no tree.
package enum PlainQueries {
    package typealias Vector = SIMD3<Double>

    package static func cross(_ a: Vector, _ b: Vector) -> Vector {
        Vector(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
    }

    package static func dot(_ a: Vector, _ b: Vector) -> Double { (a * b).sum() }
    package static func length(_ a: Vector) -> Double { dot(a, a).squareRoot() }

    /// By minimising over the plane's coordinates and over each side.
    package static func distance(_ p: Vector, _ a: Vector, _ b: Vector, _ c: Vector) -> Double {
        func segment(_ s: Vector, _ e: Vector) -> Double {
            let d = e - s
            let t = dot(d, d) > 0 ? min(max(dot(p - s, d) / dot(d, d), 0), 1) : 0
            return length(s + d * t - p)
        }
        var best = min(segment(a, b), segment(b, c), segment(c, a))
        let (u, v, w) = (b - a, c - a, p - a)
        let (uu, uv, vv, wu, wv) = (dot(u, u), dot(u, v), dot(v, v), dot(w, u), dot(w, v))
        let determinant = uu * vv - uv * uv
        if determinant > 1e-14 * uu * vv {
            let s = (vv * wu - uv * wv) / determinant
            let t = (uu * wv - uv * wu) / determinant
            if s >= 0 && t >= 0 && s + t <= 1 { best = min(best, length(u * s + v * t - w)) }
        }
        return best
    }

    package static func distance(_ point: SIMD3<Float>, _ mesh: TriangleMesh) -> Double {
        mesh.triangles.indices.reduce(Double.infinity) { best, index in
            let corners = mesh.corners(of: index)
            return min(best, distance(Vector(point), Vector(corners.0), Vector(corners.1), Vector(corners.2)))
        }
    }

    package static func windingNumber(_ point: SIMD3<Float>, _ mesh: TriangleMesh) -> Double {
        mesh.triangles.indices.reduce(0.0) { sum, index in
            let corners = mesh.corners(of: index)
            let (a, b, c) = (
                Vector(corners.0) - Vector(point), Vector(corners.1) - Vector(point), Vector(corners.2) - Vector(point)
            )
            let (la, lb, lc) = (length(a), length(b), length(c))
            let y = dot(a, cross(b, c))
            let x = la * lb * lc + dot(a, b) * lc + dot(b, c) * la + dot(c, a) * lb
            return sum + 2 * atan2(y, x)
        } / (4 * .pi)
    }
}
