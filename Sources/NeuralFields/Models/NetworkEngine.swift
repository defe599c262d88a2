import CKernels
import Core

/// A network's parameters in the form that the kernels read: hidden layers packed for the matrix products, the output layer
/// and the encoding's parameters as they are.
public final class NetworkEngine: ModelEngine {
    let encoding: any Encoding
    let shape: MultilayerPerceptron
    /// Per hidden layer: Wᵀ `(inputs, outputs)` with the bias as the row that products start from.
    let forward: [AlignedBuffer<Float>]
    /// Per hidden layer: W `(outputs, inputs)`.
    let backward: [AlignedBuffer<Float>]
    /// The output layer's W `(outputs, inputs)`, then its b.
    let output: AlignedBuffer<Float>
    let encodingParameters: AlignedBuffer<Float>

    init(encoding: any Encoding, shape: MultilayerPerceptron) {
        self.encoding = encoding
        self.shape = shape
        let hidden = shape.layers.dropLast()
        forward = hidden.map { AlignedBuffer<Float>(count: ck_packed_count($0.inputs, $0.outputs)) }
        backward = hidden.map { AlignedBuffer<Float>(count: ck_packed_count($0.outputs, $0.inputs)) }
        let last = shape.layers[shape.layers.count - 1]
        output = AlignedBuffer<Float>(count: last.end - last.weights)
        encodingParameters = AlignedBuffer<Float>(count: encoding.parameterCount)
    }

    public func take(_ parameters: Span<Float>) {
        precondition(parameters.count == shape.parameterCount + encodingParameters.count, "a parameter for each place")
        parameters.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            for (index, layer) in shape.layers.dropLast().enumerated() {
                let weights = base + layer.weights
                ck_pack(
                    layer.inputs, layer.outputs, weights, 1, layer.inputs, base + layer.biases, forward[index].pointer)
                ck_pack(layer.outputs, layer.inputs, weights, layer.inputs, 1, nil, backward[index].pointer)
            }
            output.pointer.update(from: base + shape.layers[shape.layers.count - 1].weights, count: output.count)
            encodingParameters.pointer.update(from: base + shape.parameterCount, count: encodingParameters.count)
        }
    }

    public func makePass() -> NetworkPass { NetworkPass(self) }
}
