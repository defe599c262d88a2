import Core
import Geometry

/// Four lights that move with the camera: a warm key from the upper left, a cool fill from the right, a rim from behind
/// and a sky over a darker ground.
///
/// Intensities are such that a surface that faces the camera gives back about its albedo.
struct Lighting: Sendable {
    let keyDirection: SIMD3<Float>
    /// Unit vectors across the key light, for points on its disc.
    let keyAxes: (SIMD3<Float>, SIMD3<Float>)
    private let fillDirection: SIMD3<Float>
    private let rimDirection: SIMD3<Float>
    private let upDirection: SIMD3<Float>

    /// Radius of the key light's disc at distance 1: shadows as soft as those of a large window.
    static let keyRadius: Float = 0.22
    private static let key = SIMD3<Float>(1.00, 0.95, 0.88) * 0.88
    private static let fill = SIMD3<Float>(0.80, 0.90, 1.00) * 0.13
    private static let rim = SIMD3<Float>(0.95, 0.98, 1.00) * 0.55
    private static let sky = SIMD3<Float>(0.92, 0.96, 1.00) * 0.36
    private static let ground = SIMD3<Float>(1.00, 0.93, 0.86) * 0.10
    /// Exponent of highlights.
    private static let shininess: Float = 28

    init(_ camera: Camera) {
        func direction(_ right: Float, _ up: Float, _ back: Float) -> SIMD3<Float> {
            normalized(right * camera.right + up * camera.up - back * camera.forward)
        }
        keyDirection = direction(-0.70, 0.80, 0.62)
        fillDirection = direction(0.85, 0.10, 0.55)
        rimDirection = direction(0.35, 0.55, -0.75)
        upDirection = direction(0, 1, 0.15)
        let across = normalized(cross(keyDirection, camera.up))
        keyAxes = (across, cross(keyDirection, across))
    }

    /// Light that leaves a surface towards the camera.
    ///
    /// - Parameters:
    ///   - normal: unit length, on the camera's side.
    ///   - view: unit length, from the surface to the camera.
    ///   - openness: the part of the hemisphere from which the sky is seen.
    ///   - keyVisibility: 0 in the key light's shadow, 1 outside.
    func shade(
        _ albedo: Colour, gloss: Float, normal: SIMD3<Float>, view: SIMD3<Float>, openness: Float, keyVisibility: Float
    ) -> SIMD3<Float> {
        let height = 0.5 + 0.5 * dot(normal, upDirection)
        var light = (Self.ground + (Self.sky - Self.ground) * height) * openness
        // Light wraps a little round the edge between day and night, as it does on clay.
        let key = max(0, (dot(normal, keyDirection) + 0.12) / 1.12) * keyVisibility
        light += Self.key * key
        light += Self.fill * (max(0, (dot(normal, fillDirection) + 0.3) / 1.3) * (0.4 + 0.6 * openness))
        let grazing = 1 - max(0, dot(normal, view))
        light += Self.rim * (max(0, dot(normal, rimDirection)) * grazing * grazing * openness)
        let half = normalized(keyDirection + view)
        var highlight = max(0, dot(normal, half))
        highlight = power(highlight, Self.shininess) * gloss * keyVisibility
        return albedo.rgb * light + highlight
    }

    private func power(_ base: Float, _ exponent: Float) -> Float {
        // Schlick's approximation: a highlight's exact profile does not matter.
        base / (exponent - exponent * base + base)
    }
}
