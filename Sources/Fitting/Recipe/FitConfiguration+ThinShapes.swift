import Core
import Geometry
import NeuralFields

extension FitConfiguration {
    /// Below this part of the longest side a shape is thin along an axis.
    private static let thinPart: Float = 0x1p-6
    /// Periods of σ in thicknesses of such a shape.
    private static let thicknessesPerCycle: Float = 8
    /// The target's unit and the deviations of the wide and the narrow noise, at most, in thicknesses. A rod of 1000 : 1 : 1 by `fast`
    /// at 2612 cells: .897 with the usual ones and narrow noise of a thickness, .942 with these.
    private static let thicknesses: (scale: Float, wide: Float, narrow: Float) = (2.2, 2, 0.5)

    /// Whether a shape is thin along an axis of its frame.
    static func isThin(_ bounds: BoundingBox) -> Bool {
        let thickness = bounds.extent.min()
        return thickness > 0 && thickness < thinPart * bounds.extent.max()
    }

    /// Makes frequencies and samples follow a shape that is thin along axes of the frame: a rod, a plate.
    ///
    /// Along those axes frequencies are multiplied so that σ has a period of some thicknesses; the noise around the surface and the target's unit
    /// are at most some thicknesses. Other shapes, encodings other than Gaussian, and settings that say a stretch themselves are left alone.
    ///
    /// - Parameter bounds: the shape's, in the frame.
    /// - Returns: whether anything was changed.
    mutating func followThinness(of bounds: BoundingBox) -> Bool {
        guard grid == nil, frame == .unitCube, target.kind == .sdf,
            var frequencies = encoding.settings as? GaussianFrequencies, frequencies.stretch == nil
        else { return false }
        guard Self.isThin(bounds) else { return false }
        let extent = bounds.extent
        let thickness = extent.min()
        frequencies.stretch = (0..<3).map { axis in
            guard extent[axis] < Self.thinPart * extent.max() else { return 1 }
            return max(1, 1 / (Self.thicknessesPerCycle * extent[axis] * frequencies.sigma))
        }
        encoding.settings = frequencies
        let narrowest = labels.sampling.components.compactMap { component -> Float? in
            if case .surface(let deviation) = component.region { deviation } else { nil }
        }.min()
        for index in labels.sampling.components.indices {
            guard case .surface(let deviation) = labels.sampling.components[index].region else { continue }
            let most = deviation == narrowest ? Self.thicknesses.narrow : Self.thicknesses.wide
            labels.sampling.components[index].region = .surface(deviation: min(deviation, most * thickness))
        }
        if case .sdf(let compression, let scale) = target {
            target = .sdf(compression, scale: min(scale, Self.thicknesses.scale * thickness))
        }
        return true
    }
}
