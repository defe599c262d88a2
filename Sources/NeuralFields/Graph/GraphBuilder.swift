/// The operations that models are described in. A model says once, by ``ParametricMap/describe(_:parameters:in:)``, which of
/// them it consists of; each builder makes something else of the description: an ONNX graph, a GLSL function, or the values
/// themselves (`GraphEvaluator`).
///
/// Every operation takes and gives rows of numbers, one row a point. Arrays with a name are kept by it where the result has
/// names, so names must differ within a model.
public protocol GraphBuilder {
    /// Rows of `columns` numbers, one a point, in the builder's own form.
    associatedtype Rows

    /// x + c.
    ///
    /// - Parameters:
    ///   - x: rows.
    ///   - c: one number a column, or one for all.
    ///   - name: of c.
    mutating func shift(_ x: Rows, by c: [Float], name: String) -> Rows

    /// x · c, entry by entry.
    ///
    /// - Parameters:
    ///   - x: rows.
    ///   - c: one number a column, or one for all.
    ///   - name: of c.
    mutating func scale(_ x: Rows, by c: [Float], name: String) -> Rows

    /// W x + b.
    ///
    /// - Parameters:
    ///   - x: rows.
    ///   - weights: W, `(outputs, columns of x)` row-major.
    ///   - bias: b, `(outputs)`; nil for zeros.
    ///   - outputs: columns of the result.
    ///   - name: what those of W and b begin with.
    mutating func linear(_ x: Rows, weights: [Float], bias: [Float]?, outputs: Int, name: String) -> Rows

    /// f(x), entry by entry.
    mutating func apply(_ function: ElementaryFunction, to x: Rows) -> Rows

    /// x + y, of as many columns each.
    mutating func add(_ x: Rows, _ y: Rows) -> Rows

    /// x · y, entry by entry, of as many columns each.
    mutating func multiply(_ x: Rows, _ y: Rows) -> Rows

    /// x, cut off at both ends.
    mutating func clamp(_ x: Rows, to range: ClosedRange<Float>, name: String) -> Rows

    /// The columns of each after those of the one before.
    mutating func concatenate(_ rows: [Rows]) -> Rows

    /// The multilinear interpolation of a lattice at the positions x, of one column an axis; see ``Lattice``.
    mutating func interpolate(_ x: Rows, in lattice: Lattice) -> Rows
}

/// The functions of ``GraphBuilder/apply(_:to:)``.
public enum ElementaryFunction: String, Sendable, CaseIterable {
    /// max(x, 0).
    case rectified
    /// |x|.
    case magnitude
    case sine
    case exponential
    /// For |x| < 1.
    case artanh
    /// sin 2πx. Whole turns are taken off before, so that the value is exact to rounding at any frequency.
    case sineOfTurns
    /// cos 2πx, likewise.
    case cosineOfTurns
}

/// Values at the nodes of a regular lattice of one to three axes, interpolated multilinearly between them.
///
/// Positions are in cells: node i of an axis lies at i. A position outside is moved to the nearest inside.
public struct Lattice: Sendable, Equatable {
    /// Where a node's values stand.
    public enum Storage: Sendable, Equatable {
        /// Every node has its own, the first axis fastest: node (i, j, k) is entry i + n₀ (j + n₁ k).
        case dense
        /// Nodes share 2^`exponent` entries: node (i, j, k) has entry (i ⊕ 2654435761 j ⊕ 805459861 k) mod 2^`exponent`
        /// (Müller et al., SIGGRAPH 2022, equation 4).
        case hashed(exponent: Int)
    }

    public let name: String
    /// Nodes an axis, n₀, n₁, …; each at least 2.
    public let counts: [Int]
    /// Values of a node.
    public let channels: Int
    public let storage: Storage
    /// `(entries, channels)` row-major.
    public let values: [Float]

    /// - Precondition: one to three axes of at least two nodes; as many values as entries and channels ask for.
    public init(name: String, counts: [Int], channels: Int, storage: Storage = .dense, values: [Float]) {
        precondition((1...3).contains(counts.count) && counts.allSatisfy { $0 >= 2 }, "one to three axes of two nodes")
        self.name = name
        self.counts = counts
        self.channels = channels
        self.storage = storage
        self.values = values
        precondition(channels >= 1 && values.count == entryCount * channels, "a value for each entry and channel")
    }

    /// Entries of the table.
    public var entryCount: Int {
        switch storage {
        case .dense: counts.reduce(1, *)
        case .hashed(let exponent): 1 << exponent
        }
    }

    /// The factors of ``Storage/hashed(exponent:)``, one an axis.
    public static let hashFactors = [1, 2_654_435_761, 805_459_861]

    /// Where a node's values stand: its entry.
    ///
    /// - Parameter node: one index an axis.
    public func entry(of node: [Int]) -> Int {
        switch storage {
        case .dense: zip(node, counts).reversed().reduce(0) { $0 * $1.1 + $1.0 }
        case .hashed(let exponent):
            zip(node, Self.hashFactors).reduce(0) { $0 ^ ($1.0 &* $1.1) } & (1 << exponent - 1)
        }
    }
}
