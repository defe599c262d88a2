import Core

/// Points that lie far from the surface that the others make, by their distances to their neighbours.
///
/// A point is far when its neighbours are several times farther away than theirs are from them, or when they are much
/// farther away than is usual and do not lie in a sheet: a sparsely scanned part of the surface does.
enum FarPoints {
    /// Times its neighbours' distances.
    private static let localLimit: Float = 3
    /// Times the usual distance, where neighbours are in no sheet.
    private static let usualLimit: Float = 3
    /// Points that the usual distance is judged by.
    private static let judges = 1 << 15
    /// The least part of the neighbours' spread that is no sheet; in a ball it is a third.
    private static let sheetLimit = 0.05

    /// The slots of such points, ascending.
    static func slots(of tree: PointTree, _ neighbors: NearestPoints, workers: Workers) -> [Int] {
        let distances = workers.map(tree.count) { (neighbors.squaredDistances(of: $0).last ?? 0).squareRoot() }
        // Of so many points the middle one is known to a hundredth.
        let judged = stride(from: 0, to: tree.count, by: max(1, tree.count / judges)).map { distances[$0] }.sorted()
        let usual = judged[judged.count / 2]
        let chunkSize = 4096
        var found = [[Int]](repeating: [], count: (tree.count + chunkSize - 1) / chunkSize)
        found.withUnsafeMutableBufferPointer { found in
            workers.forEachChunk(of: tree.count, chunkSize: chunkSize) { range, _ in
                found[range.lowerBound / chunkSize] = range.filter { slot in
                    let distance = distances[slot]
                    guard distance > 1.5 * usual else { return false }
                    let around = neighbors.slots(of: slot).map { distances[Int($0)] }.sorted()
                    if distance > localLimit * around[around.count / 2] { return true }
                    guard distance > usualLimit * usual else { return false }
                    let values = NormalEstimation.eigen(tree, neighbors.slots(of: slot)).values
                    return values.x > sheetLimit * values.sum()
                }
            }
        }
        return Array(found.joined())
    }
}
