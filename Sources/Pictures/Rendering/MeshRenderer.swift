import Core
import Geometry

/// Pictures of a mesh by ray casting, on the CPU and without a display.
///
/// Every pixel is the mean of n × n samples; a sample is the first hit of a ray, lit by four lights that move with the
/// camera, with a ray towards a random point of the main light for soft shadows and one into a random direction for
/// ambient occlusion. What is random depends only on the pixel and the sample: a picture is the same for any number of
/// workers.
///
/// The inside of an open mesh, seen through its holes, is darker and bluish.
public struct MeshRenderer: Sendable {
    /// Samples along a pixel's side.
    public var samplesPerSide = 3
    /// The background.
    public var background = Colour(hex: 0xF6F6F4)

    public let mesh: TriangleMesh
    let hierarchy: BoundingVolumeHierarchy
    let normals: CornerNormals

    /// Pixels along the side of what one task renders: enough rays for a batch, near enough to share the tree's nodes.
    private static let tileSide = 16

    /// - Parameters:
    ///   - hierarchy: of `mesh`; built when it is nil.
    ///   - mesh: what is drawn.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Precondition: every vertex that a triangle uses is finite.
    public init(_ mesh: TriangleMesh, hierarchy: BoundingVolumeHierarchy? = nil, workers: Workers = Workers()) {
        precondition(hierarchy.map { $0.triangleCount == mesh.triangles.count } ?? true, "the mesh's own hierarchy")
        self.mesh = mesh
        self.hierarchy = hierarchy ?? BoundingVolumeHierarchy(mesh, workers: workers)
        normals = CornerNormals(mesh, workers: workers)
    }

    /// The mesh in each of `materials`, all from the same rays.
    ///
    /// - Parameters:
    ///   - camera: made for the aspect ratio `width` / `height`, in the mesh's frame.
    ///   - materials: an image each.
    ///   - width: in pixels.
    ///   - height: in pixels.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Returns: an image of three channels for each material.
    /// - Complexity: three rays a sample that hits the mesh, one for others.
    public func images(
        of materials: [SurfaceMaterial] = [.clay], from camera: Camera, width: Int, height: Int,
        workers: Workers = Workers()
    ) -> [Image] {
        precondition(width >= 1 && height >= 1 && samplesPerSide >= 1, "an image that exists")
        let side = Self.tileSide
        let columns = (width + side - 1) / side
        let rows = (height + side - 1) / side
        let byteCount = 3 * width * height
        // One buffer for all images: tiles write disjoint parts of it.
        var bytes = [UInt8](repeating: 0, count: byteCount * materials.count)
        bytes.withUnsafeMutableBufferPointer { bytes in
            let bytes = bytes
            workers.forEach(columns * rows) { task, _ in
                let (left, top) = (task % columns * side, task / columns * side)
                let tile = RenderTile(
                    columns: left..<min(left + side, width), rows: top..<min(top + side, height), width: width,
                    height: height, renderer: self, camera: camera)
                for (number, material) in materials.enumerated() {
                    tile.shade(material) { x, y, colour in
                        let start = number * byteCount + 3 * (y * width + x)
                        for (channel, byte) in colour.bytes.enumerated() { bytes[start + channel] = byte }
                    }
                }
            }
        }
        return materials.indices.map {
            Image(width: width, height: height, pixels: Array(bytes[$0 * byteCount..<($0 + 1) * byteCount]))
        }
    }
}
