import Core
import Geometry

/// Gathers the parts of a scene into one list of vertices and triangles.
struct SceneAssembly {
    private let path: String
    private var coordinates: [Double] = []
    private var triangles: [SIMD3<UInt32>] = []
    private var coarsestStep = 0.0
    private var placementCount = 0
    var summary = ImportSummary()

    /// Placements of parts that a scene may ask for: a small file can ask for any number, by parts within parts.
    private static let mostPlacements = 1 << 22
    /// Memory for all parts together.
    private static let mostBytes = 8 << 30

    init(path: String) {
        self.path = path
    }

    /// Checks that parts of so many vertices and triangles can be placed so many times.
    ///
    /// - Throws: `tooManyTriangles`, `importTooLarge`.
    func checkRoom(vertices: Int, triangles added: Int, placements: Int) throws(MeshFileError) {
        let (triangleCount, isMany) = added.multipliedReportingOverflow(by: placements)
        let (vertexCount, isMore) = vertices.multipliedReportingOverflow(by: placements)
        guard !isMany, !isMore, triangleCount < RawMesh.mostTriangles - triangles.count,
            vertexCount < RawMesh.mostTriangles - coordinates.count / 3
        else { throw .tooManyTriangles(path: path) }
        let bytes = 24 * (vertexCount + coordinates.count / 3) + 16 * (triangleCount + triangles.count)
        guard bytes <= Self.mostBytes, placementCount + placements <= Self.mostPlacements else {
            throw .importTooLarge(path: path, limitBytes: Self.mostBytes)
        }
    }

    /// Adds a part where `transform` puts it. A mirroring transform turns its triangles around, so that they face outward
    /// still.
    ///
    /// - Parameters:
    ///   - positions: the part's vertices.
    ///   - corners: indices into `positions`, each in range.
    ///   - isSingle: whether `positions` were floats in the file: then their steps bound what is known of the shape.
    /// - Throws: as ``checkRoom(vertices:triangles:placements:)``.
    mutating func add(
        positions: [SIMD3<Double>], corners: [SIMD3<UInt32>], transform: NodeTransform, isSingle: Bool
    ) throws(MeshFileError) {
        try checkRoom(vertices: positions.count, triangles: corners.count, placements: 1)
        placementCount += 1
        let first = UInt32(coordinates.count / 3)
        if transform == .identity {
            for position in positions { append(position) }
        } else {
            for position in positions { append(transform.apply(position)) }
        }
        let isMirroring = transform.isMirroring
        var largest = 0.0
        for corner in corners {
            triangles.append((isMirroring ? SIMD3(corner.x, corner.z, corner.y) : corner) &+ first)
            if isSingle {
                for side in 0..<3 { largest = max(largest, abs(positions[Int(corner[side])]).max()) }
            }
        }
        if largest > 0 && largest <= Double(Float.greatestFiniteMagnitude) {
            coarsestStep = max(coarsestStep, Double(Float(largest).ulp) * transform.largestStretch)
        }
    }

    private mutating func append(_ position: SIMD3<Double>) {
        coordinates.append(position.x)
        coordinates.append(position.y)
        coordinates.append(position.z)
    }

    consuming func rawMesh() -> RawMesh {
        RawMesh(
            coordinates: .double(coordinates), triangles: triangles, summary: summary, coarsestStep: coarsestStep)
    }
}
