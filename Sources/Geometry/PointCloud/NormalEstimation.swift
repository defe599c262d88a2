import CKernels
import Core

/// Normals of points that came without: the plane through each point's neighbours, turned outwards by agreement.
///
/// Directions are those of least spread (Hoppe, DeRose, Duchamp, McDonald and Stuetzle, "Surface reconstruction from
/// unorganized points", SIGGRAPH 1992, section 3.2). Sides are carried along the minimum spanning tree of the graph of
/// neighbours in which an edge costs 1 − |n · n′| (section 3.3): Kruskal's algorithm with a parity in each set, so that
/// merging two sets turns one of them where that is needed. A piece of the graph then faces the way in which its
/// dipoles enclose a positive volume.
///
/// Not guaranteed: two sheets nearer to each other than points to their neighbours, and sharp edges that no point lies
/// on, can take a side wrongly.
struct NormalEstimation {
    /// `(points)`, by slot, of unit length.
    private(set) var normals: [SIMD3<Float>]
    /// Pieces of the neighbours' graph, each oriented by itself.
    private(set) var pieceCount = 0

    private let tree: PointTree
    private let neighbors: NearestPoints
    private let workers: Workers

    /// Neighbours that are looked at: a surface with noise below half the points' distance is flat among sixteen.
    static let usualNeighbors = 16

    init(_ tree: PointTree, _ neighbors: NearestPoints, workers: Workers) {
        self.tree = tree
        self.neighbors = neighbors
        self.workers = workers
        normals = [SIMD3<Float>](repeating: .zero, count: tree.count)
        normals.withUnsafeMutableBufferPointer { normals in
            workers.forEachChunk(of: tree.count, chunkSize: 2048) { range, _ in
                for slot in range {
                    normals[slot] = SIMD3<Float>(Self.eigen(tree, neighbors.slots(of: slot)).leastDirection)
                }
            }
        }
        orient()
    }

    /// The spread of some points about their mean.
    static func eigen(_ tree: PointTree, _ slots: UnsafeBufferPointer<UInt32>) -> SymmetricEigen {
        let origin = tree.position(Int(slots[0]))
        var sum = SIMD3<Double>.zero
        var squares = SIMD3<Double>.zero
        var products = SIMD3<Double>.zero
        for slot in slots {
            let offset = SIMD3<Double>(tree.position(Int(slot)) - origin)
            sum += offset
            squares += offset * offset
            products += SIMD3(offset.x * offset.y, offset.x * offset.z, offset.y * offset.z)
        }
        let count = Double(slots.count)
        let mean = sum / count
        squares = squares / count - mean * mean
        products = products / count - SIMD3(mean.x * mean.y, mean.x * mean.z, mean.y * mean.z)
        return SymmetricEigen((squares.x, squares.y, squares.z, products.x, products.y, products.z))
    }

    /// How far from flat the neighbourhoods are, in the middle: the least part of the spread, ⅓ at most.
    static func flatness(_ tree: PointTree, _ neighborhoods: NearestPoints, count: Int, neighbors: Int) -> Double {
        var shares = (0..<count).map { query in
            let slots = UnsafeBufferPointer(rebasing: neighborhoods.slots(of: query).prefix(neighbors))
            let values = eigen(tree, slots).values
            return values.sum() > 0 ? values.x / values.sum() : 0
        }
        shares.sort()
        return shares[count / 2]
    }

    // MARK: Sides

    private mutating func orient() {
        var sets = DisjointSets(count: tree.count)
        for edge in edgesByCost() {
            let (a, b) = (Int(edge.x), Int(edge.y))
            sets.unite(a, b, parity: dot(normals[a], normals[b]) < 0 ? 1 : 0)
        }
        var pieces: [Int: Piece] = [:]
        for slot in 0..<tree.count {
            let (root, parity) = sets.find(slot)
            if parity == 1 { normals[slot] = -normals[slot] }
            // A point's area is about as its neighbours are far away.
            let area = Double(neighbors.squaredDistances(of: slot).last ?? 0)
            pieces[root, default: Piece()].add(area, SIMD3(tree.position(slot)), SIMD3(normals[slot]))
        }
        pieceCount = pieces.count
        for slot in 0..<tree.count where pieces[sets.find(slot).root]?.facesInward == true {
            normals[slot] = -normals[slot]
        }
    }

    /// Sums over the points of a piece.
    private struct Piece {
        private var area = 0.0
        private var position = SIMD3<Double>.zero
        private var normal = SIMD3<Double>.zero
        private var product = 0.0

        mutating func add(_ size: Double, _ place: SIMD3<Double>, _ direction: SIMD3<Double>) {
            area += size
            position += size * place
            normal += size * direction
            product += size * dot(place, direction)
        }

        /// Whether the dipoles enclose a negative volume, seen from their middle.
        var facesInward: Bool { area > 0 && product - dot(position, normal) / area < 0 }
    }

    /// Pairs of neighbours, the best agreed first: sorted into 4096 classes of cost, in their order within each.
    private func edgesByCost() -> [SIMD2<UInt32>] {
        let classes = 4096
        func forEachEdge(_ body: (_ a: Int, _ b: Int, _ cost: Int) -> Void) {
            for slot in 0..<tree.count {
                for other in neighbors.slots(of: slot).prefix(Self.usualNeighbors) where Int(other) != slot {
                    let agreement = abs(dot(normals[slot], normals[Int(other)]))
                    body(slot, Int(other), Int(min(max(1 - agreement, 0), 1) * Float(classes - 1)))
                }
            }
        }
        var starts = [Int](repeating: 0, count: classes + 1)
        forEachEdge { _, _, cost in starts[cost + 1] += 1 }
        for cost in 0..<classes { starts[cost + 1] += starts[cost] }
        var edges = [SIMD2<UInt32>](repeating: .zero, count: starts[classes])
        forEachEdge { a, b, cost in
            edges[starts[cost]] = SIMD2(UInt32(a), UInt32(b))
            starts[cost] += 1
        }
        return edges
    }
}
