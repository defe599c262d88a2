import Core

extension SparseGrid {
    /// How a level's coefficients are stored: as whole multiples of `step`.
    public struct Storage: Sendable, Equatable, Codable {
        /// In the coefficients' unit; positive.
        public var step: Float
        /// 8 or 16, the sign among them.
        public var bits: Int

        public init(step: Float, bits: Int) {
            self.step = step
            self.bits = bits
        }

        public var isValid: Bool { step > 0 && step.isFinite && (bits == 8 || bits == 16) }
        /// The largest multiple.
        var limit: Float { bits == 8 ? 127 : 32767 }
    }

    /// A step of this part of the cell's shortest side changes the surface by less than what a fit of the same cells leaves; a test holds
    /// the error of the surface to 1.03 times that of unrounded coefficients.
    private static let roundingShare: Float = 0.04

    /// How the levels can be stored: the first in 16 bits, the others in 8 where that is fine enough for their cells.
    public var usualStorage: [Storage] {
        levels.enumerated().map { index, level in
            let largest = level.coefficients.reduce(Float.leastNormalMagnitude * 65536) { max($0, abs($1)) }
            let eight = Storage(step: largest / 127, bits: 8)
            let isFine = index > 0 && eight.step <= Self.roundingShare * level.lattice.spacing.min()
            return isFine ? eight : Storage(step: largest / 32767, bits: 16)
        }
    }

    /// The grid with coefficients that are multiples of the storage's steps.
    ///
    /// - Precondition: a valid storage for each level, that reaches its largest coefficient.
    public func rounded(to storage: [Storage]) -> SparseGrid {
        precondition(storage.count == levels.count && storage.allSatisfy(\.isValid), "a storage for each level")
        return SparseGrid(
            levels: zip(levels, storage).map { level, storage in
                Level(
                    lattice: level.lattice, corners: level.corners,
                    coefficients: level.coefficients.map { Self.multiple($0, storage) * storage.step })
            })
    }

    /// The multiples of a level's coefficients.
    public static func multiples(_ coefficients: [Float], _ storage: Storage) -> [Int16] {
        coefficients.map { Int16(multiple($0, storage)) }
    }

    private static func multiple(_ coefficient: Float, _ storage: Storage) -> Float {
        guard coefficient.isFinite else { return 0 }
        return max(-storage.limit, min(storage.limit, (coefficient / storage.step).rounded()))
    }
}
