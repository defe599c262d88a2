/// A function of rows of numbers with parameters: an ``Encoding`` of points, a ``Model`` of them, or a part of one.
public protocol ParametricMap: Sendable {
    /// Numbers of a point that go in.
    var inputDimension: Int { get }
    /// Numbers of a point that come out.
    var outputCount: Int { get }
    /// Its parameters, in the order of their places, which start at 0 and leave nothing out; empty where it has none.
    var parameterGroups: [ParameterGroup] { get }

    /// Says what the map computes.
    ///
    /// - Parameters:
    ///   - inputs: `inputDimension` columns.
    ///   - parameters: `(parameterCount)`.
    ///   - builder: gets the operations.
    /// - Returns: `outputCount` columns.
    func describe<Builder: GraphBuilder>(
        _ inputs: Builder.Rows, parameters: ArraySlice<Float>, in builder: inout Builder
    ) -> Builder.Rows
}

extension ParametricMap {
    public var parameterCount: Int { parameterGroups.last?.end ?? 0 }
}
