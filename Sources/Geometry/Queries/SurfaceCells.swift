import Core

/// The cells of a grid over the unit cube in which a surface lies, so that whoever looks for it again knows where.
///
/// 32 768 bytes, in JSON as base 64: bit x + 64 (y + 64 z), lowest bits first.
public struct SurfaceCells: Sendable, Equatable, Codable {
    /// Cells a side. With 32 a floater 0.05 from a bunny passed for a part of it.
    public static let resolution = 64

    private var bits: Data

    /// The cells that triangles of a mesh in the unit cube touch; nil of a mesh that is empty or reaches far out of it.
    public init?(_ mesh: BoundingVolumeHierarchy, workers: Workers = Workers()) {
        let side = Self.resolution
        bits = Data(count: side * side * side / 8)
        let margin = 2
        let reach = Float(margin - 1) / Float(side)
        guard let box = mesh.boundingBox, box.minimum.min() >= -reach, box.maximum.max() <= 1 + reach else {
            return nil
        }
        let lattice = CellLattice(
            over: BoundingBox(minimum: .zero, maximum: SIMD3(repeating: mesh.scale)), resolution: side + 2 * margin,
            margin: margin)
        let touched = mesh.touchedCells(of: lattice, workers: workers)
        for row in 0..<lattice.rowCount {
            for x in 0..<Int(lattice.counts.x) {
                guard touched[row * lattice.rowMaskWords + x >> 6] >> UInt64(x & 63) & 1 == 1 else { continue }
                // Points that rounding puts into the margin belong to the outermost cells.
                let place = SIMD3(x, row % Int(lattice.counts.y), row / Int(lattice.counts.y)) &- margin
                let cell = pointwiseMin(pointwiseMax(place, .zero), SIMD3(repeating: side - 1))
                let index = cell.x + side * (cell.y + side * cell.z)
                bits[index >> 3] |= 1 << UInt8(index & 7)
            }
        }
    }

    /// Whether a box reaches into a cell with surface.
    public func overlap(_ box: BoundingBox) -> Bool {
        Self.firstCell(of: box) { bits[$0 >> 3] >> UInt8($0 & 7) & 1 == 1 } != nil
    }

    /// Takes out the cells that a box reaches into.
    package mutating func remove(_ box: BoundingBox) {
        _ = Self.firstCell(of: box) {
            bits[$0 >> 3] &= ~(1 << UInt8($0 & 7))
            return false
        }
    }

    package var isEmpty: Bool { bits.allSatisfy { $0 == 0 } }

    /// The number of the first cell a box reaches into that `condition` holds for; what is outside the cube belongs to the
    /// outermost cells.
    @inline(__always)
    private static func firstCell(of box: BoundingBox, where condition: (Int) -> Bool) -> Int? {
        let side = resolution
        func cell(_ position: SIMD3<Float>) -> SIMD3<Int> {
            let scaled = (position * Float(side)).rounded(.down)
            return SIMD3<Int>(scaled.clamped(lowerBound: .zero, upperBound: SIMD3(repeating: Float(side - 1))))
        }
        let (first, last) = (cell(box.minimum), cell(box.maximum))
        for z in first.z...last.z {
            for y in first.y...last.y {
                for x in first.x...last.x {
                    let index = x + side * (y + side * z)
                    if condition(index) { return index }
                }
            }
        }
        return nil
    }

    public init(from decoder: any Decoder) throws {
        bits = try decoder.singleValueContainer().decode(Data.self)
        let side = Self.resolution
        guard bits.count == side * side * side / 8 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\(bits.count) bytes of cells"))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(bits)
    }
}
