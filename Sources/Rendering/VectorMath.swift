func dot(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float { (a * b).sum() }

func cross(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> SIMD3<Float> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

/// `vector` at unit length; zero stays zero.
func normalized(_ vector: SIMD3<Float>) -> SIMD3<Float> {
    let square = dot(vector, vector)
    return square > 0 ? vector / square.squareRoot() : .zero
}
