import Core
import Fitting
import Geometry
import Interchange
import SurfaceExtraction

/// How often adaptive sampling gives the triangles of exhaustive sampling, and what share of the grid it evaluates.
enum SamplingAgreement {
    static func report(resolution: Int, seeds: Int, only part: String) throws {
        print(
            "| field, \(resolution)³ | same triangles | triangles missed | samples evaluated | same, surface known | missed | evaluated | same, with a base | missed | evaluated |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|")
        for (name, make) in SamplingFields.families where part.isEmpty || name.contains(part) {
            var plain = Tally()
            var guided = Tally()
            var based = Tally()
            for seed in 0..<UInt64(seeds) {
                let field = make(seed, 1 / Float(resolution))
                var extractor = SurfaceExtractor(resolution: resolution, sampling: .exhaustive, refinementSteps: 0)
                guard let whole = try? extractor.extract(field) else { continue }
                extractor.sampling = .adaptive
                plain.add(try? extractor.extract(field), whole)
                extractor.surfaceCells = SurfaceCells(BoundingVolumeHierarchy(whole.mesh))
                guided.add(try? extractor.extract(field), whole)
                guard name.hasSuffix("distance") else { continue }
                let shape = PerfectCorrection.shape(field)
                extractor.surfaceCells = nil
                var every = extractor
                every.sampling = .exhaustive
                based.add(try? shape.extract(extractor), try shape.extract(every))
            }
            print("| \(name) | \(plain.row) | \(guided.row) | \(based.row) |")
        }
    }

    private struct Tally {
        var agreed = 0
        var tried = 0
        var missed = 0.0
        var share = 0.0

        mutating func add(_ found: ExtractedSurface?, _ whole: ExtractedSurface) {
            tried += 1
            if found?.mesh == whole.mesh { agreed += 1 }
            missed += 1 - Double(found?.mesh.triangles.count ?? 0) / Double(whole.mesh.triangles.count)
            share += Double(found?.statistics.evaluations ?? 0) / Double(whole.statistics.gridSamples)
        }

        var row: String {
            tried == 0
                ? "– | – | –"
                : "\(agreed) of \(tried) | \(percent(missed / Double(tried))) | \(percent(share / Double(tried)))"
        }
    }

    /// Adaptive and exhaustive extraction of a fitted network in its bounds.
    static func report(shape: NeuralShape, resolution: Int) throws {
        var extractor = SurfaceExtractor(resolution: resolution)
        var surfaces: [ExtractedSurface] = []
        for sampling in [SurfaceSampling.adaptive, .exhaustive] {
            extractor.sampling = sampling
            let start = ContinuousClock.now
            let surface = try shape.extract(extractor)
            let seconds = (ContinuousClock.now - start) / .milliseconds(1) / 1000
            print("\(sampling): \(seconds) s, \(surface.mesh.triangles.count) triangles, \(surface.statistics)")
            surfaces.append(surface)
        }
        print("same triangles: \(surfaces[0].mesh == surfaces[1].mesh)")
    }

    private static func percent(_ share: Double) -> String { "\((share * 1e4).rounded() / 1e2) %" }
}

/// A correction that was learnt without an error, to a base of 32 cells.
private struct PerfectCorrection: Correction {
    let field: ClosureField
    let lattice: BaseLattice

    static func shape(_ field: ClosureField) -> NeuralShape {
        let bounds = BoundingBox(minimum: SIMD3(repeating: 0.05), maximum: SIMD3(repeating: 0.95))
        let lattice = BaseLattice(field, bounds: bounds, resolution: 32)
        return NeuralShape(
            correction: PerfectCorrection(field: field, lattice: lattice), base: ShapeBase(lattice: lattice),
            target: .sdf(.linear, scale: 0.007), transform: .identity, bounds: bounds)
    }

    var parameterCount: Int { 0 }

    func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        lattice.evaluate(points, into: &values, workers: workers)
        for index in points.indices { values[index] = field.value(points[index]) - values[index] }
    }

    func evaluate(
        _ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>,
        gradients: inout MutableSpan<SIMD3<Float>>, workers: Workers
    ) {
        evaluate(points, into: &values, workers: workers)
    }

    func contents(metadata: [String: String]) -> SafetensorsFile { SafetensorsFile(tensors: [], metadata: metadata) }
}
