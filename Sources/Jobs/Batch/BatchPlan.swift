import Core
import Fitting
import Geometry

/// The plan of a batch: every shape, every setting that results depend on, and the program that makes them. Frozen in
/// `batch.json` by the first call; everything that comes later, on whichever machine, reads it there.
///
/// The file is JSON with a line for each settings and for each shape, so that a worker finds the few lines of its shard
/// without parsing a million others.
package struct BatchPlan: Sendable, Equatable {
    /// The settings of a fit, without its seed where shapes have their own.
    package struct Settings: Sendable, Equatable, Codable {
        package var configuration: FitConfiguration
        /// Whether σ is searched for.
        package var searchesSigma: Bool
        /// Whether the extraction grid is made finer where thin walls need it.
        package var adaptsResolution: Bool
        /// How results are written.
        package var output: FitOutput
        /// How the points of files without faces are taken.
        package var scan: PointCloudOptions

        package init(
            configuration: FitConfiguration, searchesSigma: Bool = false, adaptsResolution: Bool = false,
            output: FitOutput = FitOutput(), scan: PointCloudOptions = PointCloudOptions()
        ) {
            self.configuration = configuration
            self.searchesSigma = searchesSigma
            self.adaptsResolution = adaptsResolution
            self.output = output
            self.scan = scan
        }

        /// The first thing in which these are not as `other` is: its name, and both values.
        func firstDifference(from other: Settings) -> (name: String, own: String, others: String)? {
            func text(_ settings: Settings) -> [(String, String)] {
                let (output, scan) = (settings.output, settings.scan)
                return [
                    ("resolution", settings.adaptsResolution ? "left to the shape" : "given"),
                    ("sigma", settings.searchesSigma ? "searched for" : "given"),
                    ("format", output.surfaceFormat),
                    ("part of the triangles kept", output.keptTriangles.map { "\($0)" } ?? "left to the tolerance"),
                    ("unit", output.unit?.symbol ?? "not given"), ("up axis", output.up?.rawValue ?? "not given"),
                    ("page", "\(output.writesPage)"), ("noise of scans", scan.noise.map { "\($0)" } ?? "estimated"),
                    ("flipping of normals", "\(scan.flipsNormals)"), ("keeping of outliers", "\(scan.keepsOutliers)"),
                ]
            }
            return zip(text(self), text(other)).first { $0.1 != $1.1 }.map { ($0.0, $0.1, $1.1) }
        }
    }

    /// Work on every shape beside the fit.
    package struct Options: Sendable, Equatable, Codable {
        /// Whether results are scored.
        package var evaluates = true
        /// Whether a picture of each is drawn and kept.
        package var drawsPreview = true
        /// Whether each surface is kept.
        package var keepsSurface = false
        /// A model whose weights all fits start from.
        package var start: Start?

        package init() {}
    }

    package struct Start: Sendable, Equatable, Codable {
        package var path: String
        package var sha256: String

        package init(path: String, sha256: String) {
            self.path = path
            self.sha256 = sha256
        }

        /// A model that fits of all these settings can start from.
        ///
        /// - Throws: what is wrong with the file; `FittingError.otherStart` when its network is another.
        package init(model path: String, settings: [Settings]) throws {
            let network = try NeuralShape(file: path).networkToStartFrom()
            for settings in settings { _ = try settings.configuration.makeNetwork(startingFrom: network) }
            self.init(path: absolutePath(path), sha256: try SHA256.hexadecimal(ofFile: path))
        }
    }

    package struct Shape: Sendable, Equatable, Codable {
        package var key: String
        /// Of the mesh file, absolute.
        package var path: String
        /// The number of its settings.
        package var settings: Int
        /// Instead of the settings' own.
        package var seed: UInt64?

        package init(key: String, path: String, settings: Int, seed: UInt64? = nil) {
            self.key = key
            self.path = path
            self.settings = settings
            self.seed = seed
        }
    }

    /// The program that made it, such as "shapefit 0.2.0": another program's models may have other bits.
    package var program: String
    package var shardCount: Int
    package var options: Options
    package var settings: [Settings]
    /// Sorted by key.
    package var shapes: [Shape]

    /// - Parameters:
    ///   - shardCount: nil for ``usualShardCount(of:)``; with more than there are shapes some shards are empty.
    ///   - program: the program and its version.
    ///   - options: what is done beside the fits.
    ///   - settings: that shapes name by their number.
    ///   - shapes: sorted by key.
    package init(program: String, shardCount: Int?, options: Options, settings: [Settings], shapes: [Shape]) {
        self.program = program
        self.shardCount = max(shardCount ?? Self.usualShardCount(of: shapes.count), 1)
        self.options = options
        self.settings = settings
        self.shapes = shapes
    }

    /// This program and its version.
    package static let thisProgram = "shapefit \(shapefitVersion)"

    /// Shards of 64 shapes, and not more than 2 000 of them: a shard should be minutes of work, since starting a task
    /// on a cluster costs most of a second, and a million shapes should be some thousand files.
    package static func usualShardCount(of shapeCount: Int) -> Int {
        let size = max(64, (shapeCount + 1999) / 2000)
        return max(1, (shapeCount + size - 1) / size)
    }

    /// The shapes of a shard: consecutive ones, their numbers differing by one at most.
    package func range(ofShard shard: Int) -> Range<Int> { Self.range(ofShard: shard, of: shardCount, shapes.count) }

    static func range(ofShard shard: Int, of shardCount: Int, _ shapeCount: Int) -> Range<Int> {
        (shard * shapeCount / shardCount)..<((shard + 1) * shapeCount / shardCount)
    }

    /// The settings of a shape, its seed put in.
    package func settings(of shape: Shape) -> Settings {
        var settings = settings[shape.settings]
        if let seed = shape.seed {
            settings.configuration.seed = seed
            settings.configuration.encoding.seed = seed
        }
        return settings
    }

    /// The first thing in which this plan is not as `other` is, with both; nil when they are equal.
    package func firstDifference(from other: BatchPlan) -> String? {
        func differ(_ name: String, _ own: some Any, _ others: some Any) -> String {
            "\(name) is \(own) instead of \(others)"
        }
        if program != other.program { return differ("program", program, other.program) }
        for (own, others) in zip(settings, other.settings) where own != others {
            if let difference = own.configuration.firstDifference(from: others.configuration) { return difference }
            if let (name, own, others) = own.firstDifference(from: others) { return differ(name, own, others) }
        }
        if settings.count != other.settings.count {
            return differ("number of settings", settings.count, other.settings.count)
        }
        if options != other.options {
            if options.evaluates != other.options.evaluates {
                return differ("evaluation", options.evaluates, other.options.evaluates)
            }
            if options.drawsPreview != other.options.drawsPreview {
                return differ("preview", options.drawsPreview, other.options.drawsPreview)
            }
            if options.keepsSurface != other.options.keepsSurface {
                return differ("keeping of surfaces", options.keepsSurface, other.options.keepsSurface)
            }
            return differ(
                "start", options.start.map { "\($0.path) (SHA-256 \($0.sha256.prefix(12)))" } ?? "at random",
                other.options.start.map { "\($0.path) (SHA-256 \($0.sha256.prefix(12)))" } ?? "at random")
        }
        if shapes != other.shapes {
            for (own, others) in zip(shapes, other.shapes) where own != others {
                if own.key != others.key {
                    return differ("list of shapes: the shape at this place", own.key, others.key)
                }
                if own.path != others.path { return differ("file of \(own.key)", own.path, others.path) }
                return "settings of \(own.key) are others"
            }
            return differ("number of shapes", shapes.count, other.shapes.count)
        }
        if shardCount != other.shardCount { return differ("number of shards", shardCount, other.shardCount) }
        return nil
    }
}
