import Core
import Geometry
import Jobs
import MeshIO

/// Triangles, and which of the caller's they were.
final class MeshHandle: Handle {
    let mesh: TriangleMesh
    /// What became of the file's or the arrays' content, a clause each.
    let notes: [String]
    /// What errors call it.
    let name: String
    /// For each triangle its number among the caller's; nil where they are the same.
    let sources: [Int64]?

    init(mesh: TriangleMesh, notes: [String], name: String, sources: [Int64]? = nil) {
        self.mesh = mesh
        self.notes = notes
        self.name = name
        self.sources = sources
    }

    /// A mesh of arrays.
    convenience init(
        coordinates: UnsafeBufferPointer<Double>, indices: UnsafeBufferPointer<Int64>, workers: Workers
    ) throws {
        let vertexCount = coordinates.count / 3
        let triangles = try (0..<indices.count / 3).map { index in
            var triangle = SIMD3<UInt32>.zero
            for corner in 0..<3 {
                let vertex = indices[3 * index + corner]
                guard vertex >= 0, vertex < vertexCount, let short = UInt32(exactly: vertex) else {
                    throw ArgumentError("triangle \(index) refers to vertex \(vertex) of \(vertexCount)")
                }
                triangle[corner] = short
            }
            return triangle
        }
        let coordinates = Array(coordinates)
        let imported = try MeshImport.mesh(coordinates: coordinates, triangles: triangles, workers: workers)
        let isWhole = imported.mesh.triangles.count == triangles.count
        self.init(
            mesh: imported.mesh, notes: imported.summary.notes, name: "the mesh",
            sources: isWhole ? nil : Self.sources(of: imported.mesh, triangles, coordinates))
    }

    /// A file's mesh, or the surface of its points.
    convenience init(path: String, importWorker: String?, workers: Workers) throws {
        if ScanImport.holdsPoints(path: path) {
            let scan = try ScanShape(path: path, workers: workers)
            self.init(mesh: scan.mesh, notes: scan.notes, name: path)
        } else {
            let isolation: Isolation = importWorker.map { .process(ImportWorker(executable: $0)) } ?? .none
            let imported = try MeshImport.load(path: path, isolation: isolation, workers: workers)
            self.init(mesh: imported.mesh, notes: imported.summary.notes, name: path)
        }
    }

    /// Kept triangles come in their order, so the next that has a kept one's corners is it.
    private static func sources(
        of mesh: TriangleMesh, _ triangles: [SIMD3<UInt32>], _ coordinates: [Double]
    ) -> [Int64] {
        var sources: [Int64] = []
        sources.reserveCapacity(mesh.triangles.count)
        func place(_ vertex: UInt32) -> SIMD3<Float> {
            let start = 3 * Int(vertex)
            return SIMD3<Float>(
                SIMD3(coordinates[start], coordinates[start + 1], coordinates[start + 2]) - mesh.origin)
        }
        for (index, triangle) in triangles.enumerated() where sources.count < mesh.triangles.count {
            let corners = mesh.corners(of: sources.count)
            if place(triangle.x) == corners.0, place(triangle.y) == corners.1, place(triangle.z) == corners.2 {
                sources.append(Int64(index))
            }
        }
        return sources
    }

    /// The caller's number of a triangle.
    func source(of triangle: Int) -> Int64 {
        guard let sources else { return Int64(triangle) }
        return triangle < sources.count ? sources[triangle] : -1
    }
}

@_cdecl("sf_mesh_create")
public func createMesh(
    _ vertices: UnsafePointer<Double>?, _ vertexCount: Int, _ triangles: UnsafePointer<Int64>?, _ triangleCount: Int,
    _ threads: Int32, _ mesh: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
    call {
        let place = try required(mesh)
        guard (0...Int(UInt32.max)).contains(vertexCount), (0...Int(UInt32.max)).contains(triangleCount) else {
            throw ArgumentError("more vertices or triangles than 32-bit indices can count")
        }
        let handle = try MeshHandle(
            coordinates: required(vertices, 3 * vertexCount, "vertices"),
            indices: required(triangles, 3 * triangleCount, "triangles"), workers: Workers(threads: threads))
        place.pointee = handle.passed()
    }
}

@_cdecl("sf_mesh_load")
public func loadMesh(
    _ path: UnsafePointer<CChar>?, _ importWorker: UnsafePointer<CChar>?, _ threads: Int32,
    _ mesh: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
    call {
        let place = try required(mesh)
        let worker = try importWorker.map { try text($0, "import_worker") }
        let handle = try MeshHandle(
            path: text(path, "path"), importWorker: worker, workers: Workers(threads: threads))
        place.pointee = handle.passed()
    }
}

@_cdecl("sf_mesh_vertex_count")
public func meshVertexCount(_ mesh: OpaquePointer?) -> Int { (try? MeshHandle.at(mesh).mesh.vertices.count) ?? 0 }

@_cdecl("sf_mesh_triangle_count")
public func meshTriangleCount(_ mesh: OpaquePointer?) -> Int { (try? MeshHandle.at(mesh).mesh.triangles.count) ?? 0 }

@_cdecl("sf_mesh_copy")
public func copyMesh(
    _ mesh: OpaquePointer?, _ vertices: UnsafeMutablePointer<Double>?, _ triangles: UnsafeMutablePointer<Int64>?
) -> Int32 {
    call { try MeshHandle.at(mesh).mesh.copy(vertices, triangles) }
}

@_cdecl("sf_mesh_write")
public func writeMesh(_ mesh: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ threads: Int32) -> Int32 {
    call {
        let handle = try MeshHandle.at(mesh)
        try MeshExport.write(handle.mesh, to: text(path, "path"), workers: Workers(threads: threads))
    }
}

@_cdecl("sf_mesh_free")
public func freeMesh(_ mesh: OpaquePointer?) { MeshHandle.free(mesh) }

@_cdecl("sf_import_worker")
public func importWorker() { ImportWorker.runIfRequested() }

extension TriangleMesh {
    /// Fills arrays of C's; those that are NULL are left out.
    func copy(_ places: UnsafeMutablePointer<Double>?, _ indices: UnsafeMutablePointer<Int64>?) throws {
        if places != nil {
            let places = try required(places, 3 * vertices.count, "vertices")
            for index in vertices.indices { places.setRow(index, position(of: index)) }
        }
        if indices != nil {
            let indices = try required(indices, 3 * triangles.count, "triangles")
            for (index, triangle) in triangles.enumerated() {
                indices.setRow(index, SIMD3<Int64>(truncatingIfNeeded: triangle))
            }
        }
    }
}
