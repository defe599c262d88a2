import Core
import Geometry

/// Many results of one shape side by side, each above its signed error, all seen by one camera and coloured on one scale.
package struct ContactSheet: Sendable {
    /// One result.
    package struct Entry: Sendable {
        package var title: String
        package var caption: String
        /// What ``ContactSheet/tile(of:beside:_:up:workers:)`` drew; nil where that is lost.
        package var tile: Image?

        package init(title: String, caption: String, tile: Image?) {
            self.title = title
            self.caption = caption
            self.tile = tile
        }
    }

    package var entries: [Entry]
    /// Of the shape's box, in mesh coordinates.
    package var diagonal: Double

    package init(entries: [Entry], diagonal: Double) {
        self.entries = entries
        self.diagonal = diagonal
    }

    /// The error of the fullest colours, in diagonals. Fixed, so that tiles of different days compare: fits that are any
    /// good err by less than this nearly everywhere.
    package static let limit = 0.005
    private static let side = 300
    private static let columns = 5
    private static let header = 46
    private static let footer = 34
    private static let legend = 84
    private static let ink: [UInt8] = [0x2A, 0x2A, 0x2C]
    private static let quiet: [UInt8] = [0x77, 0x77, 0x7A]
    private static let paper = Colour(hex: 0xF6F6F4).bytes

    /// A result above its signed error to the input.
    ///
    /// - Parameters:
    ///   - result: in the frame of `input`; nil or without triangles for an empty tile.
    ///   - field: queries of `input`.
    ///   - input: what was learnt.
    ///   - up: the axis that points upwards.
    ///   - workers: the threads to use; the result does not depend on their number.
    package static func tile(
        of result: TriangleMesh?, beside input: TriangleMesh, _ field: MeshField, up: Camera.UpAxis = .y,
        workers: Workers = Workers()
    ) -> Image {
        var tile = Image(width: side, height: 2 * side, filledWith: paper)
        guard let result, !result.triangles.isEmpty, let box = input.boundingBox else {
            tile.draw(
                "no surface", x: Double(side) / 2, y: Double(side) / 2, size: 14, colour: quiet, anchor: .middle)
            return tile
        }
        let errors = field.values(at: result.vertices, workers: workers)
        let camera = Camera(from: Camera.View.threeQuarter.direction, up: up, fitting: input.vertices)
        let renderer = MeshRenderer(result, workers: workers)
        let images = renderer.images(
            of: [.clay, .signedValues(errors, of: result, limit: Float(limit) * box.diagonal)], from: camera,
            width: side, height: side, workers: workers)
        for (number, image) in images.enumerated() { tile.place(image, x: 0, y: number * side) }
        return tile
    }

    /// The sheet, up to five results in a row.
    package var image: Image {
        let columns = max(1, min(Self.columns, entries.count))
        let rows = max(1, (entries.count + columns - 1) / columns)
        let height = Self.header + 2 * Self.side + Self.footer
        var sheet = Image(
            width: max(columns, 2) * Self.side, height: rows * height + Self.legend, filledWith: Self.paper)
        for (number, entry) in entries.enumerated() {
            let (x, y) = (number % columns * Self.side, number / columns * height)
            let middle = Double(x) + Double(Self.side) / 2
            sheet.draw(
                entry.title, x: middle, y: Double(y) + 32, size: 18, colour: Self.ink, anchor: .middle, weight: 0.11)
            if let tile = entry.tile, tile.channelCount == 3 {
                sheet.place(tile, x: x, y: y + Self.header)
            } else {
                sheet.draw(
                    "no picture", x: middle, y: Double(y + Self.header + Self.side), size: 14, colour: Self.quiet,
                    anchor: .middle)
            }
            sheet.draw(
                entry.caption, x: middle, y: Double(y + Self.header + 2 * Self.side) + 20, size: 14,
                colour: Self.quiet, anchor: .middle)
        }
        let width = 420
        ErrorLegend(scale: ErrorScale(limit: Self.limit * diagonal), diagonal: diagonal).draw(
            on: &sheet, x: (sheet.width - width) / 2, y: rows * height, width: width, size: 13)
        return sheet
    }
}
