import CKernels

/// What the first layer of a coordinate network sees of a point.
public struct Encoding: Sendable, Equatable {
    /// The kinds that can be asked for by name.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// b_j ~ N(0, σ²I).
        case gaussian
        /// NeRF's: b = 2^i on every axis, i = 0 … levels − 1.
        case positional
        /// b = base^(i / levels) on every axis, i = 0 … levels − 1: evenly spaced in the logarithm.
        case transformer
        /// One cycle a unit on every axis: b = unit axes.
        case basic
        /// 2v − 1, no frequencies.
        case none
    }

    /// Coordinates of a point.
    public let inputDimension: Int
    /// The frequencies; nil for 2v − 1.
    public let fourier: FourierFeatures?

    public init(fourier: FourierFeatures) {
        self.inputDimension = fourier.inputDimension
        self.fourier = fourier
    }

    /// The encoding 2v − 1.
    public init(identityOfDimension dimension: Int) {
        self.inputDimension = dimension
        self.fourier = nil
    }

    /// Features of a point.
    public var featureCount: Int { fourier.map { 2 * $0.count } ?? inputDimension }

    /// Writes the features of `count` points, `(count, inputDimension)` row-major, into rows `stride` floats apart.
    func encode(_ points: UnsafePointer<Float>, count: Int, into features: UnsafeMutablePointer<Float>, stride: Int) {
        if let fourier {
            fourier.frequencies.withUnsafeBufferPointer { frequencies in
                fourier.amplitudes.withUnsafeBufferPointer { amplitudes in
                    ck_fourier_features(
                        count, inputDimension, fourier.count, points, frequencies.baseAddress, amplitudes.baseAddress,
                        features, stride)
                }
            }
        } else {
            for row in 0..<count {
                for axis in 0..<inputDimension {
                    features[row * stride + axis] = 2 * points[row * inputDimension + axis] - 1
                }
            }
        }
    }

    /// Writes the gradient with respect to each point, `(count, inputDimension)`, from its features and the gradient
    /// with respect to them.
    func pullBack(
        featureGradient: UnsafePointer<Float>, features: UnsafePointer<Float>, count: Int, stride: Int,
        into gradient: UnsafeMutablePointer<Float>
    ) {
        if let fourier {
            fourier.frequencies.withUnsafeBufferPointer { frequencies in
                ck_fourier_gradient(
                    count, inputDimension, fourier.count, frequencies.baseAddress, features, featureGradient, stride,
                    gradient)
            }
        } else {
            for row in 0..<count {
                for axis in 0..<inputDimension {
                    gradient[row * inputDimension + axis] = 2 * featureGradient[row * stride + axis]
                }
            }
        }
    }
}

/// How to make an ``Encoding``: what a user sets, and a model file repeats.
public struct EncodingConfiguration: Sendable, Equatable, Codable {
    public var kind: Encoding.Kind
    /// Gaussian: standard deviation of b_j, in cycles a unit of length.
    public var sigma: Float
    /// Gaussian: how many b_j. Positional and transformer: levels an axis. Others ignore it.
    public var frequencyCount: Int
    /// Transformer: the base.
    public var base: Float
    /// p of power-law amplitudes ‖b_j‖^−p; 0 for a_j = 1.
    public var amplitudeExponent: Float
    /// Whether amplitudes are divided by ‖a‖.
    public var normalized: Bool
    /// Seed of the b_j.
    public var seed: UInt64

    public init(
        kind: Encoding.Kind = .gaussian, sigma: Float = 5, frequencyCount: Int = 128, base: Float = 10_000,
        amplitudeExponent: Float = 0, normalized: Bool = false, seed: UInt64 = 0
    ) {
        self.kind = kind
        self.sigma = sigma
        self.frequencyCount = frequencyCount
        self.base = base
        self.amplitudeExponent = amplitudeExponent
        self.normalized = normalized
        self.seed = seed
    }

    /// The encoding for points of `inputDimension` coordinates.
    ///
    /// - Throws: ``NeuralFieldsError/invalidSetting(name:value:remedy:)``.
    public func makeEncoding(inputDimension: Int) throws(NeuralFieldsError) -> Encoding {
        func check(_ condition: Bool, _ name: String, _ value: String, _ remedy: String) throws(NeuralFieldsError) {
            if !condition { throw .invalidSetting(name: name, value: value, remedy: remedy) }
        }
        try check(
            frequencyCount >= 1 && frequencyCount <= 65_536, "frequencies", "\(frequencyCount)",
            "must be between 1 and 65536")
        try check(
            amplitudeExponent.isFinite && amplitudeExponent >= 0, "amplitude exponent", "\(amplitudeExponent)",
            "must be finite and not negative")
        var features: FourierFeatures
        switch kind {
        case .none:
            return Encoding(identityOfDimension: inputDimension)
        case .basic:
            features = .axisAligned(inputDimension: inputDimension, magnitudes: [1])
        case .positional:
            // 2^i above 2^20 cycles is noise in single precision.
            try check(
                frequencyCount <= 20, "frequencies", "\(frequencyCount)",
                "the positional encoding takes 1 to 20 levels an axis")
            features = .axisAligned(
                inputDimension: inputDimension, magnitudes: (0..<frequencyCount).map { Float(1 << $0) })
        case .transformer:
            try check(base.isFinite && base > 1, "base", "\(base)", "must be finite and above 1")
            let logarithm = Double.log(Double(base))
            features = .axisAligned(
                inputDimension: inputDimension,
                magnitudes: (0..<frequencyCount).map {
                    Float(Double.exp(logarithm * Double($0) / Double(frequencyCount)))
                })
        case .gaussian:
            try check(
                sigma.isFinite && sigma > 0, "sigma", "\(sigma)",
                "must be a positive, finite number of cycles (try 5)")
            features = .gaussian(
                inputDimension: inputDimension, count: frequencyCount, sigma: sigma, seed: seed)
        }
        if amplitudeExponent > 0 { features = features.withPowerLawAmplitudes(exponent: amplitudeExponent) }
        if normalized { features = features.normalized() }
        return Encoding(fourier: features)
    }
}
