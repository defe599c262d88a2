import Foundation
import NeuralFields

/// The network as the formulas say it, in double precision, one point at a time: what the fast code is held against.
package struct ReferenceNetwork {
    package var network: CoordinateNetwork
    package var parameters: [Double]

    package init(_ network: CoordinateNetwork) {
        self.network = network
        parameters = network.parameters.map(Double.init)
    }

    package func features(_ point: [Double]) -> [Double] {
        guard let fourier = network.encoding.fourier else { return point.map { 2 * $0 - 1 } }
        let phases = (0..<fourier.count).map { j in
            2 * Double.pi
                * point.indices.reduce(0.0) { $0 + Double(fourier.frequencies[$1 * fourier.count + j]) * point[$1] }
        }
        let amplitudes = fourier.amplitudes.map(Double.init)
        return zip(amplitudes, phases).map { $0 * cos($1) } + zip(amplitudes, phases).map { $0 * sin($1) }
    }

    package func activate(_ z: Double) -> Double {
        let scale = Double(network.shape.activation.scale)
        return switch network.shape.activation.kind {
        case .relu: max(z, 0)
        case .sine: sin(scale * z)
        case .gaussian: exp(-z * z / (2 * scale * scale))
        case .finer: sin(scale * (abs(z) + 1) * z)
        }
    }

    package func outputs(at point: [Double]) -> [Double] {
        var values = features(point)
        for (index, layer) in network.shape.layers.enumerated() {
            let isLast = index == network.shape.layers.count - 1
            values = (0..<layer.outputs).map { row in
                let sum = (0..<layer.inputs).reduce(parameters[layer.biases + row]) {
                    $0 + parameters[layer.weights + row * layer.inputs + $1] * values[$1]
                }
                return isLast ? sum : activate(sum)
            }
        }
        return values
    }

    package static func loss(_ loss: Loss, _ y: Double, _ t: Double) -> Double {
        switch loss {
        case .squared: (y - t) * (y - t)
        case .absolute: abs(y - t)
        case .crossEntropy: max(y, 0) + log1p(exp(-abs(y))) - t * y
        }
    }
}

/// A batch held in memory.
package struct FixedBatch: BatchSource {
    package let dimension: Int
    package let outputCount: Int
    package let points: [Float]
    package let targets: [Float]
    package let weights: [Float]

    package func fill(
        step: Int, rows: Range<Int>, points: inout MutableSpan<Float>, targets: inout MutableSpan<Float>,
        weights: inout MutableSpan<Float>
    ) {
        for (row, source) in rows.enumerated() {
            for axis in 0..<dimension { points[row * dimension + axis] = self.points[source * dimension + axis] }
            for output in 0..<outputCount {
                targets[row * outputCount + output] = self.targets[source * outputCount + output]
            }
            weights[row] = self.weights[source]
        }
    }
}
