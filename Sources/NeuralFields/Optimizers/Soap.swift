import Core

/// SOAP: Adam in the eigenbasis of Shampoo's preconditioner (Vyas et al., ICLR 2025, algorithm 3), for every group that is a
/// matrix; Adam as it is for tables, whose rows hardly act on each other.
///
/// - Complexity: about 10 · rows · columns · (rows + columns) operations a matrix and step, independent of the batch.
final class Soap: Optimizer {
    private enum Part {
        case matrix(MatrixSoap)
        case table(ParameterGroup, Adam)
    }

    /// Something that a thread does in a phase of a step.
    private struct Job {
        let matrix: MatrixSoap
        let work: MatrixSoap.Work
    }

    private let parts: [Part]
    private let matrices: [MatrixSoap]
    /// By phase, the largest first: whichever thread is free takes the next.
    private let phases: [[Job]]

    init(_ groups: [ParameterGroup], configuration: OptimizerConfiguration) {
        parts = groups.map { group in
            switch group.kind {
            case .matrix: .matrix(MatrixSoap(group, configuration: configuration))
            case .table:
                .table(group, Adam(parameterCount: group.end - group.start, configuration: configuration))
            }
        }
        let matrices = parts.compactMap { part -> MatrixSoap? in
            if case .matrix(let matrix) = part { return matrix }
            return nil
        }
        self.matrices = matrices
        phases = MatrixSoap.Work.phases.map { phase in
            matrices.flatMap { matrix in phase.map { Job(matrix: matrix, work: $0) } }
                .sorted { $0.matrix.cost(of: $0.work) > $1.matrix.cost(of: $1.work) }
        }
    }

    func step(
        _ parameters: inout [Float], gradient: [Float], rate: Float, workers: Workers
    ) throws(NeuralFieldsError) {
        let failures: [NeuralFieldsError?] = parameters.withUnsafeMutableBufferPointer { parameters in
            gradient.withUnsafeBufferPointer { gradient in
                guard let parameters = parameters.baseAddress, let gradient = gradient.baseAddress else { return [] }
                begin(parameters, gradient, rate: rate, workers: workers)
                // The bases of all matrices are due at the same steps.
                let isBasisDue = matrices.first?.isBasisDue ?? false
                return (isBasisDue ? phases : Array(phases.prefix(1))).flatMap { jobs in
                    perform(jobs, parameters, rate: rate, workers: workers)
                }
            }
        }
        if let failure = failures.lazy.compactMap({ $0 }).first { throw failure }
    }

    /// Matrices take their gradients, tables move.
    private func begin(
        _ parameters: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>, rate: Float, workers: Workers
    ) {
        workers.forEach(parts.count) { index, _ in
            switch parts[index] {
            case .matrix(let matrix): matrix.take(gradient)
            case .table(let group, let adam):
                adam.step(parameters + group.start, gradient: gradient + group.start, rate: rate, workers: .single)
            }
        }
    }

    /// - Returns: what went wrong with each job.
    private func perform(
        _ jobs: [Job], _ parameters: UnsafeMutablePointer<Float>, rate: Float, workers: Workers
    ) -> [NeuralFieldsError?] {
        var failures = [NeuralFieldsError?](repeating: nil, count: jobs.count)
        failures.withUnsafeMutableBufferPointer { failures in
            let failures = failures
            workers.forEach(jobs.count) { index, _ in
                do throws(NeuralFieldsError) {
                    try jobs[index].matrix.perform(jobs[index].work, parameters, rate: rate)
                } catch {
                    failures[index] = error
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
