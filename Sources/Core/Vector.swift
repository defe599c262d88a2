/// a · b.
@inlinable @inline(__always)
package func dot<Scalar: BinaryFloatingPoint>(_ a: SIMD3<Scalar>, _ b: SIMD3<Scalar>) -> Scalar { (a * b).sum() }

/// a × b.
@inlinable @inline(__always)
package func cross<Scalar: BinaryFloatingPoint>(_ a: SIMD3<Scalar>, _ b: SIMD3<Scalar>) -> SIMD3<Scalar> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

/// The Euclidean length.
@inlinable @inline(__always)
package func length<Scalar: BinaryFloatingPoint>(_ vector: SIMD3<Scalar>) -> Scalar {
    (vector * vector).sum().squareRoot()
}

/// `vector` at unit length; zero stays zero.
@inlinable @inline(__always)
package func normalized<Scalar: BinaryFloatingPoint>(_ vector: SIMD3<Scalar>) -> SIMD3<Scalar> {
    let square = dot(vector, vector)
    return square > 0 ? vector / square.squareRoot() : .zero
}

/// The absolute value of each component.
@inlinable @inline(__always)
package func abs<Scalar: BinaryFloatingPoint>(_ vector: SIMD3<Scalar>) -> SIMD3<Scalar> {
    pointwiseMax(vector, -vector)
}
