import Core
import Evaluation
import Geometry
import NeuralFields
import SurfaceExtraction

/// Finds a grid whose surface is within a tolerance of a mesh everywhere, and the mesh within it of the surface, by bounds that hold for every
/// point of both.
///
/// A grid of cells a few tolerances large is solved, and its cells are halved where their error is more than a part of the tolerance: at creases and thin
/// parts first; again with a smaller part while the grid's value at points of the mesh is more than a part of the tolerance. Its surface is then taken by
/// dual contouring, whose vertices find creases in cells that are larger than the grid's there, and compared; smaller cells follow where a point is
/// too far. It ends when the bound is met, memory would not hold the next grid, or smaller cells do not bring the surfaces
/// closer: that is how an open or self-crossing input shows, of which a part is no border between inside and outside. Of a mesh that is
/// neither, a grid for half the tolerance is then solved, and so on: parts thinner than the first grid's errors, and points of cones, need it.
struct ToleranceSearch {
    let mesh: PreparedMesh
    let settings: GridSettings
    let workers: Workers

    /// Cells of the first level, in tolerances. Smooth parts are then well within it: a trilinear function misses a sphere of radius r by h²/(8 r).
    private static let firstCell: Float = 9
    /// Of the tolerance, the error beyond which cells are halved. At a crease the root of a cell's mean square error is about a quarter of what its
    /// surface is blunted by (the fandisk: 0.56 of a cell). With 0.2 the gyroid block's first surface came to 1.01 tolerances.
    private static let errorShare: Float = 0.17
    /// Of conjugate gradients. A new level begins with the exact distances at its corners; one step takes the smooth parts' common error away,
    /// further ones trade the largest errors, at creases, for smaller squares: with 25 the fandisk took 538 000 coefficients instead of 131 000,
    /// and the gyroid block came no nearer than 1.25. Without any the bunny takes 236 000 instead of 125 000. (All with an error share of 0.2.)
    private static let iterations = 1
    /// Of the tolerance, what the grid may have at a point of the mesh before a surface is taken from it.
    private static let valueShare: Float = 0.8
    /// Sides of the cells of dual contouring, in tolerances. Five of eight shapes need no more than the first; the larger, the fewer
    /// triangles are written and compared.
    private static let surfaceCells: [Float] = [1.9, 1.4, 1, 0.75]
    private static let gridLimit = 4
    private static let firstLevels = 5
    private static let levelLimit = 6
    /// Smaller cells that leave more than this part of the distance do not help.
    private static let progress = 0.9
    /// Of the tolerance, what the grids are solved for. A plate of a third of the tolerance is seen by the third, one of a seventh by the fifth.
    private static let grids: [Double] = [1, 0.5, 0.25, 0.125, 0.0625, 0.03125]

    /// A grid, its model, its surface, and how far that is from the mesh.
    private struct Candidate {
        var fitted: FittedGrid
        var shape: NeuralShape
        var surface: ExtractedSurface
        var bounds: CertifiedHausdorff
    }

    /// What the search came to.
    struct Outcome {
        var fitted: FittedGrid
        var shape: NeuralShape
        /// In mesh coordinates.
        var surface: ExtractedSurface
        var result: ToleranceResult
    }

    func run(
        _ tolerance: Double, makeShape: (FittedGrid) -> NeuralShape, proceed: (Double) -> Bool
    ) throws(FittingError) -> Outcome {
        try check(tolerance)
        var isStopped = false
        // Whoever says once that it is enough is not asked again.
        func goOn(_ fraction: Double) -> Bool {
            if !isStopped && !proceed(fraction) { isStopped = true }
            return !isStopped
        }
        var best: Candidate?
        var attempts: [ToleranceResult.Attempt] = []
        var obstacle: String?
        for part in Self.grids {
            let formerDistance = best?.bounds.lower ?? .infinity
            let solved: (grid: FittedGrid, obstacle: String?)
            do {
                solved = try grid(part * tolerance, goOn)
            } catch {
                guard best != nil else { throw error }
                obstacle = obstacle ?? error.description
                break
            }
            obstacle = solved.obstacle
            let shape = makeShape(solved.grid)
            var lastDistance = Double.infinity
            for cell in Self.surfaceCells {
                let start = ContinuousClock.now
                let side = cell * Float(part * tolerance * mesh.transform.scale)
                guard let resolution = surfaceResolution(cell: side) else {
                    obstacle = "a surface of smaller cells would have too many"
                    break
                }
                let stopped = min(resolution, Self.stoppedSurface)
                guard
                    let candidate = try candidate(
                        solved.grid, shape, tolerance, resolution: isStopped ? stopped : resolution, goOn)
                else { break }
                let distance = candidate.bounds.lower
                attempts.append(
                    .init(
                        coefficients: solved.grid.grid.coefficientCount,
                        cell: Double(solved.grid.grid.finest.spacing.min()) / mesh.transform.scale, lower: distance,
                        upper: candidate.bounds.upper, seconds: start.secondsSince))
                if best.map({ candidate.bounds.isCloser(than: $0.bounds) }) ?? true { best = candidate }
                if candidate.bounds.upper <= tolerance || !goOn(0.9) || distance > Self.progress * lastDistance {
                    break
                }
                lastDistance = distance
            }
            if isStopped {
                obstacle = "ended before it was met"
                break
            }
            // No grid is larger than memory.
            guard solved.obstacle == nil else { break }
            // Nothing was found: the shape may be thinner than what the grid was solved for.
            guard let found = best else { continue }
            // What is no border between inside and outside is not found by smaller cells.
            guard found.bounds.upper > tolerance, mesh.topology.isClosed, mesh.field.doubtfulTriangleCount == 0,
                found.bounds.lower <= Self.progress * formerDistance
            else { break }
        }
        guard let best else {
            throw .invalidSetting(
                name: "tolerance", value: "\(tolerance)",
                remedy: obstacle
                    ?? "no grid for it has a surface: the shape's parts may be far thinner; choose a smaller one")
        }
        let isMet = best.bounds.upper <= tolerance
        if !isMet, obstacle == nil { obstacle = "smaller cells do not bring the surfaces closer" + reason }
        return Outcome(
            fitted: best.fitted, shape: best.shape, surface: best.surface,
            result: ToleranceResult(
                tolerance: tolerance, isMet: isMet, bounds: best.bounds, attempts: attempts,
                obstacle: isMet ? nil : obstacle))
    }

    // MARK: The grid

    /// The first grid that has small values at the mesh, or the best of some; and why there is no better one.
    private func grid(
        _ tolerance: Double, _ proceed: (Double) -> Bool
    ) throws(FittingError) -> (FittedGrid, obstacle: String?) {
        let unitTolerance = Float(tolerance * mesh.transform.scale)
        let points = surfacePoints
        var settings = settings
        settings.errorLimit = max(Self.errorShare * unitTolerance, 1e-7)
        settings.levels = Self.firstLevels
        settings.iterations = Self.iterations
        var side = min(Self.firstCell * unitTolerance, 0.03)
        var best: (grid: FittedGrid, value: Float)?
        for _ in 0..<Self.gridLimit {
            let coefficients = max(GridPlan.coefficients(of: mesh.mesh, box: mesh.bounds, side: side), 2000)
            guard coefficients <= coefficientLimit else {
                let obstacle =
                    "it would take about \(coefficients) coefficients and more, and \(coefficientLimit) fit the memory"
                guard let best else {
                    throw .invalidSetting(name: "tolerance", value: "\(tolerance)", remedy: obstacle)
                }
                return (best.grid, obstacle)
            }
            settings.coefficients = coefficients
            let fitted: FittedGrid
            do {
                fitted = try GridFit(mesh: mesh.mesh, field: mesh.field, settings: settings, workers: workers).run(
                    proceed: proceed)
            } catch {
                // More cells a side than a lattice can have.
                if settings.levels > 1, best == nil {
                    settings.levels -= 1
                    continue
                }
                guard let best else { throw FittingError(error) }
                return (best.grid, "smaller cells would be more than \(GridLattice.maximumCellCount) a side")
            }
            let value = fitted.grid.values(at: points, workers: workers).reduce(0) { max($0, abs($1)) }
            let last = best?.value ?? .infinity
            if value < last { best = (fitted, value) }
            let excess = value / (Self.valueShare * unitTolerance)
            // What does not become smaller is no border between inside and outside: the comparison will say so.
            guard excess > 1, value < Float(Self.progress) * last, proceed(0.5) else { break }
            settings.errorLimit = max((settings.errorLimit ?? 1) / min(max(excess, 1.4), 4), 1e-7)
            if settings.levels < Self.levelLimit { settings.levels += 1 } else { side *= max(0.5, 0.9 / excess) }
        }
        guard let best else {
            throw .invalidSetting(
                name: "tolerance", value: "\(tolerance)",
                remedy: "cells that small would be more than \(GridLattice.maximumCellCount) a side")
        }
        return (best.grid, nil)
    }

    /// Points of the mesh where a grid is most likely wrong, and points all over it.
    private var surfacePoints: [SIMD3<Float>] {
        var points = mesh.mesh.vertices
        for index in mesh.mesh.triangles.indices {
            let (a, b, c) = mesh.mesh.corners(of: index)
            points += [0.5 * (a + b), 0.5 * (b + c), 0.5 * (c + a)]
        }
        let stream = RandomStream(seed: 0x746f_6c65, stream: 0)
        for index in 0..<20_000 as Range<UInt64> { points.append(mesh.surfacePoint(at: index, of: stream).position) }
        return points
    }

    // MARK: The surface

    /// Cells along the longest side of a surface whose cells have this side; nil for more than there can be.
    private func surfaceResolution(cell: Float) -> Int? {
        let side = mesh.bounds.expanded(by: NeuralShape.extractionMargin).extent.max()
        let resolution = (side / cell).rounded(.up)
        guard resolution <= Float(SurfaceExtractor.maximumResolution) else { return nil }
        return max(Int(resolution), Self.coarsestSurface)
    }

    /// - Returns: nil where the grid has no surface.
    private func candidate(
        _ fitted: FittedGrid, _ shape: NeuralShape, _ tolerance: Double, resolution: Int, _ proceed: (Double) -> Bool
    ) throws(FittingError) -> Candidate? {
        var extractor = SurfaceExtractor(resolution: resolution)
        extractor.method = .dualContouring
        var surface: ExtractedSurface
        do {
            if let whole = try shape.extract(extractor, workers: workers, proceed: { proceed(0.6) }) {
                surface = whole
            } else {
                extractor.resolution = min(resolution, Self.stoppedSurface)
                surface = try shape.extract(extractor, workers: workers)
            }
        } catch .isoLevelNotReached {
            return nil
        } catch {
            throw .invalidSetting(name: "tolerance", value: "\(tolerance)", remedy: error.description)
        }
        // How far a point within the tolerance is does not matter, nor how much further one beyond it is.
        let certifier = HausdorffCertifier(relativeError: 0.02, accepted: tolerance, workers: workers)
        let bounds = certifier.bounds(between: mesh.oriented, and: surface.mesh) { progress in
            !(progress.pieces > 0 && progress.lower > tolerance) && proceed(0.7)
        }
        guard let bounds else { preconditionFailure("two meshes with triangles") }
        return Candidate(fitted: fitted, shape: shape, surface: surface, bounds: bounds)
    }

    /// Cells along the longest side, at least.
    private static let coarsestSurface = 48

    /// Cells along the longest side of the surface of a search that was ended, at most.
    private static let stoppedSurface = 256

    /// As many coefficients as memory holds, at most.
    private var coefficientLimit: Int {
        let available = Int(clamping: ProcessInfo.processInfo.physicalMemory) / 2
        return min(available / GridRegression.byteCount(coefficients: 1), 20_000_000)
    }

    private var reason: String {
        if !mesh.topology.isClosed { return ": the mesh is open, and across its holes the surface is closed" }
        if mesh.field.doubtfulTriangleCount > 0 {
            return
                ": \(mesh.field.doubtfulTriangleCount) of its triangles cross others or lie inside, where no surface is"
        }
        return ": the mesh may have parts that are no border between inside and outside"
    }

    private func check(_ tolerance: Double) throws(FittingError) {
        guard tolerance > 0, tolerance.isFinite else {
            throw .invalidSetting(name: "tolerance", value: "\(tolerance)", remedy: "must be a positive length")
        }
        let box = mesh.oriented.boundingBox ?? .empty
        let largest = max(abs(box.minimum).max(), abs(box.maximum).max())
        let resolution = Double(largest.ulp)
        guard tolerance >= 8 * resolution else {
            throw .invalidSetting(
                name: "tolerance", value: "\(tolerance)",
                remedy:
                    "coordinates of up to \(largest) are single precision and tell \(resolution) apart: choose at least \(8 * resolution)"
            )
        }
    }
}

extension CertifiedHausdorff {
    /// Whether either bound is smaller than another's.
    fileprivate func isCloser(than other: CertifiedHausdorff) -> Bool { upper < other.upper || lower < other.lower }
}
