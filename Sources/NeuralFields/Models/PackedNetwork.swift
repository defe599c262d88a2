import CKernels

/// A network's hidden layers in the form that the matrix kernels read, made once a step and shared by all workers.
final class PackedNetwork: Sendable {
    /// Per hidden layer: Wᵀ `(inputs, outputs)` with the bias as the row that products start from.
    let forward: [FloatBuffer]
    /// Per hidden layer: W `(outputs, inputs)`.
    let backward: [FloatBuffer]
    /// The output layer's W `(outputs, inputs)`, then its b.
    let output: FloatBuffer

    init(_ shape: MultilayerPerceptron) {
        let hidden = shape.layers.dropLast()
        forward = hidden.map { FloatBuffer(count: ck_packed_count($0.inputs, $0.outputs)) }
        backward = hidden.map { FloatBuffer(count: ck_packed_count($0.outputs, $0.inputs)) }
        let last = shape.layers[shape.layers.count - 1]
        output = FloatBuffer(count: last.end - last.weights)
    }

    /// Takes over `parameters`, laid out as `shape` says.
    ///
    /// - Parameter includesBackward: whether ``backward`` is needed too.
    func pack(_ parameters: Span<Float>, of shape: MultilayerPerceptron, includesBackward: Bool) {
        parameters.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            for (index, layer) in shape.layers.dropLast().enumerated() {
                let weights = base + layer.weights
                ck_pack(
                    layer.inputs, layer.outputs, weights, 1, layer.inputs, base + layer.biases, forward[index].pointer)
                if includesBackward {
                    ck_pack(layer.outputs, layer.inputs, weights, layer.inputs, 1, nil, backward[index].pointer)
                }
            }
            output.pointer.update(from: base + shape.layers[shape.layers.count - 1].weights, count: output.count)
        }
    }
}
