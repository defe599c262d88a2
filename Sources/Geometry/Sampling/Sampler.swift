import Core

/// Where training points come from: a mixture of distributions.
public struct SamplingConfiguration: Sendable, Equatable, Codable {
    /// One part of the mixture.
    public struct Component: Sendable, Equatable, Codable {
        /// Share of the points; shares need not add up to 1.
        public var weight: Float
        /// Standard deviation of the noise around area-uniform surface points, in unit-cube lengths; nil for points
        /// uniform in the box.
        public var deviation: Float?
        /// How evenly points uniform in the box are spread; of no meaning around the surface.
        public var placement: UniformPlacement

        public init(weight: Float, deviation: Float?, placement: UniformPlacement = .independent) {
            self.weight = weight
            self.deviation = deviation
            self.placement = placement
        }

        /// Files that do not say the placement mean independent points.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            weight = try container.decode(Float.self, forKey: .weight)
            deviation = try container.decodeIfPresent(Float.self, forKey: .deviation)
            placement = try container.decodeIfPresent(UniformPlacement.self, forKey: .placement) ?? .independent
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
    private let stratified: StratifiedSequence
    private let usesSobol: Bool

    /// - Parameters:
    ///   - shape: in the unit cube.
    ///   - other: a box that the uniform points' box holds too; nil for the shape's alone.
    ///   - purpose: what the points are for; samplers of one seed and different purposes share nothing.
    /// - Throws: ``SettingError``.
    public init(
        _ shape: some ShapeEvidence, reaching other: BoundingBox? = nil, configuration: SamplingConfiguration,
        seed: UInt64, purpose: UInt64 = 0
    ) throws(SettingError) {
        let total = configuration.components.reduce(Float(0)) { $0 + $1.weight }
        for component in configuration.components {
            guard component.weight >= 0, component.weight.isFinite, (component.deviation ?? 0) >= 0,
                (component.deviation ?? 0).isFinite
            else {
                throw SettingError(
                    name: "sampling component", value: "\(component)",
                    remedy: "weights and deviations must be finite and not negative")
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
        stratified = StratifiedSequence(RandomStream(seed: seed, stream: purpose &* 16 &+ 5))
        usesSobol = configuration.components.contains { $0.deviation == nil && $0.placement == .sobol }
    }

    /// The point at `index`, in the unit cube.
    public func point(at index: UInt64) -> SIMD3<Float> {
        let component = configuration.components[componentIndex(at: index)]
        guard let deviation = component.deviation else {
            return box.minimum + uniforms(at: index, component.placement) * box.extent
        }
        let point = shape.surfacePoint(at: index, of: position).position
        guard deviation > 0 else { return point }
        let normals = noise.normals(at: index)
        return point + deviation * SIMD3(normals.x, normals.y, normals.z)
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
        case .stratified: stratified.uniforms(at: index)
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
