import Core

/// How fast the winding number of a mesh can change from place to place, by the edges at which its surface ends.
///
/// Away from the triangles the winding number is smooth, and its gradient is that of the surface's oriented boundary alone
/// (the law of Biot and Savart): ∇w(p) = (1/4π) ∮ (x − p) × dx / |x − p|³. Edges that triangles run along equally often in
/// both directions cancel. So |∇w(p)| ≤ (1/4π) Σ length / distance² over the other edges, which is 0 for a closed mesh.
///
/// Bounds are a number for each block of ``blockSide``³ cells of a lattice.
struct BoundaryCirculation {
    /// Cells along a block. Around each boundary edge the blocks that touch its own have no bound.
    static let blockSide = 4
    /// The most pairs of blocks and boundary blocks: 0.1 s on two cores.
    private static let pairLimit = 1 << 27

    private let counts: SIMD3<Int>
    /// Upper bounds of |∇w| in each block, per cell side; infinite beside the boundary.
    private let bounds: [Float]

    /// - Parameters:
    ///   - mesh: in the frame of `lattice` up to `scale`.
    ///   - scale: from the mesh's coordinates to the lattice's.
    /// - Returns: nil where the boundary is too long to be summed up, as a soup's.
    init?(_ mesh: TriangleMesh, scale: Float, lattice: CellLattice, workers: Workers) {
        let side = Self.blockSide
        counts = SIMD3<Int>(truncatingIfNeeded: (lattice.counts &+ Int32(side - 1)) / Int32(side))
        let blockCount = counts.x * counts.y * counts.z
        var lengths: [SIMD3<Int32>: Float] = [:]
        MeshEdges(mesh).forEach { lower, sides in
            guard lengths.count <= Self.pairLimit / blockCount, Int(sides[0].upper) != lower else { return }
            var net = 0
            for half in sides {
                let start = mesh.triangles[half.triangle][Int(half.corner % 3)]
                net += Int(start) == lower ? 1 : -1
            }
            guard net != 0 else { return }
            let a = lattice.cellCoordinates(mesh.vertices[lower] * scale) / Float(side)
            let b = lattice.cellCoordinates(mesh.vertices[Int(sides[0].upper)] * scale) / Float(side)
            let length = ((b - a) * (b - a)).sum().squareRoot()
            // Pieces of at most half a block, which reach at most a quarter out of the block of their middle.
            let pieces = max(1, (2 * length).rounded(.up))
            for piece in 0..<Int(pieces) {
                let middle = a + (b - a) * ((Float(piece) + 0.5) / pieces)
                lengths[SIMD3<Int32>(middle), default: 0] += length / pieces * Float(abs(net))
            }
        }
        guard lengths.count * blockCount <= Self.pairLimit else { return nil }
        // In a fixed order, so that sums have the same bits in every run.
        let sources = lengths.map { (block: $0.key, length: $0.value) }.sorted {
            ($0.block.z, $0.block.y, $0.block.x) < ($1.block.z, $1.block.y, $1.block.x)
        }
        let (counts, factor) = (counts, Float(1.001 / (4 * Double.pi)) / Float(side))
        bounds = [Float](unsafeUninitializedCapacity: blockCount) { buffer, count in
            let buffer = buffer
            workers.forEach(counts.z * counts.y) { row, _ in
                for x in 0..<counts.x {
                    let block = SIMD3(Int32(x), Int32(row % counts.y), Int32(row / counts.y))
                    var sum: Float = 0
                    for source in sources {
                        let offset = block &- source.block
                        let steps = pointwiseMax(offset, 0 &- offset)
                        let gap = SIMD3<Float>(pointwiseMax(steps &- 1, .zero))
                        let distance = (gap * gap).sum().squareRoot() - 0.25
                        sum += distance > 0 ? source.length / (distance * distance) : .infinity
                    }
                    buffer.initializeElement(at: row * counts.x + x, to: sum * factor)
                }
            }
            count = blockCount
        }
    }

    /// An upper bound of |∇w| in the cell's block, per cell side.
    @inline(__always)
    func gradientBound(x: Int, y: Int, z: Int) -> Float {
        let side = Self.blockSide
        return bounds[(z / side * counts.y + y / side) * counts.x + x / side]
    }
}
