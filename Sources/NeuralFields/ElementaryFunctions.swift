import Core

// The C library's free functions by the names that a reader expects on the type.
extension Float {
    static func exp(_ x: Float) -> Float { exponential(x) }
    static func log(_ x: Float) -> Float { logarithm(x) }
}

extension Double {
    static func exp(_ x: Double) -> Double { exponential(x) }
    static func log(_ x: Double) -> Double { logarithm(x) }
    static func cos(_ x: Double) -> Double { cosine(x) }
}

// Within the types above their own functions would be meant.
private func exponential(_ x: Float) -> Float { exp(x) }
private func exponential(_ x: Double) -> Double { exp(x) }
private func logarithm(_ x: Float) -> Float { log(x) }
private func logarithm(_ x: Double) -> Double { log(x) }
private func cosine(_ x: Double) -> Double { cos(x) }
