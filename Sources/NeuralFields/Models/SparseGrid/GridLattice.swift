import Core

/// A lattice of box-shaped cells: corner (i, j, k) lies at `origin + spacing · (i, j, k)`.
public struct GridLattice: Sendable, Equatable, Codable {
    public let origin: SIMD3<Float>
    /// Sides of a cell; positive.
    public let spacing: SIMD3<Float>
    /// Cells along each axis, at least 1; one more corner than cells.
    public let cellCounts: SIMD3<Int>

    /// - Precondition: a finite origin, positive spacings, and counts from 1 to ``maximumCellCount``.
    public init(origin: SIMD3<Float>, spacing: SIMD3<Float>, cellCounts: SIMD3<Int>) {
        precondition(Self.isValid(origin: origin, spacing: spacing, cellCounts: cellCounts), "a lattice with cells")
        self.origin = origin
        self.spacing = spacing
        self.cellCounts = cellCounts
    }

    /// The most cells along an axis: coordinates in single precision still tell a thousand places in a cell apart.
    public static let maximumCellCount = 16_384

    static func isValid(origin: SIMD3<Float>, spacing: SIMD3<Float>, cellCounts: SIMD3<Int>) -> Bool {
        let isFinite = (origin - origin) == .zero && (spacing - spacing) == .zero
        return isFinite && spacing.min() > 0 && cellCounts.min() >= 1 && cellCounts.max() <= maximumCellCount
    }

    public var cornerCounts: SIMD3<Int> { cellCounts &+ 1 }

    /// The upper end of the lattice.
    public var upperCorner: SIMD3<Float> { position(of: cellCounts) }

    @inlinable
    public func position(of corner: SIMD3<Int>) -> SIMD3<Float> { origin + spacing * SIMD3<Float>(corner) }

    /// The lattice whose cells are these, each cut into `factors` parts along the axes.
    public func refined(by factors: SIMD3<Int>) -> GridLattice {
        GridLattice(origin: origin, spacing: spacing / SIMD3<Float>(factors), cellCounts: cellCounts &* factors)
    }

    /// Whether ``refined(by:)`` makes a lattice of at most ``maximumCellCount`` cells a side and a table of blocks that fits memory.
    public func canBeRefined(by factors: SIMD3<Int>) -> Bool {
        guard factors.min() >= 1, all(cellCounts .<= SIMD3(repeating: Self.maximumCellCount) / factors) else {
            return false
        }
        let blocks = (cellCounts &* factors) / 8 &+ 2
        return blocks.x * blocks.y * blocks.z <= Self.maximumBlockCount
    }

    /// Entries of a table of blocks: 2²⁶ of four bytes.
    static let maximumBlockCount = 1 << 26

    init(unchecked origin: SIMD3<Float>, _ spacing: SIMD3<Float>, _ cellCounts: SIMD3<Int>) {
        self.origin = origin
        self.spacing = spacing
        self.cellCounts = cellCounts
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let origin = try container.decode(SIMD3<Float>.self, forKey: .origin)
        let spacing = try container.decode(SIMD3<Float>.self, forKey: .spacing)
        let cellCounts = try container.decode(SIMD3<Int>.self, forKey: .cellCounts)
        guard Self.isValid(origin: origin, spacing: spacing, cellCounts: cellCounts) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a lattice without cells"))
        }
        self.init(unchecked: origin, spacing, cellCounts)
        guard canBeRefined(by: .one) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a lattice of too many cells"))
        }
    }
}
