/// 2v − 1: coordinates of the unit cube in [−1, 1], no frequencies.
public struct IdentityEncoding: Encoding {
    public let inputDimension: Int

    public init(inputDimension: Int) {
        precondition(inputDimension >= 1, "at least one coordinate")
        self.inputDimension = inputDimension
    }

    public var outputCount: Int { inputDimension }
    public var parameterGroups: [ParameterGroup] { [] }
    public var configuration: EncodingConfiguration? { nil }

    public func encode(_ tile: EncodedTile) {
        for row in 0..<tile.count {
            for axis in 0..<inputDimension {
                tile.features[row * tile.stride + axis] = 2 * tile.points[row * inputDimension + axis] - 1
            }
        }
    }

    public func pullBack(
        _ tile: EncodedTile, featureGradient: UnsafePointer<Float>, parameterGradient: UnsafeMutablePointer<Float>?,
        pointGradient: UnsafeMutablePointer<Float>?
    ) {
        guard let pointGradient else { return }
        for row in 0..<tile.count {
            for axis in 0..<inputDimension {
                pointGradient[row * inputDimension + axis] = 2 * featureGradient[row * tile.stride + axis]
            }
        }
    }

    public func describe<Builder: GraphBuilder>(
        _ inputs: Builder.Rows, parameters: ArraySlice<Float>, in builder: inout Builder
    ) -> Builder.Rows {
        let doubled = builder.scale(inputs, by: [2], name: "encoding.two")
        return builder.shift(doubled, by: [-1], name: "encoding.minus_one")
    }

    /// The settings of an ``IdentityEncoding``: none.
    public struct Settings: EncodingSettings {
        public static let name = "none"
        public init() {}

        public func makeEncoding(inputDimension: Int) -> any Encoding {
            IdentityEncoding(inputDimension: inputDimension)
        }
    }
}
