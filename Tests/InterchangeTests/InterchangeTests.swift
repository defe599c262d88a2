import Core
import Foundation
import Interchange
import NeuralFields
import TestSupport
import Testing

@Suite struct InterchangeTests {
    /// Every encoding, activation, dimension and number of outputs that there is.
    static let cases = GradientCase.all.filter { $0.loss == .squared }

    static func values(of network: CoordinateNetwork, at points: [Float]) -> [Float] {
        var values = [Float](repeating: 0, count: points.count / network.inputDimension * network.outputCount)
        var span = values.mutableSpan
        ModelEvaluator(network).evaluate(points.span, into: &span, workers: .single)
        return values
    }

    /// One point a line.
    static func write(_ points: [Float], dimension: Int, to path: String) throws {
        let lines = stride(from: 0, to: points.count, by: dimension).map { row in
            (0..<dimension).map { "\(points[row + $0])" }.joined(separator: " ") + "\n"
        }
        try AtomicFile.write(lines.joined(), to: path)
    }

    static func floats(_ text: String) -> [Float] {
        text.split(whereSeparator: \.isWhitespace).compactMap { Float($0) }
    }

    static func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
        a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? .infinity : .infinity
    }

    static func finished(_ value: Float, _ output: ExportFrame.Output) -> Float {
        switch output {
        case .scaled(let factor): factor * value
        case .tanhCompressed(let scale): scale * Float(atanh(Double(min(max(value, -0.995), 0.995))))
        }
    }

    @Test(
        .enabled(if: ExternalTool.modelPython != nil, "needs Python with numpy and safetensors"), arguments: cases,
        [false, true])
    func modelFilesMeanTheSameToPython(_ testCase: GradientCase, ofHalves: Bool) throws {
        var network = try testCase.makeNetwork()
        if ofHalves { network.roundToHalves() }
        let points = testCase.makeBatch(count: 100).points
        try withTemporaryFolder { folder in
            try ModelFile.write(network, metadata: ["note": "π"], to: folder + "/model.safetensors")
            try Self.write(points, dimension: network.inputDimension, to: folder + "/points")
            let (status, output) = try ExternalTool.run(
                ExternalTool.modelPython ?? "", [ExternalTool.peer("read_model.py"), folder + "/model.safetensors"],
                input: folder + "/points")
            #expect(status == 0, "\(output)")
            #expect(Self.largestDifference(Self.floats(output), Self.values(of: network, at: points)) < 1e-5)
        }
    }

    @Test(.enabled(if: ExternalTool.onnxPython != nil, "needs Python with onnx, onnxruntime and safetensors"))
    func onnxGraphsComputeTheSame() throws {
        try withTemporaryFolder { folder in
            for (index, testCase) in Self.cases.enumerated() {
                let network = try testCase.makeNetwork()
                let points = testCase.makeBatch(count: 200).points
                let d = network.inputDimension
                // Every other graph takes a caller's coordinates, far from the origin and small.
                let frame = ExportFrame(
                    center: [Float](repeating: 1000, count: d), scale: 8, offset: [Float](repeating: 0.25, count: d),
                    output: index % 4 == 1 ? .scaled(-0.5) : .tanhCompressed(scale: 0.5))
                let placed = index % 2 == 0 ? points : points.map { ($0 - 0.25) / frame.scale + 1000 }
                let seen = index % 2 == 0 ? points : placed.map { ($0 - 1000) * frame.scale + 0.25 }
                let own = Self.values(of: network, at: seen)
                let values = index % 2 == 0 ? own : own.map { Self.finished($0, frame.output) }
                let name = "\(folder)/\(index)"
                try OnnxExport.write(
                    network, frame: index % 2 == 0 ? nil : frame, metadata: ["note": "π"], to: name + ".onnx")
                try SafetensorsFile(tensors: [
                    .init("points", shape: [200, d], values: placed),
                    .init("values", shape: [200, network.outputCount], values: values),
                ]).write(to: name + ".safetensors")
            }
            let (status, output) = try ExternalTool.run(
                ExternalTool.onnxPython ?? "", [ExternalTool.peer("onnx_check.py"), folder])
            #expect(status == 0, "\(output)")
        }
    }

    @Test func onnxBytesAreTheSameEveryTime() throws {
        let network = try GradientCase().makeNetwork()
        #expect(OnnxExport.bytes(of: network) == OnnxExport.bytes(of: network))
        #expect(throws: NeuralFieldsError.self) { try OnnxExport.write(network, to: "/no/such/folder/model.onnx") }
    }
}

@Suite struct GLSLExportTests {
    static let cases = InterchangeTests.cases.filter { $0.outputs == 1 && $0.width < 64 }

    @Test(.enabled(if: ExternalTool.plainPython != nil, "needs Python"), arguments: cases)
    func functionsComputeTheSame(_ testCase: GradientCase) throws {
        let network = try testCase.makeNetwork()
        let points = testCase.makeBatch(count: 20).points
        let outputs = [ExportFrame.Output.scaled(-1), .tanhCompressed(scale: 0.1)]
        try withTemporaryFolder { folder in
            try Self.expect(
                GLSLExport.source(of: network), folder, points, InterchangeTests.values(of: network, at: points),
                network)
            let placed = points.map { ($0 - 0.5) / 2 + 3 }
            let seen = placed.map { ($0 - 3) * 2 + 0.5 }
            for output in outputs {
                let frame = ExportFrame(
                    center: [Float](repeating: 3, count: network.inputDimension), scale: 2, output: output)
                try Self.expect(
                    GLSLExport.source(of: network, frame: frame), folder, placed,
                    InterchangeTests.values(of: network, at: seen).map { InterchangeTests.finished($0, output) },
                    network)
            }
        }
    }

    private static func expect(
        _ source: String, _ folder: String, _ points: [Float], _ values: [Float], _ network: CoordinateNetwork
    ) throws {
        try AtomicFile.write(source, to: folder + "/shape.glsl")
        try InterchangeTests.write(points, dimension: network.inputDimension, to: folder + "/points")
        let (status, output) = try ExternalTool.run(
            ExternalTool.plainPython ?? "", [ExternalTool.peer("run_glsl.py"), folder + "/shape.glsl"],
            input: folder + "/points")
        #expect(status == 0, "\(output)")
        #expect(InterchangeTests.largestDifference(InterchangeTests.floats(output), values) < 1e-4)
    }

    @Test(
        .enabled(if: ExternalTool.glslCompiler != nil, "needs glslangValidator"), arguments: cases,
        ["100 es", "120", "450"])
    func functionsCompile(_ testCase: GradientCase, version: String) throws {
        // Tables came with later versions.
        if testCase.encoding.name == "grid" && version != "450" { return }
        let network = try testCase.makeNetwork()
        let frame = ExportFrame(
            center: [Float](repeating: -1e-5, count: network.inputDimension), scale: 1e6,
            output: .tanhCompressed(scale: 1e-8))
        let argument = ["0.5", "vec2(0.5)", "vec3(0.5)"][network.inputDimension - 1]
        let isNew = version == "450"
        let shader = """
            #version \(version.split(separator: " ")[0])
            \(version.hasSuffix("es") ? "precision highp float;" : "")
            \(try GLSLExport.source(of: network, frame: frame))
            \(isNew ? "layout(location = 0) out vec4 color;" : "")
            void main() { \(isNew ? "color" : "gl_FragColor") = vec4(shape(\(argument))); }
            """
        try withTemporaryFolder { folder in
            try AtomicFile.write(shader, to: folder + "/shape.frag")
            let (status, output) = try ExternalTool.run(ExternalTool.glslCompiler ?? "", [folder + "/shape.frag"])
            #expect(status == 0, "\(output)")
        }
    }

    @Test func refusesWhatItCannotWrite() throws {
        func message(_ testCase: GradientCase) throws -> String {
            let network = try testCase.makeNetwork()
            do throws(NeuralFieldsError) { _ = try GLSLExport.source(of: network) } catch { return "\(error)" }
            return "written"
        }
        #expect(try message(GradientCase(width: 150)).contains("at most \(GLSLExport.parameterLimit) numbers"))
        #expect(try message(GradientCase(outputs: 2)).contains("one output"))
        #expect(try message(GradientCase(dimension: 4)).contains("3 coordinates"))
        #expect(try message(GradientCase()) == "written")
    }
}
