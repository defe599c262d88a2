import Core

/// What one layer's part of the Jacobian is made of: the derivative of an output at a point with respect to W is the
/// outer product of ``gradients`` and ``inputs`` there, and with respect to b it is ``gradients``. An encoding's own
/// parameters have no part in it.
package struct LayerDerivatives: Sendable {
    /// The layer's inputs, `(n, inputs)` row-major.
    package var inputs: [Float]
    /// The derivative of the output with respect to W x + b, `(n, outputs)` row-major.
    package var gradients: [Float]
}

extension CoordinateNetwork {
    /// Every layer's inputs and the derivatives of one output, at each point, by the backward pass that training uses.
    ///
    /// - Parameters:
    ///   - points: `(n, inputDimension)` row-major.
    ///   - output: which of a point's values.
    package func layerDerivatives(at points: [Float], output: Int, workers: Workers) -> [LayerDerivatives] {
        let dimension = inputDimension
        let count = points.count / dimension
        precondition(points.count == count * dimension, "whole points")
        precondition((0..<outputCount).contains(output), "an output that exists")
        let engine = makeEngine()
        engine.take(parameters.span)
        let workspaces = (0..<workers.count).map { _ in
            (pass: engine.makePass(), outputs: AlignedBuffer<Float>(count: Tile.capacity * outputCount))
        }
        let inputs = shape.layers.map { AlignedBuffer<Float>(count: count * $0.inputs) }
        let gradients = shape.layers.map { AlignedBuffer<Float>(count: count * $0.outputs) }
        let last = shape.layers.count - 1
        points.withUnsafeBufferPointer { points in
            guard let points = points.baseAddress else { return }
            workers.forEachChunk(of: count, chunkSize: Tile.capacity) { rows, worker in
                let (pass, outputs) = (workspaces[worker].pass, workspaces[worker].outputs.pointer)
                let first = points + rows.lowerBound * dimension
                pass.forward(first, count: rows.count, outputs: outputs)
                // From here on the gradient with respect to the outputs.
                outputs.update(repeating: 0, count: rows.count * outputCount)
                for row in 0..<rows.count { outputs[row * outputCount + output] = 1 }
                copyRows(outputs, stride: outputCount, width: outputCount, rows, to: gradients[last])
                for (index, layer) in shape.layers.enumerated() {
                    copyRows(
                        pass.activations[index].pointer, stride: Panel.stride(layer.inputs),
                        width: layer.inputs, rows, to: inputs[index])
                }
                pass.backward(
                    first, count: rows.count, outputGradient: outputs, parameterGradient: nil, pointGradient: nil
                ) { index, gradient, stride in
                    copyRows(gradient, stride: stride, width: shape.layers[index].outputs, rows, to: gradients[index])
                }
            }
        }
        return zip(inputs, gradients).map { LayerDerivatives(inputs: $0.elements, gradients: $1.elements) }
    }
}

private func copyRows(
    _ source: UnsafePointer<Float>, stride: Int, width: Int, _ rows: Range<Int>, to target: AlignedBuffer<Float>
) {
    for row in 0..<rows.count {
        target[(rows.lowerBound + row) * width].update(from: source + row * stride, count: width)
    }
}
