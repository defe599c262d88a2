import Core

/// Where training points come from: a mixture of distributions.
public struct SamplingConfiguration: Sendable, Equatable, Codable {
    /// Where the points of one part of the mixture lie.
    public enum Region: Sendable, Equatable {
        /// Area-uniform points of the surface with normal noise of this standard deviation, in unit-cube lengths.
        case surface(deviation: Float)
        /// Uniform in the box, spread as evenly as the placement says.
        case box(placement: UniformPlacement)
    }

    /// One part of the mixture.
    public struct Component: Sendable, Equatable, Codable {
        /// Share of the points; shares need not add up to 1.
        public var weight: Float
        public var region: Region

        public init(weight: Float, region: Region) {
            self.weight = weight
            self.region = region
        }

        public static func surface(weight: Float, deviation: Float) -> Component {
            Component(weight: weight, region: .surface(deviation: deviation))
        }

        public static func box(weight: Float, placement: UniformPlacement = .independent) -> Component {
            Component(weight: weight, region: .box(placement: placement))
        }
    }

    public var components: [Component]
    /// How far the box of the uniform points reaches beyond the shape's bounding box, in unit-cube lengths.
    public var margin: Float

    public init(components: [Component], margin: Float) {
        self.components = components
        self.margin = margin
    }
}

extension SamplingConfiguration.Component {
    private enum CodingKeys: String, CodingKey {
        case weight, surface, box
        /// Of files without a schema number: a deviation for the surface, none for the box.
        case deviation, placement
    }

    private struct Surface: Codable {
        var deviation: Float
    }

    private struct Box: Codable {
        var placement: UniformPlacement
    }

    /// `{"weight": 0.8, "surface": {"deviation": 0.01}}` or `{"weight": 0.2, "box": {"placement": "sobol"}}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        weight = try container.decode(Float.self, forKey: .weight)
        if let surface = try container.decodeIfPresent(Surface.self, forKey: .surface) {
            region = .surface(deviation: surface.deviation)
        } else if let box = try container.decodeIfPresent(Box.self, forKey: .box) {
            region = .box(placement: box.placement)
        } else if let deviation = try container.decodeIfPresent(Float.self, forKey: .deviation) {
            region = .surface(deviation: deviation)
        } else {
            region = .box(
                placement: try container.decodeIfPresent(UniformPlacement.self, forKey: .placement) ?? .independent)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(weight, forKey: .weight)
        switch region {
        case .surface(let deviation): try container.encode(Surface(deviation: deviation), forKey: .surface)
        case .box(let placement): try container.encode(Box(placement: placement), forKey: .box)
        }
    }
}

/// Draws points from a mixture around one shape. Point i of a seed is the same on any machine, in any order.
public struct Sampler: Sendable {
    public let configuration: SamplingConfiguration
    public let seed: UInt64
    /// Where the uniform points lie.
    public let box: BoundingBox
    private let shape: any ShapeEvidence
    private let thresholds: [Float]
    private let choice: RandomStream
    private let position: RandomStream
    private let noise: RandomStream
    private let sobol: SobolSequence
    private let usesSobol: Bool

    /// - Parameters:
    ///   - shape: in the unit cube.
    ///   - other: a box that the uniform points' box holds too; nil for the shape's alone.
    ///   - purpose: what the points are for; samplers of one seed and different purposes share nothing.
    ///   - configuration: the mixture.
    ///   - seed: of all draws.
    /// - Throws: `SettingError`.
    public init(
        _ shape: some ShapeEvidence, reaching other: BoundingBox? = nil, configuration: SamplingConfiguration,
        seed: UInt64, purpose: UInt64 = 0
    ) throws(SettingError) {
        let total = configuration.components.reduce(Float(0)) { $0 + $1.weight }
        for component in configuration.components {
            var deviation: Float = 0
            if case .surface(let noise) = component.region { deviation = noise }
            guard component.weight >= 0, component.weight.isFinite, deviation >= 0, deviation.isFinite
            else {
                let isWeight = !(component.weight >= 0 && component.weight.isFinite)
                throw SettingError(
                    name: isWeight ? "weight" : "deviation", value: "\(isWeight ? component.weight : deviation)",
                    remedy: "must be finite and not negative")
            }
        }
        guard total > 0 else {
            throw SettingError(
                name: "sampling", value: "\(configuration.components)", remedy: "some weight must be positive")
        }
        self.configuration = configuration
        self.seed = seed
        var box = shape.bounds.expanded(by: configuration.margin)
        if let other { box.formUnion(other) }
        self.box = box
        self.shape = shape
        var sum: Float = 0
        thresholds = configuration.components.map { component in
            sum += component.weight / total
            return sum
        }
        choice = RandomStream(seed: seed, stream: purpose &* 16 &+ 1)
        position = RandomStream(seed: seed, stream: purpose &* 16 &+ 2)
        noise = RandomStream(seed: seed, stream: purpose &* 16 &+ 3)
        sobol = SobolSequence(RandomStream(seed: seed, stream: purpose &* 16 &+ 4))
        usesSobol = configuration.components.contains { $0.region == .box(placement: .sobol) }
    }

    /// The point at `index`, in the unit cube.
    public func point(at index: UInt64) -> SIMD3<Float> {
        switch configuration.components[componentIndex(at: index)].region {
        case .box(let placement):
            return box.minimum + uniforms(at: index, placement) * box.extent
        case .surface(let deviation):
            let point = shape.surfacePoint(at: index, of: position).position
            guard deviation > 0 else { return point }
            let normals = noise.normals(at: index)
            return point + deviation * SIMD3(normals.x, normals.y, normals.z)
        }
    }

    private func componentIndex(at index: UInt64) -> Int {
        guard thresholds.count > 1 else { return 0 }
        // A fourth coordinate of Sobol's points: those that a component gets are then still spread evenly.
        let selector = usesSobol ? sobol.uniforms(at: index)[3] : choice.uniforms(at: index).x
        return thresholds.firstIndex { selector < $0 } ?? thresholds.count - 1
    }

    private func uniforms(at index: UInt64, _ placement: UniformPlacement) -> SIMD3<Float> {
        switch placement {
        case .independent: position.uniforms(at: index).firstThree
        case .sobol: sobol.uniforms(at: index).lowHalf.firstThree
        }
    }

    /// Points `range`, `(range.count)`, in the unit cube.
    public func points(_ range: Range<Int>, workers: Workers) -> [SIMD3<Float>] {
        [SIMD3<Float>](unsafeUninitializedCapacity: range.count) { buffer, count in
            let buffer = buffer
            workers.forEachChunk(of: range.count, chunkSize: 4096) { rows, _ in
                for row in rows {
                    (buffer.baseAddress! + row).initialize(to: point(at: UInt64(range.lowerBound + row)))
                }
            }
            count = range.count
        }
    }
}

extension SIMD4<Float> {
    fileprivate var firstThree: SIMD3<Float> { SIMD3(x, y, z) }
}
