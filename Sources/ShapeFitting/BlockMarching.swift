import Geometry
import Support

// Two passes over blocks of 8³ cells. The first counts what each block yields and keeps which of its edges are
// crossed; the sums of the counts are then where the second writes. A vertex belongs to the block of its edge's lower
// sample, and its number follows from the kept bits, so no block waits for another.

/// The crossed edges that begin in one row of eight samples.
private struct RowEdges {
    /// Vertices of the block in earlier rows.
    var first: UInt16 = 0
    /// Bit i is set where the edge from sample i along that axis is crossed.
    var x: UInt8 = 0
    var y: UInt8 = 0
    var z: UInt8 = 0
}

private struct MarchedBlock {
    var block: Int32
    var edgeVertexCount: Int32
    var innerVertexCount: Int32
    var triangleCount: Int32
    var firstVertex: Int = 0
    var firstTriangle: Int = 0
}

/// Blocks a task takes; enough to make tasks' own cost vanish, few enough to share out 30 000 blocks evenly.
private let blocksPerTask = 128

/// Marching cubes over blocks; see ``MarchingCubes``.
func march<Samples: BlockSamples>(_ samples: Samples, crossings wantsCrossings: Bool, workers: Workers) -> MarchedSurface
{
    let tables = MarchingCubesTables.shared
    let candidates = samples.candidateBlocks
    let taskCount = (candidates.count + blocksPerTask - 1) / blocksPerTask
    var counted = [(blocks: [MarchedBlock], rows: [RowEdges])](repeating: ([], []), count: taskCount)
    counted.withUnsafeMutableBufferPointer { counted in
        let counted = counted
        workers.forEach(taskCount) { task, _ in
            let range = task * blocksPerTask..<min((task + 1) * blocksPerTask, candidates.count)
            counted[task] = countBlocks(candidates[range], of: samples, tables: tables)
        }
    }
    var blocks: [MarchedBlock] = []
    var rows: [RowEdges] = []
    blocks.reserveCapacity(counted.reduce(0) { $0 + $1.blocks.count })
    rows.reserveCapacity(blocks.capacity * 64)
    for part in counted {
        blocks += part.blocks
        rows += part.rows
    }
    counted = []
    var ordinals = [Int32](repeating: -1, count: samples.grid.blockCount)
    var vertexCount = 0
    var triangleCount = 0
    for index in blocks.indices {
        ordinals[Int(blocks[index].block)] = Int32(index)
        blocks[index].firstVertex = vertexCount
        blocks[index].firstTriangle = triangleCount
        vertexCount += Int(blocks[index].edgeVertexCount + blocks[index].innerVertexCount)
        triangleCount += Int(blocks[index].triangleCount)
    }
    precondition(vertexCount <= Int(UInt32.max), "vertices that 32 bits can number")

    var crossings: [EdgeCrossing] = []
    if wantsCrossings {
        crossings = [EdgeCrossing](
            repeating: EdgeCrossing(x: 0, y: 0, z: 0, axis: 3, low: 0, high: 0), count: vertexCount)
    }
    var triangles: [SIMD3<UInt32>] = []
    let vertices = [SIMD3<Float>](unsafeUninitializedCapacity: vertexCount) { vertices, initializedVertices in
        triangles = [SIMD3<UInt32>](unsafeUninitializedCapacity: triangleCount) { triangles, initializedTriangles in
            crossings.withUnsafeMutableBufferPointer { crossings in
                blocks.withUnsafeBufferPointer { blocks in
                    rows.withUnsafeBufferPointer { rows in
                        ordinals.withUnsafeBufferPointer { ordinals in
                            let filler = BlockFiller(
                                samples: samples, tables: tables, blocks: blocks, rows: rows, ordinals: ordinals,
                                vertices: vertices.baseAddress, triangles: triangles.baseAddress,
                                crossings: wantsCrossings ? crossings.baseAddress : nil)
                            workers.forEachChunk(of: blocks.count, chunkSize: 64) { range, _ in
                                filler.fill(range)
                            }
                        }
                    }
                }
            }
            initializedTriangles = triangleCount
        }
        initializedVertices = vertexCount
    }
    return MarchedSurface(mesh: TriangleMesh(vertices: vertices, triangles: triangles), crossings: crossings)
}

/// A block's samples with the next layer of each axis; see ``BlockSamples/gather(block:into:insideRows:)``.
private struct BlockScratch: ~Copyable {
    let corners = UnsafeMutablePointer<Float>.allocate(capacity: 9 * 9 * 9)
    let insideRows = UnsafeMutablePointer<UInt16>.allocate(capacity: 9 * 9)

    deinit {
        corners.deallocate()
        insideRows.deallocate()
    }
}

@inline(__always)
private func cellValue(_ corners: UnsafeMutablePointer<Float>, cell: Int, corner: Int) -> Float {
    corners[cell + (corner & 1) + (corner >> 1 & 1) * 9 + (corner >> 2) * 81]
}

private func countBlocks<Samples: BlockSamples>(
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
                        continue
                    }
                    let cell = (z * 9 + y) * 9 + x
                    let triangulation = CellTriangulation(
                        inside: inside, values: { cellValue(scratch.corners, cell: cell, corner: $0) }, tables: tables)
                    triangleCount += triangulation.triangles.count / 3
                    innerCount += triangulation.innerVertices.count
                }
            }
        }
        blocks.append(
            MarchedBlock(
                block: block, edgeVertexCount: Int32(vertexCount), innerVertexCount: Int32(innerCount),
                triangleCount: Int32(triangleCount)))
    }
    return (blocks, rows)
}

/// The second pass.
private struct BlockFiller<Samples: BlockSamples>: @unchecked Sendable {
    let samples: Samples
    let tables: MarchingCubesTables
    let blocks: UnsafeBufferPointer<MarchedBlock>
    /// 64 a block.
    let rows: UnsafeBufferPointer<RowEdges>
    /// Position in `blocks` of each block of the grid, or −1.
    let ordinals: UnsafeBufferPointer<Int32>
    let vertices: UnsafeMutablePointer<SIMD3<Float>>?
    let triangles: UnsafeMutablePointer<SIMD3<UInt32>>?
    let crossings: UnsafeMutablePointer<EdgeCrossing>?

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

    func fill(_ range: Range<Int>) {
        let scratch = BlockScratch()
        withUnsafeTemporaryAllocation(of: NumberedRow.self, capacity: 81) { numbered in
            numbered.initialize(repeating: NumberedRow())
            guard let numberedRows = numbered.baseAddress, let vertices, let triangles else { return }
            for index in range {
                let block = blocks[index]
                _ = samples.gather(block: Int(block.block), into: scratch.corners, insideRows: scratch.insideRows)
                number(rowsOf: Int(block.block), into: numberedRows)
                writeVertices(of: index, corners: scratch.corners, into: vertices)
                writeTriangles(
                    of: block, scratch.corners, scratch.insideRows, numberedRows, vertices: vertices,
                    triangles: triangles)
            }
        }
    }

    /// Vertex numbers for the block's 9 × 9 sample rows; those of the last layers belong to its neighbours.
    private func number(rowsOf block: Int, into numbered: UnsafeMutablePointer<NumberedRow>) {
        let counts = samples.grid.blockCounts
        let place = samples.grid.blockCoordinates(block)
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

    private func writeVertices(
        of index: Int, corners: UnsafeMutablePointer<Float>, into vertices: UnsafeMutablePointer<SIMD3<Float>>
    ) {
        let grid = samples.grid
        let base = (grid.blockCoordinates(Int(blocks[index].block)) &- 1) &* 8
        var output = blocks[index].firstVertex
        for z in 0..<8 {
            for y in 0..<8 {
                let edges = rows[index * 64 + z * 8 + y]
                for (axis, stride, crossed) in [(0, 1, edges.x), (1, 9, edges.y), (2, 81, edges.z)] {
                    var bits = crossed
                    while bits != 0 {
                        let x = bits.trailingZeroBitCount
                        bits &= bits - 1
                        let sample = (z * 9 + y) * 9 + x
                        let low = corners[sample]
                        let high = corners[sample + stride]
                        var position = grid.position(base.x + x, base.y + y, base.z + z)
                        position[axis] += grid.spacing * MarchingCubes.fraction(low, high)
                        vertices[output] = position
                        if let crossings {
                            crossings[output] = EdgeCrossing(
                                x: Int32(base.x + x), y: Int32(base.y + y), z: Int32(base.z + z), axis: Int32(axis),
                                low: low, high: high)
                        }
                        output += 1
                    }
                }
            }
        }
    }

    private func writeTriangles(
        of block: MarchedBlock, _ corners: UnsafeMutablePointer<Float>, _ insideRows: UnsafeMutablePointer<UInt16>,
        _ numbered: UnsafeMutablePointer<NumberedRow>, vertices: UnsafeMutablePointer<SIMD3<Float>>,
        triangles: UnsafeMutablePointer<SIMD3<UInt32>>
    ) {
        let base = (samples.grid.blockCoordinates(Int(block.block)) &- 1) &* 8
        var output = block.firstTriangle
        var inner = block.firstVertex + Int(block.edgeVertexCount)
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 12) { numbers in
            for z in 0..<8 {
                for y in 0..<8 {
                    let row = CellRow(insideRows, y: y, z: z)
                    var cells = row.crossedCells
                    guard cells != 0 else { continue }
                    let rows = numbered + (z * 9 + y)
                    while cells != 0 {
                        let x = cells.trailingZeroBitCount
                        cells &= cells - 1
                        let inside = row.insideMask(x)
                        numberEdges(x, rows, into: numbers)
                        let count = tables.simpleTriangleCount[inside]
                        if count != MarchingCubesTables.needsValues {
                            var entry = Int(tables.simpleOffset[inside])
                            for _ in 0..<count {
                                triangles[output] = SIMD3(
                                    numbers[Int(tables.simpleTriangles[entry])],
                                    numbers[Int(tables.simpleTriangles[entry + 1])],
                                    numbers[Int(tables.simpleTriangles[entry + 2])])
                                entry += 3
                                output += 1
                            }
                            continue
                        }
                        let cell = (z * 9 + y) * 9 + x
                        let triangulation = CellTriangulation(
                            inside: inside, values: { cellValue(corners, cell: cell, corner: $0) }, tables: tables)
                        func number(_ corner: UInt8) -> UInt32 {
                            corner < 12
                                ? numbers[Int(corner)] : UInt32(truncatingIfNeeded: inner + Int(corner) - 12)
                        }
                        for triangle in stride(from: 0, to: triangulation.triangles.count, by: 3) {
                            triangles[output] = SIMD3(
                                number(triangulation.triangles[triangle]),
                                number(triangulation.triangles[triangle + 1]),
                                number(triangulation.triangles[triangle + 2]))
                            output += 1
                        }
                        for weights in triangulation.innerVertices {
                            let low = base &+ SIMD3(x, y, z)
                            vertices[inner] = innerPosition(weights, corners: corners, cell: cell, low: low)
                            inner += 1
                        }
                    }
                }
            }
        }
    }

    /// Vertex numbers of the edges of cell x; those of uncrossed edges mean nothing.
    @inline(__always)
    private func numberEdges(
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

    private func innerPosition(
        _ weights: [(edge: Int, weight: Float)], corners: UnsafeMutablePointer<Float>, cell: Int, low: SIMD3<Int>
    ) -> SIMD3<Float> {
        var sum = SIMD3<Float>.zero
        for (edge, weight) in weights {
            let (lowCorner, highCorner) = CubeTopology.edgeCorners[edge]
            var place = SIMD3<Float>(Float(lowCorner & 1), Float(lowCorner >> 1 & 1), Float(lowCorner >> 2))
            place[edge / 4] += MarchingCubes.fraction(
                cellValue(corners, cell: cell, corner: lowCorner), cellValue(corners, cell: cell, corner: highCorner))
            sum += weight * place
        }
        return samples.grid.position(low.x, low.y, low.z) + samples.grid.spacing * sum
    }
}
