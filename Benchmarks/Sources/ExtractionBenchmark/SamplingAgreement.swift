import Geometry
import ShapeFitting

/// How often adaptive sampling gives the triangles of exhaustive sampling, and what share of the grid it evaluates.
enum SamplingAgreement {
    static func report(resolution: Int, seeds: Int, only part: String) throws {
        print("| field, \(resolution)³ | same triangles | triangles missed | samples evaluated |")
        print("|---|---|---|---|")
        for (name, make) in SamplingFields.families where part.isEmpty || name.contains(part) {
            var agreed = 0
            var tried = 0
            var missed = 0.0
            var share = 0.0
            for seed in 0..<UInt64(seeds) {
                let field = make(seed, 1 / Float(resolution))
                var extractor = SurfaceExtractor(resolution: resolution, sampling: .exhaustive, refinementSteps: 0)
                guard let whole = try? extractor.extract(field) else { continue }
                tried += 1
                extractor.sampling = .adaptive
                guard let found = try? extractor.extract(field) else { continue }
                if found.mesh == whole.mesh { agreed += 1 }
                missed += 1 - Double(found.mesh.triangles.count) / Double(whole.mesh.triangles.count)
                share += Double(found.statistics.evaluations) / Double(found.statistics.gridSamples)
            }
            print("| \(name) | \(agreed) of \(tried) | \(percent(missed / Double(tried))) | \(percent(share / Double(tried))) |")
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
