import Core

/// A cell of one of a grid's levels.
public struct GridElement: Sendable, Hashable {
    public var level: Int
    public var cell: SIMD3<Int32>

    public init(level: Int, cell: SIMD3<Int32>) {
        self.level = level
        self.cell = cell
    }
}

/// How the cells in which a grid is fitted hang together: the cells with data, which no finer level reaches into, and their
/// ancestors; and which coefficients lie at whose corners.
///
/// A cell's values at its corners are its own level's coefficients plus what its parent's eight values make of the places, which lie at
/// the parent's corners and half way between them.
struct GridElements: Sendable {
    /// Level by level; within a level a parent's children follow each other, and parents are in their own order. The first level's are
    /// ordered by blocks of 8³.
    let levelRanges: [Range<Int>]
    /// `(cells, 8)`: coefficients counted through all levels, −1 where there is none.
    let corners: [Int32]
    /// `(cells)`: −1 in the first level.
    let parents: [Int32]
    /// `(cells)`: x + 2 y + 4 z in the parent.
    let octants: [UInt8]
    /// `(cells + 1)`: where each cell's children start.
    let firstChildren: [Int32]
    /// `(leaves)`: which cells have data.
    let leaves: [Int32]
    /// `(leaves)`.
    let elements: [GridElement]
    /// `(coefficients + 1)`, and the places 8 c + corner of `corners` where each coefficient occurs.
    let firstOccurrences: [Int32]
    let occurrences: [Int32]

    var cellCount: Int { parents.count }
    var coefficientCount: Int { firstOccurrences.count - 1 }

    /// - Parameters:
    ///   - sets: a level's corners each.
    ///   - leaves: cells with data, each once; none is an ancestor of another.
    init(_ sets: [CornerSet], leaves: [GridElement]) {
        var keyed: [[(key: UInt64, cell: SIMD3<Int32>, isLeaf: Bool)]] = sets.map { _ in [] }
        let blocks = sets.first?.blockCounts ?? .one
        for leaf in leaves { keyed[leaf.level].append((Self.key(leaf, blocks), leaf.cell, true)) }
        for level in stride(from: sets.count - 1, through: 0, by: -1) {
            keyed[level].sort { $0.key < $1.key }
            guard level > 0 else { break }
            var last: UInt64?
            for cell in keyed[level] where cell.key >> 3 != last {
                last = cell.key >> 3
                keyed[level - 1].append((cell.key >> 3, cell.cell &>> 1, false))
            }
        }
        var ranges: [Range<Int>] = []
        var corners: [Int32] = []
        var parents: [Int32] = []
        var octants: [UInt8] = []
        var ofLeaves: [Int32] = []
        var elements: [GridElement] = []
        var firstCoefficient = 0
        for (level, cells) in keyed.enumerated() {
            let start = parents.count
            var parent = level > 0 ? ranges[level - 1].lowerBound : 0
            for cell in cells {
                if level > 0 {
                    while keyed[level - 1][parent - ranges[level - 1].lowerBound].key < cell.key >> 3 { parent += 1 }
                }
                if cell.isLeaf {
                    ofLeaves.append(Int32(parents.count))
                    elements.append(GridElement(level: level, cell: cell.cell))
                }
                parents.append(level > 0 ? Int32(parent) : -1)
                octants.append(UInt8(cell.key & 7))
                for corner in 0..<8 {
                    let number = sets[level].number(
                        of: Int(cell.cell.x) + corner & 1, Int(cell.cell.y) + corner >> 1 & 1,
                        Int(cell.cell.z) + corner >> 2)
                    corners.append(number < 0 ? -1 : Int32(firstCoefficient + number))
                }
            }
            ranges.append(start..<parents.count)
            firstCoefficient += sets[level].count
        }
        levelRanges = ranges
        firstChildren = Self.firstChildren(parents, ranges)
        (firstOccurrences, occurrences) = Self.occurrences(corners, count: firstCoefficient)
        self.corners = corners
        self.parents = parents
        self.octants = octants
        self.leaves = ofLeaves
        self.elements = elements
    }

    /// Sorts cells so that children of one parent follow each other.
    private static func key(_ element: GridElement, _ blocks: SIMD3<Int>) -> UInt64 {
        let root = SIMD3<Int>(truncatingIfNeeded: element.cell &>> Int32(element.level))
        let block = ((root.z >> 3) * blocks.y + root.y >> 3) * blocks.x + root.x >> 3
        let place = ((root.z & 7) * 8 + root.y & 7) * 8 + root.x & 7
        var key = UInt64(block * 512 + place)
        for shift in stride(from: element.level - 1, through: 0, by: -1) {
            let bits = (element.cell &>> Int32(shift)) & 1
            let octant = bits.x + 2 * bits.y + 4 * bits.z
            key = key << 3 | UInt64(octant)
        }
        return key
    }

    private static func firstChildren(_ parents: [Int32], _ ranges: [Range<Int>]) -> [Int32] {
        var first = [Int32](repeating: 0, count: parents.count + 1)
        for (level, range) in ranges.enumerated() {
            var child = level + 1 < ranges.count ? ranges[level + 1].lowerBound : parents.count
            let end = level + 1 < ranges.count ? ranges[level + 1].upperBound : parents.count
            for cell in range {
                first[cell] = Int32(child)
                while child < end, Int(parents[child]) == cell { child += 1 }
            }
        }
        first[parents.count] = Int32(parents.count)
        return first
    }

    private static func occurrences(_ corners: [Int32], count: Int) -> ([Int32], [Int32]) {
        var first = [Int32](repeating: 0, count: count + 1)
        for corner in corners where corner >= 0 { first[Int(corner) + 1] += 1 }
        for index in 0..<count { first[index + 1] += first[index] }
        var next = first
        var places = [Int32](repeating: 0, count: Int(first[count]))
        for (place, corner) in corners.enumerated() where corner >= 0 {
            places[Int(next[Int(corner)])] = Int32(place)
            next[Int(corner)] += 1
        }
        return (first, places)
    }

    func children(of cell: Int) -> Range<Int> { Int(firstChildren[cell])..<childEnd(cell) }

    private func childEnd(_ cell: Int) -> Int {
        // The last cell of a level is followed by the next level's first, whose children start elsewhere.
        var end = Int(firstChildren[cell])
        let limit = min(end + 8, parents.count)
        while end < limit, Int(parents[end]) == cell { end += 1 }
        return end
    }
}

/// Eight corner values of a child from its parent's, and the transpose.
enum ChildCorners {
    /// Replaces a parent's corner values by those of its child.
    @inline(__always)
    static func restrict(_ values: UnsafeMutablePointer<Float>, octant: UInt8) {
        for axis in 0..<3 {
            let stride = 1 << axis
            let isUpper = octant >> UInt8(axis) & 1 == 1
            for corner in 0..<8 where corner & stride == 0 {
                let middle = 0.5 * (values[corner] + values[corner + stride])
                values[isUpper ? corner : corner + stride] = middle
            }
        }
    }

    /// The transpose: replaces what belongs to a child's corners by what it adds to its parent's.
    @inline(__always)
    static func spread(_ values: UnsafeMutablePointer<Float>, octant: UInt8) {
        for axis in 0..<3 {
            let stride = 1 << axis
            let isUpper = octant >> UInt8(axis) & 1 == 1
            for corner in 0..<8 where corner & stride == 0 {
                let half = 0.5 * values[isUpper ? corner : corner + stride]
                if isUpper {
                    values[corner] = half
                    values[corner + stride] += half
                } else {
                    values[corner] += half
                    values[corner + stride] = half
                }
            }
        }
    }
}
