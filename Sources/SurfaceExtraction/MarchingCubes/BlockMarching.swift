import Core
import Geometry

/// Marching cubes over blocks; see ``MarchingCubes``.
func march<Samples: BlockSamples>(
    _ samples: Samples, _ numbering: BlockNumbering, crossings wantsCrossings: Bool, workers: Workers
) -> MarchedSurface {
    var crossings: [EdgeCrossing] = []
    if wantsCrossings {
        crossings = [EdgeCrossing](
            repeating: EdgeCrossing(x: 0, y: 0, z: 0, axis: 3, low: 0, high: 0), count: numbering.vertexCount)
    }
    var triangles: [SIMD3<UInt32>] = []
    let vertices = [SIMD3<Float>](unsafeUninitializedCapacity: numbering.vertexCount) { vertices, initializedVertices in
        triangles = [SIMD3<UInt32>](unsafeUninitializedCapacity: numbering.triangleCount) {
            triangles, initializedTriangles in
            crossings.withUnsafeMutableBufferPointer { crossings in
                let filler = BlockFiller(
                    samples: samples, tables: .shared, numbering: numbering, vertices: vertices.baseAddress,
                    triangles: triangles.baseAddress, crossings: wantsCrossings ? crossings.baseAddress : nil)
                workers.forEachChunk(of: numbering.blocks.count, chunkSize: 64) { range, _ in filler.fill(range) }
            }
            initializedTriangles = numbering.triangleCount
        }
        initializedVertices = numbering.vertexCount
    }
    return MarchedSurface(mesh: TriangleMesh(vertices: vertices, triangles: triangles), crossings: crossings)
}

/// The second pass.
private struct BlockFiller<Samples: BlockSamples>: @unchecked Sendable {
    let samples: Samples
    let tables: MarchingCubesTables
    let numbering: BlockNumbering
    let vertices: UnsafeMutablePointer<SIMD3<Float>>?
    let triangles: UnsafeMutablePointer<SIMD3<UInt32>>?
    let crossings: UnsafeMutablePointer<EdgeCrossing>?

    func fill(_ range: Range<Int>) {
        let scratch = BlockScratch()
        withUnsafeTemporaryAllocation(of: BlockNumbering.NumberedRow.self, capacity: 81) { numbered in
            numbered.initialize(repeating: .init())
            guard let numberedRows = numbered.baseAddress, let vertices, let triangles else { return }
            for index in range {
                let block = numbering.blocks[index]
                _ = samples.gather(block: Int(block.block), into: scratch.corners, insideRows: scratch.insideRows)
                numbering.number(rowsOf: Int(block.block), into: numberedRows)
                writeVertices(of: index, corners: scratch.corners, into: vertices)
                writeTriangles(
                    of: block, scratch.corners, scratch.insideRows, numberedRows, vertices: vertices,
                    triangles: triangles)
            }
        }
    }

    private func writeVertices(
        of index: Int, corners: UnsafeMutablePointer<Float>, into vertices: UnsafeMutablePointer<SIMD3<Float>>
    ) {
        let grid = samples.grid
        let base = (grid.blockCoordinates(Int(numbering.blocks[index].block)) &- 1) &* 8
        var output = numbering.blocks[index].firstVertex
        for z in 0..<8 {
            for y in 0..<8 {
                let edges = numbering.rows[index * 64 + z * 8 + y]
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
        _ numbered: UnsafeMutablePointer<BlockNumbering.NumberedRow>, vertices: UnsafeMutablePointer<SIMD3<Float>>,
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
                        numbering.numberEdges(x, rows, into: numbers)
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
