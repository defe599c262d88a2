import Core
import Fitting
import Geometry

/// What `sf_fit` is told: a preset or a configuration, and what differs from it.
struct FitSettings: Decodable {
    /// σ of the frequencies, or that it is searched for.
    enum Sigma: Decodable {
        case value(Float)
        case automatic

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Float.self) {
                self = .value(value)
            } else if (try? container.decode(String.self)) == "auto" {
                self = .automatic
            } else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be a number or \"auto\"")
            }
        }
    }

    /// A length, or a part of the diagonal with a per cent sign.
    struct ToleranceText: Decodable {
        let tolerance: Tolerance

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let length = try? container.decode(Double.self) {
                tolerance = Tolerance(length, unit: .length)
            } else if let text = try? container.decode(String.self), text.hasSuffix("%"),
                let number = Double(text.dropLast())
            {
                tolerance = Tolerance(number / 100, unit: .diagonal)
            } else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "must be a length, or a text such as \"0.1%\" of the diagonal")
            }
        }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case preset, configuration, sigma, tolerance, coefficients, target, steps, seconds, seed, resolution, sign
    }

    /// With everything that was left open.
    let configuration: FitConfiguration
    let searchesSigma: Bool
    /// Whether the extraction's resolution is chosen by the shape's walls.
    let adaptsResolution: Bool

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: AnyKey.self).allKeys
        if let unknown = keys.first(where: { CodingKeys(rawValue: $0.stringValue) == nil }) {
            let known = CodingKeys.allCases.map(\.rawValue).joined(separator: ", ")
            throw ArgumentError("settings: there is no \(unknown.stringValue); there are \(known)")
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func given<Value: Decodable>(_ key: CodingKeys, as type: Value.Type = Value.self) throws -> Value? {
            try container.decodeIfPresent(type, forKey: key)
        }
        var configuration = try Self.start(preset: given(.preset), configuration: given(.configuration))
        if let names: SettingNames = try given(.configuration), let name = configuration.misspelt(in: names) {
            throw ArgumentError("settings: there is no configuration.\(name)")
        }
        if let kind: FieldTarget.Kind = try given(.target), kind != configuration.target.kind {
            configuration.switchTarget(to: kind)
        }
        let tolerance = try given(.tolerance, as: ToleranceText.self)?.tolerance
        let coefficients: Int? = try given(.coefficients)
        if tolerance != nil && coefficients != nil {
            throw ArgumentError("settings: a tolerance chooses the coefficients; give one of the two")
        }
        if tolerance != nil || coefficients != nil, configuration.grid == nil {
            configuration.switchGrid(to: GridSettings())
        }
        if let tolerance { configuration.grid?.tolerance = tolerance }
        if let coefficients { configuration.grid?.coefficients = coefficients }
        if configuration.grid != nil, let key = [CodingKeys.sigma, .steps, .seconds].first(where: container.contains) {
            throw ArgumentError("settings: \(key.rawValue) is a network's; a grid is solved, not trained: leave it out")
        }
        var searchesSigma = false
        switch try given(.sigma, as: Sigma.self) {
        case .automatic: searchesSigma = true
        case .value(let sigma):
            guard configuration.encoding.sigma != nil else {
                throw ArgumentError("settings: the encoding \(configuration.encoding.name) has no sigma")
            }
            configuration.encoding.sigma = sigma
        case nil: break
        }
        let (steps, seconds): (Int?, Double?) = (try given(.steps), try given(.seconds))
        if steps != nil && seconds != nil { throw ArgumentError("settings: give steps or seconds, not both") }
        if let steps { configuration.budget = .steps(steps) }
        if let seconds { configuration.budget = .seconds(seconds) }
        if let seed: UInt64 = try given(.seed) {
            configuration.seed = seed
            configuration.encoding.seed = seed
        }
        let resolution: Int? = try given(.resolution)
        if let resolution { configuration.resolution = resolution }
        if let sign: SignMethod = try given(.sign) { configuration.labels.sign = sign }
        try configuration.validate()
        self.configuration = configuration
        self.searchesSigma = searchesSigma
        adaptsResolution = resolution == nil
    }

    private static func start(preset name: String?, configuration: FitConfiguration?) throws -> FitConfiguration {
        if let configuration {
            if name != nil { throw ArgumentError("settings: give a preset or a configuration, not both") }
            return configuration
        }
        guard let preset = Preset(rawValue: name ?? Preset.default.rawValue) else {
            let known = Preset.allCases.map(\.rawValue).joined(separator: ", ")
            throw ArgumentError("settings: there is no preset \(name ?? ""); there are \(known)")
        }
        return preset.configuration
    }
}

/// Any key of an object.
private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
