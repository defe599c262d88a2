import CKernels
import Core

/// A tree of axis-aligned boxes over a mesh's triangles, for closest points, rays and winding numbers.
///
/// Eight children a node and eight triangles a leaf, in structure-of-arrays order so that one vector instruction tests
/// all of them (Wald, Benthin and Boulos, "Getting rid of packets", RT 2008). Splits follow the surface area heuristic
/// over bins (Wald, "On fast construction of SAH-based bounding volume hierarchies", RT 2007). The triangles are copied
/// into the leaves: queries do not touch the mesh.
///
/// Coordinates go in and come out in the mesh's own frame. Inside they are multiplied by a power of two that brings the
/// mesh to about unit size, so that squares of distances neither overflow nor vanish.
public struct BoundingVolumeHierarchy: Sendable {
    /// The triangles' box, in the mesh's frame; nil when there is no triangle.
    public let boundingBox: BoundingBox?
    /// Triangles of the mesh, degenerate ones included.
    public let triangleCount: Int
    /// The power of two that brings the mesh's coordinates to at most 1.
    let scale: Float
    let nodes: KernelBuffer<Float>
    let blocks: KernelBuffer<Float>
    let moments: KernelBuffer<Float>

    /// Builds the tree.
    ///
    /// - Parameters:
    ///   - mesh: open or self-intersecting is fine, and so is no triangle at all.
    ///   - workers: the threads to build with. The tree does not depend on it.
    /// - Precondition: every vertex that a triangle uses is finite; fewer than 2³¹ triangles.
    /// - Complexity: O(n log n) for n triangles; about 80 bytes a triangle stay, 32 more are used while building.
    public init(_ mesh: TriangleMesh, workers: Workers = Workers()) {
        self.init(mesh, largeThreshold: nil, workers: workers)
    }

    /// - Parameter largeThreshold: the triangles of a mesh from which on all threads split the root together; nil for as
    ///   many as pay.
    package init(_ mesh: TriangleMesh, largeThreshold: Int?, workers: Workers) {
        precondition(mesh.triangles.count < Int(CK_CHILD_LEAF), "fewer than 2^31 triangles")
        boundingBox = mesh.boundingBox(workers: workers)
        let extent = boundingBox?.extent ?? .zero
        precondition((extent - extent) == .zero, "finite vertices")
        triangleCount = mesh.triangles.count
        scale = Self.normalizingScale(of: boundingBox)
        var builder = HierarchyBuilder(mesh: mesh, scale: scale, workers: workers)
        if let largeThreshold { builder.largeThreshold = largeThreshold }
        let tree = builder.build()
        nodes = tree.nodes
        blocks = tree.blocks
        moments = tree.moments
    }

    /// Bytes held beside the mesh.
    public var byteCount: Int { nodes.byteCount + blocks.byteCount + moments.byteCount }

    /// The triangles' box in the kernels' coordinates.
    var scaledBoundingBox: BoundingBox? {
        boundingBox.map { BoundingBox(minimum: $0.minimum * scale, maximum: $0.maximum * scale) }
    }

    /// Calls `body` with the tree as the kernels read it.
    func withKernelTree<Result>(_ body: (UnsafePointer<ck_tree>) -> Result) -> Result {
        let diagonal = (boundingBox?.diagonal ?? 0) * scale
        var tree = ck_tree(
            nodes: nodes.pointer, blocks: blocks.pointer, moments: moments.pointer, slack: 1e-6 * diagonal)
        return withExtendedLifetime(self) { body(&tree) }
    }

    private static func normalizingScale(of box: BoundingBox?) -> Float {
        guard let box else { return 1 }
        let largest = max(
            abs(box.minimum.x), abs(box.minimum.y), abs(box.minimum.z),
            abs(box.maximum.x), abs(box.maximum.y), abs(box.maximum.z))
        guard largest > 0 else { return 1 }
        // The inverse must be a normal number too.
        return Float(sign: .plus, exponent: max(-126, min(126, -Int(largest.exponent) - 1)), significand: 1)
    }
}
