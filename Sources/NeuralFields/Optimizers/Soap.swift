import Core

/// SOAP: Adam in the eigenbasis of Shampoo's preconditioner (Vyas et al., ICLR 2025, algorithm 3), for every group that is a
/// matrix; Adam as it is for tables, whose rows hardly act on each other.
///
/// - Complexity: about 12 · rows · columns · (rows + columns) operations a matrix and step, independent of the batch.
final class Soap: Optimizer {
    private enum Part {
        case matrix(MatrixSoap)
        case table(ParameterGroup, Adam)
    }

    private let parts: [Part]

    init(_ groups: [ParameterGroup], configuration: OptimizerConfiguration) {
        parts = groups.map { group in
            switch group.kind {
            case .matrix: .matrix(MatrixSoap(group, configuration: configuration))
            case .table:
                .table(group, Adam(parameterCount: group.end - group.start, configuration: configuration))
            }
        }
    }

    func step(
        _ parameters: inout [Float], gradient: [Float], rate: Float, workers: Workers
    ) throws(NeuralFieldsError) {
        let failures: [NeuralFieldsError?] = parameters.withUnsafeMutableBufferPointer { parameters in
            gradient.withUnsafeBufferPointer { gradient in
                stepParts(parameters.baseAddress, gradient.baseAddress, rate: rate, workers: workers)
            }
        }
        if let failure = failures.lazy.compactMap({ $0 }).first { throw failure }
    }

    /// - Returns: what went wrong with each part.
    private func stepParts(
        _ parameters: UnsafeMutablePointer<Float>?, _ gradient: UnsafePointer<Float>?, rate: Float, workers: Workers
    ) -> [NeuralFieldsError?] {
        guard let parameters, let gradient else { return [] }
        var failures = [NeuralFieldsError?](repeating: nil, count: parts.count)
        failures.withUnsafeMutableBufferPointer { failures in
            let failures = failures
            workers.forEach(parts.count) { index, _ in
                switch parts[index] {
                case .matrix(let matrix):
                    do throws(NeuralFieldsError) {
                        try matrix.step(parameters, gradient: gradient, rate: rate)
                    } catch {
                        failures[index] = error
                    }
                case .table(let group, let adam):
                    adam.step(
                        parameters + group.start, gradient: gradient + group.start, rate: rate, workers: .single)
                }
            }
        }
        return failures
    }

    var state: TrainingState {
        var state = TrainingState()
        for (index, part) in parts.enumerated() {
            switch part {
            case .matrix(let matrix): state.insert(matrix.state, under: "\(index).")
            case .table(_, let adam): state.insert(adam.state, under: "\(index).")
            }
        }
        return state
    }

    func restore(_ state: TrainingState) {
        for (index, part) in parts.enumerated() {
            let own = state.part(under: "\(index).")
            switch part {
            case .matrix(let matrix): matrix.restore(own)
            case .table(_, let adam): adam.restore(own)
            }
        }
    }
}
