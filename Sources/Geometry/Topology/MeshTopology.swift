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
        /// Whether its triangles run along each edge equally often both ways, so that it encloses a volume: at most edges two
        /// of them, at those where it touches itself more.
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
    /// - Parameters:
    ///   - workers: the threads to use. The result does not depend on it.
    ///   - mesh: any; vertices that no triangle uses do not count.
    /// - Complexity: O(v + t α(t)), and 28 bytes a triangle while it runs.
    public init(_ mesh: TriangleMesh, workers: Workers = Workers()) {
        triangleCount = mesh.triangles.count
        let connectivity = MeshConnectivity(mesh, workers: workers)
        let counts = connectivity.counts
        vertexCount = counts.usedVertices
        edgeCount = counts.edges
        boundaryEdgeCount = counts.boundaryEdges
        nonManifoldEdgeCount = counts.nonManifoldEdges
        inconsistentEdgeCount = counts.inconsistentEdges
        nonManifoldVertexCount = counts.nonManifoldVertices
        duplicateTriangleCount = counts.duplicateTriangles
        isOrientable = counts.isOrientable
        numberPatches(connectivity.patchSets, workers)
        measurePatches(of: mesh, workers)
        for triangle in connectivity.flawedTriangles { patches[Int(patchOfTriangle[Int(triangle)])].isClosed = false }
        componentCount = countComponents(connectivity.looseNeighbors)
    }

    /// Patches that share vertices are one component.
    private func countComponents(_ looseNeighbors: [SIMD2<UInt32>]) -> Int {
        var sets = DisjointSets(count: patches.count)
        for pair in looseNeighbors {
            sets.unite(Int(patchOfTriangle[Int(pair.x)]), Int(patchOfTriangle[Int(pair.y)]))
        }
        return patches.indices.count { sets.find($0).root == $0 }
    }

    private mutating func numberPatches(_ sets: SharedDisjointSets, _ workers: Workers) {
        patchOfTriangle = [UInt32](unsafeUninitializedCapacity: triangleCount) { buffer, count in
            let roots = buffer
            workers.forEachChunk(of: triangleCount, chunkSize: 1 << 16) { range, _ in
                for index in range { roots.initializeElement(at: index, to: UInt32(sets.find(index).root)) }
            }
            count = triangleCount
        }
        patchOfTriangle.withUnsafeMutableBufferPointer { numbers in
            for index in 0..<numbers.count {
                let root = Int(numbers[index])
                // The representative is the lowest triangle, so its patch is there before its members ask.
                if root == index {
                    numbers[index] = UInt32(patches.count)
                    patches.append(Patch(firstTriangle: index))
                } else {
                    numbers[index] = numbers[root]
                }
            }
        }
    }

    /// The contribution of a triangle to the sums.
    private struct Measure: BitwiseCopyable {
        var volume: Double
        /// Negative zero for a triangle whose area vanishes.
        var area: Double
        var lower: SIMD3<Float>
        var upper: SIMD3<Float>
    }

    /// Triangles are measured on all threads, a stretch at a time, and summed up in their order.
    private mutating func measurePatches(of mesh: TriangleMesh, _ workers: Workers) {
        // Volumes are taken about the box's centre: about a far origin the terms would cancel.
        let box = mesh.boundingBox(workers: workers)
        let center = box.map { SIMD3<Double>($0.minimum) * 0.5 + SIMD3<Double>($0.maximum) * 0.5 } ?? .zero
        let stretch = 1 << 18
        let measures = KernelBuffer<Measure>(count: min(stretch, triangleCount))
        for start in stride(from: 0, to: triangleCount, by: stretch) {
            let count = min(stretch, triangleCount - start)
            workers.forEachChunk(of: count, chunkSize: 4096) { range, _ in
                for index in range {
                    (measures.pointer + index).initialize(to: Self.measure(mesh.corners(of: start + index), center))
                }
            }
            for index in 0..<count { add(measures.pointer[index], to: Int(patchOfTriangle[start + index])) }
        }
    }

    private static func measure(
        _ corners: (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>), _ center: SIMD3<Double>
    ) -> Measure {
        let a = SIMD3<Double>(corners.0) - center
        let b = SIMD3<Double>(corners.1) - center
        let c = SIMD3<Double>(corners.2) - center
        let normal = cross(b - a, c - a)
        let length = (normal * normal).sum().squareRoot()
        var box = BoundingBox(minimum: corners.0, maximum: corners.0)
        box.formUnion(corners.1)
        box.formUnion(corners.2)
        return Measure(
            volume: (a * cross(b, c)).sum() / 6, area: normal == .zero ? -0.0 : length / 2, lower: box.minimum,
            upper: box.maximum)
    }

    @inline(__always)
    private mutating func add(_ measure: Measure, to patch: Int) {
        if measure.area.sign == .minus { zeroAreaTriangleCount += 1 }
        area += measure.area
        signedVolume += measure.volume
        patches[patch].triangleCount += 1
        patches[patch].signedVolume += measure.volume
        patches[patch].boundingBox.formUnion(BoundingBox(minimum: measure.lower, maximum: measure.upper))
    }
}
