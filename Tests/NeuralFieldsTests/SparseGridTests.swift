import Core
import NeuralFields
import Testing

/// A lattice whose cells are not cubes, and random corners of it and of the ones below.
private struct RandomGrid {
    let grid: SparseGrid
    private static let lattice = GridLattice(
        origin: SIMD3(-0.3, 0.1, 0.2), spacing: SIMD3(0.11, 0.07, 0.2), cellCounts: SIMD3(19, 9, 11))

    init(seed: UInt64, levelCount: Int, share: Float = 0.1) {
        let stream = RandomStream(seed: seed, stream: 5)
        var levels: [SparseGrid.Level] = []
        var index: UInt64 = 0
        for level in 0..<levelCount {
            let lattice = Self.lattice.refined(by: SIMD3(repeating: 1 << level))
            var builder = CornerSetBuilder(counts: lattice.cornerCounts)
            for z in 0..<lattice.cornerCounts.z {
                for y in 0..<lattice.cornerCounts.y {
                    for x in 0..<lattice.cornerCounts.x {
                        if stream.uniforms(at: index).x < share { builder.insert(x, y, z) }
                        index += 1
                    }
                }
            }
            let corners = builder.build()
            let coefficients = (0..<corners.count).map { stream.normals(at: 1_000_000 + UInt64($0)).y }
            levels.append(.init(lattice: lattice, corners: corners, coefficients: coefficients))
        }
        grid = SparseGrid(levels: levels)
    }

    /// The sum over all corners of coefficient times hat, in double precision.
    func naive(_ point: SIMD3<Float>) -> Double {
        var sum = 0.0
        for level in grid.levels {
            level.corners.forEach { number, corner in
                let place =
                    SIMD3<Double>(level.lattice.origin) + SIMD3<Double>(level.lattice.spacing) * SIMD3<Double>(corner)
                let offset = (SIMD3<Double>(point) - place) / SIMD3<Double>(level.lattice.spacing)
                var hat = Double(level.coefficients[number])
                for axis in 0..<3 { hat *= max(0, 1 - abs(offset[axis])) }
                sum += hat
            }
        }
        return sum
    }

    func points(_ count: Int, seed: UInt64) -> [SIMD3<Float>] {
        let stream = RandomStream(seed: seed, stream: 6)
        let extent = grid.levels[0].lattice.upperCorner - grid.levels[0].lattice.origin
        return (0..<count).map {
            let u = stream.uniforms(at: UInt64($0))
            return grid.levels[0].lattice.origin + (SIMD3(u.x, u.y, u.z) * 1.2 - 0.1) * extent
        }
    }
}

private func values(_ grid: SparseGrid, _ points: [SIMD3<Float>], workers: Workers = Workers()) -> [Float] {
    var result = [Float](repeating: .nan, count: points.count)
    var span = result.mutableSpan
    grid.evaluate(points.span, into: &span, workers: workers)
    return result
}

@Suite struct SparseGridTests {
    @Test("Values are the sum over all hats", arguments: [(1, 0), (1, 1), (2, 2), (3, 3)] as [(Int, UInt64)])
    func valuesEqualTheNaiveSum(levelCount: Int, seed: UInt64) {
        let random = RandomGrid(seed: seed, levelCount: levelCount)
        let points = random.points(2_000, seed: seed)
        let lattice = random.grid.levels[0].lattice
        for (point, value) in zip(points, values(random.grid, points)) {
            let isInside = all(point .>= lattice.origin) && all(point .<= lattice.upperCorner)
            #expect(abs(Double(value) - (isInside ? random.naive(point) : 0)) < 2e-5)
        }
    }

    @Test func gradientsAreDifferencesWithinACell() {
        let random = RandomGrid(seed: 9, levelCount: 2, share: 0.5)
        let points = random.points(500, seed: 4)
        var found = [Float](repeating: 0, count: points.count)
        var gradients = [SIMD3<Float>](repeating: .zero, count: points.count)
        var span = found.mutableSpan
        var gradientSpan = gradients.mutableSpan
        random.grid.evaluate(points.span, into: &span, gradients: &gradientSpan, workers: Workers())
        #expect(found == values(random.grid, points))
        let finest = random.grid.levels[1].lattice
        for (point, gradient) in zip(points, gradients) {
            let place = (point - finest.origin) / finest.spacing
            let inCell = place - place.rounded(.down)
            guard place.min() >= 0, all(place .<= SIMD3<Float>(finest.cellCounts)), inCell.min() > 0.05,
                inCell.max() < 0.95
            else { continue }
            for axis in 0..<3 {
                var (lower, upper) = (point, point)
                lower[axis] -= 1e-3
                upper[axis] += 1e-3
                let slope = (random.naive(upper) - random.naive(lower)) / Double(upper[axis] - lower[axis])
                #expect(abs(Double(gradient[axis]) - slope) < 2e-2 * max(1, abs(slope)))
            }
        }
    }

    @Test func cornersAreNumberedInTheirOrder() {
        let random = RandomGrid(seed: 2, levelCount: 1)
        let corners = random.grid.levels[0].corners
        var next = 0
        corners.forEach { number, corner in
            #expect(number == next && corners.number(of: corner.x, corner.y, corner.z) == number)
            next += 1
        }
        #expect(next == corners.count)
        #expect(corners == CornerSet(counts: corners.counts, storedBlocks: corners.blocks, storedMasks: corners.masks))
    }

    @Test func damagedCornersAreRefused() {
        let corners = RandomGrid(seed: 2, levelCount: 1).grid.levels[0].corners
        var blocks = corners.blocks
        blocks.swapAt(0, 1)
        #expect(CornerSet(counts: corners.counts, storedBlocks: blocks, storedMasks: corners.masks) == nil)
        blocks = corners.blocks
        blocks[blocks.count - 1] = 1_000
        #expect(CornerSet(counts: corners.counts, storedBlocks: blocks, storedMasks: corners.masks) == nil)
        #expect(CornerSet(counts: corners.counts, storedBlocks: corners.blocks, storedMasks: [1]) == nil)
        // The last block along x has 4 of 8 corners.
        var masks = corners.masks
        let last = corners.blocks.firstIndex(of: 2) ?? 0
        masks[8 * last] |= 1 << 5
        #expect(CornerSet(counts: corners.counts, storedBlocks: corners.blocks, storedMasks: masks) == nil)
    }
}

@Suite struct GridRegressionTests {
    /// Rows of a smooth function in every cell of a small lattice.
    private func regression(
        levels: [SparseGrid.Level], elements: [GridElement], rows: Int, workers: Workers = Workers(),
        _ function: (SIMD3<Float>) -> Float
    ) -> (GridRegression, [(point: SIMD3<Float>, target: Float, weight: Float)]) {
        var result = GridRegression(levels, elements: elements, workers: workers) { $0.map { 0.1 * $0.x } }
        let stream = RandomStream(seed: 3, stream: 3)
        var all: [(point: SIMD3<Float>, target: Float, weight: Float)] = []
        var places: [SIMD3<Float>] = []
        for (index, element) in result.elements.enumerated() {
            let lattice = levels[element.level].lattice
            for row in 0..<rows {
                let u = stream.uniforms(at: UInt64(index * rows + row))
                let place = SIMD3(u.x, u.y, u.z)
                let point = lattice.origin + lattice.spacing * (SIMD3<Float>(element.cell) + place)
                places.append(place)
                all.append((point, function(point), u.w))
            }
        }
        result.accumulate(
            Array(0..<result.elements.count), rowsPerElement: rows, places: places, targets: all.map(\.target),
            weights: all.map(\.weight), workers: workers)
        return (result, all)
    }

    private func fullLevel(_ lattice: GridLattice, cells: (SIMD3<Int>) -> Bool) -> (SparseGrid.Level, [GridElement]) {
        var builder = CornerSetBuilder(counts: lattice.cornerCounts)
        var elements: [GridElement] = []
        for z in 0..<lattice.cellCounts.z {
            for y in 0..<lattice.cellCounts.y {
                for x in 0..<lattice.cellCounts.x where cells(SIMD3(x, y, z)) {
                    builder.insertCorners(ofCell: SIMD3(x, y, z))
                    elements.append(GridElement(level: 0, cell: SIMD3(Int32(x), Int32(y), Int32(z))))
                }
            }
        }
        let corners = builder.build()
        return (
            .init(lattice: lattice, corners: corners, coefficients: (0..<corners.count).map { 0.01 * Float($0 % 7) }),
            elements
        )
    }

    private let lattice = GridLattice(
        origin: SIMD3(0.1, 0.2, 0.3), spacing: SIMD3(0.25, 0.3, 0.2), cellCounts: SIMD3(9, 3, 2))

    /// Two levels: all cells of the first but those that the second reaches into, which are cut into halves.
    private func twoLevels() -> ([SparseGrid.Level], [GridElement]) {
        var (coarse, _) = fullLevel(lattice) { _ in true }
        let fine = lattice.refined(by: SIMD3(2, 2, 2))
        var builder = CornerSetBuilder(counts: fine.cornerCounts)
        for cell in [SIMD3(8, 2, 1), SIMD3(9, 2, 1), SIMD3(9, 3, 1)] { builder.insertCorners(ofCell: cell) }
        let corners = builder.build()
        coarse.coefficients = coarse.coefficients.map { $0 * 2 }
        let levels = [
            coarse,
            SparseGrid.Level(
                lattice: fine, corners: corners, coefficients: (0..<corners.count).map { 0.02 * Float($0) }),
        ]
        var elements: [GridElement] = []
        for z in 0..<2 {
            for y in 0..<3 {
                for x in 0..<9 {
                    var isCut = false
                    for corner in 0..<27 {
                        let place = SIMD3(2 * x + corner % 3, 2 * y + corner / 3 % 3, 2 * z + corner / 9)
                        isCut = isCut || corners.number(of: place.x, place.y, place.z) >= 0
                    }
                    if !isCut {
                        elements.append(GridElement(level: 0, cell: SIMD3(Int32(x), Int32(y), Int32(z))))
                        continue
                    }
                    for octant in 0..<8 {
                        elements.append(
                            GridElement(
                                level: 1,
                                cell: SIMD3(
                                    Int32(2 * x + octant & 1), Int32(2 * y + octant >> 1 & 1),
                                    Int32(2 * z + octant >> 2))))
                    }
                }
            }
        }
        return (levels, elements)
    }

    /// Minimises the same by Gaussian elimination on the dense normal equations, in double precision.
    private func dense(
        _ levels: [SparseGrid.Level], _ rows: [(point: SIMD3<Float>, target: Float, weight: Float)], ridge: Double
    ) -> [Double] {
        let start = levels.flatMap(\.coefficients).map(Double.init)
        let count = start.count
        var hats: [[Double]] = []
        for row in rows {
            var hat: [Double] = []
            for level in levels {
                level.corners.forEach { _, corner in
                    let place = level.lattice.position(of: corner)
                    var product = 1.0
                    for axis in 0..<3 {
                        product *= max(
                            0,
                            1 - abs(Double(row.point[axis]) - Double(place[axis])) / Double(level.lattice.spacing[axis])
                        )
                    }
                    hat.append(product)
                }
            }
            hats.append(hat)
        }
        var matrix = [[Double]](repeating: [Double](repeating: 0, count: count + 1), count: count)
        for (hat, row) in zip(hats, rows) {
            let now = zip(hat, start).reduce(0.1 * Double(row.point.x)) { $0 + $1.0 * $1.1 }
            for i in 0..<count where hat[i] != 0 {
                for j in 0..<count { matrix[i][j] += Double(row.weight) * hat[i] * hat[j] }
                matrix[i][count] += Double(row.weight) * hat[i] * (Double(row.target) - now)
            }
        }
        let mean = (0..<count).reduce(0) { $0 + matrix[$1][$1] } / Double(count)
        for i in 0..<count { matrix[i][i] += ridge * mean }
        for pivot in 0..<count {
            for row in 0..<count where row != pivot {
                let factor = matrix[row][pivot] / matrix[pivot][pivot]
                if factor == 0 { continue }
                for column in pivot...count { matrix[row][column] -= factor * matrix[pivot][column] }
            }
        }
        return (0..<count).map { start[$0] + matrix[$0][count] / matrix[$0][$0] }
    }

    private func wave(_ point: SIMD3<Float>) -> Float { point.x * point.y - 0.3 * point.z * point.z + 0.2 }

    @Test func oneLevelSolvesTheNormalEquations() {
        let (level, elements) = fullLevel(lattice) { $0.x != 4 || $0.y == 1 }
        let (problem, rows) = regression(levels: [level], elements: elements, rows: 6, wave)
        let solution = problem.solve(ridge: 0.05, iterations: 200, tolerance: 1e-7, workers: Workers())
        let expected = dense([level], rows, ridge: 0.05)
        for (found, expected) in zip(solution.levels[0].coefficients, expected) {
            #expect(abs(Double(found) - expected) < 2e-5)
        }
    }

    @Test func twoLevelsAreSolvedTogether() {
        let (levels, elements) = twoLevels()
        let (problem, rows) = regression(levels: levels, elements: elements, rows: 7, wave)
        let solution = problem.solve(ridge: 0.05, iterations: 300, tolerance: 1e-7, workers: Workers())
        let expected = dense(levels, rows, ridge: 0.05)
        for (found, expected) in zip(solution.levels.flatMap(\.coefficients), expected) {
            #expect(abs(Double(found) - expected) < 5e-5)
        }
        // The energies are those of the rows.
        let fitted = values(SparseGrid(levels: solution.levels), rows.map(\.point))
        var energy = 0.0
        for (value, row) in zip(fitted, rows) {
            let error = Double(value) + 0.1 * Double(row.point.x) - Double(row.target)
            energy += Double(row.weight) * error * error
        }
        let sum = solution.energies.reduce(0.0) { $0 + Double($1) }
        #expect(abs(sum - energy) < 1e-4 * max(energy, 0.01))
        let weight = solution.weights.reduce(0.0) { $0 + Double($1) }
        #expect(abs(weight - rows.reduce(0.0) { $0 + Double($1.weight) }) < 1e-3 * weight)
    }

    @Test func aTrilinearFunctionIsFoundExactly() {
        let (level, elements) = fullLevel(lattice) { _ in true }
        let (problem, rows) = regression(levels: [level], elements: elements, rows: 12) {
            1 - 2 * $0.x + $0.y * $0.z + 0.5 * $0.x * $0.y * $0.z
        }
        let solution = problem.solve(ridge: 1e-6, iterations: 500, tolerance: 1e-8, workers: Workers())
        let fitted = values(SparseGrid(levels: solution.levels), rows.map(\.point))
        for (value, row) in zip(fitted, rows) { #expect(abs(value + 0.1 * row.point.x - row.target) < 1e-3) }
    }

    @Test func theSameBitsOnAnyNumberOfThreads() {
        let (levels, elements) = twoLevels()
        let (one, _) = regression(levels: levels, elements: elements, rows: 7, workers: .single, wave)
        let (three, _) = regression(levels: levels, elements: elements, rows: 7, workers: Workers(count: 3), wave)
        #expect(
            one.solve(ridge: 0.01, iterations: 20, workers: .single).levels
                == three.solve(ridge: 0.01, iterations: 20, workers: Workers(count: 3)).levels)
    }

    @Test func withoutRowsNothingMoves() {
        let (level, elements) = fullLevel(lattice) { _ in true }
        let problem = GridRegression([level], elements: elements, workers: Workers()) { $0.map { _ in 0 } }
        #expect(problem.solve(ridge: 0.1, iterations: 10, workers: Workers()).levels == [level])
    }
}
