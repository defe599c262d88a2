import Core
import Fitting
import Foundation
import Geometry
import Interchange
import TestSupport
import Testing

/// Exports of shapes with a base say what the shape says, in twice the box and beyond.
@Suite struct ExportedBaseTests {
    private static func fitted(_ target: FieldTarget.Kind = .sdf, tiny: Bool = false) throws -> NeuralShape {
        var configuration = FitConfiguration.test(target: target, steps: 20)
        if tiny {
            configuration = Preset.tiny.configuration
            configuration.budget = .steps(50)
        } else {
            configuration.switchBase(to: 10)
            configuration.width = 16
            configuration.encoding.frequencyCount = 8
        }
        var mesh = TestMeshes.torus()
        // Off the origin and of another size.
        mesh.vertices = mesh.vertices.map { 30 * $0 + SIMD3(100, -20, 3) }
        return try Fit(configuration).run(mesh).shape
    }

    /// Uniform in four times the box, and as many near the surface.
    private static func points(of shape: NeuralShape, count: Int) -> [SIMD3<Float>] {
        let stream = RandomStream(seed: 3, stream: 9)
        let (low, high) = (
            shape.transform.meshPoint(shape.bounds.minimum), shape.transform.meshPoint(shape.bounds.maximum)
        )
        return (0..<count).map { index in
            let u = stream.uniforms(at: UInt64(index))
            let size: Float = index % 2 == 0 ? 4 : 1.1
            return (low + high) / 2 + size * (SIMD3(u.x, u.y, u.z) - 0.5) * (high - low)
        }
    }

    private static func coordinates(_ points: [SIMD3<Float>]) -> [Float] { points.flatMap { [$0.x, $0.y, $0.z] } }

    @Test(
        .enabled(if: ExternalTool.onnxPython != nil, "needs onnx_check.py --setup"),
        arguments: [FieldTarget.Kind.sdf, .occupancy])
    func onnxComputesTheSame(_ target: FieldTarget.Kind) throws {
        let shape = try Self.fitted(target)
        let network = try #require(shape.network)
        let points = Self.points(of: shape, count: 5000)
        try withTemporaryFolder { folder in
            try OnnxExport.write(
                network, frame: shape.exportFrame, metadata: shape.exportMetadata, to: folder + "/shape.onnx")
            try SafetensorsFile(tensors: [
                .init("points", shape: [points.count, 3], values: Self.coordinates(points)),
                .init("values", shape: [points.count, 1], values: shape.values(at: points)),
            ]).write(to: folder + "/shape.safetensors")
            let (status, output) = try ExternalTool.run(
                ExternalTool.onnxPython ?? "", [ExternalTool.peer("onnx_check.py"), folder])
            #expect(status == 0, "\(output)")
            let error = output.split(separator: " ").last.flatMap { Double($0.filter { $0 != "\n" }) } ?? 1
            #expect(error < 1e-5, "\(output)")
        }
    }

    @Test(
        .enabled(if: ExternalTool.glslRenderer != nil, "needs OpenGL ES 3 without a display: libegl1, libgles2"),
        arguments: [FieldTarget.Kind.sdf, .occupancy], [false, true])
    func shadersComputeTheSame(_ target: FieldTarget.Kind, tiny: Bool) throws {
        guard target == .sdf || !tiny else { return }
        let shape = try Self.fitted(target, tiny: tiny)
        let network = try #require(shape.network)
        let points = Self.points(of: shape, count: 20_000)
        let source = try GLSLExport.source(of: network, frame: shape.exportFrame)
        if tiny { #expect(source.utf8.count <= 32 << 10, "\(source.utf8.count) bytes") }
        let values = try withTemporaryFolder { folder -> [Float] in
            try AtomicFile.write(source, to: folder + "/shape.glsl")
            let bytes = Self.coordinates(points).withUnsafeBytes { Array($0) }
            try AtomicFile.write(bytes.span, to: folder + "/points")
            let (status, output) = try ExternalTool.run(
                ExternalTool.glslRenderer ?? "",
                [ExternalTool.peer("render_glsl.py"), folder + "/shape.glsl", folder + "/points", folder + "/values"])
            #expect(status == 0, "\(output)")
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/values"))
            return data.withUnsafeBytes { data in
                (0..<data.count / 4).map { data.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
            }
        }
        let own = shape.values(at: points)
        #expect(values.count == own.count)
        // In unit-cube lengths; logits in theirs.
        let unit = target == .sdf ? Float(shape.transform.scale) : shape.target.scale
        let largest = zip(values, own).reduce(Float(0)) { max($0, ($1.0 - $1.1).magnitude * unit) }
        #expect(largest < 1e-5)
    }

    @Test func metadataSaysWhatAFieldIs() throws {
        let metadata = try Self.fitted().exportMetadata
        #expect(metadata["sign"] == "negative inside" && metadata["reach"] == "everywhere")
        #expect(metadata["bounds.minimum"]?.split(separator: " ").count == 3)
        #expect(try Self.fitted(.occupancy).exportMetadata["values"]?.contains("logit") == true)
    }
}
