import Core
import Geometry

/// Dual contouring (Ju et al. 2002) with a vertex for each curve in which the surface meets a cell's faces (as in
/// Nielson's "Dual marching cubes", 2004) instead of one a cell, so that sheets which pass through one cell stay apart.
///
/// A vertex minimises the `QuadricErrorFunction` of its curve's edge crossings and the field's normals there, clamped
/// to its cell. Every crossed edge of the grid becomes a quadrangle around it, cut along the diagonal whose triangles
/// agree better with the normal at the crossing.
///
/// Guaranteed for every field: every directed edge occurs as often as its reverse (closed, consistently oriented), the
/// order and bits do not depend on workers or on dense or sparse samples. Not guaranteed: where two curves cross the
/// same ambiguous face between the same two vertices, one edge has four triangles; triangles may intersect or have no
/// area, as vertices are free to meet on a cell's faces.
func dualContour<Samples: BlockSamples>(
    _ samples: Samples, _ numbering: BlockNumbering, crossings: [EdgeCrossing], points: [SIMD3<Float>],
    evaluator: inout BatchEvaluator
) -> TriangleMesh {
    var normals = vertexNormals(of: points, spacing: samples.grid.spacing, evaluator: &evaluator)
    for (vertex, crossing) in crossings.enumerated() where crossing.axis < 3 {
        // A cap has the box's normal.
        if crossing.low.isFinite && crossing.high.isFinite { continue }
        normals[vertex] = .zero
        normals[vertex][Int(crossing.axis)] = crossing.low < 0 ? 1 : -1
    }
    var vertices = [SIMD3<Float>](repeating: .zero, count: numbering.loopCount)
    // `(crossings, 4)`: the vertices of the four cells around each crossing's edge, by the edge's place in the cell. Numbers of their
    // own, as cells of several threads write them: a lane of a vector is written by reading and writing all four.
    var around = [UInt32](repeating: 0, count: 4 * points.count)
    vertices.withUnsafeMutableBufferPointer { vertices in
        around.withUnsafeMutableBufferPointer { around in
            let filler = DualFiller(
                samples: samples, numbering: numbering, tables: .shared, points: points, normals: normals,
                vertices: vertices, around: around)
            evaluator.workers.forEachChunk(of: numbering.blocks.count, chunkSize: 64) { range, _ in filler.fill(range) }
        }
    }
    return TriangleMesh(
        vertices: vertices,
        triangles: quadrangles(around, crossings: crossings, normals: normals, vertices: vertices))
}

private struct DualFiller<Samples: BlockSamples>: @unchecked Sendable {
    // Unchecked: every cell writes its own vertices and its own places of `around`.
    let samples: Samples
    let numbering: BlockNumbering
    let tables: MarchingCubesTables
    let points: [SIMD3<Float>]
    let normals: [SIMD3<Float>]
    let vertices: UnsafeMutableBufferPointer<SIMD3<Float>>
    let around: UnsafeMutableBufferPointer<UInt32>

    func fill(_ range: Range<Int>) {
        let scratch = BlockScratch()
        withUnsafeTemporaryAllocation(of: BlockNumbering.NumberedRow.self, capacity: 81) { numbered in
            numbered.initialize(repeating: .init())
            guard let numberedRows = numbered.baseAddress else { return }
            for index in range {
                let block = numbering.blocks[index]
                _ = samples.gather(block: Int(block.block), into: scratch.corners, insideRows: scratch.insideRows)
                numbering.number(rowsOf: Int(block.block), into: numberedRows)
                fill(block, scratch, numberedRows)
            }
        }
    }

    private func fill(
        _ block: MarchedBlock, _ scratch: borrowing BlockScratch,
        _ numbered: UnsafeMutablePointer<BlockNumbering.NumberedRow>
    ) {
        let base = (samples.grid.blockCoordinates(Int(block.block)) &- 1) &* 8
        var next = block.firstLoop
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 12) { numbers in
            for z in 0..<8 {
                for y in 0..<8 {
                    let row = CellRow(scratch.insideRows, y: y, z: z)
                    var cells = row.crossedCells
                    while cells != 0 {
                        let x = cells.trailingZeroBitCount
                        cells &= cells - 1
                        let place = (z * 9 + y) * 9 + x
                        numbering.numberEdges(x, numbered + (z * 9 + y), into: numbers)
                        for loop in loops(inside: row.insideMask(x), corners: scratch.corners, cell: place) {
                            vertices[next] = vertex(loop, numbers, cell: base &+ SIMD3(x, y, z))
                            for edge in loop {
                                around[4 * Int(numbers[edge]) + edge & 3] = UInt32(truncatingIfNeeded: next)
                            }
                            next += 1
                        }
                    }
                }
            }
        }
    }

    private func loops(inside: Int, corners: UnsafeMutablePointer<Float>, cell: Int) -> [[Int]] {
        if tables.simpleTriangleCount[inside] != MarchingCubesTables.needsValues {
            return tables.configuration(inside: inside, joined: 0).loops
        }
        let values = (0..<8).map { Double(cellValue(corners, cell: cell, corner: $0)) }
        let joined = CellTriangulation.joinedFaces(Int(tables.ambiguousFaces[inside]), inside: inside, values: values)
        return tables.configuration(inside: inside, joined: joined).loops
    }

    private func vertex(
        _ loop: [Int], _ numbers: UnsafeMutableBufferPointer<UInt32>, cell: SIMD3<Int>
    ) -> SIMD3<Float> {
        // In cells from the cell's lower corner.
        let grid = samples.grid
        let corner = grid.position(cell.x, cell.y, cell.z)
        var error = QuadricErrorFunction()
        for edge in loop {
            let crossing = Int(numbers[edge])
            error.add(
                point: SIMD3<Double>((points[crossing] - corner) / grid.spacing),
                normal: SIMD3<Double>(normals[crossing]))
        }
        let place = error.minimizer.clamped(lowerBound: .zero, upperBound: .one)
        return corner + grid.spacing * SIMD3<Float>(place)
    }
}

/// Two triangles around each edge crossing.
private func quadrangles(
    _ around: [UInt32], crossings: [EdgeCrossing], normals: [SIMD3<Float>], vertices: [SIMD3<Float>]
) -> [SIMD3<UInt32>] {
    func normal(_ a: UInt32, _ b: UInt32, _ c: UInt32) -> SIMD3<Float> {
        let p = vertices[Int(b)] - vertices[Int(a)]
        let q = vertices[Int(c)] - vertices[Int(a)]
        return cross(p, q)
    }
    func agreement(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ direction: SIMD3<Float>) -> Float {
        let n = normal(a, b, c)
        let size = (n * n).sum().squareRoot()
        return size > 0 ? (n * direction).sum() / size : -1
    }
    var triangles: [SIMD3<UInt32>] = []
    triangles.reserveCapacity(around.count / 2)
    for (index, crossing) in crossings.enumerated() where crossing.axis < 3 {
        let cells = SIMD4(around[4 * index], around[4 * index + 1], around[4 * index + 2], around[4 * index + 3])
        // Counter-clockwise seen against the axis x or z; y's other two axes have the opposite sense.
        var quad = (cells[0], cells[1], cells[3], cells[2])
        if (crossing.low < 0) == (crossing.axis == 1) { quad = (quad.3, quad.2, quad.1, quad.0) }
        let (a, b, c, d) = quad
        let direction = normals[index]
        let first = min(agreement(a, b, c, direction), agreement(a, c, d, direction))
        let second = min(agreement(b, c, d, direction), agreement(b, d, a, direction))
        if second > first {
            triangles += [SIMD3(b, c, d), SIMD3(b, d, a)]
        } else {
            triangles += [SIMD3(a, b, c), SIMD3(a, c, d)]
        }
    }
    return triangles
}
