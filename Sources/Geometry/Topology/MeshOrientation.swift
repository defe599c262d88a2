import Core

/// The changes that make a mesh face outward.
public struct OrientationRepair: Sendable, Equatable, Codable {
    /// Triangles left out because they stood on another, facing the other way, where the surface closes with one of the two.
    public var doubledTriangleCount = 0
    /// Triangles turned around to face the same side as their neighbours.
    public var agreedTriangleCount = 0
    /// Closed patches that faced inward and were turned around whole.
    public var turnedPatchCount = 0
    public var turnedTriangleCount = 0
    /// Closed patches that face inward inside another: cavities, left as they are.
    public var cavityCount = 0
    /// Closed patches whose orientation is ambiguous; left unchanged.
    public var ambiguousPatchCount = 0

    /// Nothing was done.
    public init() {}

    /// Whether the mesh is another than it was.
    public var hasChanged: Bool { doubledTriangleCount + agreedTriangleCount + turnedTriangleCount > 0 }
}

extension TriangleMesh {
    /// Makes the mesh face outward, where no doubt is possible.
    ///
    /// 1. Of a face that stands there twice, once each way, one copy goes where the surface is closed without it; see
    ///    `DoubledFaces`.
    /// 2. In an orientable patch whose triangles disagree about its side, the fewer are turned around.
    /// 3. A closed patch that encloses a negative volume and is inside no other faces inward: nothing else could be meant.
    ///    It is turned around whole, together with the patches inside it, so that cavities stay cavities. So is one that
    ///    would enclose less than nothing among the patches around it, as an inside-out island in a cavity.
    ///
    /// What is inside what is judged by rays, not by boxes; see `PatchNesting`. Open patches keep their side, and so do
    /// patches inside some that were turned and some that were not.
    ///
    /// - Parameters:
    ///   - topology: of this mesh as it is; afterwards of the mesh as it has become.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Complexity: O(v + t α(t)), and beside it O(p log t) for p closed patches of which some, not all, face inward.
    public mutating func orientOutward(
        _ topology: inout MeshTopology, workers: Workers = Workers()
    ) -> OrientationRepair {
        var repair = OrientationRepair()
        if topology.duplicateTriangleCount > 0 {
            let redundant = DoubledFaces(self).redundant
            if !redundant.isEmpty {
                removeTriangles(redundant)
                repair.doubledTriangleCount = redundant.count
                topology = MeshTopology(self, workers: workers)
            }
        }
        if topology.inconsistentEdgeCount > 0 {
            repair.agreedTriangleCount = agreeWithinPatches(workers)
            if repair.agreedTriangleCount > 0 { topology = MeshTopology(self, workers: workers) }
        }
        let isTurned = PatchJudgement(self, topology, workers: workers).apply(to: &repair)
        guard repair.turnedPatchCount > 0 else { return repair }
        for (index, patch) in topology.patchOfTriangle.enumerated() where isTurned[Int(patch)] {
            triangles[index] = triangles[index].reversed
            repair.turnedTriangleCount += 1
        }
        topology = MeshTopology(self, workers: workers)
        return repair
    }

    /// - Parameter redundant: ascending.
    private mutating func removeTriangles(_ redundant: [Int]) {
        var next = 0
        var kept: [SIMD3<UInt32>] = []
        kept.reserveCapacity(triangles.count - redundant.count)
        for (index, triangle) in triangles.enumerated() {
            if next < redundant.count && redundant[next] == index { next += 1 } else { kept.append(triangle) }
        }
        triangles = kept
    }

    /// Turns the fewer triangles of each orientable patch around that disagree with the others.
    ///
    /// - Returns: how many were turned.
    private mutating func agreeWithinPatches(_ workers: Workers) -> Int {
        let connectivity = MeshConnectivity(self, workers: workers)
        // Of each patch, by its representative: triangles that face as it does, and those that face the other way.
        var counts = [SIMD2<Int>](repeating: .zero, count: triangles.count)
        let sides = triangles.indices.map { index in
            let (root, parity) = connectivity.patchSets.find(index)
            counts[root][Int(parity)] += 1
            return (root: UInt32(root), parity: parity)
        }
        for triangle in connectivity.twistedTriangles {
            counts[connectivity.patchSets.find(Int(triangle)).root] = .zero
        }
        var turned = 0
        for (index, side) in sides.enumerated() {
            let count = counts[Int(side.root)]
            let fewer: UInt32 = count.y <= count.x ? 1 : 0
            guard count.min() > 0, side.parity == fewer else { continue }
            triangles[index] = triangles[index].reversed
            turned += 1
        }
        return turned
    }
}

/// Which closed patches face inward without meaning it.
private struct PatchJudgement {
    private let topology: MeshTopology
    private var isTurned: [Bool]
    private var cavityCount = 0
    private var ambiguousCount = 0

    init(_ mesh: TriangleMesh, _ topology: MeshTopology, workers: Workers) {
        self.topology = topology
        let patches = topology.patches
        isTurned = [Bool](repeating: false, count: patches.count)
        let isClosed = patches.map { $0.isClosed && $0.signedVolume != 0 }
        let closedCount = isClosed.count { $0 }
        let inwardCount = patches.indices.count { isClosed[$0] && patches[$0].signedVolume < 0 }
        if inwardCount == 0 { return }
        if inwardCount == closedCount {
            isTurned = isClosed
            return
        }
        judge(
            isClosed,
            containers: PatchNesting(mesh, topology, isClosed: isClosed, workers: workers)
                .containers(patchCount: patches.count, workers: workers))
    }

    func apply(to repair: inout OrientationRepair) -> [Bool] {
        repair.turnedPatchCount = isTurned.count { $0 }
        repair.cavityCount = cavityCount
        repair.ambiguousPatchCount = ambiguousCount
        return isTurned
    }

    private mutating func judge(_ isClosed: [Bool], containers: [[Int]]) {
        func volume(_ patch: Int) -> Double { abs(topology.patches[patch].signedVolume) }
        // The larger first, so that a patch comes after all that it is inside of.
        let order = isClosed.indices.filter { isClosed[$0] }.sorted { (volume($0), $1) > (volume($1), $0) }
        var ranks = [Int](repeating: 0, count: isClosed.count)
        for (rank, patch) in order.enumerated() { ranks[patch] = rank }
        // Whether the tree that a patch belongs to was turned as a whole.
        var isInTurnedTree = [Bool](repeating: false, count: isClosed.count)
        for patch in order {
            let isInward = topology.patches[patch].signedVolume < 0
            let around = containers[patch].filter { ranks[$0] < ranks[patch] }
            guard !around.isEmpty else {
                isTurned[patch] = isInward
                isInTurnedTree[patch] = isInward
                continue
            }
            let turnedTrees = around.count { isInTurnedTree[$0] }
            guard turnedTrees == 0 || turnedTrees == around.count else {
                ambiguousCount += 1
                continue
            }
            isInTurnedTree[patch] = turnedTrees > 0
            isTurned[patch] = turnedTrees > 0
            // How often the patches around it wrap around this one.
            let winding = around.reduce(0) { $0 + (facesInward($1) ? -1 : 1) }
            if facesInward(patch) {
                if winding > 0 { cavityCount += 1 } else { isTurned[patch].toggle() }
            }
        }
    }

    /// As it has been turned so far.
    private func facesInward(_ patch: Int) -> Bool { (topology.patches[patch].signedVolume < 0) != isTurned[patch] }
}

extension SIMD3<UInt32> {
    /// The same triangle facing the other way.
    var reversed: SIMD3<UInt32> { SIMD3(x, z, y) }
}
