import CKernels
import Core

/// One worker's memory for a tile of points on its way through a network, and the passes over it.
///
/// Shapes, with n ≤ ``Tile/capacity`` points in the tile: features and every layer's activations `(n, units)` in rows
/// padded to whole panels.
public final class NetworkPass: ModelPass {
    private let engine: NetworkEngine
    private let encoding: any Encoding
    private let shape: MultilayerPerceptron
    private let encodingHasParameters: Bool
    /// Features, then every hidden layer's activations.
    let activations: [AlignedBuffer<Float>]
    /// Every hidden layer's derivative of its activation; empty for ReLU, whose activation says it.
    private let factors: [AlignedBuffer<Float>]
    /// Rows of the gradient on its way back: two that take turns.
    private let gradients: [AlignedBuffer<Float>]

    init(_ engine: NetworkEngine) {
        self.engine = engine
        (encoding, shape) = (engine.encoding, engine.shape)
        encodingHasParameters = engine.encodingParameters.count > 0
        let rows = Tile.capacity
        let hidden = shape.layers.dropLast()
        activations =
            [AlignedBuffer<Float>(count: rows * Panel.stride(shape.inputCount))]
            + hidden.map { AlignedBuffer<Float>(count: rows * Panel.stride($0.outputs)) }
        factors =
            shape.activation == .relu ? [] : hidden.map { AlignedBuffer<Float>(count: rows * Panel.stride($0.outputs)) }
        let widest = Panel.stride(max(shape.inputCount, shape.width))
        gradients = (0..<2).map { _ in AlignedBuffer<Float>(count: rows * widest) }
    }

    private func encodedTile(_ points: UnsafePointer<Float>, count: Int) -> EncodedTile {
        EncodedTile(
            count: count, points: points, parameters: engine.encodingParameters.pointer,
            features: activations[0].pointer, stride: Panel.stride(shape.inputCount))
    }

    /// points → features → activations → outputs.
    public func forward(_ points: UnsafePointer<Float>, count: Int, outputs: UnsafeMutablePointer<Float>) {
        encoding.encode(encodedTile(points, count: count))
        var inputStride = Panel.stride(shape.inputCount)
        let isReLU = factors.isEmpty
        for (index, layer) in shape.layers.dropLast().enumerated() {
            let stride = Panel.stride(layer.outputs)
            ck_multiply(
                count, layer.outputs, layer.inputs, activations[index].pointer, inputStride,
                engine.forward[index].pointer, activations[index + 1].pointer, stride,
                Int32(isReLU ? CK_RELU.rawValue : CK_STORE.rawValue), nil, 0)
            if !isReLU {
                ck_activate(
                    shape.activation.kernelCode, shape.activation.scale, count, layer.outputs,
                    activations[index + 1].pointer, factors[index].pointer, stride)
            }
            inputStride = stride
        }
        let last = shape.layers[shape.layers.count - 1]
        ck_output(
            count, last.inputs, last.outputs, activations[shape.layers.count - 1].pointer, inputStride,
            engine.output.pointer, engine.output[last.inputs * last.outputs], outputs)
    }

    public func backward(
        _ points: UnsafePointer<Float>, count: Int, outputGradient: UnsafePointer<Float>,
        parameterGradient: UnsafeMutablePointer<Float>?, pointGradient: UnsafeMutablePointer<Float>?
    ) {
        backward(
            points, count: count, outputGradient: outputGradient, parameterGradient: parameterGradient,
            pointGradient: pointGradient, observe: nil)
    }

    /// As the protocol says; `observe` is shown every hidden layer's number and the gradient with respect to what enters
    /// its activation, `(count, outputs)` in rows a stride apart.
    func backward(
        _ points: UnsafePointer<Float>, count: Int, outputGradient: UnsafePointer<Float>,
        parameterGradient: UnsafeMutablePointer<Float>?, pointGradient: UnsafeMutablePointer<Float>?,
        observe: ((_ layer: Int, _ gradient: UnsafePointer<Float>, _ stride: Int) -> Void)?
    ) {
        let last = shape.layers[shape.layers.count - 1]
        let hiddenCount = shape.layers.count - 1
        var stride = Panel.stride(last.inputs)
        if let parameterGradient {
            ck_output_weights(
                count, last.inputs, last.outputs, outputGradient, activations[hiddenCount].pointer, stride,
                parameterGradient + last.weights, parameterGradient + last.biases)
        }
        var current = gradients[0]
        var next = gradients[1]
        let isReLU = factors.isEmpty
        ck_output_gradient(
            count, last.inputs, last.outputs, outputGradient, engine.output.pointer,
            isReLU ? activations[hiddenCount].pointer : factors[hiddenCount - 1].pointer, isReLU ? 1 : 0,
            current.pointer, stride)
        for index in (0..<hiddenCount).reversed() {
            let layer = shape.layers[index]
            let inputStride = Panel.stride(layer.inputs)
            observe?(index, current.pointer, stride)
            if let parameterGradient {
                ck_accumulate_transposed(
                    layer.outputs, layer.inputs, count, current.pointer, stride, activations[index].pointer,
                    inputStride, parameterGradient + layer.weights, layer.inputs)
                ck_add_column_sums(count, layer.outputs, current.pointer, stride, parameterGradient + layer.biases)
            }
            if index > 0 {
                ck_multiply(
                    count, layer.inputs, layer.outputs, current.pointer, stride, engine.backward[index].pointer,
                    next.pointer, inputStride, Int32(isReLU ? CK_RELU_MASK.rawValue : CK_FACTOR.rawValue),
                    isReLU ? activations[index].pointer : factors[index - 1].pointer, inputStride)
            } else if pointGradient != nil || (parameterGradient != nil && encodingHasParameters) {
                ck_multiply(
                    count, layer.inputs, layer.outputs, current.pointer, stride, engine.backward[0].pointer,
                    next.pointer, inputStride, Int32(CK_STORE.rawValue), nil, 0)
                encoding.pullBack(
                    encodedTile(points, count: count), featureGradient: next.pointer,
                    parameterGradient: encodingHasParameters
                        ? parameterGradient.map { $0 + shape.parameterCount } : nil,
                    pointGradient: pointGradient)
            }
            swap(&current, &next)
            stride = inputStride
        }
    }
}
