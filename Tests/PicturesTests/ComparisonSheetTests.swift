import Core
import Geometry
import Pictures
import Testing

@Suite struct ComparisonSheetTests {
    @Test func errorsAreSignedLengthsOfMeshCoordinates() {
        let input = RenderingFixtures.box(SIMD3(1, 1, 1))
        let field = MeshField(input)
        for (side, error) in [(1.02, 0.01), (0.98, -0.01)] as [(Float, Float)] {
            // Corners of a larger box are off by √3 of the offset.
            let sheet = ComparisonSheet(
                input: input, field: field, result: RenderingFixtures.box(SIMD3(repeating: side)), lengthUnit: 1000)
            let expected = error > 0 ? error * Float(3).squareRoot() : error
            #expect(sheet.errors.allSatisfy { abs($0 - expected) < 1e-5 })
            #expect(abs(sheet.scale.largest - Double(abs(expected)) * 1000) < 0.01)
            #expect(sheet.scale.limit == (error > 0 ? 20 : 10))
            #expect(abs(sheet.diagonal - 1000 * 3.0.squareRoot()) < 0.01)
        }
    }

    @Test func theSheetHasThreePanelsAndNoErrorIsWhite() {
        let mesh = RenderingFixtures.box(SIMD3(1, 1, 1))
        var sheet = ComparisonSheet(input: mesh, field: MeshField(mesh), result: mesh, lengthUnit: 1)
        sheet.samplesPerSide = 1
        let image = sheet.image(view: Camera.View.front.direction, width: 600, height: 320)
        #expect(image.width == 600 && image.height == 320)
        // The same mesh twice is the same picture twice.
        for y in 44..<240 {
            for x in 0..<200 { #expect(image[x, y, 0] == image[x + 200, y, 0]) }
        }
        let middle = (0..<3).map { Int(image[500, 142, $0]) }
        #expect((middle.max() ?? 0) - (middle.min() ?? 0) < 20)
    }

    @Test func anEmptyResultIsSaidAndNotDrawn() {
        let mesh = RenderingFixtures.box(SIMD3(1, 1, 1))
        let sheet = ComparisonSheet(input: mesh, field: MeshField(mesh), result: TriangleMesh(), lengthUnit: 1)
        let image = sheet.image(width: 600, height: 320)
        let background = (0..<3).map { image[0, 0, $0] }
        #expect((0..<3).map { image[500, 142, $0] } == background)
        #expect((0..<3).map { image[100, 142, $0] } != background)
    }

    @Test(arguments: [(0.0031, 0.005), (0.005, 0.005), (9, 10), (1.2e-7, 2e-7), (4e12, 5e12)])
    func legendsEndAtRoundNumbers(error: Double, limit: Double) {
        let scale = ErrorScale([Float(error), -Float(error), .nan])
        #expect(abs(scale.limit / limit - 1) < 1e-9)
        #expect(scale.largest == Double(Float(error)))
    }

    @Test func outliersDoNotHideTheRest() {
        let errors = (0..<1000).map { $0 < 5 ? Float(100) : Float(0.9) }
        #expect(ErrorScale(errors).limit == 1)
        #expect(ErrorScale(errors).largest == 100)
        #expect(ErrorScale([0, 0], fallback: 0.002).limit == 0.002)
    }
}
