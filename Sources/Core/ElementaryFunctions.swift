// Elementary functions from IEEE operations alone: a C library's may differ in the last bit between machines, and then
// nothing that follows would be the same.

/// ln x for 0 < x < ∞ and x normal, within 1e-12, from IEEE additions, multiplications and divisions alone.
@inlinable
func naturalLogarithm(_ x: Double) -> Double {
    var exponent = Double(x.exponent)
    var significand = x.significand
    if significand > 1.414_213_562_373_095_1 {
        significand *= 0.5
        exponent += 1
    }
    // ln m = 2 artanh((m − 1)/(m + 1)), |argument| < 0.172: nine terms reach 1e-15.
    let ratio = (significand - 1) / (significand + 1)
    let square = ratio * ratio
    var sum = 0.0
    for order in stride(from: 17.0, through: 1.0, by: -2.0) { sum = sum * square + 1 / order }
    return exponent * 0.693_147_180_559_945_3 + 2 * ratio * sum
}

/// sin 2πt and cos 2πt for 0 ≤ t < 1, within 1e-12, from IEEE operations alone.
@inlinable
package func sineAndCosine(ofTurns turns: Double) -> (sine: Double, cosine: Double) {
    let quadrant = (turns * 4).rounded()
    let angle = (turns - quadrant * 0.25) * 6.283_185_307_179_586
    let square = angle * angle
    var sine = 0.0
    var cosine = 0.0
    for order in stride(from: 15.0, through: 1.0, by: -2.0) {
        sine = 1 - square / ((order + 1) * (order + 2)) * sine
        cosine = 1 - square / (order * (order + 1)) * cosine
    }
    sine *= angle
    switch Int(quadrant) & 3 {
    case 0: return (sine, cosine)
    case 1: return (cosine, -sine)
    case 2: return (-sine, -cosine)
    default: return (-cosine, sine)
    }
}

/// tanh by e^(2x), the same on every machine.
@inlinable
package func hyperbolicTangent(_ x: Float) -> Float {
    let magnitude = min(Double(abs(x)), 20)
    // e^y for y in [0, 40] by halving 12 times: (1 + y/4096 + …)^4096.
    let small = 2 * magnitude / 4096
    var power = 1 + small * (1 + small * (0.5 + small * (1.0 / 6 + small * (1.0 / 24 + small / 120))))
    for _ in 0..<12 { power *= power }
    let value = Float((power - 1) / (power + 1))
    return x < 0 ? -value : value
}
