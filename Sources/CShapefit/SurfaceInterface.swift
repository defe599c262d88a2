import Core
import Fitting
import Geometry
import MeshIO
import SurfaceExtraction

/// A surface of a field, in mesh coordinates.
final class SurfaceHandle: Handle {
    let mesh: TriangleMesh
    /// `(vertices)`; nil where they were not asked for.
    let normals: [SIMD3<Float>]?

    init(_ surface: ExtractedSurface) {
        mesh = surface.mesh
        normals = surface.normals.isEmpty ? nil : surface.normals
    }
}

/// How a surface is extracted.
private struct ExtractionOptions: Decodable {
    var resolution: Int?
    var method: String?
    var simplify: Float?
    var normals: Bool?

    func extractor(for field: FieldHandle) throws -> SurfaceExtractor {
        var extractor = SurfaceExtractor(resolution: resolution ?? field.usualResolution)
        extractor.computesNormals = normals ?? false
        if let simplify {
            guard simplify > 0, simplify <= 1 else {
                throw ArgumentError("simplify \(simplify): must be above 0 and at most 1")
            }
            extractor.keptTriangles = simplify
        }
        if let method {
            guard let known = ExtractionMethod(rawValue: method) else {
                let all = ExtractionMethod.allCases.map(\.rawValue).joined(separator: " or ")
                throw ArgumentError("method \(method): must be \(all)")
            }
            extractor.method = known
        }
        return extractor
    }
}

@_cdecl("sf_field_extract")
public func extractField(
    _ field: OpaquePointer?, _ level: Float, _ options: UnsafePointer<CChar>?, _ threads: Int32,
    _ surface: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
    call {
        let place = try required(surface)
        let handle = try FieldHandle.at(field)
        let extractor = try decoded(ExtractionOptions.self, options, "options").extractor(for: handle)
        let extracted = try handle.shape.extract(extractor, value: level, workers: Workers(threads: threads))
        place.pointee = SurfaceHandle(extracted).passed()
    }
}

@_cdecl("sf_surface_vertex_count")
public func surfaceVertexCount(_ surface: OpaquePointer?) -> Int {
    (try? SurfaceHandle.at(surface).mesh.vertices.count) ?? 0
}

@_cdecl("sf_surface_triangle_count")
public func surfaceTriangleCount(_ surface: OpaquePointer?) -> Int {
    (try? SurfaceHandle.at(surface).mesh.triangles.count) ?? 0
}

@_cdecl("sf_surface_copy")
public func copySurface(
    _ surface: OpaquePointer?, _ vertices: UnsafeMutablePointer<Double>?, _ triangles: UnsafeMutablePointer<Int64>?,
    _ normals: UnsafeMutablePointer<Float>?
) -> Int32 {
    call {
        let handle = try SurfaceHandle.at(surface)
        try handle.mesh.copy(vertices, triangles)
        guard normals != nil else { return }
        guard let own = handle.normals else { throw ArgumentError("normals: were not asked for") }
        let normals = try required(normals, 3 * own.count, "normals")
        for (index, normal) in own.enumerated() { normals.setRow(index, normal) }
    }
}

@_cdecl("sf_surface_write")
public func writeSurface(_ surface: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ threads: Int32) -> Int32 {
    call {
        let handle = try SurfaceHandle.at(surface)
        try MeshExport.write(
            handle.mesh, normals: handle.normals, to: text(path, "path"), workers: Workers(threads: threads))
    }
}

@_cdecl("sf_surface_free")
public func freeSurface(_ surface: OpaquePointer?) { SurfaceHandle.free(surface) }
