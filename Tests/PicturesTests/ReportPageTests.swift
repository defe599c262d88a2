import Foundation
import Geometry
import Pictures
import Testing

@Suite struct ReportPageTests {
    static func page(triangleLimit: Int = ReportScene.triangleLimit) throws -> ReportPage {
        let input = VertexClusteringTests.ball(rows: 24)
        let result = VertexClusteringTests.ball(rows: 30, radius: 1.01)
        var sheet = ComparisonSheet(input: input, field: MeshField(input), result: result, lengthUnit: 1)
        sheet.samplesPerSide = 1
        var page = ReportPage(
            title: "ball & <socket>", subtitle: "a test", preview: sheet.image(width: 600, height: 300),
            scene: ReportScene(sheet, lengthUnit: 1, triangleLimit: triangleLimit), errorScale: sheet.scale,
            diagonal: sheet.diagonal, configuration: "{\"a\": \"</script>\"}")
        page.figures = [.init("IoU", "0.99")]
        page.slices = [
            FieldSlice(
                title: "x = 0", width: 64, height: 64, truth: FieldSliceTests.disc(radius: 16),
                learnt: FieldSliceTests.disc(radius: 18))
        ]
        page.curves = [
            Plot(
                title: "Loss", xAxis: .init("step"), yAxis: .init("loss", scale: .logarithmic),
                series: [.init(nil, x: [1, 2, 3], y: [1, 0.1, 0.05], colour: 0)])
        ]
        page.tables = try ReportPage.tables(ofJSON: #"{"timings": {"train": 1.5}, "peakMemoryBytes": 7}"#)
        page.command = "shapefit ball.obj --sigma 5"
        return page
    }

    @Test func nothingComesFromElsewhere() throws {
        let html = try Self.page().html()
        for address in ["http://", "https://", "src=\"/", "href=\"/", "@import", "url("] {
            // SVG's namespace is a name, not an address.
            let text = html.replacingOccurrences(of: "http://www.w3.org/2000/svg", with: "")
            #expect(!text.contains(address), "\(address)")
        }
        #expect(html.contains("src=\"data:image/png;base64,iVBOR"))
    }

    @Test func textIsEscaped() throws {
        let html = try Self.page().html()
        #expect(html.contains("<h1>ball &amp; &lt;socket&gt;</h1>"))
        #expect(!html.contains("\"</script>\""))
        #expect(html.contains("shapefit ball.obj --sigma 5"))
    }

    @Test func decimationIsSaid() throws {
        #expect(try !Self.page().html().contains("Coarser here"))
        let html = try Self.page(triangleLimit: 500).html()
        #expect(html.contains("Coarser here") && html.contains("of 3600 triangles"))
    }

    @Test func tablesHoldWhatJSONHolds() throws {
        let tables = try ReportPage.tables(
            ofJSON: #"""
                {"b": true, "list": [1, 2.5], "curve": [1,2,3,4,5,6,7,8,9],
                 "chamferScores": {"chamferL1": 0.000123456789, "inner": {"kind": "sdf", "none": null}, "big": 1e300}}
                """#)
        #expect(tables.map(\.title) == ["General", "Chamfer scores"])
        #expect(tables[0].rows.map(\.name) == ["b", "list"])
        #expect(tables[0].rows.map(\.value) == ["yes", "1, 2.5"])
        #expect(tables[1].rows.map(\.name) == ["big", "chamfer L1", "inner.kind", "inner.none"])
        #expect(tables[1].rows.map(\.value) == ["1e+300", "0.000123457", "sdf", "–"])
    }
}
