import Core
import Evaluation
import Fitting
import Geometry
import NeuralFields
import Pictures

extension FitReport {
    /// This report as a page to look at, with pictures.
    ///
    /// - Parameters:
    ///   - sheet: the comparison of input and result in the network's frame.
    ///   - command: what makes the result again in a shell.
    /// - Complexity: some 10⁵ evaluations of the field and as many distances to the input beside the page's writing.
    func page(
        of fitted: FittedShape<PreparedMesh>, sheet: ComparisonSheet, preview: Image, command: String?, workers: Workers
    ) throws -> ReportPage {
        let lengthUnit = 1 / fitted.shape.transform.scale
        let file = URL(fileURLWithPath: input.path)
        var page = ReportPage(
            title: file.deletingPathExtension().lastPathComponent,
            subtitle:
                "\(input.path): \(input.triangles) triangles, learnt by a network of \(model.parameters) parameters in "
                + String(printf: "%.1f s.", training.seconds),
            preview: preview, scene: ReportScene(sheet, lengthUnit: lengthUnit), errorScale: sheet.scale,
            diagonal: sheet.diagonal, configuration: try configuration.json())
        page.figures = headlines
        page.curves = [lossPlot] + (training.agreementCurve.isEmpty ? [] : [errorPlot])
        page.slices = fitted.slices(workers: workers)
        page.sliceLimit = fitted.sliceLimit
        page.sliceNote =
            fitted.shape.target.kind == .sdf
            ? (fitted.shape.base == nil
                ? "Signed distance as the network learns it, the true one compressed alike: blue inside, red outside."
                : "Signed distance: blue inside, red outside.")
            : "Occupancy: blue inside, red outside, white where the network does not know."
        page.tables = try ReportPage.tables(ofJSON: json())
        page.command = command
        return page
    }

    private var headlines: [ReportPage.Figure] {
        var figures: [ReportPage.Figure] = []
        if let field = evaluation?.tancik2020 {
            figures.append(.init("IoU, uniform points", String(printf: "%.4f", field.uniform)))
            figures.append(.init("IoU, boundary points", String(printf: "%.4f", field.boundary)))
        }
        if let chamfer = evaluation?.mesh.relativeChamferL1, let hausdorff = evaluation?.mesh.relativeHausdorff {
            figures.append(.init("Chamfer distance, of the diagonal", String(printf: "%.3g %%", 100 * chamfer)))
            figures.append(.init("Hausdorff distance, of the diagonal", String(printf: "%.3g %%", 100 * hausdorff)))
        }
        if let consistency = evaluation?.mesh.normalConsistency {
            figures.append(.init("Normal consistency", String(printf: "%.4f", consistency)))
        }
        figures.append(.init("Seconds in all", String(printf: "%.1f", timings.total)))
        return figures
    }

    /// What is missing from an IoU of 1, which shows the last digits.
    private var errorPlot: Plot {
        let points = training.agreementCurve
        func series(_ name: String, _ set: KeyPath<AgreementCurve.Point, IntersectionOverUnion>, colour: Int)
            -> Plot.Series
        {
            .init(
                name, x: points.map { Double($0.step) }, y: points.map { 1 - $0[keyPath: set].value }, colour: colour)
        }
        return Plot(
            title: "1 − IoU while training", xAxis: .init("step"), yAxis: .init("1 − IoU", scale: .logarithmic),
            series: [series("boundary points", \.boundary, colour: 1), series("uniform points", \.uniform, colour: 0)])
    }

    private var lossPlot: Plot {
        let count = training.lossCurve.count
        let steps = (0..<count).map { (Double($0) + 0.5) / Double(count) * Double(training.steps) }
        return Plot(
            title: "Loss, mean of \(count) stretches", xAxis: .init("step"), yAxis: .init("loss", scale: .logarithmic),
            series: [.init(nil, x: steps, y: training.lossCurve.map { Double($0) }, colour: 0)])
    }
}

extension FittedShape<PreparedMesh> {
    /// Pixels along the longer side of a slice.
    private static let sliceSide = 256

    /// Slices across the three axes through the middle of the input.
    func slices(workers: Workers) -> [FieldSlice] {
        guard let box = reference.mesh.boundingBox else { return [] }
        let seen = box.expanded(by: 0.06 * box.extent.max())
        // Rounded to 1e-5 of the box so that 0 prints as 0.
        let grain = Double(box.extent.max()) / shape.transform.scale * 1e-5
        let origin = shape.transform.worldOrigin
        let center = SIMD3<Double>(shape.transform.meshPoint(box.center, relativeTo: origin)) + origin
        let middle = (center / grain).rounded(.toNearestOrEven) * grain
        return (0..<3).map { axis in
            // Horizontal and vertical axes of the picture, so that y, where it is seen, points upwards.
            let (across, upward) = [(2, 1), (0, 2), (0, 1)][axis]
            let pixel = max(seen.extent[across], seen.extent[upward]) / Float(Self.sliceSide)
            let width = min(max(Int(saturating: seen.extent[across] / pixel), 1), 4096)
            let height = min(max(Int(saturating: seen.extent[upward] / pixel), 1), 4096)
            var points: [SIMD3<Float>] = []
            points.reserveCapacity(width * height)
            for row in 0..<height {
                for column in 0..<width {
                    var point = box.center
                    point[across] = seen.minimum[across] + (Float(column) + 0.5) * pixel
                    point[upward] = seen.maximum[upward] - (Float(row) + 0.5) * pixel
                    points.append(point)
                }
            }
            let name = ["x", "y", "z"][axis]
            return FieldSlice(
                title: "\(name) = \(String(printf: "%.4g", middle[axis] + 0))", width: width, height: height,
                truth: reference.field.values(at: points, workers: workers).map(trueColourValue),
                learnt: shape.unitField.values(at: points, workers: workers).map(learntColourValue))
        }
    }

    /// The distance that the colours' ends stand for, in the mesh's unit; empty for occupancy.
    var sliceLimit: String {
        let length: Float =
            switch (shape.target.kind, shape.target.compression) {
            case (.occupancy, _): 0
            case (.sdf, .linear): Self.linearRange
            case (.sdf, _): shape.target.scale
            }
        guard shape.target.kind == .sdf else { return "" }
        let bound = shape.target.compression == .linear ? "" : " and beyond"
        return String(printf: "%.3g", Double(length) / shape.transform.scale) + bound
    }

    /// Half the range of colours for distances, in unit-cube lengths.
    private static let linearRange: Float = 0.25

    /// A distance as a value in −1 … 1 to be coloured: compressed as the network's target is.
    private func trueColourValue(_ distance: Float) -> Float {
        switch shape.target.kind {
        case .occupancy: distance < 0 ? -1 : 1
        case .sdf: learntColourValue(shape.target.fieldValue(ofOutput: shape.target.networkValue(ofDistance: distance)))
        }
    }

    /// The field's value likewise: a distance in scales of the compression (in quarters of the unit cube where there is
    /// none), a probability for occupancy.
    private func learntColourValue(_ value: Float) -> Float {
        switch (shape.target.kind, shape.target.compression) {
        case (.occupancy, _): hyperbolicTangent((shape.base == nil ? value : value / shape.target.scale) / 2)
        case (.sdf, .linear): value / Self.linearRange
        case (.sdf, _): value / shape.target.scale
        }
    }
}
