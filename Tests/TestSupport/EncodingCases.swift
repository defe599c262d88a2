import NeuralFields

extension EncodingConfiguration {
    /// Every encoding that there is, at a size for finite differences: a new one takes part with its usual settings, or
    /// with smaller ones where a line here says so.
    package static let tested = all.map { type in
        small.first { $0.name == type.name } ?? EncodingConfiguration(type.init())
    }

    private static let small = [
        EncodingConfiguration(GaussianFrequencies(sigma: 1, frequencyCount: 21, seed: 1)),
        EncodingConfiguration(PositionalFrequencies(levels: 3)),
        EncodingConfiguration(TransformerFrequencies(levels: 3, base: 4)),
        // 3, 4 and 7 cells a side: 64 entries are a table of their own for every level of one axis, and shared by 125 and
        // 512 nodes of three.
        EncodingConfiguration(
            GridEncoding.Settings(levels: 3, features: 2, coarsest: 3, finest: 7, tableExponent: 6)),
    ]
}

extension CoordinateNetwork {
    /// The same with an encoding's parameters as large as those of a trained one: before training they are near zero.
    package func withGrownEncoding(by factor: Float = 5000) -> CoordinateNetwork {
        var grown = self
        for index in shape.parameterCount..<parameters.count { grown.parameters[index] *= factor }
        return grown
    }
}
