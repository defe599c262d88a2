import Core
import Geometry

/// A tube of `steps` rings of `sides` vertices around the knot's curve.
func torusKnotMesh(_ knot: TorusKnot, steps: Int, sides: Int) -> TriangleMesh {
    var mesh = TriangleMesh()
    for step in 0..<steps {
        let place = knot.place(at: Double(step) / Double(steps))
        let forward = place.tangent / length(place.tangent)
        // Away from the torus's core and along the torus: both square to the curve, and back where they began after
        // one round, so the rings close without a twist.
        let side = cross(forward, place.outward)
        for index in 0..<sides {
            let angle = 2 * Double.pi * Double(index) / Double(sides)
            let direction = place.outward * cos(angle) + side * sin(angle)
            mesh.vertices.append(SIMD3<Float>(place.position + direction * Double(knot.tubeRadius)))
        }
    }
    for step in 0..<steps {
        for index in 0..<sides {
            let (nextStep, nextIndex) = ((step + 1) % steps, (index + 1) % sides)
            let a = UInt32(step * sides + index)
            let b = UInt32(nextStep * sides + index)
            let c = UInt32(nextStep * sides + nextIndex)
            let d = UInt32(step * sides + nextIndex)
            mesh.triangles += [SIMD3(a, d, c), SIMD3(a, c, b)]
        }
    }
    return mesh
}
