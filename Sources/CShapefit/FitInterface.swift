import Core
import Evaluation
import Fitting
import Geometry
import Jobs

/// What C is told of a running fit; see `sf_progress`.
public typealias ProgressCallback =
    @convention(c) (
        _ context: UnsafeMutableRawPointer?, _ fraction: Double, _ step: Int64, _ loss: Float, _ seconds: Double
    ) -> Int32

@_cdecl("sf_fit")
public func fit(
    _ mesh: OpaquePointer?, _ settings: UnsafePointer<CChar>?, _ threads: Int32, _ progress: ProgressCallback?,
    _ context: UnsafeMutableRawPointer?, _ field: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
    call {
        let place = try required(field)
        let handle = try fitted(
            MeshHandle.at(mesh), decoded(FitSettings.self, settings, "settings"), workers: Workers(threads: threads)
        ) { state in
            progress?(context, state.fraction, Int64(state.step), state.loss, state.seconds) ?? 0 == 0
        }
        place.pointee = handle.passed()
    }
}

@_cdecl("sf_configuration")
public func configuration(
    _ settings: UnsafePointer<CChar>?, _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
    call {
        let place = try required(json)
        place.pointee = try passed(decoded(FitSettings.self, settings, "settings").configuration.json())
    }
}

/// The same steps as of a fit from file to files, so that the model is the same.
private func fitted(
    _ source: MeshHandle, _ settings: FitSettings, workers: Workers, progress: (FitProgress) -> Bool
) throws -> FieldHandle {
    let start = ContinuousClock.now
    var configuration = settings.configuration
    let prepared = try configuration.prepare(source.mesh, workers: workers)
    let walls =
        configuration.resolution == 0
        ? ThinWalls.ofOwnCells
        : ThinWalls(prepared, usual: configuration.resolution, adapts: settings.adaptsResolution, workers: workers)
    configuration.resolution = walls.resolution
    var fit = Fit(configuration, workers: workers)
    fit.searchesSigma = settings.searchesSigma
    var fitted = try fit.run(prepared, progress: progress)
    if fitted.shape.givesDistances {
        fitted.shape.reach = DistanceAgreement(
            fitted.shape.unitDistances, against: fitted.reference, pointCount: configuration.reachPointCount,
            workers: workers)
    }
    fitted.shape.configuration = fitted.configuration
    let summary = FitSummary(
        input: FitReport.Input(
            path: source.name, vertices: prepared.mesh.vertices.count, triangles: prepared.mesh.triangles.count,
            watertight: prepared.topology.isWatertight, sign: prepared.field.resolvedSign,
            topology: FitReport.Topology(prepared.topology)),
        notes: source.notes + prepared.notes.map { "\($0)" } + [walls.note].compactMap { $0 },
        sigmaSearch: fitted.sigmaSearch, tolerance: fitted.tolerance, training: fitted.training,
        distance: fitted.shape.reach,
        timings: .init(
            label: fitted.labelSeconds, searchSigma: fitted.searchSeconds, train: fitted.training.seconds,
            total: start.secondsSince))
    return FieldHandle(fitted.shape, summary: summary)
}
