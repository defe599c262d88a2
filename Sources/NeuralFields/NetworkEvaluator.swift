import CKernels
import Support
import Synchronization

/// Evaluates one network at batches of points, with the weights packed once and tiles kept between calls.
public final class NetworkEvaluator: Sendable {
    public let network: CoordinateNetwork
    private let packed: PackedNetwork
    private let idleTiles: Mutex<IdleTiles>

    /// Tiles that no call uses at the moment.
    private struct IdleTiles: ~Copyable, @unchecked Sendable {
        var tiles: [NetworkTile] = []
    }

    public init(_ network: CoordinateNetwork) {
        self.network = network
        packed = PackedNetwork(network.shape)
        packed.pack(network.parameters.span, of: network.shape, includesBackward: true)
        idleTiles = Mutex(IdleTiles())
    }

    /// Writes the network's outputs at each point.
    ///
    /// - Parameters:
    ///   - points: `(n, inputDimension)` row-major.
    ///   - outputs: `(n, outputCount)` row-major, overwritten. A point's value does not depend on the others.
    public func evaluate(_ points: Span<Float>, into outputs: inout MutableSpan<Float>, workers: Workers) {
        outputs.withUnsafeMutableBufferPointer { outputs in
            run(points, outputs: outputs, gradients: nil, workers: workers)
        }
    }

    /// Writes the outputs of a network of one output, and their analytic gradients with respect to the point.
    ///
    /// - Parameters:
    ///   - points: `(n, inputDimension)` row-major.
    ///   - outputs: `(n)`, overwritten.
    ///   - gradients: `(n, inputDimension)` row-major, overwritten.
    /// - Precondition: `outputCount == 1`.
    public func evaluate(
        _ points: Span<Float>, into outputs: inout MutableSpan<Float>, gradients: inout MutableSpan<Float>,
        workers: Workers
    ) {
        precondition(network.outputCount == 1, "gradients of one output")
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
        let dimension = network.inputDimension
        let count = points.count / dimension
        precondition(points.count == count * dimension, "whole points")
        precondition(outputs.count == count * network.outputCount, "room for every output")
        precondition(gradients.map { $0.count == points.count } ?? true, "room for every gradient")
        guard count > 0, let outputs = outputs.baseAddress else { return }
        // A few tiles at a time, so that a worker asks for its tile's memory seldom.
        points.withUnsafeBufferPointer { points in
            workers.forEachChunk(of: count, chunkSize: 8 * NetworkTile.capacity) { rows, _ in
                let tile = takeTile()
                for start in stride(from: rows.lowerBound, to: rows.upperBound, by: NetworkTile.capacity) {
                    let size = min(NetworkTile.capacity, rows.upperBound - start)
                    tile.points.pointer.update(
                        from: points.baseAddress! + start * dimension, count: size * dimension)
                    tile.forward(packed, count: size)
                    (outputs + start * network.outputCount).update(
                        from: tile.outputs.pointer, count: size * network.outputCount)
                    if let gradients {
                        tile.outputGradient.pointer.update(repeating: 1, count: size)
                        tile.backward(
                            packed, count: size, parameterGradient: nil,
                            pointGradient: gradients.baseAddress! + start * dimension)
                    }
                }
                giveBack(tile)
            }
        }
    }

    private func takeTile() -> NetworkTile {
        nonisolated(unsafe) let tile = idleTiles.withLock { idle in
            nonisolated(unsafe) let tile = idle.tiles.popLast()
            return tile
        }
        return tile ?? NetworkTile(encoding: network.encoding, shape: network.shape)
    }

    private func giveBack(_ tile: NetworkTile) {
        nonisolated(unsafe) let tile = tile
        idleTiles.withLock { $0.tiles.append(tile) }
    }
}
