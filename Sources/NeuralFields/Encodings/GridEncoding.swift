import CKernels

/// Learnt features on grids of several resolutions, interpolated trilinearly: the multi-resolution hash encoding of Müller
/// et al. ("Instant Neural Graphics Primitives", SIGGRAPH 2022, section 3).
///
/// Level l has N_l cells a side of the unit cube, N_l growing geometrically from the coarsest to the finest. Where its
/// (N_l + 1)^d nodes are more than a level may hold they share entries by a hash, and training sorts out who gets them.
/// Unlike in the paper a node of every level lies in the cube's corner: positions are v · N_l, not v · N_l + ½. Points
/// outside the unit cube have the features of the nearest inside.
///
/// - Complexity: 2^d · levels · features operations a point; memory for parameters and their gradients as for any others.
public struct GridEncoding: Encoding {
    /// Its settings.
    public struct Settings: EncodingSettings {
        public static let name = "grid"

        /// How many grids.
        public var levels = 8
        /// Features a level.
        public var features = 4
        /// Cells a side of the coarsest grid.
        public var coarsest = 8
        /// Cells a side of the finest grid.
        public var finest = 128
        /// A level holds at most 2^`tableExponent` entries.
        public var tableExponent = 12

        public init() {}

        public init(levels: Int, features: Int, coarsest: Int, finest: Int, tableExponent: Int) {
            self.levels = levels
            self.features = features
            self.coarsest = coarsest
            self.finest = finest
            self.tableExponent = tableExponent
        }

        private enum CodingKeys: String, CodingKey {
            case levels, features, coarsest, finest, tableExponent = "table_exponent"
        }

        public func makeEncoding(inputDimension: Int) throws(NeuralFieldsError) -> any Encoding {
            func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws(NeuralFieldsError) {
                try require(
                    range.contains(value), name, value, "must be between \(range.lowerBound) and \(range.upperBound)")
            }
            try check("grid dimension", inputDimension, 1...3)
            try check("grid levels", levels, 1...32)
            try check("grid features", features, 1...16)
            try check("coarsest grid", coarsest, 1...65_536)
            try check("finest grid", finest, coarsest...65_536)
            try check("grid table exponent", tableExponent, 4...24)
            return GridEncoding(self, inputDimension: inputDimension)
        }
    }

    /// One grid.
    struct Level: Sendable, Equatable {
        /// Cells a side.
        let cells: Int
        /// nil where every node has its own entry.
        let hashExponent: Int?
        let entryCount: Int
    }

    public let settings: Settings
    public let inputDimension: Int
    let levels: [Level]
    private let kernelLevels: [ck_hashgrid_level]

    /// - Precondition: settings that ``Settings/makeEncoding(inputDimension:)`` accepts.
    init(_ settings: Settings, inputDimension: Int) {
        self.settings = settings
        self.inputDimension = inputDimension
        // Equation 3: N_l = ⌊N_min b^l⌋ with b^(levels − 1) = N_max / N_min.
        let growth =
            Double.log(Double(settings.finest) / Double(settings.coarsest)) / Double(max(settings.levels - 1, 1))
        levels = (0..<settings.levels).map { index in
            // The hair above keeps the finest level's own number through rounding.
            let cells = Int(Double(settings.coarsest) * Double.exp(growth * Double(index)) + 1e-6)
            // At most 65537³, which 64 bits hold.
            let nodes = (0..<inputDimension).reduce(1) { count, _ in count * (cells + 1) }
            let isHashed = nodes > 1 << settings.tableExponent
            return Level(
                cells: cells, hashExponent: isHashed ? settings.tableExponent : nil,
                entryCount: isHashed ? 1 << settings.tableExponent : nodes)
        }
        var offset = 0
        kernelLevels = levels.map { level in
            defer { offset += level.entryCount * settings.features }
            return ck_hashgrid_level(
                cells: Int32(level.cells), mask: level.hashExponent.map { UInt32(1) << UInt32($0) - 1 } ?? 0,
                offset: offset)
        }
    }

    public static func == (first: Self, second: Self) -> Bool {
        first.settings == second.settings && first.inputDimension == second.inputDimension
    }

    public var configuration: EncodingConfiguration? { EncodingConfiguration(settings) }
    public var outputCount: Int { settings.levels * settings.features }

    /// A table `(entries, features)` a level, drawn uniformly within ±1e-4 as in the paper.
    public var parameterGroups: [ParameterGroup] {
        zip(levels.indices, zip(levels, kernelLevels)).map { index, level in
            ParameterGroup(
                name: "tables.\(index)", kind: .table,
                blocks: [
                    .init(
                        start: level.1.offset, rows: level.0.entryCount, columns: settings.features,
                        initial: .uniform(bound: 1e-4))
                ])
        }
    }

    public func encode(_ tile: EncodedTile) {
        kernelLevels.withUnsafeBufferPointer { levels in
            ck_hashgrid_features(
                tile.count, inputDimension, levels.count, settings.features, levels.baseAddress, tile.parameters,
                tile.points, tile.features, tile.stride)
        }
    }

    public func pullBack(
        _ tile: EncodedTile, featureGradient: UnsafePointer<Float>, parameterGradient: UnsafeMutablePointer<Float>?,
        pointGradient: UnsafeMutablePointer<Float>?
    ) {
        kernelLevels.withUnsafeBufferPointer { levels in
            ck_hashgrid_gradient(
                tile.count, inputDimension, levels.count, settings.features, levels.baseAddress, tile.parameters,
                tile.points, featureGradient, tile.stride, parameterGradient, pointGradient)
        }
    }

    public func describe<Builder: GraphBuilder>(
        _ inputs: Builder.Rows, parameters: ArraySlice<Float>, in builder: inout Builder
    ) -> Builder.Rows {
        let features = zip(levels, kernelLevels).enumerated().map { index, level in
            let start = parameters.startIndex + level.1.offset
            let position = builder.scale(inputs, by: [Float(level.0.cells)], name: "encoding.cells.\(index)")
            return builder.interpolate(
                position,
                in: Lattice(
                    name: "encoding.tables.\(index)",
                    counts: [Int](repeating: level.0.cells + 1, count: inputDimension), channels: settings.features,
                    storage: level.0.hashExponent.map { .hashed(exponent: $0) } ?? .dense,
                    values: Array(parameters[start..<(start + level.0.entryCount * settings.features)])))
        }
        return builder.concatenate(features)
    }
}
