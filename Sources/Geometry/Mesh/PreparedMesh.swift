import Core

/// A mesh made ready for everything that is asked of a shape: checked, oriented outwards, brought into a frame and indexed,
/// once.
///
/// The only place that does any of it. What was done to the mesh is in ``notes``, for whoever should know.
public struct PreparedMesh: ShapeEvidence {
    /// Where a mesh is brought.
    public enum Frame: Sendable, Equatable {
        /// Bounding-box centre at ½, longest side 0.9.
        case unitCube
        /// The vertices' mean at ½, the largest absolute coordinate from it at 0 or 1: Tancik et al.'s.
        case tancik2020
        /// Where another shape is, to be compared with it.
        case given(UnitCubeTransform)
        /// Where it is, bit for bit, relative to its ``TriangleMesh/origin`` where it has one; ``PreparedMesh/transform`` is
        /// the identity.
        case own
    }

    /// Oriented, in the coordinates that it came in.
    public let oriented: TriangleMesh
    /// The same in the frame of ``transform``.
    public let mesh: TriangleMesh
    public let transform: UnitCubeTransform
    /// Of the oriented mesh.
    public let topology: MeshTopology
    public let repair: OrientationRepair
    /// Distances and sides, in the frame.
    public let field: MeshField
    public let bounds: BoundingBox
    public let fingerprint: ShapeFingerprint
    private let surface: AreaUniformSampler
    private let sign: SignMethod

    /// - Parameters:
    ///   - mesh: in its own coordinates. Identical vertices should have been joined, else it looks open.
    ///   - sign: how inside and outside are told apart; see ``MeshField``.
    ///   - frame: what becomes the unit cube.
    ///   - windingAccuracy: see ``MeshField/windingAccuracy``; at least 1.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Throws: ``GeometryError/unusableMesh(reason:)`` where a vertex is not finite or missing, or there is no
    ///     triangle with an area.
    /// - Complexity: O(t log t) for t triangles.
    public init(
        _ mesh: TriangleMesh, frame: Frame = .unitCube, sign: SignMethod = .automatic,
        windingAccuracy: Float = MeshField.defaultWindingAccuracy, workers: Workers = Workers()
    ) throws(GeometryError) {
        try Self.check(mesh)
        var oriented = mesh
        var topology = MeshTopology(mesh, workers: workers)
        let repair = oriented.orientOutward(&topology, workers: workers)
        try self.init(
            oriented: oriented, topology, repair, frame: frame, sign: sign, windingAccuracy: windingAccuracy,
            workers: workers)
    }

    private init(
        oriented: TriangleMesh, _ topology: MeshTopology, _ repair: OrientationRepair, frame: Frame, sign: SignMethod,
        windingAccuracy: Float, workers: Workers
    ) throws(GeometryError) {
        guard let box = oriented.boundingBox, box.extent.max() > 0, box.extent.max().isFinite else {
            throw .unusableMesh(reason: "it has no extent")
        }
        let transform =
            switch frame {
            case .unitCube: UnitCubeTransform(fitting: box, origin: oriented.origin)
            case .tancik2020: UnitCubeTransform(tancik2020: oriented)
            case .given(let transform): transform
            case .own: UnitCubeTransform.identity
            }
        let framed = frame == .own ? oriented : transform.unitMesh(oriented)
        guard let bounds = framed.boundingBox, bounds.extent.max() > 0, bounds.diagonal.isFinite,
            let surface = AreaUniformSampler(framed)
        else { throw .unusableMesh(reason: "none of its triangles has an area that single precision can hold") }
        self.oriented = oriented
        self.mesh = framed
        self.transform = transform
        self.topology = topology
        self.repair = repair
        self.surface = surface
        self.bounds = bounds
        self.sign = sign
        fingerprint = ShapeFingerprint(oriented)
        field = MeshField(framed, sign: sign, windingAccuracy: windingAccuracy, workers: workers)
    }

    /// The same mesh in another frame, with the same rule of inside and outside.
    ///
    /// - Throws: ``GeometryError/unusableMesh(reason:)`` where it has no area there that single precision can hold.
    public func brought(to frame: Frame, workers: Workers = Workers()) throws(GeometryError) -> PreparedMesh {
        try PreparedMesh(
            oriented: oriented, topology, repair, frame: frame, sign: sign, windingAccuracy: field.windingAccuracy,
            workers: workers)
    }

    private static func check(_ mesh: TriangleMesh) throws(GeometryError) {
        let count = UInt32(clamping: mesh.vertices.count)
        guard mesh.triangles.allSatisfy({ $0.max() < count }) else {
            throw .unusableMesh(reason: "a triangle refers to a vertex that is not there")
        }
        guard mesh.vertices.allSatisfy(MortonOrder.isFinite) else {
            throw .unusableMesh(reason: "a vertex is not finite")
        }
    }

    public var changesSignAtSurfaceOnly: Bool { field.changesSignAtTrianglesOnly }

    public func surfacePoint(at index: UInt64, of stream: RandomStream) -> SurfacePoint {
        let (point, triangle) = surface.point(at: index, of: stream)
        return SurfacePoint(position: point, normal: mesh.unitNormal(of: triangle))
    }

    public func signedDistances(
        at points: Span<SIMD3<Float>>, into distances: inout MutableSpan<Float>, workers: Workers
    ) {
        field.signedDistances(at: points, into: &distances, workers: workers)
    }

    public func occupancies(
        at points: Span<SIMD3<Float>>, into occupancies: inout MutableSpan<UInt8>, workers: Workers
    ) {
        field.occupancies(at: points, into: &occupancies, workers: workers)
    }

    public func surfaceCells(workers: Workers) -> SurfaceCells? { SurfaceCells(field.hierarchy, workers: workers) }
}

// MARK: What was done

/// Something that a mesh's owner should know of how it was prepared.
public enum PreparationNote: Sendable, Equatable {
    /// Faces stood there twice, once each way; one copy of each was left out.
    case doubledFaces(triangleCount: Int)
    /// Triangles faced another side than most of their neighbours and were turned around.
    case disagreeingTriangles(count: Int)
    /// Closed parts were inside out and were turned around.
    case turnedParts(count: Int)
    /// Closed parts lie inside some that were turned around and some that were not.
    case ambiguousParts(count: Int)
    /// The mesh has openings, or triangles that face apart: no point is inside or outside by definition.
    case notWatertight(isClosed: Bool, sign: SignMethod, wasAskedFor: Bool)
}

extension PreparationNote: CustomStringConvertible {
    public var description: String {
        switch self {
        case .doubledFaces(let count):
            return "\(count) triangle(s) stood on another that faces the other way and have been left out"
        case .disagreeingTriangles(let count):
            return "\(count) triangle(s) faced the other way than their neighbours and have been turned round"
        case .turnedParts(let count):
            return "\(count) closed part(s) were inside out and have been turned round"
        case .ambiguousParts(let count):
            return
                "\(count) closed part(s) may be inside out: they lie in parts that face both ways, and were left as they are"
        case .notWatertight(let isClosed, let sign, let wasAskedFor):
            let method = sign == .winding ? "winding number" : sign.rawValue
            return
                "the mesh is \(isClosed ? "not consistently oriented" : "open"); inside is told from outside by \(method)"
                + (wasAskedFor ? ", as asked for" : "")
        }
    }
}

extension PreparedMesh {
    /// Repairs of the mesh, and what cannot be known of it; empty for one that is sound.
    public var notes: [PreparationNote] {
        var notes: [PreparationNote] = []
        if repair.doubledTriangleCount > 0 { notes.append(.doubledFaces(triangleCount: repair.doubledTriangleCount)) }
        if repair.agreedTriangleCount > 0 { notes.append(.disagreeingTriangles(count: repair.agreedTriangleCount)) }
        if repair.turnedPatchCount > 0 { notes.append(.turnedParts(count: repair.turnedPatchCount)) }
        if repair.ambiguousPatchCount > 0 { notes.append(.ambiguousParts(count: repair.ambiguousPatchCount)) }
        if !topology.isWatertight {
            notes.append(
                .notWatertight(
                    isClosed: topology.isClosed, sign: field.resolvedSign, wasAskedFor: sign == field.resolvedSign))
        }
        return notes
    }
}
