import Pictures
import Testing

@Suite struct ColourTests {
    @Test func bytesSurviveLinearLight() {
        for byte in UInt32(0)...255 {
            #expect(Colour(hex: byte << 16 | 0x0080FF & 0xFFFF).bytes[0] == UInt8(byte))
        }
    }

    /// Values of the author's page: https://bottosson.github.io/posts/oklab
    @Test func oklabMatchesItsDefinition() {
        let white = Colour(hex: 0xFFFFFF).oklab
        #expect(abs(white.x - 1) < 1e-3 && abs(white.y) < 1e-3 && abs(white.z) < 1e-3)
        let colour = Colour(lightness: 0.6, chroma: 0.1, hue: 120).oklab
        #expect(abs(colour.x - 0.6) < 1e-4)
        #expect(abs((colour.y * colour.y + colour.z * colour.z).squareRoot() - 0.1) < 1e-4)
    }

    @Test func equalStepsOfErrorLookEquallyLarge() {
        for sign in [Float(-1), 1] {
            let colours = (0...20).map { DivergingColourMap.colour(at: sign * Float($0) / 20) }
            #expect(colours.allSatisfy { $0.isDisplayable })
            let steps = zip(colours, colours.dropFirst()).map { a, b in
                let difference = a.oklab - b.oklab
                return (difference * difference).sum().squareRoot()
            }
            #expect((steps.max() ?? 0) < 1.02 * (steps.min() ?? 0))
        }
    }

    @Test func bothSidesAreEquallyDark() {
        for value in [Float(0.2), 0.5, 1] {
            #expect(
                abs(DivergingColourMap.colour(at: value).oklab.x - DivergingColourMap.colour(at: -value).oklab.x) < 1e-3
            )
        }
        #expect(DivergingColourMap.colour(at: 5) == DivergingColourMap.colour(at: 1))
    }
}
