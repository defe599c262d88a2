import Core
import Geometry
import NeuralFields

/// The lattices of a grid fit: the base, which has exact distances at all corners; one between, which has them near the surface;
/// and the fine one, whose coefficients are solved for.
struct GridPlan {
    let base: GridLattice
    /// Parts of a base cell's sides that are cells of the lattice between; 1 where the fine cells are large enough to do without.
    let middleFactors: SIMD3<Int>
    /// Parts of those cells' sides that are fine cells.
    let fineFactors: SIMD3<Int>

    var middle: GridLattice { base.refined(by: middleFactors) }
    var fine: GridLattice { middle.refined(by: fineFactors) }
    var hasMiddle: Bool { middleFactors != .one }

    /// Fine cells along the side of one of the lattice between, about. The base alone is wrong by up to half a cell of it near creases and thin
    /// parts, and had to be mended by a coefficient wherever that turned a sign: a third of all, of 320 000 for csg-part, rocker-arm or an aeroplane.
    private static let middleRatio: Float = 3.2

    /// The two factors whose product is about the ratio of base to fine cells.
    private static func factors(_ ratio: Float) -> (middle: Int, fine: Int) {
        let middle = max((ratio / middleRatio).rounded(), 1)
        // Halves of cells are what refinement makes.
        return (Int(middle), Int(max((ratio / middle).rounded(), middle > 1 ? 3 : 1)))
    }

    /// Along an axis on which the shape measures less than this many cells, cells are made shorter, so that a plate or a rod along the axes
    /// is met by as few cells as a cube. Edges are blunted by about half a cell: of a square rod's section 8 cells across lose a thirtieth.
    private static let cellsAcross: Float = 16

    /// The lattices of about so many coefficients.
    ///
    /// A piece of surface of area A and normal n meets A (|n_x| / (s_y s_z) + …) cells of sides s, and those have about twice as many corners:
    /// 1.98 to 2.05 of bunny, armadillo and a statue.
    ///
    /// - Parameter mesh: in the unit cube, with a triangle.
    init(
        _ mesh: TriangleMesh, box: BoundingBox, settings: GridSettings, coefficients: Int
    ) throws(SettingError) {
        let areas = Self.projectedAreas(of: mesh)
        func spacing(_ side: Float) -> SIMD3<Float> { Self.spacing(side, box) }
        func corners(_ side: Float) -> Float { Self.corners(areas, spacing(side)) }
        var (low, high) = (box.extent.max() * 0x1p-14, box.extent.max() * 0.5)
        for _ in 0..<40 {
            let middle = (low * high).squareRoot()
            if corners(middle) > Float(coefficients) { low = middle } else { high = middle }
        }
        let wanted = box.extent.max() / high
        var best: (error: Float, cells: Int)?
        for cells in max(settings.baseCells * 3 / 4, 4)...settings.baseCells * 5 / 4 {
            let factor = Self.factors(wanted / Float(cells))
            let error = abs(Float(cells * factor.middle * factor.fine) - wanted)
            if best.map({ error < $0.error }) ?? true { best = (error, cells) }
        }
        base = Self.lattice(around: box, cells: best?.cells ?? settings.baseCells)
        let ratios = base.spacing / spacing(high)
        let (x, y, z) = (Self.factors(ratios.x), Self.factors(ratios.y), Self.factors(ratios.z))
        middleFactors = SIMD3(x.middle, y.middle, z.middle)
        fineFactors = SIMD3(x.fine, y.fine, z.fine)
        guard base.canBeRefined(by: middleFactors &* fineFactors &* (1 << (settings.levels - 1))) else {
            throw SettingError(
                name: "coefficients", value: "\(coefficients)",
                remedy: "too many for a lattice of \(GridLattice.maximumCellCount) cells a side; choose fewer")
        }
    }

    /// About how many coefficients cells of this side take.
    static func coefficients(of mesh: TriangleMesh, box: BoundingBox, side: Float) -> Int {
        let count = corners(projectedAreas(of: mesh), spacing(side, box))
        return count < 1e15 ? Int(count) : Int(1e15)
    }

    private static func spacing(_ side: Float, _ box: BoundingBox) -> SIMD3<Float> {
        let shortest = pointwiseMax(box.extent / cellsAcross, SIMD3(repeating: box.extent.max() * 0x1p-13))
        return pointwiseMin(SIMD3(repeating: side), shortest)
    }

    private static func corners(_ areas: SIMD3<Float>, _ s: SIMD3<Float>) -> Float {
        2 * (areas.x / (s.y * s.z) + areas.y / (s.z * s.x) + areas.z / (s.x * s.y))
    }

    /// Cubes, `cells` of them along the box's longest side and one more around it; shorter than cubes along an axis on which the whole shape
    /// measures less than one.
    private static func lattice(around box: BoundingBox, cells: Int) -> GridLattice {
        let side = box.extent.max() / Float(cells)
        let sides = pointwiseMin(SIMD3(repeating: side), pointwiseMax(box.extent, SIMD3(repeating: side * 0x1p-10)))
        // A thousandth for rounding: the longest side is `cells` cells exactly.
        let counts = pointwiseMax((box.extent / sides - 1e-3).rounded(.up), SIMD3(repeating: 1)) + 2
        return GridLattice(origin: box.center - 0.5 * sides * counts, spacing: sides, cellCounts: SIMD3<Int>(counts))
    }

    /// The surface's area seen along each axis, counted on both sides.
    private static func projectedAreas(of mesh: TriangleMesh) -> SIMD3<Float> {
        var sum = SIMD3<Double>.zero
        for index in mesh.triangles.indices {
            let (a, b, c) = mesh.corners(of: index)
            sum += SIMD3<Double>(abs(cross(b - a, c - a)))
        }
        return SIMD3<Float>(0.5 * sum)
    }
}
