import Core

/// How a mesh hangs together: what is connected, what is open, which way it faces, how much it encloses.
///
/// Vertices are told apart by index, not by position: join identical vertices first (`MeshImport` does).
public struct MeshTopology: Sendable, Equatable {
    /// Vertices that a triangle uses.
    public internal(set) var vertexCount = 0
    public internal(set) var triangleCount = 0
    public internal(set) var edgeCount = 0
    /// Sets of triangles connected through shared vertices.
    public internal(set) var componentCount = 0
    /// Edges of exactly one triangle.
    public internal(set) var boundaryEdgeCount = 0
    /// Edges of three or more triangles.
    public internal(set) var nonManifoldEdgeCount = 0
    /// Edges of two triangles that run along it in the same direction, so that one of them faces the other way.
    public internal(set) var inconsistentEdgeCount = 0
    /// Vertices whose triangles form more than one fan.
    public internal(set) var nonManifoldVertexCount = 0
    /// Triangles with the three corners of an earlier one, facing either way.
    public internal(set) var duplicateTriangleCount = 0
    /// Triangles whose area is exactly zero.
    public internal(set) var zeroAreaTriangleCount = 0
    /// Whether triangles can be turned around such that neighbours agree: false for a Möbius strip or a Klein bottle.
    public internal(set) var isOrientable = true
    /// ∑ a · (b × c) / 6 over triangles about the bounding box's centre: what a closed mesh encloses, negative where it
    /// is inside out. Cubed mesh units.
    public internal(set) var signedVolume = 0.0
    /// Squared mesh units.
    public internal(set) var area = 0.0
    /// The pieces connected through edges of two triangles, in the order of their first triangles.
    public internal(set) var patches: [Patch] = []
    /// For each triangle, the number of its patch.
    public internal(set) var patchOfTriangle: [UInt32] = []

    /// A set of triangles connected through edges of exactly two triangles.
    public struct Patch: Sendable, Equatable {
        /// Its lowest triangle.
        public internal(set) var firstTriangle: Int
        public internal(set) var triangleCount = 0
        /// Whether every edge of it has exactly two triangles, which run along it in opposite directions.
        public internal(set) var isClosed = true
        public internal(set) var signedVolume = 0.0
        public internal(set) var boundingBox = BoundingBox.empty
    }

    /// Every edge has exactly two triangles.
    public var isClosed: Bool { triangleCount > 0 && boundaryEdgeCount == 0 && nonManifoldEdgeCount == 0 }
    /// Wherever two triangles share an edge, they face the same side.
    public var isConsistentlyOriented: Bool { inconsistentEdgeCount == 0 }
    /// Closed and consistently oriented: a pseudonormal or a ray's parity tells inside from outside.
    public var isWatertight: Bool { isClosed && isConsistentlyOriented }
    /// Watertight, but facing inward as a whole.
    public var isInsideOut: Bool { isWatertight && signedVolume < 0 }
    /// Vertices − edges + triangles.
    public var eulerCharacteristic: Int { vertexCount - edgeCount + triangleCount }
    /// Handles, summed over components; nil unless every component is a closed orientable manifold.
    public var genus: Int? {
        guard isClosed && isOrientable && nonManifoldVertexCount == 0 else { return nil }
        return componentCount - eulerCharacteristic / 2
    }

    /// Examines `mesh`.
    ///
    /// - Complexity: O(v + t α(t)), and 45 bytes a triangle while it runs.
    public init(_ mesh: TriangleMesh) {
        triangleCount = mesh.triangles.count
        var connectivity = MeshConnectivity(mesh)
        edgeCount = connectivity.edgeCount
        boundaryEdgeCount = connectivity.boundaryEdgeCount
        nonManifoldEdgeCount = connectivity.nonManifoldEdgeCount
        inconsistentEdgeCount = connectivity.inconsistentEdgeCount
        duplicateTriangleCount = connectivity.duplicateTriangleCount
        isOrientable = connectivity.isOrientable
        (vertexCount, nonManifoldVertexCount) = connectivity.countVertices()
        componentCount = connectivity.countComponents()
        patchOfTriangle = [UInt32](repeating: 0, count: mesh.triangles.count)
        measurePatches(of: mesh, &connectivity)
    }

    private mutating func measurePatches(of mesh: TriangleMesh, _ connectivity: inout MeshConnectivity) {
        // Volumes are taken about the box's centre: about a far origin the terms would cancel.
        let center = mesh.boundingBox.map { SIMD3<Double>($0.minimum) * 0.5 + SIMD3<Double>($0.maximum) * 0.5 } ?? .zero
        for index in mesh.triangles.indices {
            let root = connectivity.patchSets.find(index).root
            // The representative is the lowest triangle, so its patch is there before its members ask.
            if root == index {
                patchOfTriangle[index] = UInt32(patches.count)
                patches.append(Patch(firstTriangle: index))
            } else {
                patchOfTriangle[index] = patchOfTriangle[root]
            }
            let corners = mesh.corners(of: index)
            let a = SIMD3<Double>(corners.0) - center
            let b = SIMD3<Double>(corners.1) - center
            let c = SIMD3<Double>(corners.2) - center
            let normal = cross(b - a, c - a)
            let length = (normal * normal).sum().squareRoot()
            if normal == .zero { zeroAreaTriangleCount += 1 }
            area += length / 2
            let volume = (a * cross(b, c)).sum() / 6
            signedVolume += volume
            let number = Int(patchOfTriangle[index])
            patches[number].triangleCount += 1
            patches[number].signedVolume += volume
            patches[number].boundingBox.formUnion(corners.0)
            patches[number].boundingBox.formUnion(corners.1)
            patches[number].boundingBox.formUnion(corners.2)
            if connectivity.isAtFlaw[index] { patches[number].isClosed = false }
        }
    }
}
