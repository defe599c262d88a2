import Core

extension Plot {
    /// The plot as an SVG document of its own.
    public var svg: String {
        let (width, height) = Plot.size
        var lines = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(height))" width="\(Int(width))" \
            height="\(Int(height))" font-family="Helvetica, Arial, sans-serif" fill="#222">
            """,
            "<metadata>\(OutputMark.phrase)</metadata>",
            "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>",
        ]
        for mark in PlotDrawing(self).marks {
            switch mark {
            case .line(let points, let colour, let width, let isDashed):
                let path = points.map { "\(short($0.x)),\(short($0.y))" }.joined(separator: " ")
                lines.append(
                    """
                    <polyline points="\(path)" fill="none" stroke="\(hex(colour))" stroke-width="\(short(width))"\
                    \(isDashed ? " stroke-dasharray=\"6 4\"" : "") stroke-linejoin="round"/>
                    """)
            case .dot(let x, let y, let radius, let colour):
                lines.append(
                    "<circle cx=\"\(short(x))\" cy=\"\(short(y))\" r=\"\(short(radius))\" fill=\"\(hex(colour))\"/>")
            case .text(let text, let x, let y, let size, let anchor, let isUpward):
                let turn = isUpward ? " transform=\"rotate(-90 \(short(x)) \(short(y)))\"" : ""
                lines.append(
                    """
                    <text x="\(short(x))" y="\(short(y))" font-size="\(short(size))" \
                    text-anchor="\(anchor.rawValue)"\(turn)>\(escaped(text))</text>
                    """)
            }
        }
        lines.append("</svg>")
        return lines.joined(separator: "\n") + "\n"
    }
}

private func short(_ value: Double) -> String {
    let rounded = (value * 100).rounded() / 100
    return rounded == rounded.rounded() ? "\(Int(saturating: rounded))" : "\(rounded)"
}

private func hex(_ colour: [UInt8]) -> String {
    "#" + colour.map { String(printf: "%02x", $0) }.joined()
}

private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        .replacing(">", with: "&gt;")
}
