import Core

/// What one layer's part of the Jacobian is made of: the derivative of an output at a point with respect to W is the
/// outer product of ``gradients`` and ``inputs`` there, and with respect to b it is ``gradients``.
package struct LayerDerivatives: Sendable {
    /// What enters the layer, `(n, inputs)` row-major.
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
        let packed = PackedNetwork(shape)
        packed.pack(parameters.span, of: shape, includesBackward: true)
        let tiles = (0..<workers.count).map { _ in NetworkTile(encoding: encoding, shape: shape) }
        let inputs = shape.layers.map { FloatBuffer(count: count * $0.inputs) }
        let gradients = shape.layers.map { FloatBuffer(count: count * $0.outputs) }
        let last = shape.layers.count - 1
        points.withUnsafeBufferPointer { points in
            guard let points = points.baseAddress else { return }
            workers.forEachChunk(of: count, chunkSize: NetworkTile.capacity) { rows, worker in
                let tile = tiles[worker]
                tile.points.pointer.update(
                    from: points + rows.lowerBound * dimension, count: rows.count * dimension)
                tile.forward(packed, count: rows.count)
                tile.outputGradient.pointer.update(repeating: 0, count: rows.count * outputCount)
                for row in 0..<rows.count { tile.outputGradient.pointer[row * outputCount + output] = 1 }
                copyRows(
                    tile.outputGradient.pointer, stride: outputCount, width: outputCount, rows, to: gradients[last])
                for (index, layer) in shape.layers.enumerated() {
                    copyRows(
                        tile.activations[index].pointer, stride: NetworkTile.stride(layer.inputs),
                        width: layer.inputs, rows, to: inputs[index])
                }
                tile.backward(packed, count: rows.count, parameterGradient: nil) { index, gradient, stride in
                    copyRows(gradient, stride: stride, width: shape.layers[index].outputs, rows, to: gradients[index])
                }
            }
        }
        return zip(inputs, gradients).map { input, gradient in
            LayerDerivatives(
                inputs: Array(UnsafeBufferPointer(start: input.pointer, count: input.count)),
                gradients: Array(UnsafeBufferPointer(start: gradient.pointer, count: gradient.count)))
        }
    }
}

extension Encoding {
    /// The features of each point as the network sees them, `(n, featureCount)` row-major.
    ///
    /// - Parameter points: `(n, inputDimension)` row-major.
    package func features(of points: [Float]) -> [Float] {
        let count = points.count / inputDimension
        precondition(points.count == count * inputDimension, "whole points")
        let features = FloatBuffer(count: count * featureCount)
        points.withUnsafeBufferPointer { points in
            guard let points = points.baseAddress else { return }
            encode(points, count: count, into: features.pointer, stride: featureCount)
        }
        return Array(UnsafeBufferPointer(start: features.pointer, count: features.count))
    }
}

private func copyRows(
    _ source: UnsafePointer<Float>, stride: Int, width: Int, _ rows: Range<Int>, to target: FloatBuffer
) {
    for row in 0..<rows.count {
        target[(rows.lowerBound + row) * width].update(from: source + row * stride, count: width)
    }
}
