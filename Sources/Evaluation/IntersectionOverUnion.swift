/// |A ∧ B| / |A ∨ B| over test points, A and B being the points inside two shapes.
public struct IntersectionOverUnion: Sendable, Equatable, Codable {
    /// Test points inside both.
    public let intersection: Int
    /// Test points inside either.
    public let union: Int
    /// Test points.
    public let count: Int

    public init(intersection: Int, union: Int, count: Int) {
        self.intersection = intersection
        self.union = union
        self.count = count
    }

    /// - Precondition: as many insides of one as of the other.
    public init(_ first: [Bool], _ second: [Bool]) {
        precondition(first.count == second.count, "insides of the same points")
        var intersection = 0
        var union = 0
        for index in first.indices {
            intersection += first[index] && second[index] ? 1 : 0
            union += first[index] || second[index] ? 1 : 0
        }
        self.init(intersection: intersection, union: union, count: first.count)
    }

    /// In [0, 1]. Two empty sets score 1, an empty one against another 0.
    public var value: Double { union == 0 ? 1 : Double(intersection) / Double(union) }

    /// Standard error of ``value`` as an estimate from independent points: √(v (1 − v) / |A ∨ B|).
    public var standardError: Double {
        union == 0 ? 0 : (value * (1 - value) / Double(union)).squareRoot()
    }
}
