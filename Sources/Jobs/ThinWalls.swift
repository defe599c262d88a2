import Core
import Evaluation
import Fitting
import Geometry

/// What a fit does and says about walls that its grid may lose, and about results that are none.
package struct ThinWalls {
    /// Nil where no wall was found, as of a sheet.
    private let advice: ResolutionAdvice?
    /// Cells along the longest side to extract on.
    package let resolution: Int
    /// A note on that choice, for the user.
    package let note: String?

    /// For a grid that is marched at its own cells: there is nothing to choose.
    package static let ofOwnCells = ThinWalls()

    private init() {
        (advice, resolution, note) = (nil, 0, nil)
    }

    /// - Parameters:
    ///   - usual: cells without advice.
    ///   - adapts: whether more may be taken.
    package init(_ shape: PreparedMesh, usual: Int, adapts: Bool, workers: Workers) {
        advice = ResolutionAdvice(shape, workers: workers)
        guard let advice, advice.needed > usual else {
            (resolution, note) = (usual, nil)
            return
        }
        resolution = adapts ? advice.resolution(insteadOf: usual) : usual
        let share = advice.thickness / Float(UnitCubeTransform.longestSide)
        let part = share < 0.01 ? "1/\(Int(saturating: (1 / share).rounded()))" : "\((share * 100).rounded()) %"
        var text = "walls thinner than \(part) of the longest side"
        if resolution > usual {
            text += " are extracted with a resolution of \(resolution) instead of \(usual)"
            if resolution < advice.needed { text += "; \(advice.needed) would suit them, and is taken if set" }
        } else {
            text += " need a resolution of \(advice.needed) and may be missing from the mesh"
        }
        note = text
    }

    /// Cells that may do where `resolution` did not.
    private var better: Int { max(advice?.needed ?? 0, 2 * resolution) }

    /// Why a field whose samples all lie on one side has no surface: it has none, or it has one between them.
    ///
    /// - Parameter model: where the model was written, if it is worth it.
    func error(
        minimum: Float, maximum: Float, of fitted: FittedShape<PreparedMesh>, model: String, workers: Workers
    ) -> (error: FittingError, isWorthKeeping: Bool) {
        let points = WallThickness.innerPoints(of: fitted.evidence, workers: workers)
        guard fitted.shape.unitField.values(at: points, workers: workers).contains(where: { $0 < 0 }) else {
            return (.nothingLearnt(minimum: minimum, maximum: maximum), false)
        }
        return (.surfaceBetweenSamples(resolution: resolution, needed: better, path: model), true)
    }

    /// Below it a result is no result: even a ball around a shape scores more.
    private static let worthlessIoU = 0.1
    /// So much less than the field is not what extraction rounds off.
    private static let loss = 0.05

    /// Why the written mesh is much worse than the field that was learnt; nil where it is not.
    ///
    /// - Throws: `FittingError.farFromShape` where a training that came to its end left next to nothing.
    func judge(_ report: FitReport) throws(FittingError) -> String? {
        guard let scores = report.evaluation else { return nil }
        let (field, mesh) = (scores.tancik2020.uniform, scores.mesh.iouUniform)
        func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
        let isLost = field - mesh > Self.loss
        let reason =
            isLost
            ? "the field that was learnt has \(rounded(field)): parts of it lie between the samples of a grid of \(resolution) "
                + "cells; extract the model with a resolution of \(better)"
            : "the shape was not learnt: train for longer, or with a wider network"
        if mesh < Self.worthlessIoU && !report.training.wasStopped {
            throw .farFromShape(iou: mesh, reason: reason)
        }
        return isLost ? "the written mesh has an IoU of \(rounded(mesh)), \(reason)" : nil
    }
}
