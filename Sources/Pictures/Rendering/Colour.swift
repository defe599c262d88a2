import Core

/// A colour as linear light: red, green and blue of the sRGB primaries, 0 for black and 1 for white. What is between and
/// beyond can be added and multiplied like light.
public struct Colour: Sendable, Equatable {
    public var rgb: SIMD3<Float>

    public init(linear rgb: SIMD3<Float>) { self.rgb = rgb }

    /// From eight-bit sRGB, as written in a style sheet: 0xRRGGBB.
    public init(hex: UInt32) {
        let bytes = SIMD3<Float>(Float(hex >> 16 & 255), Float(hex >> 8 & 255), Float(hex & 255))
        rgb = SIMD3(Self.linear(bytes.x / 255), Self.linear(bytes.y / 255), Self.linear(bytes.z / 255))
    }

    /// From OKLab's lightness (0 to 1), chroma and hue in degrees; may lie outside what a screen shows.
    ///
    /// Equal distances in OKLab look about equally large (Ottosson, "A perceptual color space for image processing", 2020).
    public init(lightness: Float, chroma: Float, hue: Float) {
        let a = chroma * cos(hue * .pi / 180)
        let b = chroma * sin(hue * .pi / 180)
        let roots = SIMD3<Float>(
            lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b,
            lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b,
            lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b)
        let cones = roots * roots * roots
        rgb = SIMD3(
            4.076_741_662_1 * cones.x - 3.307_711_591_3 * cones.y + 0.230_969_929_2 * cones.z,
            -1.268_438_004_6 * cones.x + 2.609_757_401_1 * cones.y - 0.341_319_396_5 * cones.z,
            -0.004_196_086_3 * cones.x - 0.703_418_614_7 * cones.y + 1.707_614_701_0 * cones.z)
    }

    /// Lightness and the two opponent coordinates of OKLab.
    package var oklab: SIMD3<Float> {
        let cones = SIMD3(
            0.412_221_470_8 * rgb.x + 0.536_332_536_3 * rgb.y + 0.051_445_992_9 * rgb.z,
            0.211_903_498_2 * rgb.x + 0.680_699_545_1 * rgb.y + 0.107_396_956_6 * rgb.z,
            0.088_302_461_9 * rgb.x + 0.281_718_837_6 * rgb.y + 0.629_978_700_5 * rgb.z)
        let roots = SIMD3(cbrt(cones.x), cbrt(cones.y), cbrt(cones.z))
        return SIMD3(
            0.210_454_255_3 * roots.x + 0.793_617_785_0 * roots.y - 0.004_072_046_8 * roots.z,
            1.977_998_495_1 * roots.x - 2.428_592_205_0 * roots.y + 0.450_593_709_9 * roots.z,
            0.025_904_037_1 * roots.x + 0.782_771_766_2 * roots.y - 0.808_675_766_0 * roots.z)
    }

    /// Whether a screen can show it.
    package var isDisplayable: Bool { rgb.min() >= -1e-4 && rgb.max() <= 1 + 1e-4 }

    /// Red, green and blue as eight-bit sRGB, cut off at 0 and 255.
    public var bytes: [UInt8] {
        [rgb.x, rgb.y, rgb.z].map { UInt8(saturating: 255 * Self.encoded(min(max($0, 0), 1)) + 0.5) }
    }

    private static func linear(_ encoded: Float) -> Float {
        encoded <= 0.040_45 ? encoded / 12.92 : pow((encoded + 0.055) / 1.055, 2.4)
    }

    private static func encoded(_ linear: Float) -> Float {
        linear <= 0.003_130_8 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055
    }
}

/// Blue for negative, nearly white at zero, red for positive: equal steps of the value are equal steps to the eye.
///
/// Lightness falls and chroma grows linearly with the magnitude, at one hue a side, so that the distance in OKLab between
/// two values of one sign is proportional to their difference. Both sides are mirror images in lightness and chroma, and
/// blue against red stays apart for eyes that confuse red and green.
public enum DivergingColourMap {
    /// Lightness at zero and at full magnitude; the chroma and the hues at full magnitude are about the strongest that a
    /// screen shows at that lightness.
    static let lightness: (zero: Float, full: Float) = (0.965, 0.44)
    static let chroma: Float = 0.165
    static let hue: (negative: Float, positive: Float) = (261, 27)

    /// The colour of `value`; below −1 and above 1 those of the ends. NaN is grey.
    public static func colour(at value: Float) -> Colour {
        guard !value.isNaN else { return Colour(lightness: 0.7, chroma: 0, hue: 0) }
        let magnitude = min(abs(value), 1)
        return Colour(
            lightness: lightness.zero + (lightness.full - lightness.zero) * magnitude, chroma: chroma * magnitude,
            hue: value < 0 ? hue.negative : hue.positive)
    }
}
