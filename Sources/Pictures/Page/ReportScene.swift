import Core
import Geometry

/// The meshes of the page's 3D view, small enough to be embedded: positions in 16 bits a coordinate of a common box,
/// errors in 255 steps.
package struct ReportScene: Sendable {
    /// Triangles a mesh may have on the page; larger ones are clustered. Two such meshes are about 3 MB of page.
    package static let triangleLimit = 80_000

    package let input: ClusteredMesh
    /// Values are signed errors in parts of the scale's limit.
    package let result: ClusteredMesh

    /// - Parameters:
    ///   - sheet: whose meshes, errors and scale are shown.
    ///   - lengthUnit: a unit-cube length in mesh lengths.
    ///   - triangleLimit: triangles of a mesh at most; larger ones are made coarser.
    package init(_ sheet: ComparisonSheet, lengthUnit: Double, triangleLimit: Int = Self.triangleLimit) {
        let factor = Float(lengthUnit / sheet.scale.limit)
        input = ClusteredMesh(sheet.input, triangleLimit: triangleLimit)
        result = ClusteredMesh(sheet.result, values: sheet.errors.map { $0 * factor }, triangleLimit: triangleLimit)
    }

    private struct Encoded: Encodable {
        struct Mesh: Encodable {
            /// Base64 of little-endian UInt16 triples.
            var positions: String
            /// Base64 of little-endian UInt32 triples.
            var triangles: String
            /// Base64 of bytes, 127 for no error.
            var errors: String
        }
        var minimum: [Float]
        var extent: [Float]
        var input: Mesh
        var result: Mesh
        /// Base64 of 255 RGB colours.
        var colours: String
        var background: [UInt8]
        var clay: [UInt8]
    }

    /// The scene as JSON for the viewer.
    func json() throws -> String {
        var box = input.mesh.boundingBox ?? .empty
        if let other = result.mesh.boundingBox { box.formUnion(other) }
        let extent = pointwiseMax(box.extent, SIMD3(repeating: .leastNormalMagnitude))
        func encoded(_ clustered: ClusteredMesh) -> Encoded.Mesh {
            var positions: [UInt16] = []
            positions.reserveCapacity(3 * clustered.mesh.vertices.count)
            for vertex in clustered.mesh.vertices {
                let steps = ((vertex - box.minimum) / extent * 65535).clamped(
                    lowerBound: .zero, upperBound: SIMD3(repeating: 65535))
                for lane in 0..<3 { positions.append(UInt16(saturating: steps[lane].rounded()).littleEndian) }
            }
            let indices = clustered.mesh.triangles.flatMap {
                [$0.x.littleEndian, $0.y.littleEndian, $0.z.littleEndian]
            }
            let errors = clustered.values.map { value in
                value.isNaN ? 127 : UInt8(saturating: (127 + 127 * min(max(value, -1), 1)).rounded())
            }
            return Encoded.Mesh(
                positions: Self.base64(positions), triangles: Self.base64(indices), errors: Self.base64(errors))
        }
        let colours = (0..<255).flatMap { DivergingColourMap.colour(at: Float($0) / 127 - 1).bytes }
        let scene = Encoded(
            minimum: [box.minimum.x, box.minimum.y, box.minimum.z], extent: [extent.x, extent.y, extent.z],
            input: encoded(input), result: encoded(result), colours: Self.base64(colours),
            background: [0xF6, 0xF6, 0xF4], clay: SurfaceMaterial.clayColour.bytes)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: try encoder.encode(scene), as: UTF8.self)
    }

    private static func base64<Element: BitwiseCopyable>(_ elements: [Element]) -> String {
        elements.withUnsafeBytes { Data($0).base64EncodedString() }
    }
}
