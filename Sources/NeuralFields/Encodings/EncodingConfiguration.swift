import Core

/// The settings of an encoding: the type's own, all of which it uses.
public protocol EncodingSettings: Codable, Sendable, Equatable {
    /// Its name in configurations and on the command line.
    static var name: String { get }

    /// The usual settings.
    init()

    /// The encoding for points of `inputDimension` coordinates.
    ///
    /// - Throws: ``NeuralFieldsError/invalidSetting(name:value:remedy:)``.
    func makeEncoding(inputDimension: Int) throws(NeuralFieldsError) -> any Encoding
}

/// Settings with a σ to tune.
public protocol SigmaSettings: EncodingSettings {
    /// Standard deviation of the frequencies, in cycles a unit of length.
    var sigma: Float { get set }
}

/// Settings with a number of frequencies.
public protocol FrequencySettings: EncodingSettings {
    /// How many frequencies there are, in all or an axis.
    var frequencyCount: Int { get set }
}

/// Settings from which something random is drawn.
public protocol SeedSettings: EncodingSettings {
    var seed: UInt64 { get set }
}

/// How to make an ``Encoding``: one of ``all``, with its settings. As JSON `{"gaussian": {"sigma": 5, …}}`.
public struct EncodingConfiguration: Sendable {
    /// Every encoding that there is: a new one is one line here.
    public static let all: [any EncodingSettings.Type] = [
        GaussianFrequencies.self, PositionalFrequencies.self, TransformerFrequencies.self, BasicFrequencies.self,
        IdentityEncoding.Settings.self, GridEncoding.Settings.self,
    ]

    public var settings: any EncodingSettings

    public init(_ settings: any EncodingSettings) { self.settings = settings }

    /// The usual settings of the encoding of this name; nil where there is none.
    public init?(named name: String) {
        guard let type = Self.all.first(where: { $0.name == name }) else { return nil }
        settings = type.init()
    }

    /// One of the names of ``all``.
    public var name: String { type(of: settings).name }

    /// The encoding for points of `inputDimension` coordinates.
    ///
    /// - Throws: ``NeuralFieldsError/invalidSetting(name:value:remedy:)``.
    public func makeEncoding(inputDimension: Int) throws(NeuralFieldsError) -> any Encoding {
        try settings.makeEncoding(inputDimension: inputDimension)
    }
}

// MARK: Settings that several have

extension EncodingConfiguration {
    /// σ; nil where there is none, and then setting it changes nothing.
    public var sigma: Float? {
        get { (settings as? any SigmaSettings)?.sigma }
        set {
            guard var own = settings as? any SigmaSettings, let newValue else { return }
            own.sigma = newValue
            settings = own
        }
    }

    /// How many frequencies; nil where there are none, and then setting it changes nothing.
    public var frequencyCount: Int? {
        get { (settings as? any FrequencySettings)?.frequencyCount }
        set {
            guard var own = settings as? any FrequencySettings, let newValue else { return }
            own.frequencyCount = newValue
            settings = own
        }
    }

    /// The seed; nil where nothing is drawn, and then setting it changes nothing.
    public var seed: UInt64? {
        get { (settings as? any SeedSettings)?.seed }
        set {
            guard var own = settings as? any SeedSettings, let newValue else { return }
            own.seed = newValue
            settings = own
        }
    }

    /// Another encoding, with that one's usual settings but for what both have: the seed, and the law of amplitudes.
    public mutating func switchTo(_ other: EncodingConfiguration) {
        var new = other
        new.seed = seed
        if let law = (settings as? any FourierSettings)?.amplitudes, var own = new.settings as? any FourierSettings {
            own.amplitudes = law
            new.settings = own
        }
        self = new
    }
}

// MARK: Equality and JSON

extension EncodingConfiguration: Equatable {
    public static func == (first: Self, second: Self) -> Bool { first.settings.isEqual(to: second.settings) }
}

extension EncodingSettings {
    fileprivate func isEqual(to other: any EncodingSettings) -> Bool { (other as? Self) == self }
}

extension EncodingConfiguration: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ChoiceName.self)
        if container.contains("kind") {
            settings = try FirstSchema(from: decoder).settings(decoder)
            return
        }
        guard let type = Self.all.first(where: { container.contains(ChoiceName($0.name)) }) else {
            throw DecodingError.unknownChoice(Self.all.map { $0.name }, in: decoder)
        }
        settings = try container.decode(type, forKey: ChoiceName(type.name))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: ChoiceName.self)
        try container.encode(settings, forKey: ChoiceName(name))
    }

    /// The form without a schema number: every setting of every kind, most of them without effect.
    private struct FirstSchema: Decodable {
        var kind: String
        var sigma: Float
        var frequencyCount: Int
        var base: Float
        var amplitudeExponent: Float
        var normalized: Bool
        var seed: UInt64

        func settings(_ decoder: any Decoder) throws -> any EncodingSettings {
            let amplitudes = AmplitudeLaw(exponent: amplitudeExponent, isNormalized: normalized)
            switch kind {
            case "gaussian":
                return GaussianFrequencies(
                    sigma: sigma, frequencyCount: frequencyCount, amplitudes: amplitudes, seed: seed)
            case "positional": return PositionalFrequencies(levels: frequencyCount, amplitudes: amplitudes)
            case "transformer":
                return TransformerFrequencies(levels: frequencyCount, base: base, amplitudes: amplitudes)
            case "basic": return BasicFrequencies(amplitudes: amplitudes)
            case "none": return IdentityEncoding.Settings()
            default: throw DecodingError.unknownChoice(EncodingConfiguration.all.map { $0.name }, in: decoder)
            }
        }
    }
}
