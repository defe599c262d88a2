import Core
import Evaluation
import Fitting
import Geometry
import MeshIO

/// The report of a fit, `<name>.json`. Keys are stable; more may be added.
public struct FitReport: Sendable, Codable {
    public struct Input: Sendable, Codable {
        public var path: String
        public var vertices: Int
        public var triangles: Int
        /// Closed, and neighbours face the same way; vertices need not be manifold.
        public var watertight: Bool
        /// How inside was told from outside.
        public var sign: SignMethod
        /// How the mesh hangs together, after it was oriented.
        public var topology: Topology?

        public init(
            path: String, vertices: Int, triangles: Int, watertight: Bool, sign: SignMethod, topology: Topology? = nil
        ) {
            self.path = path
            self.vertices = vertices
            self.triangles = triangles
            self.watertight = watertight
            self.sign = sign
            self.topology = topology
        }
    }

    /// Counts of a mesh's parts and flaws; see `MeshTopology`.
    public struct Topology: Sendable, Equatable, Codable {
        public var components: Int
        public var boundaryEdges: Int
        public var nonManifoldEdges: Int
        public var inconsistentEdges: Int
        public var genus: Int?

        public init(_ topology: MeshTopology) {
            components = topology.componentCount
            boundaryEdges = topology.boundaryEdgeCount
            nonManifoldEdges = topology.nonManifoldEdgeCount
            inconsistentEdges = topology.inconsistentEdgeCount
            genus = topology.genus
        }
    }

    public struct Model: Sendable, Codable {
        public var parameters: Int
        /// Of the model file.
        public var bytes: Int?
    }

    public struct Output: Sendable, Codable {
        public var vertices: Int
        public var triangles: Int
    }

    /// IoU of one pair of test sets.
    public struct Scores: Sendable, Codable, Equatable {
        public var uniform: Double
        public var boundary: Double
        public var uniformStandardError: Double
        public var boundaryStandardError: Double
    }

    /// The written mesh, read back, against the input; lengths in the input's own unit.
    public struct MeshScores: Sendable, Codable {
        public var iouUniform: Double
        public var iouBoundary: Double
        public var iouUniformStandardError: Double
        public var iouBoundaryStandardError: Double
        public var chamferL1: Double?
        public var chamferL2: Double?
        public var hausdorff: Double?
        public var fScoreHalfPercent: Double?
        public var fScoreOnePercent: Double?
        public var normalConsistency: Double?
        public var relativeChamferL1: Double?
        public var relativeHausdorff: Double?
        public var standardErrors: SurfaceComparison.StandardErrors?
        /// Bounds on the Hausdorff distance; nil where they took more than a second or were not asked for.
        public var certifiedHausdorff: CertifiedHausdorff?
    }

    public struct Scorecard: Sendable, Codable {
        public var tancik2020: Scores
        public var mesh: MeshScores
        /// How far the field's distances are from the true ones, in unit-cube lengths; nil for occupancy.
        public var distance: DistanceAgreement?
        /// The written mesh against another than the input; nil where none was given.
        public var reference: MeshScores?
    }

    /// Wall-clock seconds of each stage.
    public struct Timings: Sendable, Codable {
        public var `import`: Double
        public var label: Double
        /// Of the search for σ; 0 where it was given.
        public var searchSigma: Double
        public var train: Double
        public var extract: Double
        public var evaluate: Double
        /// Of the preview.
        public var draw: Double
        /// Until the report, without the page that `--report` asks for.
        public var total: Double

        public init(
            import: Double, label: Double, searchSigma: Double, train: Double, extract: Double, evaluate: Double,
            draw: Double, total: Double
        ) {
            self.import = `import`
            self.label = label
            self.searchSigma = searchSigma
            self.train = train
            self.extract = extract
            self.evaluate = evaluate
            self.draw = draw
            self.total = total
        }
    }

    public var input: Input
    public var configuration: FitConfiguration
    public var model: Model
    /// The trials of the search for σ; nil where σ was given.
    public var sigmaSearch: SigmaSearch?
    /// How a tolerance was met; nil where none was given.
    public var tolerance: ToleranceResult?
    public var training: TrainingSummary
    public var output: Output
    /// nil where the result was not scored.
    public var evaluation: Scorecard?
    public var timings: Timings
    public var peakMemoryBytes: Int
    /// Of lengths and coordinates; nil where nobody said.
    public var unit: LengthUnit?

    /// Grows when a key changes its meaning or goes.
    public static let schema = 1

    public init(
        input: Input, fitted: FittedShape<PreparedMesh>, output: TriangleMesh, evaluation: Scorecard?, timings: Timings
    ) {
        self.input = input
        configuration = fitted.configuration
        model = Model(parameters: fitted.shape.correction.parameterCount)
        sigmaSearch = fitted.sigmaSearch
        tolerance = fitted.tolerance
        training = fitted.training
        self.output = Output(vertices: output.vertices.count, triangles: output.triangles.count)
        self.evaluation = evaluation
        self.timings = timings
        peakMemoryBytes = Self.peakMemoryBytes
    }

    /// The report as JSON with sorted keys, with `generator` and `schema` beside its own.
    public func json() throws -> String { try MarkedJSON(self, schema: Self.schema).text() }

    /// The most memory that this process has held at once.
    public static var peakMemoryBytes: Int {
        var usage = rusage()
        #if canImport(Darwin)
        getrusage(RUSAGE_SELF, &usage)
        return usage.ru_maxrss
        #else
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
        #endif
    }
}

extension FitReport.Scores {
    public init(_ sets: Evaluation.PointSets) {
        uniform = sets.uniform.value
        boundary = sets.boundary.value
        uniformStandardError = sets.uniform.standardError
        boundaryStandardError = sets.boundary.standardError
    }
}

extension FitReport.MeshScores {
    public init(_ agreement: Evaluation.MeshAgreement) {
        iouUniform = agreement.iou.uniform.value
        iouBoundary = agreement.iou.boundary.value
        iouUniformStandardError = agreement.iou.uniform.standardError
        iouBoundaryStandardError = agreement.iou.boundary.standardError
        chamferL1 = agreement.surface?.chamferL1
        chamferL2 = agreement.surface?.chamferL2
        hausdorff = agreement.surface?.hausdorff
        fScoreHalfPercent = agreement.surface?.fScoreHalfPercent
        fScoreOnePercent = agreement.surface?.fScoreOnePercent
        normalConsistency = agreement.surface?.normalConsistency
        relativeChamferL1 = agreement.surface?.relativeChamferL1
        relativeHausdorff = agreement.surface?.relativeHausdorff
        standardErrors = agreement.surface?.standardErrors
    }
}
