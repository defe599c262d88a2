import Core
import Geometry

/// A perspective camera that looks at points from a direction, as near as it can be with all of them in view.
public struct Camera: Sendable, Equatable {
    /// The axis of mesh coordinates that points upwards.
    public enum UpAxis: String, Sendable, CaseIterable, Codable {
        case y, z

        /// What a mesh file's format goes by: z in those that printers read, STL and 3MF, y in all others.
        public static func usual(ofFile path: String) -> UpAxis {
            let path = path.lowercased()
            return [".stl", ".3mf", ".amf"].contains { path.hasSuffix($0) } ? .z : .y
        }
    }

    /// Named directions, as azimuth and elevation.
    public enum View: String, Sendable, CaseIterable, Codable {
        case front, back, left, right, top, bottom
        case threeQuarter = "three-quarter"

        public var direction: Direction {
            switch self {
            case .front: Direction(azimuth: 0, elevation: 0)
            case .back: Direction(azimuth: 180, elevation: 0)
            case .left: Direction(azimuth: -90, elevation: 0)
            case .right: Direction(azimuth: 90, elevation: 0)
            case .top: Direction(azimuth: 0, elevation: 90)
            case .bottom: Direction(azimuth: 0, elevation: -90)
            case .threeQuarter: Direction(azimuth: 32, elevation: 18)
            }
        }
    }

    /// Where the camera stands, in degrees: the azimuth turns from the front (+z where y is up, −y where z is up) towards
    /// +x; the elevation rises from the horizon to the up axis at 90.
    public struct Direction: Sendable, Equatable {
        public var azimuth: Float
        public var elevation: Float

        public init(azimuth: Float, elevation: Float) {
            self.azimuth = azimuth
            self.elevation = elevation
        }
    }

    /// Where the camera is, in the points' frame.
    public let eye: SIMD3<Float>
    /// Unit vectors of the picture: to the right, upwards, and into the scene.
    public let right: SIMD3<Float>
    public let up: SIMD3<Float>
    public let forward: SIMD3<Float>
    /// Half the picture's width and height at distance 1.
    let halfExtent: SIMD2<Float>

    /// - Parameters:
    ///   - points: `(n)`, what must be in view; at least one, finite.
    ///   - aspectRatio: width over height of the picture.
    ///   - fieldOfView: degrees that the shorter side of the picture spans.
    ///   - margin: part of the picture that stays free around the points.
    ///   - direction: where the camera stands.
    ///   - axis: what points upwards.
    /// - Complexity: O(n).
    public init(
        from direction: Direction, up axis: UpAxis = .y, fitting points: [SIMD3<Float>], aspectRatio: Float = 1,
        fieldOfView: Float = 26, margin: Float = 0.06
    ) {
        precondition(!points.isEmpty, "points to look at")
        let azimuth = direction.azimuth * .pi / 180
        let elevation = direction.elevation * .pi / 180
        let front = axis == .y ? SIMD3<Float>(0, 0, 1) : SIMD3(0, -1, 0)
        let pole = axis == .y ? SIMD3<Float>(0, 1, 0) : SIMD3(0, 0, 1)
        let side = SIMD3<Float>(1, 0, 0)
        let right = cos(azimuth) * side - sin(azimuth) * front
        let backward = cos(elevation) * (sin(azimuth) * side + cos(azimuth) * front) + sin(elevation) * pole
        let up = cross(backward, right)
        let tangent = tan(fieldOfView * .pi / 360)
        let half = SIMD2(tangent * max(aspectRatio, 1), tangent * max(1 / aspectRatio, 1))

        // A point (x, y) at depth z behind the points' centre is in view from (u, v) at distance d when
        // |x − u| ≤ (d + z) h, and the same for y: four linear bounds on d, least where opposite ones meet.
        var box = BoundingBox.empty
        for point in points { box.formUnion(point) }
        let usable = half * (1 - margin)
        var highest = SIMD2<Float>(repeating: -.infinity)
        var lowest = SIMD2<Float>(repeating: -.infinity)
        for point in points {
            let offset = point - box.center
            let position = SIMD2(dot(offset, right), dot(offset, up)) / usable
            let depth = -dot(offset, backward)
            highest = pointwiseMax(highest, position - depth)
            lowest = pointwiseMax(lowest, -position - depth)
        }
        let distance = max((highest + lowest).max() * 0.5, .leastNormalMagnitude)
        let shift = (highest - lowest) * 0.5 * usable
        eye = box.center + shift.x * right + shift.y * up + distance * backward
        self.right = right
        self.up = up
        forward = -backward
        halfExtent = half
    }

    /// The ray through a place in the picture: (−1, −1) is its lower left corner, (1, 1) its upper right one. The
    /// direction has a component of 1 along ``forward``.
    public func ray(through place: SIMD2<Float>) -> Ray {
        Ray(origin: eye, direction: forward + place.x * halfExtent.x * right + place.y * halfExtent.y * up)
    }

    /// Where in the picture a point is seen; see ``ray(through:)``.
    package func place(of point: SIMD3<Float>) -> SIMD2<Float> {
        let offset = point - eye
        return SIMD2(dot(offset, right), dot(offset, up)) / (dot(offset, forward) * halfExtent)
    }
}

extension Camera {
    /// The points of a turntable: whatever the azimuth, a camera that fits them shows the whole mesh at one scale.
    ///
    /// - Returns: two circles around the mesh's box, whose axis is the up axis through the box's centre.
    public static func turntablePoints(of mesh: TriangleMesh, up axis: UpAxis = .y) -> [SIMD3<Float>] {
        guard let box = mesh.boundingBox else { return [] }
        let pole = axis == .y ? SIMD3<Float>(0, 1, 0) : SIMD3(0, 0, 1)
        var radius: Float = 0
        for triangle in mesh.triangles {
            for corner in [triangle.x, triangle.y, triangle.z] {
                let offset = (mesh.vertices[Int(corner)] - box.center) * (1 - pole)
                radius = max(radius, dot(offset, offset))
            }
        }
        radius = radius.squareRoot()
        let height = 0.5 * dot(box.extent, pole)
        return (0..<64).flatMap { step -> [SIMD3<Float>] in
            let angle = Float(step) * .pi / 32
            let side =
                cos(angle) * SIMD3<Float>(1, 0, 0)
                + sin(angle) * (axis == .y ? SIMD3(0, 0, 1) : SIMD3(0, 1, 0))
            return [-height, height].map { box.center + radius * side + $0 * pole }
        }
    }
}
