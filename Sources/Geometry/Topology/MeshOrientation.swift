/// What was done so that a mesh faces outward.
public struct OrientationRepair: Sendable, Equatable, Codable {
    /// Closed patches that faced inward and were turned around whole.
    public var turnedPatchCount = 0
    public var turnedTriangleCount = 0
    /// Closed patches that face inward inside another's bounding box: taken for cavities, and left.
    public var cavityCount = 0
    /// Closed patches about which their surroundings disagree, and left.
    public var ambiguousPatchCount = 0

    /// Nothing was done.
    public init() {}
}

extension TriangleMesh {
    /// Turns closed patches that are inside out around, where no doubt is possible.
    ///
    /// An outermost closed patch (one in no other's bounding box) that encloses a negative volume faces inward: nothing
    /// else could be meant. It is turned around whole, together with the patches inside its bounding box, so that cavities
    /// stay cavities. Open patches, patches of inconsistent orientation, and those inside the bounding boxes of patches of
    /// both kinds stay as they are.
    ///
    /// - Parameter topology: of this mesh as it is; afterwards out of date if anything was turned.
    /// - Complexity: O(t + p·q) for p closed patches, q of them outermost; with more than 4096 closed patches that do
    ///   not all face inward, nothing is turned.
    public mutating func orientOutward(_ topology: MeshTopology) -> OrientationRepair {
        let closed = topology.patches.indices.filter {
            topology.patches[$0].isClosed && topology.patches[$0].signedVolume != 0
        }
        var repair = OrientationRepair()
        let inward = closed.filter { topology.patches[$0].signedVolume < 0 }
        if inward.isEmpty { return repair }

        var isTurned = [Bool](repeating: false, count: topology.patches.count)
        if inward.count == closed.count {
            for patch in inward { isTurned[patch] = true }
        } else if closed.count > 4096 {
            repair.ambiguousPatchCount = inward.count
        } else {
            Self.judge(closed, topology.patches, &isTurned, &repair)
        }
        for (index, patch) in topology.patchOfTriangle.enumerated() where isTurned[Int(patch)] {
            triangles[index] = SIMD3(triangles[index].x, triangles[index].z, triangles[index].y)
            repair.turnedTriangleCount += 1
        }
        repair.turnedPatchCount = isTurned.count { $0 }
        return repair
    }

    /// Decides which of the `closed` patches to turn.
    private static func judge(
        _ closed: [Int], _ patches: [MeshTopology.Patch], _ isTurned: inout [Bool], _ repair: inout OrientationRepair
    ) {
        // The larger first, so that a patch comes after all whose boxes hold its own.
        func size(_ patch: Int) -> Double {
            let extent = SIMD3<Double>(patches[patch].boundingBox.extent)
            return extent.x * extent.y * extent.z
        }
        var outermost: [Int] = []
        for patch in closed.sorted(by: { (size($0), $1) > (size($1), $0) }) {
            let isInward = patches[patch].signedVolume < 0
            let box = patches[patch].boundingBox
            let around = outermost.filter { patches[$0].boundingBox.contains(box) }
            if around.isEmpty {
                outermost.append(patch)
                isTurned[patch] = isInward
            } else if around.allSatisfy({ isTurned[$0] }) {
                isTurned[patch] = true
            } else if around.contains(where: { isTurned[$0] }) {
                repair.ambiguousPatchCount += 1
            } else if isInward {
                repair.cavityCount += 1
            }
        }
    }
}

extension BoundingBox {
    fileprivate func contains(_ other: BoundingBox) -> Bool {
        all(other.minimum .> minimum) && all(other.maximum .< maximum)
    }
}
