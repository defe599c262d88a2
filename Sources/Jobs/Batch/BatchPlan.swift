import Core
import Fitting

/// What a batch is: every shape, every setting that results depend on, and the program that makes them. Frozen in
/// `batch.json` by the first call; everything that comes later, on whichever machine, reads it there.
///
/// The file is JSON with a line for each settings and for each shape, so that a worker finds the few lines of its shard
/// without parsing a million others.
public struct BatchPlan: Sendable, Equatable {
    /// The settings of a fit, without its seed where shapes have their own.
    public struct Settings: Sendable, Equatable, Codable {
        public var configuration: FitConfiguration
        /// Whether σ is searched for.
        public var searchesSigma: Bool
        /// Whether the extraction grid is made finer where thin walls need it.
        public var adaptsResolution: Bool

        public init(configuration: FitConfiguration, searchesSigma: Bool = false, adaptsResolution: Bool = false) {
            self.configuration = configuration
            self.searchesSigma = searchesSigma
            self.adaptsResolution = adaptsResolution
        }
    }

    /// What is done with every shape beside the fit.
    public struct Options: Sendable, Equatable, Codable {
        /// Whether results are scored.
        public var evaluates = true
        /// Whether a picture of each is drawn and kept.
        public var drawsPreview = true
        /// Whether each surface is kept.
        public var keepsSurface = false
        /// A model whose weights all fits start from.
        public var start: Start?

        public init() {}
    }

    public struct Start: Sendable, Equatable, Codable {
        public var path: String
        public var sha256: String

        public init(path: String, sha256: String) {
            self.path = path
            self.sha256 = sha256
        }

        /// A model that fits of all these settings can start from.
        ///
        /// - Throws: what is wrong with the file; `FittingError.otherStart` when its network is another.
        public init(model path: String, settings: [Settings]) throws {
            let network = try NeuralShape(file: path).networkToStartFrom()
            for settings in settings { _ = try settings.configuration.makeNetwork(startingFrom: network) }
            self.init(path: absolutePath(path), sha256: try SHA256.hexadecimal(ofFile: path))
        }
    }

    public struct Shape: Sendable, Equatable, Codable {
        public var key: String
        /// Of the mesh file, absolute.
        public var path: String
        /// The number of its settings.
        public var settings: Int
        /// Instead of the settings' own.
        public var seed: UInt64?

        public init(key: String, path: String, settings: Int, seed: UInt64? = nil) {
            self.key = key
            self.path = path
            self.settings = settings
            self.seed = seed
        }
    }

    /// What made it, such as "shapefit 0.2.0": another program's models may have other bits.
    public var program: String
    public var shardCount: Int
    public var options: Options
    public var settings: [Settings]
    /// Sorted by key.
    public var shapes: [Shape]

    /// - Parameter shardCount: nil for ``usualShardCount(of:)``; with more than there are shapes some shards are empty.
    public init(program: String, shardCount: Int?, options: Options, settings: [Settings], shapes: [Shape]) {
        self.program = program
        self.shardCount = max(shardCount ?? Self.usualShardCount(of: shapes.count), 1)
        self.options = options
        self.settings = settings
        self.shapes = shapes
    }

    /// This program and its version.
    public static let thisProgram = "shapefit \(shapefitVersion)"

    /// Shards of 64 shapes, and not more than 2 000 of them: a shard should be minutes of work, since starting a task
    /// on a cluster costs most of a second, and a million shapes should be some thousand files.
    public static func usualShardCount(of shapeCount: Int) -> Int {
        let size = max(64, (shapeCount + 1999) / 2000)
        return max(1, (shapeCount + size - 1) / size)
    }

    /// The shapes of a shard: consecutive ones, their numbers differing by one at most.
    public func range(ofShard shard: Int) -> Range<Int> { Self.range(ofShard: shard, of: shardCount, shapes.count) }

    static func range(ofShard shard: Int, of shardCount: Int, _ shapeCount: Int) -> Range<Int> {
        (shard * shapeCount / shardCount)..<((shard + 1) * shapeCount / shardCount)
    }

    /// The settings of a shape, its seed put in.
    public func settings(of shape: Shape) -> Settings {
        var settings = settings[shape.settings]
        if let seed = shape.seed {
            settings.configuration.seed = seed
            settings.configuration.encoding.seed = seed
        }
        return settings
    }

    /// The first thing in which this plan is not as `other` is, with both; nil when they are equal.
    public func firstDifference(from other: BatchPlan) -> String? {
        func differ(_ name: String, _ own: some Any, _ others: some Any) -> String {
            "\(name) is \(own) instead of \(others)"
        }
        if program != other.program { return differ("program", program, other.program) }
        for (own, others) in zip(settings, other.settings) where own != others {
            if let difference = own.configuration.firstDifference(from: others.configuration) { return difference }
            if own.adaptsResolution != others.adaptsResolution {
                func text(_ settings: Settings) -> String { settings.adaptsResolution ? "left to the shape" : "given" }
                return differ("resolution", text(own), text(others))
            }
            return differ(
                "sigma", own.searchesSigma ? "searched for" : "given", others.searchesSigma ? "searched for" : "given")
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
