import Core

/// What the first layer of a network sees of a point: features, as a function of its coordinates and of parameters of its
/// own, where it has any. One file a type in this folder; ``EncodingConfiguration`` makes them.
public protocol Encoding: ParametricMap, Equatable {
    /// The settings that make the same map again; nil where a file holds the map itself (``FourierFeatures``).
    var configuration: EncodingConfiguration? { get }

    /// Writes the features of a tile's points.
    func encode(_ tile: EncodedTile)

    /// From the gradient with respect to a tile's features back to those with respect to parameters and points. Follows an
    /// ``encode(_:)`` of the same tile.
    ///
    /// - Parameters:
    ///   - tile: the points and their features.
    ///   - featureGradient: rows as far apart as the tile's features.
    ///   - parameterGradient: `(parameterCount)`, added to; nil for none.
    ///   - pointGradient: `(count, inputDimension)` row-major, overwritten; nil for none.
    func pullBack(
        _ tile: EncodedTile, featureGradient: UnsafePointer<Float>, parameterGradient: UnsafeMutablePointer<Float>?,
        pointGradient: UnsafeMutablePointer<Float>?)
}

/// A tile of points and their features in a worker's memory.
public struct EncodedTile {
    /// Points in the tile.
    public let count: Int
    /// `(count, inputDimension)` row-major.
    public let points: UnsafePointer<Float>
    /// The encoding's own, `(parameterCount)`.
    public let parameters: UnsafePointer<Float>
    /// `(count, outputCount)`, rows ``stride`` apart.
    public let features: UnsafeMutablePointer<Float>
    public let stride: Int

    public init(
        count: Int, points: UnsafePointer<Float>, parameters: UnsafePointer<Float>,
        features: UnsafeMutablePointer<Float>, stride: Int
    ) {
        self.count = count
        self.points = points
        self.parameters = parameters
        self.features = features
        self.stride = stride
    }
}

extension Encoding {
    /// Parameters before training, `(parameterCount)`.
    func initialParameters(seed: UInt64) -> [Float] {
        parameterGroups.drawn(seed: seed, purpose: RandomStreamPurpose.encodingParameters)
    }

    package func isEqual(to other: any Encoding) -> Bool { (other as? Self) == self }

    /// The features of each point as a network sees them, `(n, outputCount)` row-major.
    ///
    /// - Parameters:
    ///   - points: `(n, inputDimension)` row-major.
    ///   - parameters: `(parameterCount)`.
    package func features(of points: [Float], parameters: [Float] = []) -> [Float] {
        let count = points.count / inputDimension
        precondition(points.count == count * inputDimension, "whole points")
        precondition(parameters.count == parameterCount, "a parameter for each place")
        let features = AlignedBuffer<Float>(count: count * outputCount)
        // One more, so that there is an address where there are no parameters.
        (parameters + [0]).withUnsafeBufferPointer { parameters in
            points.withUnsafeBufferPointer { points in
                guard let points = points.baseAddress, let parameters = parameters.baseAddress else { return }
                encode(
                    EncodedTile(
                        count: count, points: points, parameters: parameters, features: features.pointer,
                        stride: outputCount))
            }
        }
        return Array(UnsafeBufferPointer(start: features.pointer, count: features.count))
    }
}
