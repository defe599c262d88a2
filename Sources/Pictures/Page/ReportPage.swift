import Core

/// One page of HTML that says everything about a fit and needs nothing beside it: no network, no other file.
package struct ReportPage: Sendable {
    /// A figure that stands at the top.
    package struct Figure: Sendable {
        package var value: String
        package var name: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package struct Table: Sendable {
        package var title: String
        package var rows: [(name: String, value: String)]

        package init(title: String, rows: [(name: String, value: String)]) {
            self.title = title
            self.rows = rows
        }
    }

    package var title: String
    package var subtitle: String
    package var figures: [Figure] = []
    package var preview: Image
    package var scene: ReportScene
    package var errorScale: ErrorScale
    /// Of the input's box, in mesh coordinates.
    package var diagonal: Double
    package var curves: [Plot] = []
    package var slices: [FieldSlice] = []
    /// The meaning of the slices' colours.
    package var sliceNote = ""
    /// What the ends of the slices' colour bar stand for, as text: the length at the red end, its negative at the blue one.
    package var sliceLimit = ""
    package var tables: [Table] = []
    /// The shell command that makes this result again; nil when that is not known.
    package var command: String?
    /// Every setting, as a file that `--configuration` reads.
    package var configuration: String

    package init(
        title: String, subtitle: String, preview: Image, scene: ReportScene, errorScale: ErrorScale, diagonal: Double,
        configuration: String
    ) {
        self.title = title
        self.subtitle = subtitle
        self.preview = preview
        self.scene = scene
        self.errorScale = errorScale
        self.diagonal = diagonal
        self.configuration = configuration
    }

    /// The page.
    package func html() throws -> String {
        let sections = [
            header, try section("Preview", picture(preview, "Input, result and signed error", class: "preview")),
            section("In 3D", ReportViewer.html + legend + decimationNote),
            slices.isEmpty ? "" : try section("Slices through the field", sliceFigures()),
            curves.isEmpty ? "" : section("Training", curveFigures),
            section("Settings and figures", tableColumns), section("The same again", reproduction),
        ]
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <!-- \(OutputMark.phrase) -->
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(escaped(title)) – shapefit</title>
            <link rel="icon" href="data:,">
            <style>
            \(ReportStyle.css)
            </style>
            </head>
            <body>
            <main>
            \(sections.joined(separator: "\n"))
            </main>
            <script type="application/json" id="scene">\(try scene.json())</script>
            <script>
            \(ReportViewer.script)
            </script>
            </body>
            </html>

            """
    }

    private func section(_ title: String, _ body: String) -> String { "<h2>\(title)</h2>\n\(body)" }

    private var header: String {
        let items = figures.map { "<li><b>\(escaped($0.value))</b><span>\(escaped($0.name))</span></li>" }
        return """
            <h1>\(escaped(title))</h1>
            <p class="subtitle">\(escaped(subtitle))</p>
            <ul class="figures">\(items.joined())</ul>
            """
    }

    private func picture(_ image: Image, _ text: String, class name: String? = nil) throws -> String {
        let data = Data(try PNGFile.encode(image, name: text)).base64EncodedString()
        let attribute = name.map { " class=\"\($0)\"" } ?? ""
        return "<img\(attribute) src=\"data:image/png;base64,\(data)\" width=\"\(image.width)\" "
            + "height=\"\(image.height)\" style=\"height:auto\" alt=\"\(escaped(text))\">"
    }

    private var legend: String {
        let stops = (0...16).map { step in
            let bytes = DivergingColourMap.colour(at: Float(step) / 8 - 1).bytes
            return "rgb(\(bytes[0]) \(bytes[1]) \(bytes[2]))"
        }
        func row(_ texts: [String]) -> String { texts.map { "<span>\($0)</span>" }.joined() }
        return """
            <div class="legend" aria-label="Signed error">
            <div class="ticks parts">\(row(errorScale.ticks.map { errorScale.partText($0, of: diagonal) }))</div>
            <div class="bar" style="background:linear-gradient(to right, \(stops.joined(separator: ", ")))"></div>
            <div class="ticks">\(row(errorScale.ticks.map { errorScale.text($0) }))</div>
            </div>
            <p class="note" style="text-align:center">Signed error in mesh units and in parts of the diagonal: blue inside \
            the input, red outside; \(String(printf: "%.3g", errorScale.largest)) at most.</p>
            """
    }

    private var decimationNote: String {
        let meshes = [("input", scene.input), ("result", scene.result)].filter { $0.1.isDecimated }
        guard !meshes.isEmpty else { return "" }
        let texts = meshes.map { name, mesh in
            "the \(name) with \(mesh.mesh.triangles.count) of \(mesh.originalTriangleCount) triangles"
        }
        return "<p class=\"note\">Coarser here than in the files, by clustering vertices: "
            + "\(texts.joined(separator: ", ")). Figures and preview are of the whole meshes.</p>"
    }

    /// The slices' colours with what they stand for.
    private var colourBar: String {
        guard !sliceLimit.isEmpty else { return "" }
        let stops = (0...16).map { step in
            let bytes = DivergingColourMap.colour(at: Float(step) / 8 - 1).bytes
            return "rgb(\(bytes[0]),\(bytes[1]),\(bytes[2]))"
        }
        return """
            <div class="bar"><span>−\(escaped(sliceLimit))</span>\
            <div style="background: linear-gradient(to right, \(stops.joined(separator: ", ")))"></div>\
            <span>\(escaped(sliceLimit))</span></div>
            """
    }

    private func sliceFigures() throws -> String {
        let items = try slices.map { slice in
            """
            <div class="slice"><h3>\(escaped(slice.title))</h3><div class="pair">
            <div>\(try picture(slice.truthImage, "True field at \(slice.title)"))<small>true</small></div>
            <div>\(try picture(slice.learntImage, "Learnt field at \(slice.title)"))<small>learnt</small></div>
            </div></div>
            """
        }
        return """
            \(colourBar)
            <div class="slices">\(items.joined(separator: "\n"))</div>
            <p class="note">\(escaped(sliceNote)) Black: the zero contour; green on the learnt field: the true one, where \
            they differ.</p>
            """
    }

    private var curveFigures: String {
        let items = curves.map { "<div class=\"curve\">\($0.svg)</div>" }
        return "<div class=\"curves\">\(items.joined(separator: "\n"))</div>"
    }

    private var tableColumns: String {
        let items = tables.map { table in
            let rows = table.rows.map { "<tr><td>\(escaped($0.name))</td><td>\(escaped($0.value))</td></tr>" }
            return "<table><caption>\(escaped(table.title))</caption>\(rows.joined(separator: "\n"))</table>"
        }
        return "<div class=\"tables\">\(items.joined(separator: "\n"))</div>"
    }

    private var reproduction: String {
        let text = command.map { "<pre>\(escaped($0))</pre>" } ?? ""
        return """
            \(text)
            <details><summary>Every setting, as a configuration file</summary><pre>\(escaped(configuration))</pre>\
            </details>
            """
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
