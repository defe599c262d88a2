import Core
import Geometry

/// How a surface is made from a field's samples.
public enum ExtractionMethod: String, Sendable, Equatable, CaseIterable {
    /// Closed and manifold for any field; see ``MarchingCubes``. Rounds off sharp edges by about a cell.
    case marchingCubes = "marching-cubes"
    /// Keeps sharp edges and corners; may touch or cross itself. See `DualContouring.swift` for what is guaranteed.
    case dualContouring = "dual-contouring"
}

/// The surface of a field, with what it took to find it.
public struct ExtractedSurface: Sendable {
    /// Closed, in the field's frame.
    public var mesh: TriangleMesh
    /// `(vertices)` unit normals that point outwards; empty unless asked for.
    public var normals: [SIMD3<Float>]
    public var statistics: Statistics

    package init(mesh: TriangleMesh, normals: [SIMD3<Float>], statistics: Statistics) {
        self.mesh = mesh
        self.normals = normals
        self.statistics = statistics
    }

    public struct Statistics: Sendable, Equatable {
        /// Points at which the field was evaluated, those of refinement and normals included.
        public var evaluations: Int
        /// Blocks of 8³ samples that were held in memory at the end.
        public var blocks: Int
        /// Samples of the grid, as many as evaluating everything would take.
        public var gridSamples: Int
        /// Pieces far from the learnt shape that were left out; see ``SurfaceExtractor/keepsSpecks``.
        public var specks = 0

        package init(evaluations: Int, blocks: Int, gridSamples: Int) {
            self.evaluations = evaluations
            self.blocks = blocks
            self.gridSamples = gridSamples
        }
    }
}

/// Makes triangle meshes of fields: the level set `isoLevel` inside `box`, closed by a cap where it leaves the box.
///
///     let surface = try SurfaceExtractor(resolution: 256).extract(field)
///
/// The result does not depend on the number of workers, and is bit for bit what ``SurfaceSampling/exhaustive`` gives
/// when `sampling` finds every crossed cell; see ``SurfaceSampling`` for when that is guaranteed.
public struct SurfaceExtractor: Sendable {
    /// Cells along the longest side of `box`; cells are cubes.
    public var resolution: Int
    /// Where to look, in the field's frame.
    public var box: BoundingBox
    /// The value whose level set is extracted.
    public var isoLevel: Float
    public var method: ExtractionMethod
    public var sampling: SurfaceSampling
    /// Evaluations at most that move a vertex along its cell edge onto the level, until the value is within a fiftieth of the
    /// change along the edge; nearly all need one. 0 leaves vertices where linear interpolation puts them.
    public var refinementSteps: Int
    /// Whether to compute vertex normals: from the field's gradient where it is a `DifferentiableField`, from central
    /// differences elsewhere.
    public var computesNormals: Bool
    /// Bytes that samples may take.
    public var memoryLimit: Int
    /// Where the surface of level 0 is expected, in a field over the unit cube: adaptive sampling looks there whatever its
    /// coarsest samples say. A fitted network is flat a few hundredths away from its surface, so that a thin part
    /// between two of them would leave no trace. Other levels do not look at it.
    public var surfaceCells: SurfaceCells?
    /// Where the field's level cannot be; nil where nothing is known. Adaptive sampling then leaves those places out for certain,
    /// and looks into the others by ``LevelExclusion/slope``, at any resolution.
    public var exclusion: (any LevelExclusion)?
    /// Whether pieces of the level 0 that are nowhere near `surfaceCells` stay in the result. A fitted network may have a few, of
    /// a few cells each, where no training point ever was.
    public var keepsSpecks = false
    /// About the part of the triangles to keep, above 0 to 1; below 1 the mesh is simplified, see
    /// ``Geometry/TriangleMesh/simplified(toTriangles:)`` for what stays as it was, method and cost.
    public var keptTriangles: Float = 1
    /// Grids of up to this many cells along the longest side are evaluated whole by adaptive sampling too.
    package var exhaustiveLimit = SurfaceSampler.exhaustiveLimit

    public init(
        resolution: Int,
        box: BoundingBox = BoundingBox(minimum: .zero, maximum: .one),
        isoLevel: Float = 0,
        method: ExtractionMethod = .marchingCubes,
        sampling: SurfaceSampling = .adaptive,
        refinementSteps: Int = 6,
        computesNormals: Bool = false,
        memoryLimit: Int = Int(ProcessInfo.processInfo.physicalMemory / 4 * 3)
    ) {
        self.resolution = resolution
        self.box = box
        self.isoLevel = isoLevel
        self.method = method
        self.sampling = sampling
        self.refinementSteps = refinementSteps
        self.computesNormals = computesNormals
        self.memoryLimit = memoryLimit
    }

    /// The most cells along a side, so that coordinates still tell the vertices of a cell apart.
    public static let maximumResolution = 16_384

    /// The surface of `field`.
    ///
    /// - Throws: ``ExtractionError`` when a setting is out of range, when the samples would not fit `memoryLimit`, or
    ///   when all samples lie on one side of the level.
    /// - Complexity: O(resolution² · area) evaluations and memory beside resolution³/512 coarse samples of 16 bytes;
    ///   resolution³ evaluations when exhaustive.
    public func extract(
        _ field: some ScalarField, workers: Workers = Workers()
    ) throws(ExtractionError) -> ExtractedSurface {
        let grid = try validatedGrid()
        let blocks = SurfaceBlocks(grid: grid)
        var sampler = SurfaceSampler(
            blocks: blocks, evaluator: BatchEvaluator(field: field, isoLevel: isoLevel, workers: workers),
            sampling: sampling == .adaptive && exclusion == nil && resolution <= exhaustiveLimit
                ? .exhaustive : sampling,
            memoryLimit: memoryLimit, resolution: resolution, exclusion: exclusion,
            surfaceCells: isoLevel == 0 ? surfaceCells : nil)
        try sampler.run()
        var evaluator = sampler.evaluator
        try checkRange(of: evaluator)
        let numbering = BlockNumbering(blocks, workers: workers)
        let needsCrossings = refinementSteps > 0 || method == .dualContouring
        let marched = march(blocks, numbering, crossings: needsCrossings, workers: workers)
        var mesh = marched.mesh
        refineVertices(
            of: &mesh, at: marched.crossings, steps: refinementSteps, grid: grid, evaluator: &evaluator)
        if method == .dualContouring {
            mesh = dualContour(
                blocks, numbering, crossings: marched.crossings, points: mesh.vertices, evaluator: &evaluator)
        }
        let samples = grid.sampleCounts
        var surface = ExtractedSurface(
            mesh: mesh, normals: [],
            statistics: .init(
                evaluations: 0, blocks: blocks.usedBlockCount, gridSamples: samples.x * samples.y * samples.z))
        if let surfaceCells, isoLevel == 0, !keepsSpecks {
            surface.removeSpecks(awayFrom: surfaceCells, workers: workers)
        }
        if keptTriangles < 1 {
            let count = Float(surface.mesh.triangles.count) * keptTriangles
            surface.mesh = surface.mesh.simplified(toTriangles: Int(count))
        }
        if computesNormals {
            surface.normals = vertexNormals(of: surface.mesh.vertices, spacing: grid.spacing, evaluator: &evaluator)
        }
        surface.statistics.evaluations = evaluator.evaluationCount
        return surface
    }

    private func validatedGrid() throws(ExtractionError) -> SampleGrid {
        func require(_ condition: Bool, _ name: String, _ value: Any, _ remedy: String) throws(ExtractionError) {
            if !condition { throw .invalidSetting(name: name, value: "\(value)", remedy: remedy) }
        }
        try require(
            (1...Self.maximumResolution).contains(resolution), "resolution", resolution,
            "choose 1 to \(Self.maximumResolution) cells along the longest side")
        try require(isoLevel.isFinite, "isolevel", isoLevel, "choose a finite value")
        try require(
            !box.isEmpty && box.extent.max() > 1e6 * Float.leastNormalMagnitude && box.extent.max().isFinite
                && box.minimum.sum().isFinite,
            "box", "\(box.minimum) ... \(box.maximum)", "choose finite corners with the minimum below the maximum")
        try require(
            keptTriangles > 0 && keptTriangles <= 1, "simplify", keptTriangles, "choose a part above 0, up to 1")
        try require((0...64).contains(refinementSteps), "refinement steps", refinementSteps, "choose 0 to 64")
        if case .lipschitz(let bound) = sampling {
            try require(bound > 0 && bound.isFinite, "Lipschitz bound", bound, "choose a positive finite number")
        }
        let grid = SampleGrid(box: box, resolution: resolution)
        let required = 24 * grid.blockCount
        guard required <= memoryLimit else {
            throw .gridTooLarge(resolution: resolution, requiredBytes: required, limitBytes: memoryLimit)
        }
        return grid
    }

    private func checkRange(of evaluator: BatchEvaluator) throws(ExtractionError) {
        guard evaluator.minimum <= evaluator.maximum else { throw .noFiniteValue }
        guard evaluator.minimum < isoLevel, evaluator.maximum >= isoLevel else {
            throw .isoLevelNotReached(
                isoLevel: isoLevel, minimum: evaluator.minimum, maximum: evaluator.maximum)
        }
    }
}
