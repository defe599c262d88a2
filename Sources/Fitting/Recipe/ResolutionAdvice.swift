import Core
import Geometry

/// The grid that a shape's thinnest walls need to be extracted on, and how far it is raised without being asked.
///
/// A wall between two samples of a grid is not there. What counts as a wall is what `WallThickness` says: parts that hold
/// 2 % of the volume, so that neither the edge of a blade nor a single hair sets the grid.
public struct ResolutionAdvice: Sendable, Equatable {
    /// The thickness below which 2 % of the volume lies, in the shape's frame.
    public let thickness: Float
    /// Cells along the longest side of the extracted box with which such a wall is 2.5 cells thick, and 5 where the shape as a whole is
    /// that thin.
    public let needed: Int
    /// The most cells that are taken without being asked for: with them the surface has about a million.
    public let affordable: Int

    private static let volumeShare = 0.02
    /// A rod of 1000 : 1 : 1, whose field had an IoU of .839, was extracted with .617 at 1.5 cells and with .846 at 2.25; at 3 cells
    /// nothing more was won.
    private static let cellsPerWall: Float = 2.5
    /// Of a rod or a plate the corners count too, which cells cut off: the same rod with a field of .970 was extracted with .946 at 2.5 cells,
    /// .951 at 4 and .969 at 5.
    private static let cellsPerThinShape: Float = 5
    /// Cells that the surface crosses, and blocks of 8³ cells in the box: a plate of 500 : 500 : 1 comes to two million triangles.
    private static let cellLimit: Float = 0x1p20
    private static let largest = 8192

    /// Nil where the surface is met nowhere behind itself, as a sheet's.
    public init?(_ shape: PreparedMesh, workers: Workers = Workers()) {
        guard let thickness = WallThickness(shape, workers: workers).quantile(ofVolume: Self.volumeShare), thickness > 0
        else { return nil }
        let box = shape.bounds.expanded(by: NeuralShape.extractionMargin)
        let side = box.extent.max()
        self.thickness = thickness
        let cells = FitConfiguration.isThin(shape.bounds) ? Self.cellsPerThinShape : Self.cellsPerWall
        needed = Int(saturating: (side * cells / thickness).rounded(.up))
        let bySurface = (Self.cellLimit / Float(max(shape.topology.area, 1e-30) * shape.areaScale)).squareRoot() * side
        // Of a box of n cells along its longest side there are n³ · shape / 8³ blocks.
        let volume = box.extent.x * box.extent.y * box.extent.z / (side * side * side)
        let byBlocks = 8 * Float(Double(Self.cellLimit / volume).cubeRoot)
        affordable = min(Int(saturating: min(bySurface, byBlocks)), Self.largest)
    }

    /// The grid for a fit that would take `usual` cells.
    public func resolution(insteadOf usual: Int) -> Int { max(usual, min(needed, affordable)) }
}

extension PreparedMesh {
    /// From squared mesh units to those of the frame.
    fileprivate var areaScale: Double { transform.scale * transform.scale }
}

extension Double {
    /// By Newton's steps, of a positive number.
    fileprivate var cubeRoot: Double {
        var root = Double(sign: .plus, exponent: exponent / 3, significand: 1)
        for _ in 0..<40 { root -= (root * root * root - self) / (3 * root * root) }
        return root
    }
}
