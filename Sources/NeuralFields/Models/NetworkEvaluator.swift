import CKernels
import Core
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

    /// Writes the outputs of a network of one output at each of `points`, `(n)`, multiplied by `factor`.
    ///
    /// - Precondition: `inputDimension == 3`, `outputCount == 1`.
    public func evaluate(
        _ points: Span<SIMD3<Float>>, times factor: Float, into outputs: inout MutableSpan<Float>, workers: Workers
    ) {
        precondition(network.inputDimension == 3 && network.outputCount == 1, "points of space, one output")
        precondition(outputs.count == points.count, "room for every output")
        points.withUnsafeBufferPointer { points in
            outputs.withUnsafeMutableBufferPointer { outputs in
                guard let base = outputs.baseAddress else { return }
                forEachTile(of: points.count, workers: workers) { tile, start, size in
                    for row in 0..<size {
                        let point = points[start + row]
                        tile.points[3 * row].pointee = point.x
                        tile.points[3 * row + 1].pointee = point.y
                        tile.points[3 * row + 2].pointee = point.z
                    }
                    tile.forward(packed, count: size)
                    for row in 0..<size { base[start + row] = factor * tile.outputs[row].pointee }
                }
            }
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
        points.withUnsafeBufferPointer { points in
            forEachTile(of: count, workers: workers) { tile, start, size in
                tile.points.pointer.update(from: points.baseAddress! + start * dimension, count: size * dimension)
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
        }
    }

    /// Calls `body` with a tile's memory and the points, `start ..< start + size`, that it is for.
    private func forEachTile(
        of count: Int, workers: Workers, _ body: (_ tile: NetworkTile, _ start: Int, _ size: Int) -> Void
    ) {
        // A few tiles at a time, so that a worker asks for its tile's memory seldom.
        workers.forEachChunk(of: count, chunkSize: 8 * NetworkTile.capacity) { rows, _ in
            let tile = takeTile()
            for start in stride(from: rows.lowerBound, to: rows.upperBound, by: NetworkTile.capacity) {
                body(tile, start, min(NetworkTile.capacity, rows.upperBound - start))
            }
            giveBack(tile)
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
