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
        if let grid = network.encoding as? GridEncoding { return gridFeatures(grid.settings, point) }
        guard let fourier = network.encoding as? FourierFeatures else { return point.map { 2 * $0 - 1 } }
        let phases = (0..<fourier.count).map { j in
            2 * Double.pi
                * point.indices.reduce(0.0) { $0 + Double(fourier.frequencies[$1 * fourier.count + j]) * point[$1] }
        }
        let amplitudes = fourier.amplitudes.map(Double.init)
        return zip(amplitudes, phases).map { $0 * cos($1) } + zip(amplitudes, phases).map { $0 * sin($1) }
    }

    /// Equations 3 and 4 of Müller et al., and multilinear interpolation, from the settings alone.
    private func gridFeatures(_ settings: GridEncoding.Settings, _ point: [Double]) -> [Double] {
        var table = network.shape.parameterCount
        let factors: [UInt32] = [1, 2_654_435_761, 805_459_861]
        return (0..<settings.levels).flatMap { level -> [Double] in
            let growth = pow(
                Double(settings.finest) / Double(settings.coarsest), Double(level) / Double(max(settings.levels - 1, 1))
            )
            let cells = Int((Double(settings.coarsest) * growth + 1e-9).rounded(.down))
            let nodes = Int(pow(Double(cells + 1), Double(point.count)))
            let entryCount = min(nodes, 1 << settings.tableExponent)
            defer { table += entryCount * settings.features }
            var features = [Double](repeating: 0, count: settings.features)
            for corner in 0..<(1 << point.count) {
                var weight = 1.0
                var hash: UInt32 = 0
                var place = 0
                for axis in point.indices.reversed() {
                    let position = min(max(point[axis], 0), 1) * Double(cells)
                    let cell = min(Int(position), cells - 1)
                    let isUpper = (corner >> axis) % 2 == 1
                    let node = cell + (isUpper ? 1 : 0)
                    weight *= isUpper ? position - Double(cell) : Double(cell) + 1 - position
                    hash ^= UInt32(node) &* factors[axis]
                    place = place * (cells + 1) + node
                }
                let entry = nodes > entryCount ? Int(hash) % entryCount : place
                for feature in 0..<settings.features {
                    features[feature] += weight * parameters[table + entry * settings.features + feature]
                }
            }
            return features
        }
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

    package init(dimension: Int, outputCount: Int, points: [Float], targets: [Float], weights: [Float]) {
        self.dimension = dimension
        self.outputCount = outputCount
        self.points = points
        self.targets = targets
        self.weights = weights
    }

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
