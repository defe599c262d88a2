import Core
import Geometry

/// Input, result and signed error side by side, seen by one camera.
///
/// The third panel shows the result's surface in colours of its signed distance to the input: blue where it lies inside
/// the input, red where it lies outside. What the input has and the result lacks altogether shows by comparing the first
/// two panels, not in the third.
public struct ComparisonSheet: Sendable {
    public let input: TriangleMesh
    public let result: TriangleMesh
    /// `(n)`: signed distance of each of the result's vertices to the input, in the frame's lengths.
    public let errors: [Float]
    /// In mesh coordinates.
    public let scale: ErrorScale
    /// Of the input's box, in mesh coordinates.
    public let diagonal: Double
    /// Samples along a pixel's side.
    public var samplesPerSide = 3
    private let inputRenderer: MeshRenderer
    /// nil when there is no result.
    private let resultRenderer: MeshRenderer?
    private let lengthUnit: Double

    /// - Parameters:
    ///   - input: in the frame that everything here is in, normally the unit cube.
    ///   - field: queries of `input`.
    ///   - result: without triangles, its panels say that there is no surface.
    ///   - lengthUnit: lengths of mesh coordinates in a length of the frame.
    ///   - workers: the threads to use; the result does not depend on their number.
    public init(
        input: TriangleMesh, field: MeshField, result: TriangleMesh, lengthUnit: Double, workers: Workers = Workers()
    ) {
        self.input = input
        self.result = result
        inputRenderer = MeshRenderer(input, hierarchy: field.hierarchy, workers: workers)
        resultRenderer = result.triangles.isEmpty ? nil : MeshRenderer(result, workers: workers)
        self.lengthUnit = lengthUnit
        errors = field.values(at: result.vertices, workers: workers)
        diagonal = Double(input.boundingBox?.diagonal ?? 0) * lengthUnit
        let unit = Float(lengthUnit)
        scale = ErrorScale(errors.map { $0 * unit }, fallback: 1e-3 * diagonal)
    }

    /// Pixels of text.
    private static let textSize = 15.0
    private static let ink: [UInt8] = [0x2A, 0x2A, 0x2C]
    private static let quiet: [UInt8] = [0x77, 0x77, 0x7A]

    /// The sheet: three panels with titles above and captions below.
    ///
    /// - Parameters:
    ///   - points: what the camera must have in view; nil for the input.
    ///   - width: at least 3.
    ///   - height: of which 146 pixels are titles and captions; at least 200.
    ///   - view: where the camera stands.
    ///   - axis: what points upwards.
    ///   - workers: the threads to use; the result does not depend on their number.
    public func image(
        view: Camera.Direction = Camera.View.threeQuarter.direction, up axis: Camera.UpAxis = .y,
        fitting points: [SIMD3<Float>]? = nil, width: Int = 1500, height: Int = 620, workers: Workers = Workers()
    ) -> Image {
        precondition(width >= 3 && height >= 200, "room for three panels")
        let size = Self.textSize
        let (header, footer) = (44, 102)
        let panel = (width: width / 3, height: height - header - footer)
        let camera = Camera(
            from: view, up: axis, fitting: points ?? input.vertices,
            aspectRatio: Float(panel.width) / Float(panel.height))

        func draw(_ renderer: MeshRenderer, _ materials: [SurfaceMaterial]) -> [Image] {
            var renderer = renderer
            renderer.samplesPerSide = samplesPerSide
            return renderer.images(
                of: materials, from: camera, width: panel.width, height: panel.height, workers: workers)
        }
        var panels = draw(inputRenderer, [.clay])
        if let resultRenderer {
            let limit = Float(scale.limit / lengthUnit)
            panels += draw(resultRenderer, [.clay, .signedValues(errors, of: result, limit: limit)])
        }

        var sheet = Image(width: width, height: height, filledWith: inputRenderer.background.bytes)
        for (number, image) in panels.enumerated() { sheet.place(image, x: number * panel.width, y: header) }
        let titles = ["Input", "Result", "Signed error"]
        let captions = [
            "\(Self.grouped(input.triangles.count)) triangles",
            resultRenderer == nil ? "no surface" : "\(Self.grouped(result.triangles.count)) triangles",
        ]
        for (number, title) in titles.enumerated() {
            let middle = (Double(number) + 0.5) * Double(panel.width)
            sheet.draw(title, x: middle, y: 32, size: size * 1.25, colour: Self.ink, anchor: .middle, weight: 0.11)
            if number < captions.count {
                sheet.draw(
                    captions[number], x: middle, y: Double(height - footer) + 38, size: size, colour: Self.quiet,
                    anchor: .middle)
            }
        }
        if resultRenderer != nil {
            ErrorLegend(scale: scale, diagonal: diagonal).draw(
                on: &sheet, x: 2 * panel.width + panel.width / 8, y: height - footer, width: panel.width * 3 / 4,
                size: size * 0.87)
            let largest = String(printf: "%.3g", scale.largest)
            sheet.draw(
                "mesh units: blue inside the input, red outside, \(largest) at most", x: 2.5 * Double(panel.width),
                y: Double(height) - 20, size: size * 0.87, colour: Self.quiet, anchor: .middle)
        }
        return sheet
    }

    /// A count with thin gaps between groups of three digits.
    static func grouped(_ count: Int) -> String {
        var digits = String(count)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return ([digits] + groups).joined(separator: " ")
    }
}
