import Core

/// Evaluates one model at batches of points, with its parameters prepared once and passes kept between calls.
public final class ModelEvaluator<M: Model>: Sendable {
    public let model: M
    private let engine: M.Engine
    private let idleWorkspaces = IdleObjects<Workspace>()

    /// One worker's memory for a tile.
    private final class Workspace {
        let pass: M.Engine.Pass
        let points: AlignedBuffer<Float>
        let outputs: AlignedBuffer<Float>
        let outputGradient: AlignedBuffer<Float>

        init(_ engine: M.Engine, inputDimension: Int, outputCount: Int) {
            pass = engine.makePass()
            points = AlignedBuffer<Float>(count: Tile.capacity * inputDimension)
            outputs = AlignedBuffer<Float>(count: Tile.capacity * outputCount)
            outputGradient = AlignedBuffer<Float>(count: Tile.capacity * outputCount)
        }
    }

    public init(_ model: M) {
        self.model = model
        engine = model.makeEngine()
        engine.take(model.parameters.span)
    }

    /// Writes the model's outputs at each point.
    ///
    /// - Parameters:
    ///   - points: `(n, inputDimension)` row-major.
    ///   - outputs: `(n, outputCount)` row-major, overwritten. A point's value does not depend on the others.
    ///   - workers: the threads to use; the result does not depend on their number.
    public func evaluate(_ points: Span<Float>, into outputs: inout MutableSpan<Float>, workers: Workers) {
        outputs.withUnsafeMutableBufferPointer { outputs in
            run(points, outputs: outputs, gradients: nil, workers: workers)
        }
    }

    /// Writes the outputs of a model of one output at each of `points`, `(n)`, multiplied by `factor`.
    ///
    /// - Precondition: `inputDimension == 3`, `outputCount == 1`.
    package func evaluate(
        _ points: Span<SIMD3<Float>>, times factor: Float, into outputs: inout MutableSpan<Float>, workers: Workers
    ) {
        precondition(model.inputDimension == 3 && model.outputCount == 1, "points of space, one output")
        precondition(outputs.count == points.count, "room for every output")
        points.withUnsafeBufferPointer { points in
            outputs.withUnsafeMutableBufferPointer { outputs in
                guard let base = outputs.baseAddress else { return }
                forEachTile(of: points.count, workers: workers) { workspace, start, size in
                    let coordinates = workspace.points.pointer
                    for row in 0..<size {
                        let point = points[start + row]
                        coordinates[3 * row] = point.x
                        coordinates[3 * row + 1] = point.y
                        coordinates[3 * row + 2] = point.z
                    }
                    workspace.pass.forward(coordinates, count: size, outputs: workspace.outputs.pointer)
                    for row in 0..<size { base[start + row] = factor * workspace.outputs.pointer[row] }
                }
            }
        }
    }

    /// Writes the outputs of a model of one output, and their analytic gradients with respect to the point.
    ///
    /// - Parameters:
    ///   - points: `(n, inputDimension)` row-major.
    ///   - outputs: `(n)`, overwritten.
    ///   - gradients: `(n, inputDimension)` row-major, overwritten.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Precondition: `outputCount == 1`.
    public func evaluate(
        _ points: Span<Float>, into outputs: inout MutableSpan<Float>, gradients: inout MutableSpan<Float>,
        workers: Workers
    ) {
        precondition(model.outputCount == 1, "gradients of one output")
        outputs.withUnsafeMutableBufferPointer { outputs in
            gradients.withUnsafeMutableBufferPointer { gradients in
                run(points, outputs: outputs, gradients: gradients, workers: workers)
            }
        }
    }

    private func run(
        _ points: Span<Float>, outputs: UnsafeMutableBufferPointer<Float>,
        gradients: UnsafeMutableBufferPointer<Float>?, workers: Workers
    ) {
        let (dimension, outputCount) = (model.inputDimension, model.outputCount)
        let count = points.count / dimension
        precondition(points.count == count * dimension, "whole points")
        precondition(outputs.count == count * outputCount, "room for every output")
        precondition(gradients.map { $0.count == points.count } ?? true, "room for every gradient")
        guard count > 0, let outputs = outputs.baseAddress else { return }
        points.withUnsafeBufferPointer { points in
            guard let points = points.baseAddress else { return }
            forEachTile(of: count, workers: workers) { workspace, start, size in
                let first = points + start * dimension
                workspace.pass.forward(first, count: size, outputs: outputs + start * outputCount)
                if let gradients = gradients?.baseAddress {
                    workspace.outputGradient.pointer.update(repeating: 1, count: size)
                    workspace.pass.backward(
                        first, count: size, outputGradient: workspace.outputGradient.pointer, parameterGradient: nil,
                        pointGradient: gradients + start * dimension)
                }
            }
        }
    }

    /// Calls `body` with a tile's memory and the points, `start ..< start + size`, that it is for.
    private func forEachTile(
        of count: Int, workers: Workers, _ body: (_ workspace: Workspace, _ start: Int, _ size: Int) -> Void
    ) {
        // A few tiles at a time, so that a worker asks for its memory seldom.
        workers.forEachChunk(of: count, chunkSize: 8 * Tile.capacity) { rows, _ in
            let workspace =
                idleWorkspaces.take()
                ?? Workspace(engine, inputDimension: model.inputDimension, outputCount: model.outputCount)
            for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Tile.capacity) {
                body(workspace, start, min(Tile.capacity, rows.upperBound - start))
            }
            idleWorkspaces.giveBack(workspace)
        }
    }
}

extension Model {
    /// The model's values, `(n, outputCount)` row-major, at `points`, `(n, inputDimension)` row-major.
    public func values(at points: [Float], workers: Workers) -> [Float] {
        var outputs = [Float](repeating: 0, count: points.count / inputDimension * outputCount)
        var span = outputs.mutableSpan
        ModelEvaluator(self).evaluate(points.span, into: &span, workers: workers)
        return outputs
    }
}
