import Foundation
import Pictures
import Testing

@Suite struct PlotTests {
    static let plot = Plot(
        title: "a < b & c", xAxis: .init("x", scale: .logarithmic), yAxis: .init("y"),
        series: [
            .init("rising", x: [1, 10, 100], y: [0, 1, 2], colour: 0),
            .init("broken", x: [1, -1, 100], y: [2, 1, .nan], style: .dashed, colour: 1),
            .init(nil, x: [3], y: [1], style: .dots, colour: 2),
        ])

    @Test func svgIsWellFormedAndHasTheCurve() throws {
        let svg = Self.plot.svg
        let parser = XMLDocumentCheck(svg)
        #expect(parser.isWellFormed)
        #expect(svg.contains("a &lt; b &amp; c"))
        // The middle of the first curve, at log-middle and middle.
        #expect(svg.contains("285,205"))
    }

    @Test func rasterHasInkWhereTheCurveIs() {
        let image = Self.plot.image(scale: 1)
        #expect(image.width == 640 && image.height == 420)
        // (285, 205) lies on the first curve, which is blue.
        #expect(image[285, 205, 0] < 80 && image[285, 205, 2] > 120)
        #expect(image[300, 100, 0] == 255)
    }

    @Test func emptyPlotsAreDrawn() {
        let empty = Plot(title: "", xAxis: .init("x"), yAxis: .init("y", scale: .logarithmic), series: [])
        #expect(empty.svg.hasSuffix("</svg>\n"))
        #expect(empty.image(scale: 1).pixels.contains { $0 != 255 })
    }
}

/// Every tag that opens closes, and quotes are paired.
private struct XMLDocumentCheck {
    let isWellFormed: Bool

    init(_ text: String) {
        var open: [Substring] = []
        var isFine = true
        for tag in text.split(separator: "<").dropFirst(text.hasPrefix("<") ? 0 : 1) {
            guard let end = tag.firstIndex(of: ">") else { isFine = false; break }
            let inside = tag[..<end]
            if inside.filter({ $0 == "\"" }).count % 2 != 0 { isFine = false }
            let name = inside.drop { $0 == "/" }.prefix { $0.isLetter }
            if inside.hasPrefix("/") {
                isFine = isFine && open.popLast() == name
            } else if !inside.hasSuffix("/") {
                open.append(name)
            }
        }
        isWellFormed = isFine && open.isEmpty
    }
}
