import Core

/// Parameters that belong together: what an optimiser knows of a model.
public struct ParameterGroup: Sendable, Equatable {
    /// How a group's parameters act on each other.
    public enum Kind: Sendable, Equatable {
        /// The entries of one matrix, all of which every point moves: what SOAP's preconditioner is for.
        case matrix
        /// Rows of a table, of which a point moves a few.
        case table
    }

    /// Columns of a group that stand together in the array of parameters, `(rows, columns)` row-major.
    public struct Block: Sendable, Equatable {
        /// Place of the first entry.
        public let start: Int
        public let rows: Int
        public let columns: Int
        /// The distribution of entries before training.
        public let initial: InitialDistribution

        public init(start: Int, rows: Int, columns: Int, initial: InitialDistribution) {
            self.start = start
            self.rows = rows
            self.columns = columns
            self.initial = initial
        }

        /// Places of the entries.
        public var range: Range<Int> { start..<(start + rows * columns) }
    }

    /// The prefix of its tensors in a file, such as `layers.0`.
    public let name: String
    public let kind: Kind
    /// Side by side they make a matrix of ``rows`` rows, such as [W b] of a layer; in the order of their places, without
    /// gaps.
    public let blocks: [Block]

    /// - Precondition: at least one block, all of as many rows, one after the other.
    public init(name: String, kind: Kind = .matrix, blocks: [Block]) {
        precondition(!blocks.isEmpty && blocks.allSatisfy { $0.rows == blocks[0].rows }, "blocks of as many rows each")
        precondition(
            zip(blocks, blocks.dropFirst()).allSatisfy { $0.range.upperBound == $1.start }, "blocks without gaps")
        self.name = name
        self.kind = kind
        self.blocks = blocks
    }

    public var rows: Int { blocks[0].rows }
    /// Of all blocks together.
    public var columns: Int { blocks.reduce(0) { $0 + $1.columns } }
    /// Place of the first entry.
    public var start: Int { blocks[0].start }
    /// Place past the last entry.
    public var end: Int { blocks[blocks.count - 1].range.upperBound }

    /// The same group, its places `offset` further, `prefix` before its name.
    func moved(by offset: Int, prefix: String = "") -> ParameterGroup {
        ParameterGroup(
            name: prefix + name, kind: kind,
            blocks: blocks.map {
                Block(start: $0.start + offset, rows: $0.rows, columns: $0.columns, initial: $0.initial)
            })
    }
}

/// The distribution of parameters before training.
public enum InitialDistribution: Sendable, Equatable {
    case zero
    /// N(0, deviation²).
    case normal(deviation: Float)
    /// Uniform in ±bound.
    case uniform(bound: Float)

    func value(at index: UInt64, of stream: RandomStream) -> Float {
        switch self {
        case .zero: 0
        case .normal(let deviation): deviation * stream.normals(at: index).x
        case .uniform(let bound): bound * (2 * stream.uniforms(at: index).x - 1)
        }
    }
}

extension [ParameterGroup] {
    /// Parameters drawn from `seed`: entry i is a pure function of its distribution, the seed, `purpose` and i.
    func drawn(seed: UInt64, purpose: UInt64) -> [Float] {
        let stream = RandomStream(seed: seed, stream: purpose)
        var parameters = [Float](repeating: 0, count: last?.end ?? 0)
        for block in lazy.flatMap(\.blocks) {
            for entry in block.range { parameters[entry] = block.initial.value(at: UInt64(entry), of: stream) }
        }
        return parameters
    }
}
