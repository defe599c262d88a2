import Core
import Evaluation

/// How far the written surface may be from the input, and the input from it.
public struct Tolerance: Sendable, Equatable, Codable {
    public enum Unit: String, Sendable, Codable {
        /// Lengths of the mesh's own coordinates.
        case length
        /// Parts of the diagonal of the mesh's box.
        case diagonal
    }

    public var value: Double
    public var unit: Unit

    public init(_ value: Double, unit: Unit) {
        self.value = value
        self.unit = unit
    }

    /// In lengths of a mesh.
    public func length(diagonal: Double) -> Double { unit == .length ? value : value * diagonal }
}

/// What a search for a grid within a tolerance came to.
public struct ToleranceResult: Sendable, Equatable, Codable {
    /// One grid that was tried.
    public struct Attempt: Sendable, Equatable, Codable {
        public var coefficients: Int
        /// The shortest side of a cell, in lengths of the mesh.
        public var cell: Double
        /// Bounds on the distance, as far as they were needed.
        public var lower: Double
        public var upper: Double
        public var seconds: Double
    }

    /// In lengths of the mesh.
    public var tolerance: Double
    /// Whether no point of either surface is further than that from the other.
    public var isMet: Bool
    /// Of the surface that is returned: the one that meets the tolerance, or else the closest.
    public var bounds: CertifiedHausdorff
    public var attempts: [Attempt]
    /// Why it was not met.
    public var obstacle: String?

    /// Takes bounds of another surface than the one that was compared.
    ///
    /// - Parameter change: why it is another one, a clause.
    package mutating func judge(_ bounds: CertifiedHausdorff, change: String) {
        self.bounds = bounds
        isMet = bounds.upper <= tolerance
        obstacle = isMet ? nil : change
    }
}
