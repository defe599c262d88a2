import Core
import NeuralFields

/// Networks as ONNX graphs, for every runtime that reads them: `points` (n, d) → `values` (n, outputs), single precision.
///
/// Turns are reduced to [−½, ½] before sine and cosine, so that a runtime's values stay within rounding of ours at any
/// frequency.
public enum OnnxExport {
    /// Writes a network, whole or not at all; the same network gives the same bytes.
    ///
    /// - Parameters:
    ///   - frame: the caller's coordinates and values; nil for the network's own.
    ///   - metadata: any text.
    /// - Throws: ``NeuralFieldsError/fileUnwritable(path:reason:)``.
    public static func write(
        _ network: CoordinateNetwork, frame: ExportFrame? = nil, metadata: [String: String] = [:], to path: String
    ) throws(NeuralFieldsError) {
        do {
            try AtomicFile.write(bytes(of: network, frame: frame, metadata: metadata).span, to: path)
        } catch {
            throw .fileUnwritable(path: error.path, reason: error.reason)
        }
    }

    /// What ``write(_:frame:metadata:to:)`` writes.
    public static func bytes(
        of network: CoordinateNetwork, frame: ExportFrame? = nil, metadata: [String: String] = [:]
    ) -> [UInt8] {
        precondition(
            frame.map { $0.center.count == network.inputDimension } ?? true, "a centre of the points' dimension")
        var graph = OnnxGraph()
        var current = "points"
        if let frame { current = place(current, frame, &graph) }
        let placed = current
        current = encode(current, network.encoding, &graph)
        let layers = network.shape.layers
        for (index, layer) in layers.enumerated() {
            let isLast = index == layers.count - 1
            let weight = graph.constant(
                "layers.\(index).weight", shape: [layer.outputs, layer.inputs],
                Array(network.parameters[layer.weights..<layer.biases]))
            let bias = graph.constant(
                "layers.\(index).bias", shape: [layer.outputs], Array(network.parameters[layer.biases..<layer.end]))
            current = graph.node(
                "Gemm", [current, weight, bias], output: isLast && frame == nil ? "values" : nil,
                integers: ["transB": 1])
            if !isLast { current = activate(current, network.shape.activation, &graph) }
        }
        if let base = frame?.base {
            current = graph.corrected(base, at: placed, by: current, output: "values")
        } else if let frame {
            current = finish(current, frame.output, &graph)
        }
        return graph.model(
            input: "points", inputColumns: network.inputDimension, output: current, outputColumns: network.outputCount,
            metadata: metadata)
    }

    static func place(_ points: String, _ frame: ExportFrame, _ graph: inout OnnxGraph) -> String {
        let center = graph.constant("frame.center", shape: [frame.center.count], frame.center)
        let centred = graph.node("Sub", [points, center])
        let scaled = graph.node("Mul", [centred, graph.constant("frame.scale", [frame.scale])])
        let offset = graph.constant("frame.offset", shape: [frame.offset.count], frame.offset)
        return graph.node("Add", [scaled, offset])
    }

    static func finish(_ outputs: String, _ output: ExportFrame.Output, _ graph: inout OnnxGraph) -> String {
        switch output {
        case .scaled(let factor):
            return graph.node("Mul", [outputs, graph.constant("frame.output_scale", [factor])], output: "values")
        case .tanhCompressed(let scale):
            let bounded = graph.node(
                "Clip",
                [
                    outputs, graph.constant("frame.lower_limit", [-ExportFrame.artanhLimit]),
                    graph.constant("frame.upper_limit", [ExportFrame.artanhLimit]),
                ])
            return graph.node(
                "Mul", [graph.node("Atanh", [bounded]), graph.constant("frame.output_scale", [scale])], output: "values"
            )
        }
    }

    private static func encode(_ points: String, _ encoding: Encoding, _ graph: inout OnnxGraph) -> String {
        guard let fourier = encoding.fourier else {
            let doubled = graph.node("Mul", [points, graph.constant("encoding.two", [2])])
            return graph.node("Sub", [doubled, graph.constant("encoding.one", [1])])
        }
        let frequencies = graph.constant(
            "encoding.frequencies", shape: [fourier.inputDimension, fourier.count], fourier.frequencies)
        let turns = graph.node("MatMul", [points, frequencies])
        let reduced = graph.node("Sub", [turns, graph.node("Round", [turns])])
        let phase = graph.node("Mul", [reduced, graph.constant("encoding.two_pi", [2 * .pi])])
        let features = graph.node(
            "Concat", [graph.node("Cos", [phase]), graph.node("Sin", [phase])], integers: ["axis": 1])
        let amplitudes = graph.constant(
            "encoding.amplitudes", shape: [2 * fourier.count], fourier.amplitudes + fourier.amplitudes)
        return graph.node("Mul", [features, amplitudes])
    }

    private static func activate(_ values: String, _ activation: Activation, _ graph: inout OnnxGraph) -> String {
        func scale(_ factor: Float) -> String { graph.constant("activation.scale", [factor]) }
        switch activation.kind {
        case .relu:
            return graph.node("Relu", [values])
        case .sine:
            return graph.node("Sin", [graph.node("Mul", [values, scale(activation.scale)])])
        case .gaussian:
            let scaled = graph.node("Mul", [values, scale(1 / activation.scale)])
            let half = graph.constant("activation.minus_half", [-0.5])
            return graph.node("Exp", [graph.node("Mul", [graph.node("Mul", [scaled, scaled]), half])])
        case .finer:
            let growing = graph.node("Add", [graph.node("Abs", [values]), graph.constant("activation.one", [1])])
            return graph.node(
                "Sin", [graph.node("Mul", [graph.node("Mul", [growing, values]), scale(activation.scale)])])
        }
    }
}
