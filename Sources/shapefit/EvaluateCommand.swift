import ArgumentParser
import Core
import Geometry

/// `shapefit evaluate <reference> <candidate>`: how well a mesh or a model agrees with a mesh; or many pairs.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Compare a mesh or a model with a reference mesh.",
        discussion: """
            IoU is |A and B| / |A or B| over test points, A and B being the insides: a model's where its field is \
            negative, a mesh's where its winding number is at least 1/2. tancik2020: 2^18 points uniform in the bounding \
            box grown by 1e-3, and 2^18 on the surface with noise of deviation 0.01, in the frame of Tancik et al. \
            (NeurIPS 2020). voxel256: the cell centres of a grid of 1/256 within the shape's bounds, its longest side \
            being 0.9. Of two meshes the uniform points lie in a box around both: what a candidate has far from the \
            reference counts against it. tancik2020 and voxel256 look at the reference's box alone, and it is said where \
            a model's inside reaches out of it.

            Surface distances: 2^17 area-uniform points on each surface and their closest points on the other. \
            Chamfer-L1 and -L2: mean distance and mean squared distance, each the mean of both ways. Hausdorff: the \
            largest distance either way, over the points. F-score: harmonic mean of precision and recall, the shares of \
            the candidate's and of the reference's points within 0.5 % or 1 % of the reference's diagonal of the other \
            surface. Normal consistency: mean of |n . n'| of a point's normal and its closest point's, both ways. \
            Lengths are the mesh's own, also in parts of the reference's diagonal.

            --certified bounds the largest distance from every point of each surface to the other, instead of sampling it: \
            the interval holds it for certain, and is as narrow as --relative-error says. Ctrl-C ends the search with the \
            interval that is known by then.

            ± gives a standard error, taking the points as independent; a largest distance has none. A mesh against \
            itself scores exactly 1 and 0. Closed parts that are inside out are turned round first. \
            --sign and --winding-accuracy are about the mesh that a model is compared with.
            """)

    @Argument(help: "The reference mesh, or - for standard input.")
    var reference: String?

    @Argument(help: "A mesh, or a model (.safetensors, or fields/00000.tar::key of a batch), or - for standard input.")
    var candidate: String?

    @Option(
        help: ArgumentHelp(
            "Compare many pairs: a line \"reference,candidate\" each, paths relative to the list's folder; lines that start with # are left out.",
            valueName: "list.csv"))
    var batch: String?

    @Flag(help: "Also score a model by voxel256 (some ten million points).")
    var voxels = false

    @Flag(help: "Also bound the Hausdorff distance between two meshes, both ways, and say where it is.")
    var certified = false

    @Option(
        help: ArgumentHelp(
            "How far apart --certified may leave the bounds, as a part of the distance.", valueName: "1% or 0.01"))
    var relativeError = Share(0.01)

    @OptionGroup var inside: SignOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if batch == nil && (reference == nil || candidate == nil) {
            throw ValidationError("name a reference mesh and a candidate, or a list of pairs with --batch")
        }
        if batch != nil && reference != nil {
            throw ValidationError("--batch has the pairs in its list: name no other mesh beside it")
        }
        if reference == StandardInput.dash && candidate == StandardInput.dash {
            throw ValidationError("standard input is one file: name the reference or the candidate otherwise")
        }
        if !(relativeError.value >= 1e-9 && relativeError.value <= 1) {
            throw ValidationError("--relative-error \(relativeError.text): must be between 1e-9 and 1 (100%)")
        }
        if certified, candidate?.lowercased().hasSuffix(".safetensors") == true {
            throw ValidationError(
                "--certified compares two meshes: write the model's surface with `shapefit extract` and compare that")
        }
    }

    func run() throws {
        if let batch { return try runBatch(batch) }
        guard let reference, let candidate else { return }
        let (first, second) = (try InputFile(reference), try InputFile(candidate))
        let scores = try EvaluationScores(
            first.path, second.path, voxels: voxels, inside: inside, certification: certification,
            workers: common.workers)
        try common.report(scores, of: "evaluate", text: scores.table)
    }

    /// What `--batch --json` prints.
    private struct Batch: Encodable {
        let pairs: [EvaluationBatch.Result]
    }

    private var certification: EvaluationScores.Certification? {
        certified
            ? EvaluationScores.Certification(relativeError: relativeError.value, interruption: Interruption()) : nil
    }

    /// A pair that cannot be compared is said on standard error and does not keep the others from it.
    private func runBatch(_ path: String) throws {
        var results: [EvaluationBatch.Result] = []
        let certification = certification
        for pair in try EvaluationBatch.pairs(inFile: path) {
            var result = EvaluationBatch.Result(reference: pair.reference, candidate: pair.candidate)
            do {
                result.scores = try EvaluationScores(
                    pair.paths.reference, pair.paths.candidate, voxels: voxels, inside: inside,
                    certification: certification, workers: common.workers)
            } catch {
                guard let line = ErrorText(error) else { throw error }
                writeToStandardError("shapefit: error: \(line.text)\n")
            }
            results.append(result)
        }
        try common.report(Batch(pairs: results), of: "evaluate", text: EvaluationBatch.table(results))
        if results.contains(where: { $0.scores == nil }) { throw ExitCode.failure }
    }
}
