import Core
import Geometry

/// Answers in double precision from all triangles, to compare with.
enum NaiveQueries {
    typealias Vector = SIMD3<Double>

    private static func cross(_ a: Vector, _ b: Vector) -> Vector {
        Vector(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
    }

    private static func dot(_ a: Vector, _ b: Vector) -> Double { (a * b).sum() }
    private static func length(_ a: Vector) -> Double { dot(a, a).squareRoot() }

    static func distance(_ point: Vector, _ mesh: TriangleMesh) -> Double {
        mesh.triangles.indices.reduce(Double.infinity) { best, index in
            let (a, b, c) = mesh.corners(of: index)
            return min(best, distance(point, Vector(a), Vector(b), Vector(c)))
        }
    }

    /// To the triangle's plane where the point projects into it, else to its sides.
    private static func distance(_ p: Vector, _ a: Vector, _ b: Vector, _ c: Vector) -> Double {
        func side(_ s: Vector, _ e: Vector) -> Double {
            let d = e - s
            let square = dot(d, d)
            let t = square > 0 ? min(max(dot(p - s, d) / square, 0), 1) : 0
            return length(s + d * t - p)
        }
        var best = min(side(a, b), side(b, c), side(c, a))
        let (u, v, w) = (b - a, c - a, p - a)
        let (uu, uv, vv, wu, wv) = (dot(u, u), dot(u, v), dot(v, v), dot(w, u), dot(w, v))
        let determinant = uu * vv - uv * uv
        if determinant > 1e-14 * uu * vv {
            let (s, t) = ((vv * wu - uv * wv) / determinant, (uu * wv - uv * wu) / determinant)
            if s >= 0 && t >= 0 && s + t <= 1 { best = min(best, length(u * s + v * t - w)) }
        }
        return best
    }

    /// The sum of the triangles' solid angles over 4π (Van Oosterom and Strackee 1983).
    static func windingNumber(_ point: Vector, _ mesh: TriangleMesh) -> Double {
        mesh.triangles.indices.reduce(0.0) { sum, index in
            let corners = mesh.corners(of: index)
            let (a, b, c) = (Vector(corners.0) - point, Vector(corners.1) - point, Vector(corners.2) - point)
            let (la, lb, lc) = (length(a), length(b), length(c))
            let numerator = dot(a, cross(b, c))
            let denominator = la * lb * lc + dot(a, b) * lc + dot(b, c) * la + dot(c, a) * lb
            return sum + 2 * atan2(numerator, denominator)
        } / (4 * .pi)
    }
}
