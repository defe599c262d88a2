import CKernels

/// One worker's memory for a tile of points on its way through a network, and the passes over it.
///
/// Shapes, with n ≤ ``capacity`` points in the tile: points `(n, d)`; features and every layer's activations
/// `(n, units)` in rows padded to whole panels; outputs, targets and output gradients `(n, outputs)`.
final class NetworkTile {
    /// Points of a full tile. 128 rows keep a tile of the default network in a 1 MiB second-level cache; 96 to 256 were
    /// within 5 % of each other.
    static let capacity = 128

    let encoding: Encoding
    let shape: MultilayerPerceptron

    let points: FloatBuffer
    let outputs: FloatBuffer
    let targets: FloatBuffer
    let weights: FloatBuffer
    /// What the loss sees of a point's outputs: gain · output + offset.
    let gains: FloatBuffer
    let offsets: FloatBuffer
    /// `weights` repeated for every output.
    let outputWeights: FloatBuffer
    let outputGradient: FloatBuffer
    /// Features, then every hidden layer's activations.
    let activations: [FloatBuffer]
    /// Every hidden layer's derivative of its activation; empty for ReLU, whose activation says it.
    private let factors: [FloatBuffer]
    /// Rows of the gradient on its way back: two that take turns.
    private let gradients: [FloatBuffer]

    init(encoding: Encoding, shape: MultilayerPerceptron) {
        self.encoding = encoding
        self.shape = shape
        let rows = Self.capacity
        points = FloatBuffer(count: rows * encoding.inputDimension)
        outputs = FloatBuffer(count: rows * shape.outputCount)
        targets = FloatBuffer(count: rows * shape.outputCount)
        weights = FloatBuffer(count: rows)
        gains = FloatBuffer(count: rows)
        offsets = FloatBuffer(count: rows)
        outputWeights = FloatBuffer(count: rows * shape.outputCount)
        outputGradient = FloatBuffer(count: rows * shape.outputCount)
        let hidden = shape.layers.dropLast()
        activations =
            [FloatBuffer(count: rows * Self.stride(shape.inputCount))]
            + hidden.map { FloatBuffer(count: rows * Self.stride($0.outputs)) }
        factors =
            shape.activation.kind == .relu
            ? [] : hidden.map { FloatBuffer(count: rows * Self.stride($0.outputs)) }
        let widest = Self.stride(max(shape.inputCount, shape.width))
        gradients = (0..<2).map { _ in FloatBuffer(count: rows * widest) }
    }

    /// Floats between rows of `units`.
    static func stride(_ units: Int) -> Int {
        let panel = Int(CK_PANEL)
        return (units + panel - 1) / panel * panel
    }

    /// points → features → activations → outputs, for the first `count` points.
    func forward(_ packed: PackedNetwork, count: Int) {
        let featureStride = Self.stride(shape.inputCount)
        encoding.encode(points.pointer, count: count, into: activations[0].pointer, stride: featureStride)
        var inputStride = featureStride
        for (index, layer) in shape.layers.dropLast().enumerated() {
            let stride = Self.stride(layer.outputs)
            let isReLU = factors.isEmpty
            ck_multiply(
                count, layer.outputs, layer.inputs, activations[index].pointer, inputStride,
                packed.forward[index].pointer, activations[index + 1].pointer, stride,
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
            packed.output.pointer, packed.output[last.inputs * last.outputs], outputs.pointer)
    }

    /// From ``outputGradient`` back to the parameters' gradient, which is added to `gradient` (laid out as the shape
    /// says), and to the points' gradient, `(count, d)`, where asked for. `observe` is shown every hidden layer's number
    /// and the gradient with respect to what enters its activation, `(count, outputs)` in rows a stride apart. Follows a
    /// ``forward(_:count:)`` of the same points.
    func backward(
        _ packed: PackedNetwork, count: Int, parameterGradient: UnsafeMutablePointer<Float>?,
        pointGradient: UnsafeMutablePointer<Float>? = nil,
        observe: ((_ layer: Int, _ gradient: UnsafePointer<Float>, _ stride: Int) -> Void)? = nil
    ) {
        let last = shape.layers[shape.layers.count - 1]
        let hiddenCount = shape.layers.count - 1
        var stride = Self.stride(last.inputs)
        if let parameterGradient {
            ck_output_weights(
                count, last.inputs, last.outputs, outputGradient.pointer, activations[hiddenCount].pointer, stride,
                parameterGradient + last.weights, parameterGradient + last.biases)
        }
        var current = gradients[0]
        var next = gradients[1]
        let isReLU = factors.isEmpty
        ck_output_gradient(
            count, last.inputs, last.outputs, outputGradient.pointer, packed.output.pointer,
            isReLU ? activations[hiddenCount].pointer : factors[hiddenCount - 1].pointer, isReLU ? 1 : 0,
            current.pointer, stride)
        for index in (0..<hiddenCount).reversed() {
            let layer = shape.layers[index]
            let inputStride = Self.stride(layer.inputs)
            observe?(index, current.pointer, stride)
            if let parameterGradient {
                ck_accumulate_transposed(
                    layer.outputs, layer.inputs, count, current.pointer, stride, activations[index].pointer,
                    inputStride, parameterGradient + layer.weights, layer.inputs)
                ck_add_column_sums(count, layer.outputs, current.pointer, stride, parameterGradient + layer.biases)
            }
            if index > 0 {
                ck_multiply(
                    count, layer.inputs, layer.outputs, current.pointer, stride, packed.backward[index].pointer,
                    next.pointer, inputStride, Int32(isReLU ? CK_RELU_MASK.rawValue : CK_FACTOR.rawValue),
                    isReLU ? activations[index].pointer : factors[index - 1].pointer, inputStride)
            } else if let pointGradient {
                ck_multiply(
                    count, layer.inputs, layer.outputs, current.pointer, stride, packed.backward[0].pointer,
                    next.pointer, inputStride, Int32(CK_STORE.rawValue), nil, 0)
                encoding.pullBack(
                    featureGradient: next.pointer, features: activations[0].pointer, count: count,
                    stride: inputStride, into: pointGradient)
            }
            swap(&current, &next)
            stride = inputStride
        }
    }
}
