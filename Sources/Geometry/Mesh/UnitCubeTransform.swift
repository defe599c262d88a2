import Core

/// The similarity between a mesh's own coordinates and the unit cube that networks see:
/// `unit = (mesh − center) · scale + ½`.
public struct UnitCubeTransform: Sendable, Equatable, Codable {
    /// The point of the mesh's coordinates that goes to (½, ½, ½).
    public let center: SIMD3<Double>
    /// Unit-cube lengths in a length of mesh coordinates; positive and finite.
    public let scale: Double

    public init(center: SIMD3<Double>, scale: Double) {
        self.center = center
        self.scale = scale
    }

    /// Leaves points where they are, to the rounding of ½.
    public static let identity = UnitCubeTransform(center: SIMD3(repeating: 0.5), scale: 1)

    /// Length of a shape's longest side in the unit cube.
    public static let longestSide = 0.9

    /// The transform that puts `box`'s centre at ½ and makes its longest side ``longestSide``.
    ///
    /// - Parameters:
    ///   - origin: what the box's corners are relative to (``TriangleMesh/origin``).
    ///   - box: relative to `origin`.
    /// - Precondition: the box is not empty and has an extent.
    public init(fitting box: BoundingBox, origin: SIMD3<Double> = .zero) {
        let minimum = SIMD3<Double>(box.minimum) + origin
        let maximum = SIMD3<Double>(box.maximum) + origin
        let side = (maximum - minimum).max()
        precondition(side > 0 && side.isFinite, "a box with an extent")
        self.init(center: minimum + (maximum - minimum) * 0.5, scale: Self.longestSide / side)
    }

    /// The ``TriangleMesh/origin`` of meshes in mesh coordinates: zero, save for shapes far from there.
    public var worldOrigin: SIMD3<Double> {
        let half = SIMD3<Double>(repeating: 0.5 * Self.longestSide / scale)
        return TriangleMesh.origin(forMinimum: center - half, maximum: center + half)
    }

    /// A point of mesh coordinates, in the unit cube.
    @inlinable
    public func unitPoint(_ point: SIMD3<Float>) -> SIMD3<Float> {
        SIMD3<Float>((SIMD3<Double>(point) - center) * scale + 0.5)
    }

    /// A point of mesh coordinates in double precision, in the unit cube.
    @inlinable
    public func unitPoint(_ point: SIMD3<Double>) -> SIMD3<Float> {
        SIMD3<Float>((point - center) * scale + 0.5)
    }

    /// A point of the unit cube, in mesh coordinates.
    @inlinable
    public func meshPoint(_ point: SIMD3<Float>) -> SIMD3<Float> {
        SIMD3<Float>((SIMD3<Double>(point) - 0.5) / scale + center)
    }

    /// A point of the unit cube, in mesh coordinates, less `origin`: what floats hold far from the coordinates' origin.
    @inlinable
    public func meshPoint(_ point: SIMD3<Float>, relativeTo origin: SIMD3<Double>) -> SIMD3<Float> {
        SIMD3<Float>((SIMD3<Double>(point) - 0.5) / scale + (center - origin))
    }

    /// The mesh with every vertex moved into the unit cube.
    public func unitMesh(_ mesh: TriangleMesh) -> TriangleMesh {
        let offset = mesh.origin - center
        return TriangleMesh(
            vertices: mesh.vertices.map { SIMD3<Float>((SIMD3<Double>($0) + offset) * scale + 0.5) },
            triangles: mesh.triangles)
    }

    /// The mesh with every vertex moved out of the unit cube into mesh coordinates.
    public func worldMesh(_ mesh: TriangleMesh) -> TriangleMesh {
        let origin = worldOrigin
        let offset = center - origin
        return TriangleMesh(
            origin: origin, vertices: mesh.vertices.map { SIMD3<Float>((SIMD3<Double>($0) - 0.5) / scale + offset) },
            triangles: mesh.triangles)
    }
}

extension UnitCubeTransform {
    /// Tancik et al.'s frame: the vertices' mean goes to ½, the largest absolute coordinate from it to a side of [0, 1]³.
    ///
    /// - Precondition: the mesh has vertices that are not all the same.
    public init(tancik2020 mesh: TriangleMesh) {
        let sum = mesh.vertices.reduce(SIMD3<Double>.zero) { $0 + SIMD3<Double>($1) }
        let mean = sum / Double(max(mesh.vertices.count, 1))
        var largest = 0.0
        for vertex in mesh.vertices {
            let offset = SIMD3<Double>(vertex) - mean
            largest = max(largest, abs(offset.x), abs(offset.y), abs(offset.z))
        }
        self.init(center: mean + mesh.origin, scale: 0.5 / largest)
    }
}
