import Core
import Geometry
import NeuralFields

extension FitConfiguration {
    /// Below this part of the longest side a shape is thin along an axis.
    private static let thinPart: Float = 0x1p-6
    /// Periods of σ in thicknesses of such a shape.
    private static let thicknessesPerCycle: Float = 8

    /// Makes frequencies and samples follow a shape that is thin along axes of the frame: a rod, a plate.
    ///
    /// Along those axes frequencies are multiplied so that σ has a period of some thicknesses, and the narrow noise around the surface is at most the
    /// thickness. Other shapes, encodings other than Gaussian, and settings that say a stretch themselves are left alone.
    ///
    /// - Parameter bounds: the shape's, in the frame.
    /// - Returns: whether anything was changed.
    mutating func followThinness(of bounds: BoundingBox) -> Bool {
        guard grid == nil, frame == .unitCube, target.kind == .sdf,
            var frequencies = encoding.settings as? GaussianFrequencies, frequencies.stretch == nil
        else { return false }
        let extent = bounds.extent
        let thickness = extent.min()
        guard thickness > 0, thickness < Self.thinPart * extent.max() else { return false }
        frequencies.stretch = (0..<3).map { axis in
            guard extent[axis] < Self.thinPart * extent.max() else { return 1 }
            return max(1, 1 / (Self.thicknessesPerCycle * extent[axis] * frequencies.sigma))
        }
        encoding.settings = frequencies
        let narrowest = labels.sampling.components.compactMap { component -> Float? in
            if case .surface(let deviation) = component.region { deviation } else { nil }
        }.min()
        for index in labels.sampling.components.indices {
            guard case .surface(let deviation) = labels.sampling.components[index].region, deviation == narrowest else {
                continue
            }
            labels.sampling.components[index].region = .surface(deviation: min(deviation, thickness))
        }
        return true
    }
}
