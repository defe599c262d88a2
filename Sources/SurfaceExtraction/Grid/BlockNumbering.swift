import Core

// Two passes over blocks of 8³ cells. The first counts what each block yields and keeps which of its edges are
// crossed; the sums of the counts are then where the second writes. A vertex belongs to the block of its edge's lower
// sample, and its number follows from the kept bits, so no block waits for another.

/// The crossed edges that begin in one row of eight samples.
struct RowEdges {
    /// Vertices of the block in earlier rows.
    var first: UInt16 = 0
    /// Bit i is set where the edge from sample i along that axis is crossed.
    var x: UInt8 = 0
    var y: UInt8 = 0
    var z: UInt8 = 0
}

struct MarchedBlock {
    var block: Int32
    var edgeVertexCount: Int32
    var innerVertexCount: Int32
    var triangleCount: Int32
    /// Curves in which the surface meets its cells' faces; dual contouring makes a vertex of each.
    var loopCount: Int32
    var firstVertex: Int = 0
    var firstTriangle: Int = 0
    var firstLoop: Int = 0
}

/// Blocks a task takes; enough to make tasks' own cost vanish, few enough to share out 30 000 blocks evenly.
let blocksPerTask = 128

/// A block's samples with the next layer of each axis; see ``BlockSamples/gather(block:into:insideRows:)``.
struct BlockScratch: ~Copyable {
    let corners = UnsafeMutablePointer<Float>.allocate(capacity: 9 * 9 * 9)
    let insideRows = UnsafeMutablePointer<UInt16>.allocate(capacity: 9 * 9)

    deinit {
        corners.deallocate()
        insideRows.deallocate()
    }
}

@inline(__always)
func cellValue(_ corners: UnsafeMutablePointer<Float>, cell: Int, corner: Int) -> Float {
    corners[cell + (corner & 1) + (corner >> 1 & 1) * 9 + (corner >> 2) * 81]
}

func countBlocks<Samples: BlockSamples>(
    _ candidates: ArraySlice<Int32>, of samples: Samples, tables: MarchingCubesTables
) -> (blocks: [MarchedBlock], rows: [RowEdges]) {
    let scratch = BlockScratch()
    var blocks: [MarchedBlock] = []
    var rows: [RowEdges] = []
    for block in candidates {
        guard samples.gather(block: Int(block), into: scratch.corners, insideRows: scratch.insideRows) else { continue }
        var vertexCount = 0
        var innerCount = 0
        var triangleCount = 0
        var loopCount = 0
        for z in 0..<8 {
            for y in 0..<8 {
                let row = CellRow(scratch.insideRows, y: y, z: z)
                let edges = RowEdges(
                    first: UInt16(truncatingIfNeeded: vertexCount),
                    x: UInt8(truncatingIfNeeded: row.near ^ row.near >> 1),
                    y: UInt8(truncatingIfNeeded: row.near ^ row.far),
                    z: UInt8(truncatingIfNeeded: row.near ^ row.nearAbove))
                rows.append(edges)
                vertexCount +=
                    edges.x.nonzeroBitCount + edges.y.nonzeroBitCount + edges.z.nonzeroBitCount
                var cells = row.crossedCells
                while cells != 0 {
                    let x = cells.trailingZeroBitCount
                    cells &= cells - 1
                    let inside = row.insideMask(x)
                    let count = tables.simpleTriangleCount[inside]
                    if count != MarchingCubesTables.needsValues {
                        triangleCount += Int(count)
                        loopCount += 1
                        continue
                    }
                    let cell = (z * 9 + y) * 9 + x
                    let triangulation = CellTriangulation(
                        inside: inside, values: { cellValue(scratch.corners, cell: cell, corner: $0) }, tables: tables)
                    triangleCount += triangulation.triangles.count / 3
                    innerCount += triangulation.innerVertices.count
                    loopCount += triangulation.configuration.loops.count
                }
            }
        }
        blocks.append(
            MarchedBlock(
                block: block, edgeVertexCount: Int32(vertexCount), innerVertexCount: Int32(innerCount),
                triangleCount: Int32(triangleCount), loopCount: Int32(loopCount)))
    }
    return (blocks, rows)
}

/// The first pass: the blocks that the surface passes through, and the numbers of its vertices, triangles and curves.
struct BlockNumbering: Sendable {
    /// Ascending by block.
    private(set) var blocks: [MarchedBlock]
    /// 64 a block.
    private(set) var rows: [RowEdges]
    /// Position in `blocks` of each block of the grid, or −1.
    private(set) var ordinals: [Int32]
    private(set) var vertexCount: Int
    private(set) var triangleCount: Int
    private(set) var loopCount: Int
    private let grid: SampleGrid

    init<Samples: BlockSamples>(_ samples: Samples, workers: Workers) {
        grid = samples.grid
        let candidates = samples.candidateBlocks
        let taskCount = (candidates.count + blocksPerTask - 1) / blocksPerTask
        var counted = [(blocks: [MarchedBlock], rows: [RowEdges])](repeating: ([], []), count: taskCount)
        counted.withUnsafeMutableBufferPointer { counted in
            let counted = counted
            workers.forEach(taskCount) { task, _ in
                let range = task * blocksPerTask..<min((task + 1) * blocksPerTask, candidates.count)
                counted[task] = countBlocks(candidates[range], of: samples, tables: .shared)
            }
        }
        blocks = []
        rows = []
        blocks.reserveCapacity(counted.reduce(0) { $0 + $1.blocks.count })
        rows.reserveCapacity(blocks.capacity * 64)
        for part in counted {
            blocks += part.blocks
            rows += part.rows
        }
        counted = []
        ordinals = [Int32](repeating: -1, count: samples.grid.blockCount)
        vertexCount = 0
        triangleCount = 0
        loopCount = 0
        for index in blocks.indices {
            ordinals[Int(blocks[index].block)] = Int32(index)
            blocks[index].firstVertex = vertexCount
            blocks[index].firstTriangle = triangleCount
            blocks[index].firstLoop = loopCount
            vertexCount += Int(blocks[index].edgeVertexCount + blocks[index].innerVertexCount)
            triangleCount += Int(blocks[index].triangleCount)
            loopCount += Int(blocks[index].loopCount)
        }
        precondition(vertexCount <= Int(UInt32.max), "vertices that 32 bits can number")
    }

    /// Numbers of a sample row's first vertices, and which of its edges are crossed.
    struct NumberedRow {
        var firstX: UInt32 = 0
        var firstY: UInt32 = 0
        var firstZ: UInt32 = 0
        var x: UInt8 = 0
        var y: UInt8 = 0
        var z: UInt8 = 0
        /// Numbers of the edges along y and z that begin at the row's ninth sample, where they are crossed.
        var nextY: UInt32 = 0
        var nextZ: UInt32 = 0
    }

    /// Vertex numbers for the block's 9 × 9 sample rows; those of the last layers belong to its neighbours.
    func number(rowsOf block: Int, into numbered: UnsafeMutablePointer<NumberedRow>) {
        let counts = grid.blockCounts
        let place = grid.blockCoordinates(block)
        for upZ in 0..<2 {
            for upY in 0..<2 {
                let home = ordinal(place &+ SIMD3(0, upY, upZ), counts)
                let next = ordinal(place &+ SIMD3(1, upY, upZ), counts)
                for z in upZ * 8..<8 + upZ {
                    for y in upY * 8..<8 + upY {
                        let local = (z & 7) * 8 + (y & 7)
                        var row = NumberedRow()
                        if home >= 0 {
                            let edges = rows[home * 64 + local]
                            row.x = edges.x
                            row.y = edges.y
                            row.z = edges.z
                            row.firstX = UInt32(truncatingIfNeeded: blocks[home].firstVertex + Int(edges.first))
                            row.firstY = row.firstX &+ UInt32(edges.x.nonzeroBitCount)
                            row.firstZ = row.firstY &+ UInt32(edges.y.nonzeroBitCount)
                        }
                        if next >= 0 {
                            let edges = rows[next * 64 + local]
                            let first = UInt32(truncatingIfNeeded: blocks[next].firstVertex + Int(edges.first))
                            row.nextY = first &+ UInt32(edges.x.nonzeroBitCount)
                            row.nextZ = row.nextY &+ UInt32(edges.y.nonzeroBitCount)
                        }
                        numbered[z * 9 + y] = row
                    }
                }
            }
        }
    }

    private func ordinal(_ place: SIMD3<Int>, _ counts: SIMD3<Int>) -> Int {
        guard place.x < counts.x, place.y < counts.y, place.z < counts.z else { return -1 }
        return Int(ordinals[(place.z * counts.y + place.y) * counts.x + place.x])
    }

    /// Vertex numbers of the edges of cell x; those of uncrossed edges mean nothing.
    @inline(__always)
    func numberEdges(
        _ x: Int, _ rows: UnsafeMutablePointer<NumberedRow>, into numbers: UnsafeMutableBufferPointer<UInt32>
    ) {
        let below = UInt8(truncatingIfNeeded: (1 << x) - 1)
        let through = UInt8(truncatingIfNeeded: (2 << x) - 1)
        for (k, offset) in [0, 1, 9, 10].enumerated() {
            numbers[k] = rows[offset].firstX &+ rank(rows[offset].x & below)
        }
        for (k, offset) in [0, 9].enumerated() {
            let row = rows + offset
            numbers[4 + 2 * k] = row.pointee.firstY &+ rank(row.pointee.y & below)
            numbers[5 + 2 * k] = x == 7 ? row.pointee.nextY : row.pointee.firstY &+ rank(row.pointee.y & through)
        }
        for (k, offset) in [0, 1].enumerated() {
            let row = rows + offset
            numbers[8 + 2 * k] = row.pointee.firstZ &+ rank(row.pointee.z & below)
            numbers[9 + 2 * k] = x == 7 ? row.pointee.nextZ : row.pointee.firstZ &+ rank(row.pointee.z & through)
        }
    }

    @inline(__always)
    private func rank(_ bits: UInt8) -> UInt32 { UInt32(truncatingIfNeeded: bits.nonzeroBitCount) }
}
