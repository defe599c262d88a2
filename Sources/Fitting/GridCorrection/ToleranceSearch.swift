import Core
import Evaluation
import Geometry
import NeuralFields
import SurfaceExtraction

/// Finds a grid whose surface is within a tolerance of a mesh everywhere, and the mesh within it of the surface, by bounds that hold for every
/// point of both.
///
/// A grid of cells a few tolerances large is solved, and its cells are halved where their error is more than a part of the tolerance: at creases and thin
/// parts first. The surface is marched and compared; if a point is too far, cells are halved where the error is smaller too, and more often, until
/// the bound is met, memory would not hold the next grid, or smaller cells do not bring the surfaces closer: that is how an open or self-crossing
/// input shows, of which a part is no border between inside and outside.
struct ToleranceSearch {
    let mesh: PreparedMesh
    let settings: GridSettings
    let workers: Workers

    /// Cells of the first level, in tolerances. Smooth parts are then well within it: a trilinear function misses a sphere of radius r by h²/(8 r).
    private static let firstCell: Float = 6
    /// Of the tolerance, the error beyond which cells are halved. At a crease the root of a cell's mean square error is about a quarter of what its
    /// surface is blunted by (the fandisk: 0.56 of a cell).
    private static let errorShare: Float = 0.2
    private static let attemptLimit = 5
    private static let levelLimit = 4
    /// A grid of smaller cells that leaves more than this part of the distance does not help.
    private static let progress = 0.9

    /// A grid, its model, and how far its surface is from the mesh.
    private struct Candidate {
        var fitted: FittedGrid
        var shape: NeuralShape
        var bounds: CertifiedHausdorff
    }

    func run(
        _ tolerance: Double, makeShape: (FittedGrid) -> NeuralShape, proceed: (Double) -> Bool
    ) throws(FittingError) -> (fitted: FittedGrid, shape: NeuralShape, result: ToleranceResult) {
        try check(tolerance)
        let unitTolerance = Float(tolerance * mesh.transform.scale)
        let box = mesh.bounds
        var settings = settings
        settings.errorLimit = max(Self.errorShare * unitTolerance, 1e-7)
        settings.levels = 3
        var side = min(Self.firstCell * unitTolerance, 0.03)
        var best: Candidate?
        var attempts: [ToleranceResult.Attempt] = []
        var obstacle: String?
        var lastDistance = Double.infinity
        while obstacle == nil, attempts.count < Self.attemptLimit {
            let start = ContinuousClock.now
            let coefficients = max(GridPlan.coefficients(of: mesh.mesh, box: box, side: side), 2000)
            guard coefficients <= coefficientLimit else {
                obstacle =
                    "it would take about \(coefficients) coefficients and more, and \(coefficientLimit) fit the memory"
                if best == nil {
                    throw .invalidSetting(name: "tolerance", value: "\(tolerance)", remedy: obstacle ?? "")
                }
                break
            }
            settings.coefficients = coefficients
            let candidate: Candidate
            do {
                candidate = try attempt(settings, tolerance, makeShape, proceed)
            } catch .invalidSetting("coefficients", let value, let remedy) {
                // More cells a side than a lattice can have.
                if settings.levels > 1, best == nil {
                    settings.levels -= 1
                    continue
                }
                guard best != nil else { throw .invalidSetting(name: "coefficients", value: value, remedy: remedy) }
                obstacle = "smaller cells would be more than \(GridLattice.maximumCellCount) a side"
                break
            }
            let distance = candidate.bounds.lower
            attempts.append(
                .init(
                    coefficients: candidate.fitted.grid.coefficientCount,
                    cell: Double(candidate.fitted.grid.finest.spacing.min()) / mesh.transform.scale, lower: distance,
                    upper: candidate.bounds.upper, seconds: start.secondsSince))
            if best.map({ candidate.bounds.upper < $0.bounds.upper || candidate.bounds.lower < $0.bounds.lower })
                ?? true
            {
                best = candidate
            }
            if candidate.bounds.upper <= tolerance { break }
            if !proceed(0.5) {
                obstacle = "ended before it was met"
            } else if distance > Self.progress * lastDistance {
                obstacle = "smaller cells do not bring the surfaces closer" + reason
            } else {
                lastDistance = distance
                // As much smaller as the distance is too large, and a little more.
                let excess = Float(max(distance, 0.6 * candidate.bounds.upper) / (0.8 * tolerance))
                settings.errorLimit = max((settings.errorLimit ?? 1) / min(max(excess, 1.4), 8), 1e-7)
                // A finer level only if a finer first one would not do: the surface is marched at the finest everywhere.
                if excess > 1.5, settings.levels < Self.levelLimit {
                    settings.levels += 1
                } else {
                    side *= max(0.5, min(0.8, 1 / excess))
                }
            }
        }
        guard let best else { preconditionFailure("at least one attempt") }
        let isMet = best.bounds.upper <= tolerance
        if !isMet, obstacle == nil { obstacle = "\(Self.attemptLimit) grids did not come closer" + reason }
        return (
            best.fitted, best.shape,
            ToleranceResult(
                tolerance: tolerance, isMet: isMet, bounds: best.bounds, attempts: attempts,
                obstacle: isMet ? nil : obstacle)
        )
    }

    private func attempt(
        _ settings: GridSettings, _ tolerance: Double, _ makeShape: (FittedGrid) -> NeuralShape,
        _ proceed: (Double) -> Bool
    ) throws(FittingError) -> Candidate {
        let fitted: FittedGrid
        do {
            fitted = try GridFit(mesh: mesh.mesh, field: mesh.field, settings: settings, workers: workers).run(
                proceed: proceed)
        } catch {
            throw FittingError(error)
        }
        let shape = makeShape(fitted)
        let surface: TriangleMesh
        do {
            surface = try shape.extract(SurfaceExtractor(resolution: 0), workers: workers).mesh
        } catch .isoLevelNotReached(_, let minimum, let maximum) {
            throw .nothingLearnt(minimum: minimum, maximum: maximum)
        } catch {
            throw .invalidSetting(name: "tolerance", value: "\(tolerance)", remedy: error.description)
        }
        // Half a percent is enough near the tolerance; where a point is beyond it the search is over.
        let certifier = HausdorffCertifier(relativeError: 0.02, workers: workers)
        let bounds = certifier.bounds(between: mesh.oriented, and: surface) { progress in
            // A closer look at what is too far already only costs time.
            !(progress.pieces > 0 && progress.lower > 1.3 * tolerance) && proceed(0.7)
        }
        guard let bounds else { preconditionFailure("two meshes with triangles") }
        return Candidate(fitted: fitted, shape: shape, bounds: bounds)
    }

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
