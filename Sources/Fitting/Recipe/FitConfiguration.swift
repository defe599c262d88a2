import Core
import Geometry
import NeuralFields

/// Every setting of a fit. Two fits of one mesh with equal configurations (and a budget of steps) give the same bits.
public struct FitConfiguration: Sendable, Equatable, Codable {
    /// The frame in which the network sees the shape.
    public enum Frame: String, Sendable, Codable, CaseIterable {
        /// Bounding-box centre at ½, longest side 0.9.
        case unitCube
        /// The vertices' mean at ½, the largest absolute coordinate from it at 0 or 1: Tancik et al.'s.
        case tancik2020
    }

    /// When training ends.
    public enum Budget: Sendable, Equatable, Codable {
        case steps(Int)
        /// Wall-clock seconds of training: how many steps that makes depends on the machine.
        case seconds(Double)
    }

    /// Where labels come from.
    public struct Labels: Sendable, Equatable, Codable {
        public var sampling: SamplingConfiguration
        /// Points that are labelled once and then gone through again and again; 0 for new points every step.
        public var poolSize: Int
        public var sign: SignMethod
        /// Of the winding number; see `MeshField.windingAccuracy`. At least 1.
        public var windingAccuracy: Float

        public init(
            sampling: SamplingConfiguration, poolSize: Int, sign: SignMethod = .automatic,
            windingAccuracy: Float = MeshField.defaultWindingAccuracy
        ) {
            self.sampling = sampling
            self.poolSize = poolSize
            self.sign = sign
            self.windingAccuracy = windingAccuracy
        }

        /// Files that do not say the accuracy mean the default.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            sampling = try container.decode(SamplingConfiguration.self, forKey: .sampling)
            poolSize = try container.decode(Int.self, forKey: .poolSize)
            sign = try container.decode(SignMethod.self, forKey: .sign)
            windingAccuracy =
                try container.decodeIfPresent(Float.self, forKey: .windingAccuracy)
                ?? MeshField.defaultWindingAccuracy
        }
    }

    /// What is known of a shape before anything is learnt, and how errors of what is learnt count.
    public struct Base: Sendable, Equatable, Codable {
        /// Cells of the lattice of exact distances along the longest side of the shape and a margin.
        public var resolution: Int
        /// The least weight of a point's error, where one at the surface counts 1.
        public var weightFloor: Float

        /// Bits of a sample: 16, or 8 where every byte counts.
        public var sampleBits: Int

        public init(resolution: Int, weightFloor: Float = 0.02, sampleBits: Int = 16) {
            self.resolution = resolution
            self.weightFloor = weightFloor
            self.sampleBits = sampleBits
        }
    }

    /// The form of the JSON. The first had no number; the second has choices that hold their own settings and no others.
    public static let schemaNumber = 2

    private var schema = FitConfiguration.schemaNumber
    public var frame: Frame
    /// nil where the network learns the whole field; files of earlier versions have none.
    public var base: Base?
    /// The settings of a grid that is solved; nil where a network is trained, as in files of earlier versions.
    public var grid: GridSettings?
    public var target: FieldTarget
    public var labels: Labels
    public var encoding: EncodingConfiguration
    /// Units of a hidden layer.
    public var width: Int
    /// Hidden layers.
    public var depth: Int
    public var activation: Activation
    public var initialization: MultilayerPerceptron.Initialization
    public var training: TrainingConfiguration
    /// Bits of a weight of the trained network: 32, or 16, to which it is rounded when training ends. Files of earlier versions mean 32.
    public var weightBits: Int
    public var budget: Budget
    /// Cells along the longest side of the extraction grid.
    public var resolution: Int
    public var seed: UInt64

    public init(
        frame: Frame, base: Base? = nil, grid: GridSettings? = nil, target: FieldTarget, labels: Labels,
        encoding: EncodingConfiguration, width: Int, depth: Int,
        activation: Activation, initialization: MultilayerPerceptron.Initialization, training: TrainingConfiguration,
        weightBits: Int = 32, budget: Budget, resolution: Int, seed: UInt64
    ) {
        self.frame = frame
        self.base = base
        self.grid = grid
        self.target = target
        self.labels = labels
        self.encoding = encoding
        self.width = width
        self.depth = depth
        self.activation = activation
        self.initialization = initialization
        self.training = training
        self.weightBits = weightBits
        self.budget = budget
        self.resolution = resolution
        self.seed = seed
    }
}

extension FitConfiguration {
    /// Reads every schema up to the present one: the settings themselves tell how they are written.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let schema = try container.decodeIfPresent(Int.self, forKey: .schema) ?? 1
        guard (1...Self.schemaNumber).contains(schema) else {
            throw DecodingError.dataCorruptedError(
                forKey: .schema, in: container,
                debugDescription: "is \(schema), and this version reads 1 to \(Self.schemaNumber): use a newer one")
        }
        func read<Value: Decodable>(_ key: CodingKeys) throws -> Value { try container.decode(Value.self, forKey: key) }
        self.init(
            frame: try read(.frame), base: try container.decodeIfPresent(Base.self, forKey: .base),
            grid: try container.decodeIfPresent(GridSettings.self, forKey: .grid),
            target: try read(.target), labels: try read(.labels),
            encoding: try read(.encoding), width: try read(.width), depth: try read(.depth),
            activation: try read(.activation), initialization: try read(.initialization),
            training: try read(.training),
            weightBits: try container.decodeIfPresent(Int.self, forKey: .weightBits) ?? 32, budget: try read(.budget),
            resolution: try read(.resolution),
            seed: try read(.seed))
    }
}

extension FitConfiguration.Budget {
    private enum CodingKeys: String, CodingKey {
        case steps, seconds
    }

    /// `{"steps": n}` or `{"seconds": s}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let steps = try container.decodeIfPresent(Int.self, forKey: .steps) {
            self = .steps(steps)
        } else {
            self = .seconds(try container.decode(Double.self, forKey: .seconds))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .steps(let steps): try container.encode(steps, forKey: .steps)
        case .seconds(let seconds): try container.encode(seconds, forKey: .seconds)
        }
    }
}

extension FitConfiguration {
    /// This configuration for the other target, with the loss, the sampling, the peak rate and, where it has
    /// the recipe's, the activation that go with it.
    public mutating func switchTarget(to kind: FieldTarget.Kind) {
        switch kind {
        case .occupancy: target = .occupancy(scale: target.scale)
        case .sdf: target = .sdf(base == nil ? .tanh : .linear, scale: target.scale)
        }
        training.loss = kind == .occupancy ? .crossEntropy : .squared
        labels.sampling = .recipe(for: kind)
        training.schedule.peak = kind == .occupancy ? 5e-3 : 1e-2
        // Of logits the Gaussian activation learns less: .976 / .881 instead of .983 / .915 on a torus in 300 steps.
        if kind == .occupancy && activation == .gaussian(width: 1) { activation = .relu }
    }

    /// This configuration with a base of `resolution` cells along the longest side, or with none: distances are then compressed, as
    /// a network alone learns them. A σ that is the usual one becomes the usual one.
    public mutating func switchBase(to resolution: Int?) {
        if encoding.sigma == SigmaSearch.usual(hasBase: base != nil) {
            encoding.sigma = SigmaSearch.usual(hasBase: resolution != nil)
        }
        if let resolution {
            base = base ?? Base(resolution: resolution)
            base?.resolution = resolution
        } else {
            base = nil
        }
        if case .sdf(_, let scale) = target { target = .sdf(resolution == nil ? .tanh : .linear, scale: scale) }
    }

    /// This configuration with a grid that is solved, or with a network that is trained.
    public mutating func switchGrid(to settings: GridSettings?) {
        let usual = Preset.default.configuration
        grid = settings
        if settings != nil {
            base = nil
            target = .sdf(.linear, scale: 1)
            resolution = 0
        } else if resolution == 0 {
            (base, target, resolution) = (usual.base, usual.target, usual.resolution)
        }
    }

    /// Reads a configuration that ``json()`` wrote.
    ///
    /// - Throws: ``FittingError/unreadableConfiguration(path:reason:)``.
    public init(jsonFile path: String) throws(FittingError) {
        let data: Data
        do {
            data = try FileContents.data(of: path)
        } catch {
            throw .unreadableConfiguration(path: path, reason: error.reason)
        }
        do {
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch let error as DecodingError {
            throw .unreadableConfiguration(path: path, reason: error.keyAndReason(in: data))
        } catch {
            throw .unreadableConfiguration(path: path, reason: "is not a configuration")
        }
        if let names = try? JSONDecoder().decode(SettingNames.self, from: data), let name = misspelt(in: names) {
            throw .unreadableConfiguration(path: path, reason: "there is no setting \(name)")
        }
    }

    /// As JSON with sorted keys, every setting named.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

extension DecodingError {
    /// The key that is wrong and what is wrong with it, in a line.
    fileprivate func keyAndReason(in data: Data) -> String {
        switch self {
        case .keyNotFound(let key, let context):
            "the setting \((context.codingPath + [key]).map(\.stringValue).joined(separator: ".")) is missing"
        case .dataCorrupted(let context) where context.codingPath.isEmpty: Self.notJSON(data)
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            context.codingPath.isEmpty
                ? Self.notJSON(data)
                : "the setting \(context.codingPath.map(\.stringValue).joined(separator: ".")) has a wrong value"
        case .dataCorrupted(let context):
            "the setting \(context.codingPath.map(\.stringValue).joined(separator: ".")) has a wrong value: \(context.debugDescription)"
        @unknown default: "not a configuration"
        }
    }

    /// Why a text is not JSON, where that can be told: other programs write numbers that JSON does not have.
    private static func notJSON(_ data: Data) -> String {
        let lines = String(decoding: data, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let words = line.split { !$0.isLetter && $0 != "\"" }
            if let word = words.first(where: { ["nan", "inf", "infinity"].contains($0.lowercased()) }) {
                return
                    "line \(index + 1) has the value \(word), which is no number of JSON; every setting is a finite number"
            }
        }
        return data.isEmpty ? "is empty" : "is not JSON"
    }
}
