import Core

/// Which cells of a lattice each triangle of a mesh touches: never too few, and too many only within a thousandth of a cell.
///
/// By the separating axes of a triangle and a box (Akenine-Möller, "Fast 3D triangle-box overlap testing", JGT 2001). Coordinates are taken
/// to cells first, so that cells need not be cubes.
package struct TriangleCells: Sendable {
    /// `(pairs)`: a cell and a triangle that touches it; in the order of the triangles, and of their parents' pairs after refinement.
    package private(set) var cells: [SIMD3<Int32>]
    package private(set) var triangles: [UInt32]
    /// `(triangles)` of the mesh, in cells of the lattice's first level.
    private let corners: [CellTriangle]
    /// By how many halvings the cells are smaller than those.
    private let level: Int

    /// - Parameters:
    ///   - origin, spacing: corner (i, j, k) of the lattice lies at origin + spacing · (i, j, k), in the mesh's frame.
    ///   - cellCounts: cells along each axis; what lies outside is left out.
    package init(
        _ mesh: TriangleMesh, origin: SIMD3<Float>, spacing: SIMD3<Float>, cellCounts: SIMD3<Int>, workers: Workers
    ) {
        let inverse = 1 / spacing
        let corners = mesh.triangles.indices.map { index in
            let (a, b, c) = mesh.corners(of: index)
            return CellTriangle((a - origin) * inverse, (b - origin) * inverse, (c - origin) * inverse)
        }
        let limit = SIMD3<Int32>(truncatingIfNeeded: cellCounts) &- 1
        (cells, triangles) = Self.collect(corners.count, workers) { index, visit in
            let triangle = corners[index]
            let box = triangle.cells(upTo: limit)
            guard let box else { return }
            let isSingle = box.first == box.last
            for z in box.first.z...box.last.z {
                for y in box.first.y...box.last.y {
                    for x in box.first.x...box.last.x {
                        let cell = SIMD3(x, y, z)
                        if isSingle || triangle.touches(cell, side: 1) { visit(cell, UInt32(index)) }
                    }
                }
            }
        }
        self.corners = corners
        level = 0
    }

    private init(_ pairs: (cells: [SIMD3<Int32>], triangles: [UInt32]), _ corners: [CellTriangle], level: Int) {
        (cells, triangles) = pairs
        self.corners = corners
        self.level = level
    }

    /// The same for the halves of those cells that `isRefined` says.
    package func refined(workers: Workers, where isRefined: (SIMD3<Int32>) -> Bool) -> TriangleCells {
        let side = Float(sign: .plus, exponent: -(level + 1), significand: 1)
        let pairs = Self.collect(cells.count, workers) { pair, visit in
            guard isRefined(cells[pair]) else { return }
            let triangle = corners[Int(triangles[pair])]
            for octant in 0..<8 as Range<Int32> {
                let child = cells[pair] &* 2 &+ SIMD3(octant & 1, octant >> 1 & 1, octant >> 2)
                if triangle.touches(child, side: side) { visit(child, triangles[pair]) }
            }
        }
        return TriangleCells(pairs, corners, level: level + 1)
    }

    /// Runs `body` for chunks of items on all threads and strings together what they visit.
    private static func collect(
        _ count: Int, _ workers: Workers, _ body: (Int, (SIMD3<Int32>, UInt32) -> Void) -> Void
    ) -> (cells: [SIMD3<Int32>], triangles: [UInt32]) {
        let chunkSize = 4096
        var parts = [(cells: [SIMD3<Int32>], triangles: [UInt32])](
            repeating: ([], []), count: (count + chunkSize - 1) / chunkSize)
        parts.withUnsafeMutableBufferPointer { parts in
            let parts = parts
            workers.forEachChunk(of: count, chunkSize: chunkSize) { range, _ in
                var part: (cells: [SIMD3<Int32>], triangles: [UInt32]) = ([], [])
                for index in range {
                    body(index) { cell, triangle in
                        part.cells.append(cell)
                        part.triangles.append(triangle)
                    }
                }
                parts[range.lowerBound / chunkSize] = part
            }
        }
        return (Array(parts.map(\.cells).joined()), Array(parts.map(\.triangles).joined()))
    }
}

/// A triangle in cell units.
private struct CellTriangle: Sendable {
    let a, b, c: SIMD3<Float>
    /// Cells are taken as larger by this part of a cell on each side, more than rounding moves a point.
    private static let margin: Float = 1e-3

    init(_ a: SIMD3<Float>, _ b: SIMD3<Float>, _ c: SIMD3<Float>) {
        self.a = a
        self.b = b
        self.c = c
    }

    func cells(upTo limit: SIMD3<Int32>) -> (first: SIMD3<Int32>, last: SIMD3<Int32>)? {
        let lower = pointwiseMin(pointwiseMin(a, b), c) - Self.margin
        let upper = pointwiseMax(pointwiseMax(a, b), c) + Self.margin
        let top = SIMD3<Float>(limit)
        // Compared as numbers of single precision: what is far outside must not reach an integer.
        guard upper.min() >= 0, all(lower .<= top + 1) else { return nil }
        let first = SIMD3<Int32>(lower.clamped(lowerBound: .zero, upperBound: top).rounded(.down))
        let last = SIMD3<Int32>(upper.clamped(lowerBound: .zero, upperBound: top).rounded(.down))
        return (first, last)
    }

    /// Whether the triangle reaches into a cell of a lattice of `side`, whose corner 0 is the origin.
    func touches(_ cell: SIMD3<Int32>, side: Float) -> Bool {
        let half = side * (0.5 + Self.margin)
        let center = (SIMD3<Float>(cell) + 0.5) * side
        let (p, q, r) = (a - center, b - center, c - center)
        // The box's own axes.
        let lower = pointwiseMin(pointwiseMin(p, q), r)
        let upper = pointwiseMax(pointwiseMax(p, q), r)
        if lower.max() > half || upper.min() < -half { return false }
        let (u, v) = (q - p, r - q)
        let normal = cross(u, v)
        if abs(dot(normal, p)) > half * (abs(normal.x) + abs(normal.y) + abs(normal.z)) { return false }
        let w = p - r
        return Self.overlaps(u, p, r, half) && Self.overlaps(v, p, q, half) && Self.overlaps(w, p, q, half)
    }

    /// Whether an edge's three cross products with the axes separate nothing; `on` is a corner at the edge, or the one opposite, and `other`
    /// the other kind.
    @inline(__always)
    private static func overlaps(_ edge: SIMD3<Float>, _ on: SIMD3<Float>, _ other: SIMD3<Float>, _ half: Float) -> Bool
    {
        // x × edge = (0, −ez, ey), and so on.
        let size = abs(edge)
        let (first, second) = (cross(edge, on), cross(edge, other))
        let reach = half * SIMD3(size.y + size.z, size.z + size.x, size.x + size.y)
        let lower = pointwiseMin(first, second)
        let upper = pointwiseMax(first, second)
        return all(lower .<= reach) && all(upper .>= -reach)
    }
}
