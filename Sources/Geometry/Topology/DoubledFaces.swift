/// Faces that stand in a mesh twice, once each way, and which of the two copies its surface needs.
///
/// Two copies that face apart cancel: a cube whose lid stands there twice is an open box to every rule of inside and
/// outside. But the wall that two boxes share stands there twice as well, and belongs there twice. So a pair is kept whole or
/// reduced to one copy such that every edge ends up with an even number of triangles, as on a closed surface: a system of
/// equations modulo 2, solved along the edges that join one pair or two. A pair about which its edges disagree, and the
/// pairs of a sheet that is open with one copy too, stay whole.
struct DoubledFaces {
    /// Triangles that closedness asks to leave out, ascending: the second copy of each pair that is reduced.
    let redundant: [Int]

    /// - Complexity: O(v + t α(t)).
    init(_ mesh: TriangleMesh) {
        let pairs = Self.pairs(of: mesh)
        guard !pairs.isEmpty else {
            redundant = []
            return
        }
        let none = UInt32.max
        var pairOfTriangle = [UInt32](repeating: none, count: mesh.triangles.count)
        for (number, pair) in pairs.enumerated() {
            pairOfTriangle[pair.first] = UInt32(number)
            pairOfTriangle[pair.second] = UInt32(number)
        }
        // Whether a pair is reduced, up to a bit a set: the sets' parities are the differences.
        var sets = DisjointSets(count: pairs.count)
        var contradicted: [Int] = []
        var demands: [(pair: Int, isReduced: Bool)] = []
        MeshEdges(mesh).forEach { _, sides in
            // Of the pairs at an edge, three at most: more of them settle nothing.
            var around: [Int] = []
            var singles = 0
            for side in sides {
                let pair = pairOfTriangle[side.triangle]
                if pair == none {
                    singles += 1
                } else if around.count < 3 && !around.contains(Int(pair)) {
                    around.append(Int(pair))
                }
            }
            let isOdd = singles % 2 == 1
            switch around.count {
            case 1: demands.append((around[0], isOdd))
            case 2:
                if !sets.unite(around[0], around[1], parity: isOdd ? 1 : 0) { contradicted.append(around[0]) }
            default: break
            }
        }
        redundant = Self.solve(pairs, &sets, demands, contradicted)
    }

    private static func solve(
        _ pairs: [Pair], _ sets: inout DisjointSets, _ demands: [(pair: Int, isReduced: Bool)], _ contradicted: [Int]
    ) -> [Int] {
        enum Answer { case open, reduced, whole, contradiction }
        // Of each set's representative.
        var answers = [Answer](repeating: .open, count: pairs.count)
        for pair in contradicted { answers[sets.find(pair).root] = .contradiction }
        for demand in demands {
            let (root, parity) = sets.find(demand.pair)
            let answer: Answer = demand.isReduced != (parity == 1) ? .reduced : .whole
            switch answers[root] {
            case .open: answers[root] = answer
            case answer, .contradiction: break
            default: answers[root] = .contradiction
            }
        }
        var redundant: [Int] = []
        for (number, pair) in pairs.enumerated() {
            let (root, parity) = sets.find(number)
            // A set without a demand is closed with one copy: a solid that stands there twice.
            let isReduced =
                switch answers[root] {
                case .open, .reduced: parity == 0
                case .whole: parity == 1
                case .contradiction: false
                }
            if isReduced { redundant.append(pair.second) }
        }
        return redundant.sorted()
    }

    private struct Pair {
        let first: Int
        let second: Int
    }

    /// Two triangles of the same three corners that face apart; corners that more triangles share make none.
    private static func pairs(of mesh: TriangleMesh) -> [Pair] {
        var faces: [SIMD3<UInt32>: Int] = [:]
        faces.reserveCapacity(mesh.triangles.count)
        // The triangles of each set of corners: the first, and the second or how many more.
        var first: [Int] = []
        var second: [Int] = []
        var counts: [Int] = []
        for (index, triangle) in mesh.triangles.enumerated() {
            let corners = triangle.sorted
            if let number = faces[corners] {
                second[number] = index
                counts[number] += 1
            } else {
                faces[corners] = first.count
                first.append(index)
                second.append(index)
                counts.append(1)
            }
        }
        return counts.indices.compactMap { number in
            guard counts[number] == 2 else { return nil }
            let pair = Pair(first: first[number], second: second[number])
            let facesApart =
                mesh.triangles[pair.first].startingAtSmallest != mesh.triangles[pair.second].startingAtSmallest
            return facesApart ? pair : nil
        }
    }
}

extension SIMD3<UInt32> {
    /// The same cycle of corners, the smallest first: equal for triangles that are equal and face the same way.
    fileprivate var startingAtSmallest: SIMD3<UInt32> {
        if x <= y && x <= z { return self }
        return y <= z ? SIMD3(y, z, x) : SIMD3(z, x, y)
    }

    /// The three numbers in ascending order.
    fileprivate var sorted: SIMD3<UInt32> {
        let (low, high) = (Swift.min(x, y, z), Swift.max(x, y, z))
        return SIMD3(low, x ^ y ^ z ^ low ^ high, high)
    }
}
