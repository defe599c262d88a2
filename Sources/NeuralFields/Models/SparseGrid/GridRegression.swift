import CKernels
import Core

/// Fits a sparse grid's coefficients to values at points by regularised least squares:
///
///     minimise Σᵢ wᵢ (offset(xᵢ) + grid(xᵢ) − tᵢ)² + λ Σⱼ (cⱼ − startⱼ)²
///
/// This is kernel ridge regression with the kernel k(x, x′) = Σⱼ φⱼ(x) φⱼ(x′) of the trilinear hats φⱼ, which is zero for points
/// more than a cell apart; the start is the prior mean.
///
/// Rows are taken into the 8 × 8 normal equations of the cells that they lie in and forgotten, so that memory does not grow with them. The
/// system is then solved by conjugate gradients with the diagonal as preconditioner (Hestenes and Stiefel 1952); a product is
/// one over cells, then a sum over the cells around each coefficient in a fixed order. The result is the same, bit for bit, on any
/// number of threads.
public struct GridRegression: Sendable {
    private let structure: GridElements
    private let levels: [SparseGrid.Level]
    /// `(leaves, 8, 8)`, `(leaves, 8)`, `(leaves)`.
    private var matrices: [Float]
    private var rights: [Float]
    private var energies: [Float]
    /// `(leaves, 8)`: what offset and grid are at the leaves' corners at the start.
    private let starts: [Float]

    /// The cells in which rows can lie, in the order in which ``accumulate(_:rowsPerElement:places:targets:weights:workers:)`` takes them.
    public var elements: [GridElement] { structure.elements }
    public var coefficientCount: Int { structure.coefficientCount }

    /// Bytes that a fit of so many coefficients takes beside its rows, for cells as they lie along a surface: about 0.7 a coefficient.
    public static func byteCount(coefficients: Int) -> Int { coefficients * 360 }

    /// - Parameters:
    ///   - levels: with the coefficients to start from.
    ///   - elements: the cells that will have rows, each once, at the finest level that reaches into them.
    ///   - offsets: calls back with cells' corners, `(n)` in the lattices' frame, for what is added to the grid there:
    ///     a function that is trilinear in every element.
    ///   - workers: the threads to use; the result does not depend on their number.
    public init(
        _ levels: [SparseGrid.Level], elements: [GridElement], workers: Workers, offsets: ([SIMD3<Float>]) -> [Float]
    ) {
        self.levels = levels
        structure = GridElements(levels.map(\.corners), leaves: elements)
        let count = structure.leaves.count
        matrices = [Float](repeating: 0, count: 64 * count)
        rights = [Float](repeating: 0, count: 8 * count)
        energies = [Float](repeating: 0, count: count)
        var cornerPoints: [SIMD3<Float>] = []
        cornerPoints.reserveCapacity(8 * count)
        for element in structure.elements {
            for corner in 0..<8 {
                let place =
                    SIMD3<Int>(truncatingIfNeeded: element.cell) &+ SIMD3(corner & 1, corner >> 1 & 1, corner >> 2)
                cornerPoints.append(levels[element.level].lattice.position(of: place))
            }
        }
        var starts = offsets(cornerPoints)
        precondition(starts.count == 8 * count, "an offset for each corner")
        var values = [Float](repeating: 0, count: 8 * structure.cellCount)
        structure.expand(levels.flatMap(\.coefficients), into: &values, workers: workers)
        for (leaf, cell) in structure.leaves.enumerated() {
            for corner in 0..<8 { starts[8 * leaf + corner] += values[8 * Int(cell) + corner] }
        }
        self.starts = starts
    }

    /// How far the start changes across an element along the direction in which it changes most, as far as its slope at the centre says; the
    /// side of the cell for distances and cubes. Between the cell's shortest and longest side.
    public func reach(of element: Int) -> Float {
        var slopes = SIMD3<Float>.zero
        for corner in 0..<8 {
            let value = 0.25 * starts[8 * element + corner]
            for axis in 0..<3 { slopes[axis] += corner >> axis & 1 == 1 ? value : -value }
        }
        let spacing = levels[elements[element].level].lattice.spacing
        let change = (slopes * slopes).sum().squareRoot()
        return min(max(change, spacing.min()), spacing.max())
    }

    /// Takes over the rows of elements that another regression had too, whose solution this one starts from.
    ///
    /// - Precondition: the solution's levels are this one's first levels, and no coefficient of the others reaches into the
    ///   elements that both have.
    /// - Returns: which of ``elements`` have no rows yet, ascending.
    public mutating func takeRows(of earlier: GridRegression, solvedAs solution: Solution) -> [Int] {
        var places: [GridElement: Int] = [:]
        for (index, element) in earlier.elements.enumerated() { places[element] = index }
        var without: [Int] = []
        for (index, element) in elements.enumerated() {
            guard let place = places[element] else {
                without.append(index)
                continue
            }
            for entry in 0..<64 { matrices[64 * index + entry] = earlier.matrices[64 * place + entry] }
            for corner in 0..<8 { rights[8 * index + corner] = solution.rights[8 * place + corner] }
            energies[index] = solution.energies[place]
        }
        return without
    }

    /// Takes rows.
    ///
    /// - Parameters:
    ///   - accepted: numbers of ``elements``, each once.
    ///   - rowsPerElement: how many rows each of them has here; those that are not needed have weight 0.
    ///   - places: `(accepted, rows)` in the element, in [0, 1].
    ///   - targets: `(accepted, rows)`.
    ///   - weights: `(accepted, rows)`; never negative.
    ///   - workers: the threads to use; the result does not depend on their number.
    public mutating func accumulate(
        _ accepted: [Int], rowsPerElement: Int, places: [SIMD3<Float>], targets: [Float], weights: [Float],
        workers: Workers
    ) {
        let count = accepted.count * rowsPerElement
        precondition(places.count == count && targets.count == count && weights.count == count, "the elements' rows")
        matrices.withUnsafeMutableBufferPointer { matrices in
            rights.withUnsafeMutableBufferPointer { rights in
                energies.withUnsafeMutableBufferPointer { energies in
                    guard let matrix = matrices.baseAddress, let right = rights.baseAddress,
                        let energy = energies.baseAddress
                    else { return }
                    let starts = starts
                    workers.forEachChunk(of: accepted.count, chunkSize: 512) { chunk, _ in
                        starts.withUnsafeBufferPointer { starts in
                            places.withUnsafeBufferPointer { places in
                                targets.withUnsafeBufferPointer { targets in
                                    weights.withUnsafeBufferPointer { weights in
                                        guard let start = starts.baseAddress, let place = places.baseAddress,
                                            let target = targets.baseAddress, let weight = weights.baseAddress
                                        else { return }
                                        for index in chunk {
                                            let leaf = accepted[index]
                                            let row = index * rowsPerElement
                                            let places = UnsafeRawPointer(place + row)
                                            ck_grid_accumulate(
                                                places.assumingMemoryBound(to: Float.self), target + row, weight + row,
                                                rowsPerElement, start + 8 * leaf, matrix + 64 * leaf, right + 8 * leaf,
                                                energy + leaf)
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The outcome of a solve.
    public struct Solution: Sendable {
        /// The levels with the coefficients that were found.
        public var levels: [SparseGrid.Level]
        public var iterations: Int
        /// Norm of the normal equations' residual, as a part of what it was at the start.
        public var residual: Double
        /// `(elements)`: Σ w (offset + grid − t)² over each element's rows.
        public var energies: [Float]
        /// `(elements, 8)`: the right sides that are left.
        fileprivate var rights: [Float]
        /// `(elements)`: Σ w, from the matrices' sums.
        public var weights: [Float]

        /// Over all rows, weighted.
        public var meanSquaredError: Float {
            let (energy, weight) = (energies.reduce(0.0) { $0 + Double($1) }, weights.reduce(0.0) { $0 + Double($1) })
            return weight > 0 ? Float(energy / weight) : 0
        }
    }

    /// Solves for the coefficients.
    ///
    /// - Parameters:
    ///   - ridge: λ as a part of the mean over coefficients of Σ w φⱼ².
    ///   - iterations: at most; fewer where the residual's norm falls to `tolerance` of what it was.
    ///   - proceed: asked before every iteration; false ends with what has been reached.
    ///   - tolerance: of the norm of the residual, relative to the first.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Complexity: some 100 multiplications a leaf and iteration.
    public func solve(
        ridge: Float, iterations: Int, tolerance: Double = 1e-4, workers: Workers, proceed: () -> Bool = { true }
    ) -> Solution {
        let count = structure.coefficientCount
        var work = [Float](repeating: 0, count: 8 * structure.cellCount)
        var products = work
        structure.place(rights, into: &work)
        structure.fold(&work, workers: workers)
        var residual = structure.gather(work, workers: workers)
        var diagonal = structure.gather(structure.diagonals(of: matrices), workers: workers)
        let mean = diagonal.reduce(0.0) { $0 + Double($1) } / Double(max(count, 1))
        let lambda = Float(mean) * ridge
        // A coefficient without any row stays where it is.
        for index in 0..<count { diagonal[index] = max(diagonal[index] + lambda, .leastNormalMagnitude) }
        var change = [Float](repeating: 0, count: count)
        var scaled = VectorSums.quotient(residual, diagonal)
        var direction = scaled
        var rho = VectorSums.dot(residual, scaled)
        let first = VectorSums.dot(residual, residual).squareRoot()
        var norm = first
        var done = 0
        while done < iterations, norm > tolerance * first, rho > 0, proceed() {
            structure.expand(direction, into: &work, workers: workers)
            structure.multiply(matrices, work, into: &products, workers: workers)
            structure.fold(&products, workers: workers)
            var image = structure.gather(products, workers: workers)
            for index in 0..<count { image[index] += lambda * direction[index] }
            let curvature = VectorSums.dot(direction, image)
            guard curvature > 0 else { break }
            let step = Float(rho / curvature)
            for index in 0..<count {
                change[index] += step * direction[index]
                residual[index] -= step * image[index]
            }
            scaled = VectorSums.quotient(residual, diagonal)
            let next = VectorSums.dot(residual, scaled)
            let ratio = Float(next / rho)
            for index in 0..<count { direction[index] = scaled[index] + ratio * direction[index] }
            rho = next
            norm = VectorSums.dot(residual, residual).squareRoot()
            done += 1
        }
        return solution(change, iterations: done, residual: first > 0 ? norm / first : 0, workers)
    }

    private func solution(_ change: [Float], iterations: Int, residual: Double, _ workers: Workers) -> Solution {
        var moved = levels
        var first = 0
        for level in moved.indices {
            for index in moved[level].coefficients.indices { moved[level].coefficients[index] += change[first + index] }
            first += moved[level].coefficients.count
        }
        var values = [Float](repeating: 0, count: 8 * structure.cellCount)
        var products = values
        structure.expand(change, into: &values, workers: workers)
        structure.multiply(matrices, values, into: &products, workers: workers)
        var (energies, rights) = (energies, rights)
        var weights = energies
        for (leaf, cell) in structure.leaves.enumerated() {
            // E(δ) = E(0) − 2 bᵀδ + δᵀKδ.
            var energy = energies[leaf]
            for corner in 0..<8 {
                let value = values[8 * Int(cell) + corner]
                let product = products[8 * Int(cell) + corner]
                energy += value * (product - 2 * rights[8 * leaf + corner])
                rights[8 * leaf + corner] -= product
            }
            energies[leaf] = max(energy, 0)
            // The hats sum to 1.
            weights[leaf] = matrices[64 * leaf..<64 * leaf + 64].reduce(0, +)
        }
        return Solution(
            levels: moved, iterations: iterations, residual: residual, energies: energies, rights: rights,
            weights: weights)
    }
}
