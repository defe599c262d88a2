import Core
import Geometry

/// How a surface reflects light.
public struct SurfaceMaterial: Sendable {
    /// The share of light that the surface gives back at a hit.
    public var albedo: @Sendable (RayHit) -> Colour
    /// Strength of highlights; 0 is matt.
    public var gloss: Float

    public init(gloss: Float, albedo: @escaping @Sendable (RayHit) -> Colour) {
        self.albedo = albedo
        self.gloss = gloss
    }

    /// Warm grey clay.
    public static let clay = SurfaceMaterial(gloss: 0.10) { _ in clayColour }
    package static let clayColour = Colour(hex: 0xC9BDB1)

    /// Values at a mesh's vertices in colours of ``DivergingColourMap``, `limit` being its full magnitude. Matt, so that
    /// light does not change the colours.
    public static func signedValues(_ values: [Float], of mesh: TriangleMesh, limit: Float) -> SurfaceMaterial {
        precondition(values.count == mesh.vertices.count, "a value for each vertex")
        // Colours are looked up: a map of 1024 steps is finer than eight bits a channel.
        let table = (0...1024).map { DivergingColourMap.colour(at: Float($0) / 512 - 1) }
        let scale = limit > 0 ? 1 / limit : 0
        return SurfaceMaterial(gloss: 0) { hit in
            let triangle = mesh.triangles[Int(hit.triangle)]
            let (b, c) = (hit.weights.x, hit.weights.y)
            let value =
                (1 - b - c) * values[Int(triangle.x)] + b * values[Int(triangle.y)] + c * values[Int(triangle.z)]
            guard value.isFinite else { return DivergingColourMap.colour(at: .nan) }
            return table[Int(saturating: (min(max(value * scale, -1), 1) + 1) * 512 + 0.5)]
        }
    }
}
