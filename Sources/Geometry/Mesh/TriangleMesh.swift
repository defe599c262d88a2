import Core

/// An indexed triangle mesh.
///
/// Triangles are counter-clockwise seen from outside. Nothing else is promised: a mesh may be open, self-intersecting
/// or empty; `MeshTopology` says which.
public struct TriangleMesh: Sendable, Equatable {
    /// Added to a vertex it gives the place in the mesh's frame.
    ///
    /// Zero, save for shapes so far from their coordinates' origin that floats would lose them: then a point near the
    /// shape. Distances, areas and angles do not depend on it; whoever places the mesh or writes it adds it in double
    /// precision.
    public var origin: SIMD3<Double>
    /// Positions, relative to `origin`, in the frame that the mesh's owner says (a file's: mesh coordinates; a fit's: the
    /// unit cube).
    public var vertices: [SIMD3<Float>]
    /// Indices into `vertices`, three a triangle.
    public var triangles: [SIMD3<UInt32>]

    /// - Precondition: every index is below `vertices.count`.
    public init(
        origin: SIMD3<Double> = .zero, vertices: [SIMD3<Float>] = [], triangles: [SIMD3<UInt32>] = []
    ) {
        self.origin = origin
        self.vertices = vertices
        self.triangles = triangles
    }

    /// The three corners of triangle `index`.
    @inlinable
    public func corners(of index: Int) -> (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>) {
        let triangle = triangles[index]
        return (vertices[Int(triangle.x)], vertices[Int(triangle.y)], vertices[Int(triangle.z)])
    }

    /// Vertex `index` in the mesh's frame.
    @inlinable
    public func position(of index: Int) -> SIMD3<Double> { SIMD3<Double>(vertices[index]) + origin }

    /// The box around all vertices that a triangle uses, relative to `origin`; nil when there is no triangle.
    public var boundingBox: BoundingBox? { boundingBox(workers: .single) }

    /// ``boundingBox``, found on several threads.
    package func boundingBox(workers: Workers) -> BoundingBox? {
        let chunkSize = 1 << 16
        var boxes = [BoundingBox](repeating: .empty, count: (triangles.count + chunkSize - 1) / chunkSize)
        boxes.withUnsafeMutableBufferPointer { boxes in
            vertices.withUnsafeBufferPointer { vertices in
                triangles.withUnsafeBufferPointer { triangles in
                    workers.forEachChunk(of: triangles.count, chunkSize: chunkSize) { range, _ in
                        var (lower, upper) = (BoundingBox.empty.minimum, BoundingBox.empty.maximum)
                        for index in range {
                            for corner in 0..<3 {
                                let vertex = vertices[Int(triangles[index][corner])]
                                lower = lower.replacing(with: vertex, where: vertex .< lower)
                                upper = upper.replacing(with: vertex, where: vertex .> upper)
                            }
                        }
                        boxes[range.lowerBound / chunkSize] = BoundingBox(minimum: lower, maximum: upper)
                    }
                }
            }
        }
        var box = BoundingBox.empty
        for part in boxes { box.formUnion(part) }
        return box.isEmpty ? nil : box
    }

    /// The unit normal of triangle `index`, outwards where its corners run counter-clockwise; zero where it has no area.
    public func unitNormal(of index: Int) -> SIMD3<Float> {
        let (a, b, c) = corners(of: index)
        return SIMD3<Float>(
            normalized(cross(SIMD3<Double>(b) - SIMD3<Double>(a), SIMD3<Double>(c) - SIMD3<Double>(a))))
    }
}
