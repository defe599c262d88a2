import NeuralFields

extension Model {
    /// The model as a function of the caller's coordinates, in the caller's values.
    ///
    /// - Parameter frame: nil for the model's own.
    func describe<Builder: GraphBuilder>(
        _ points: Builder.Rows, frame: ExportFrame?, in builder: inout Builder
    ) -> Builder.Rows {
        guard let frame else { return describe(points, in: &builder) }
        precondition(frame.center.count == inputDimension, "a centre of the points' dimension")
        return frame.finish(describe(frame.place(points, in: &builder), in: &builder), in: &builder)
    }
}

extension ExportFrame {
    /// (x − center) · scale + offset.
    func place<Builder: GraphBuilder>(_ points: Builder.Rows, in builder: inout Builder) -> Builder.Rows {
        let centred = builder.shift(points, by: center.map { -$0 }, name: "frame.minus_center")
        let scaled = builder.scale(centred, by: [scale], name: "frame.scale")
        return builder.shift(scaled, by: offset, name: "frame.offset")
    }

    /// The caller's value of a model's output.
    func finish<Builder: GraphBuilder>(_ outputs: Builder.Rows, in builder: inout Builder) -> Builder.Rows {
        switch output {
        case .scaled(let factor):
            return builder.scale(outputs, by: [factor], name: "frame.output_scale")
        case .tanhCompressed(let scale):
            let bounded = builder.clamp(
                outputs, to: -ExportFrame.artanhLimit...ExportFrame.artanhLimit, name: "frame.output_limit")
            return builder.scale(builder.apply(.artanh, to: bounded), by: [scale], name: "frame.output_scale")
        }
    }
}
