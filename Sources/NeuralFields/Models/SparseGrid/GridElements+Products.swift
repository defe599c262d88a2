import CKernels
import Core

/// The passes of a product with the normal matrix; each writes only what belongs to its chunk.
extension GridElements {
    private static var chunkSize: Int { 2048 }

    /// Corner values of all cells, `(cells, 8)`, from coefficients.
    func expand(_ coefficients: [Float], into values: inout [Float], workers: Workers) {
        values.withUnsafeMutableBufferPointer { values in
            guard let values = values.baseAddress else { return }
            coefficients.withUnsafeBufferPointer { coefficients in
                for (level, range) in levelRanges.enumerated() {
                    workers.forEachChunk(of: range.count, chunkSize: Self.chunkSize) { chunk, _ in
                        corners.withUnsafeBufferPointer { corners in
                            for cell in range.lowerBound + chunk.lowerBound..<range.lowerBound + chunk.upperBound {
                                let target = values + 8 * cell
                                if level > 0 {
                                    target.update(from: values + 8 * Int(parents[cell]), count: 8)
                                    ChildCorners.restrict(target, octant: octants[cell])
                                } else {
                                    target.update(repeating: 0, count: 8)
                                }
                                for corner in 0..<8 {
                                    let index = corners[8 * cell + corner]
                                    if index >= 0 { target[corner] += coefficients[Int(index)] }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Leaves' products with their matrices; zero for their ancestors.
    func multiply(_ matrices: [Float], _ values: [Float], into products: inout [Float], workers: Workers) {
        products.withUnsafeMutableBufferPointer { products in
            guard let products = products.baseAddress else { return }
            // With one level every cell is a leaf, in order.
            if levelRanges.count == 1 {
                matrices.withUnsafeBufferPointer { matrices in
                    values.withUnsafeBufferPointer { values in
                        guard let matrices = matrices.baseAddress, let values = values.baseAddress else { return }
                        workers.forEachChunk(of: cellCount, chunkSize: Self.chunkSize) { chunk, _ in
                            ck_grid_multiply(
                                matrices + 64 * chunk.lowerBound, values + 8 * chunk.lowerBound, chunk.count,
                                products + 8 * chunk.lowerBound)
                        }
                    }
                }
                return
            }
            products.update(repeating: 0, count: 8 * cellCount)
            matrices.withUnsafeBufferPointer { matrices in
                values.withUnsafeBufferPointer { values in
                    guard let matrices = matrices.baseAddress, let values = values.baseAddress else { return }
                    workers.forEachChunk(of: leaves.count, chunkSize: Self.chunkSize) { chunk, _ in
                        for leaf in chunk {
                            let cell = Int(leaves[leaf])
                            ck_grid_multiply(matrices + 64 * leaf, values + 8 * cell, 1, products + 8 * cell)
                        }
                    }
                }
            }
        }
    }

    /// `(leaves, 8)` into `(cells, 8)`, zero elsewhere.
    func place(_ ofLeaves: [Float], into values: inout [Float]) {
        for index in values.indices { values[index] = 0 }
        for (leaf, cell) in leaves.enumerated() {
            for corner in 0..<8 { values[8 * Int(cell) + corner] = ofLeaves[8 * leaf + corner] }
        }
    }

    /// Adds to every cell's eight numbers what its descendants' mean for its corners: the transpose of ``expand(_:into:workers:)``.
    func fold(_ values: inout [Float], workers: Workers) {
        guard levelRanges.count > 1 else { return }
        values.withUnsafeMutableBufferPointer { values in
            guard let values = values.baseAddress else { return }
            for range in levelRanges.dropLast().reversed() {
                workers.forEachChunk(of: range.count, chunkSize: Self.chunkSize) { chunk, _ in
                    withUnsafeTemporaryAllocation(of: Float.self, capacity: 8) { part in
                        guard let part = part.baseAddress else { return }
                        for cell in range.lowerBound + chunk.lowerBound..<range.lowerBound + chunk.upperBound {
                            for child in children(of: cell) {
                                part.initialize(from: values + 8 * child, count: 8)
                                ChildCorners.spread(part, octant: octants[child])
                                for corner in 0..<8 { values[8 * cell + corner] += part[corner] }
                            }
                        }
                    }
                }
            }
        }
    }

    /// For every coefficient the sum of what the cells around it have for it, `(coefficients)`.
    func gather(_ values: [Float], workers: Workers) -> [Float] {
        [Float](unsafeUninitializedCapacity: coefficientCount) { sums, count in
            guard let sums = sums.baseAddress else { return }
            values.withUnsafeBufferPointer { values in
                occurrences.withUnsafeBufferPointer { occurrences in
                    firstOccurrences.withUnsafeBufferPointer { first in
                        workers.forEachChunk(of: coefficientCount, chunkSize: Self.chunkSize) { chunk, _ in
                            for coefficient in chunk {
                                var sum: Float = 0
                                for place in Int(first[coefficient])..<Int(first[coefficient + 1]) {
                                    sum += values[Int(occurrences[place])]
                                }
                                (sums + coefficient).initialize(to: sum)
                            }
                        }
                    }
                }
            }
            count = coefficientCount
        }
    }

    /// Σ w φⱼ² of every cell's corners, `(cells, 8)`, for ancestors with the hats of their own size.
    func diagonals(of matrices: [Float]) -> [Float] {
        var all = [Float](repeating: 0, count: 8 * cellCount)
        if levelRanges.count == 1 {
            for cell in 0..<cellCount {
                for corner in 0..<8 { all[8 * cell + corner] = matrices[64 * cell + 9 * corner] }
            }
            return all
        }
        // Ancestors need their whole matrices: Σ Pᵀ K P over their children, P being what restricts values to a child.
        var whole = [Float](repeating: 0, count: 64 * cellCount)
        for (leaf, cell) in leaves.enumerated() {
            for entry in 0..<64 { whole[64 * Int(cell) + entry] = matrices[64 * leaf + entry] }
        }
        whole.withUnsafeMutableBufferPointer { whole in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 64) { part in
                guard let whole = whole.baseAddress, let part = part.baseAddress else { return }
                for range in levelRanges.dropLast().reversed() {
                    for cell in range {
                        for child in children(of: cell) {
                            part.initialize(from: whole + 64 * child, count: 64)
                            for row in 0..<8 { ChildCorners.spread(part + 8 * row, octant: octants[child]) }
                            Self.transpose(part)
                            for row in 0..<8 { ChildCorners.spread(part + 8 * row, octant: octants[child]) }
                            for entry in 0..<64 { whole[64 * cell + entry] += part[entry] }
                        }
                    }
                }
            }
            for cell in 0..<cellCount {
                for corner in 0..<8 { all[8 * cell + corner] = whole[64 * cell + 9 * corner] }
            }
        }
        return all
    }

    private static func transpose(_ matrix: UnsafeMutablePointer<Float>) {
        for row in 0..<8 {
            for column in 0..<row { swap(&matrix[8 * row + column], &matrix[8 * column + row]) }
        }
    }
}

/// Sums over long vectors, in double precision and in a fixed order.
enum VectorSums {
    static func dot(_ a: [Float], _ b: [Float]) -> Double {
        var lanes = SIMD8<Double>.zero
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                var index = 0
                while index + 8 <= a.count {
                    for lane in 0..<8 { lanes[lane] += Double(a[index + lane]) * Double(b[index + lane]) }
                    index += 8
                }
                while index < a.count {
                    lanes[0] += Double(a[index]) * Double(b[index])
                    index += 1
                }
            }
        }
        return lanes.sum()
    }

    static func quotient(_ a: [Float], _ b: [Float]) -> [Float] {
        [Float](unsafeUninitializedCapacity: a.count) { result, count in
            for index in a.indices { result.initializeElement(at: index, to: a[index] / b[index]) }
            count = a.count
        }
    }
}
