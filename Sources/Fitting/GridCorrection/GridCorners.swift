import Core
import Geometry
import NeuralFields

/// At which corners of a lattice, beside those of the cells that triangles touch, a coefficient is needed for the sign.
///
/// The interpolation of a coarser lattice's distances is wrong by up to half a cell of it near creases and thin parts, so that it may be inside
/// where the shape is outside, or the other way round. Where a corner has a coefficient at every such place, no cell has corners
/// of both signs but those that the surface passes.
struct GridCorners {
    let coarse: GridLattice
    /// Parts of a coarse cell's sides.
    let factors: SIMD3<Int>
    /// Linear in every coarse cell, with the right sign at its corners.
    let base: SparseGrid
    /// Corners of the touched cells, and the distances there.
    let touched: CornerSet
    let distances: [Float]
    let workers: Workers

    private var fine: GridLattice { coarse.refined(by: factors) }

    /// Below this part of a fine cell the base's value says nothing of the side: storing it in whole steps may turn it. A rod whose faces lie in
    /// the base's own planes has values of rounding alone within.
    private static let smallestValue: Float = 0.05

    private func isWrong(_ value: Float, inside: Bool) -> Bool {
        (value < 0) != inside || abs(value) < Self.smallestValue * fine.spacing.min()
    }

    /// The corners where the base has the wrong sign, or none to speak of.
    ///
    /// Inside and outside are known at the corners of touched cells, by their distances. A corner of no touched cell has edges that no triangle
    /// crosses, so it is on the side of its neighbours.
    ///
    /// - Parameter field: decides instead where inside and outside meet elsewhere than at triangles: across the openings of a mesh.
    func wrongCorners(_ field: MeshField) -> [SIMD3<Int>] {
        let (cells, values) = coarseCells(field)
        var found = [[SIMD3<Int>]](repeating: [], count: cells.count)
        found.withUnsafeMutableBufferPointer { found in
            let found = found
            workers.forEachChunk(of: cells.count, chunkSize: 8) { range, _ in
                for index in range {
                    found[index] =
                        field.changesSignAtTrianglesOnly
                        ? wrongCorners(of: cells[index], values[index])
                        : wrongCorners(of: cells[index], values[index], by: field)
                }
            }
        }
        return Array(found.joined())
    }

    /// The coarse cells in which the base's sign may be wrong, in order, with its values at their corners: those that corners of touched cells
    /// lie in or at, and where the sign may change elsewhere, those that have both signs.
    private func coarseCells(_ field: MeshField) -> (cells: [SIMD3<Int>], values: [SIMD8<Float>]) {
        let counts = coarse.cellCounts
        var isCandidate = [Bool](repeating: false, count: counts.x * counts.y * counts.z)
        touched.forEach { _, corner in
            let high = pointwiseMin(corner / factors, counts &- 1)
            let low = pointwiseMax((corner &- 1) / factors, .zero)
            for z in low.z...high.z {
                for y in low.y...high.y {
                    for x in low.x...high.x { isCandidate[(z * counts.y + y) * counts.x + x] = true }
                }
            }
        }
        var cells: [SIMD3<Int>] = []
        func collect(where isWanted: (Bool) -> Bool) {
            for z in 0..<counts.z {
                for y in 0..<counts.y {
                    for x in 0..<counts.x where isWanted(isCandidate[(z * counts.y + y) * counts.x + x]) {
                        cells.append(SIMD3(x, y, z))
                    }
                }
            }
        }
        if !field.changesSignAtTrianglesOnly {
            collect { !$0 }
            let values = base.cornerValues(of: cells, in: coarse, workers: workers)
            for (cell, corners) in zip(cells, values) where corners.min() < 0 && corners.max() >= 0 {
                isCandidate[(cell.z * counts.y + cell.y) * counts.x + cell.x] = true
            }
            cells = []
        }
        collect { $0 }
        return (cells, base.cornerValues(of: cells, in: coarse, workers: workers))
    }

    private func wrongCorners(of cell: SIMD3<Int>, _ corners: SIMD8<Float>) -> [SIMD3<Int>] {
        let counts = factors &+ 1
        let first = cell &* factors
        // 0 not known yet, 1 outside, 2 inside; 4 is added where there is a coefficient.
        var states = [UInt8](repeating: 0, count: counts.x * counts.y * counts.z)
        func index(_ x: Int, _ y: Int, _ z: Int) -> Int { (z * counts.y + y) * counts.x + x }
        for corner in 0..<8 {
            let place = SIMD3(corner & 1, corner >> 1 & 1, corner >> 2) &* factors
            states[index(place.x, place.y, place.z)] = corners[corner] < 0 ? 2 : 1
        }
        for z in 0..<counts.z {
            for y in 0..<counts.y {
                for x in 0..<counts.x {
                    let number = touched.number(of: first.x + x, first.y + y, first.z + z)
                    if number >= 0 { states[index(x, y, z)] = distances[number] < 0 ? 6 : 5 }
                }
            }
        }
        spread(&states, counts)
        var wrong: [SIMD3<Int>] = []
        for z in 0..<counts.z {
            for y in 0..<counts.y {
                for x in 0..<counts.x {
                    let state = states[index(x, y, z)]
                    let place = SIMD3<Float>(SIMD3<Int>(x, y, z)) / SIMD3<Float>(factors)
                    if state & 4 == 0, isWrong(Self.interpolated(corners, place), inside: state == 2) {
                        wrong.append(first &+ SIMD3(x, y, z))
                    }
                }
            }
        }
        return wrong
    }

    /// Gives corners that are not known the side of a neighbour that is, until nothing changes.
    private func spread(_ states: inout [UInt8], _ counts: SIMD3<Int>) {
        let strides = SIMD3(1, counts.x, counts.x * counts.y)
        states.withUnsafeMutableBufferPointer { states in
            var isChanged = true
            var isForward = true
            while isChanged {
                isChanged = false
                for step in 0..<states.count {
                    let index = isForward ? step : states.count - 1 - step
                    guard states[index] == 0 else { continue }
                    let place = SIMD3(index % counts.x, index / counts.x % counts.y, index / strides.z)
                    for axis in 0..<3 {
                        if place[axis] > 0, states[index - strides[axis]] != 0 {
                            states[index] = states[index - strides[axis]] & 3
                        } else if place[axis] + 1 < counts[axis], states[index + strides[axis]] != 0 {
                            states[index] = states[index + strides[axis]] & 3
                        }
                    }
                    isChanged = isChanged || states[index] != 0
                }
                isForward.toggle()
            }
        }
    }

    private func wrongCorners(
        of cell: SIMD3<Int>, _ corners: SIMD8<Float>, by field: MeshField
    ) -> [SIMD3<Int>] {
        var points: [SIMD3<Float>] = []
        var places: [SIMD3<Int>] = []
        var values: [Float] = []
        for z in 0...factors.z {
            for y in 0...factors.y {
                for x in 0...factors.x {
                    let corner = cell &* factors &+ SIMD3(x, y, z)
                    places.append(corner)
                    points.append(fine.position(of: corner))
                    let place = SIMD3<Float>(SIMD3<Int>(x, y, z)) / SIMD3<Float>(factors)
                    values.append(Self.interpolated(corners, place))
                }
            }
        }
        var insides = [UInt8](repeating: 0, count: points.count)
        var span = insides.mutableSpan
        field.occupancies(at: points.span, into: &span, workers: .single)
        return places.indices.filter { isWrong(values[$0], inside: insides[$0] != 0) }.map { places[$0] }
    }

    private static func interpolated(_ corners: SIMD8<Float>, _ place: SIMD3<Float>) -> Float {
        let layer = corners.lowHalf + (corners.highHalf - corners.lowHalf) * place.z
        let row = layer.lowHalf + (layer.highHalf - layer.lowHalf) * place.y
        return row.x + (row.y - row.x) * place.x
    }
}
