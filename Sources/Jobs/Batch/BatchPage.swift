import Core
import Pictures

/// One page of HTML about a batch that needs nothing beside it.
struct BatchPage {
    var title: String
    var program: String
    var summary: BatchSummary
    var failed: [BatchRow]
    var fittedCount: Int
    /// With their pictures, where there are any.
    var worst: [(row: BatchRow, picture: Image?)]
    var thumbnails: [(row: BatchRow, picture: Image)]

    /// Rows of the table of failures at most.
    private static let failureLimit = 100

    func html() throws(FileError) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(escaped(title)) – shapefit batch</title>
        <link rel="icon" href="data:,">
        <style>
        body { font: 15px/1.5 system-ui, sans-serif; color: #2a2a2c; background: #fbfbfa; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
        h1 { margin-bottom: 0 } h2 { margin-top: 2.2rem } .note { color: #6a6a6e }
        table { border-collapse: collapse } td, th { padding: .2rem .9rem .2rem 0; text-align: left; vertical-align: top }
        td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
        .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .8rem }
        figure { margin: 0 } figure img { width: 100%; height: auto; border-radius: 4px; background: #f6f6f4 }
        figcaption { font-size: 12px; overflow-wrap: anywhere; line-height: 1.3 }
        @media (prefers-color-scheme: dark) { body { color: #e6e6e4; background: #1c1c1e } .note { color: #9a9a9e } }
        </style>
        </head>
        <body>
        <h1>\(escaped(title))</h1>
        <p class="note">\(summary.okCount) of \(summary.shapeCount) shapes fitted, \(summary.failedCount) failed; \
        \(decimal(summary.shapesPerHour, digits: 0)) shapes an hour; \(escaped(program)).</p>
        \(figures)
        \(failures)
        \(try grid("The worst by boundary IoU", worst))
        \(try grid("Shapes", thumbnails.map { ($0.row, $0.picture) }))
        \(thumbnails.count < fittedCount ? "<p class=\"note\">\(thumbnails.count) of \(fittedCount), evenly spread over the list.</p>" : "")
        </body>
        </html>

        """
    }

    private var figures: String {
        let rows: [(String, BatchSummary.Percentiles?, Int)] = [
            ("IoU uniform", summary.iouUniform, 4), ("IoU boundary", summary.iouBoundary, 4),
            ("Hausdorff / diagonal", summary.relativeHausdorff, 5), ("seconds a shape", summary.seconds, 2),
            ("parameters", summary.parameters, 0),
        ]
        let cells = rows.compactMap { name, values, digits -> String? in
            guard let values else { return nil }
            let numbers = [
                values.minimum, values.p1, values.p5, values.p25, values.median, values.p75, values.p95, values.maximum,
            ]
            return "<tr><th>\(name)</th>"
                + numbers.map { "<td class=\"n\">\(decimal($0, digits: digits))</td>" }.joined() + "</tr>"
        }
        let heading = ["lowest", "1 %", "5 %", "25 %", "median", "75 %", "95 %", "highest"]
            .map { "<th class=\"n\">\($0)</th>" }.joined()
        return "<h2>Figures</h2>\n<table><tr><th></th>\(heading)</tr>\n\(cells.joined(separator: "\n"))</table>"
    }

    private var failures: String {
        if failed.isEmpty { return "" }
        let rows = failed.prefix(Self.failureLimit).map { row in
            "<tr><td>\(escaped(row.key))</td><td>\(row.failure?.rawValue ?? "")</td><td>\(escaped(row.error ?? ""))</td></tr>"
        }
        let more =
            failed.count > rows.count
            ? "<p class=\"note\">and \(failed.count - rows.count) more, in index.jsonl</p>" : ""
        return "<h2>Failed</h2>\n<table>\(rows.joined(separator: "\n"))</table>\(more)"
    }

    private func grid(_ title: String, _ items: [(row: BatchRow, picture: Image?)]) throws(FileError) -> String {
        if items.isEmpty { return "" }
        var figures: [String] = []
        for (row, picture) in items {
            var image = ""
            if let picture {
                let data = Data(try PNGFile.encode(picture, name: row.key)).base64EncodedString()
                image =
                    "<img loading=\"lazy\" src=\"data:image/png;base64,\(data)\" width=\"\(picture.width)\" "
                    + "height=\"\(picture.height)\" alt=\"\(escaped(row.key))\">"
            }
            let score = row.scores.map { " \(decimal($0.iouBoundary, digits: 4))" } ?? ""
            figures.append("<figure>\(image)<figcaption>\(escaped(row.key))\(score)</figcaption></figure>")
        }
        return "<h2>\(title)</h2>\n<div class=\"grid\">\n\(figures.joined(separator: "\n"))\n</div>"
    }

    private func escaped(_ text: String) -> String {
        text.map { character -> String in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            default: String(character)
            }
        }.joined()
    }
}
