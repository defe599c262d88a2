import Core
import NeuralFields

/// Models as functions of the OpenGL Shading Language, for shaders that march or slice a small shape.
///
/// The text needs GLSL 1.20 or later, or GLSL ES 1.00, and nothing around it; with a base or a lattice in the model GLSL 1.30
/// or ES 3.00. A value is within rounding of ours where the shader computes in `highp`.
public enum GLSLExport {
    /// The most parameters that are written. Compilers unroll the whole text: at this size it is about 300 kB and takes
    /// them about a second; some give up on ten times as much.
    public static let parameterLimit = 20_000
    /// The most samples of a base: an array of half as many integers. A base of 32 cells has up to 68 921.
    public static let sampleLimit = 80_000

    /// Writes the function's text, whole or not at all.
    ///
    /// - Throws: what ``source(of:frame:functionName:)`` throws, or
    ///   `NeuralFieldsError.fileUnwritable`.
    public static func write(
        _ model: some Model, frame: ExportFrame? = nil, functionName: String = "shape", comments: [String] = [],
        to path: String
    ) throws(NeuralFieldsError) {
        let text = try text(of: model, frame: frame, functionName: functionName, comments: comments)
        do {
            try AtomicFile.write(text, to: path)
        } catch {
            throw .fileUnwritable(path: error.path, reason: error.reason)
        }
    }

    /// The text that ``write(_:frame:functionName:comments:to:)`` writes.
    public static func text(
        of model: some Model, frame: ExportFrame? = nil, functionName: String = "shape", comments: [String] = []
    ) throws(NeuralFieldsError) -> String {
        let lines = [OutputMark.phrase] + comments
        let head = lines.map { "// " + $0.split(whereSeparator: \.isNewline).joined(separator: " ") + "\n" }.joined()
        return head + (try source(of: model, frame: frame, functionName: functionName))
    }

    /// `float functionName(vec3 p)` (`vec2` or `float` in lower dimensions): the model's value at a point.
    ///
    /// - Parameters:
    ///   - frame: the caller's coordinates and values; nil for the model's own.
    ///   - model: of one output.
    ///   - functionName: a word of GLSL.
    /// - Throws: `NeuralFieldsError.invalidSetting` for a model that is too large, of more than
    ///   one output or of more than three coordinates.
    public static func source(
        of model: some Model, frame: ExportFrame? = nil, functionName: String = "shape"
    ) throws(NeuralFieldsError) -> String {
        func refuse(_ reason: String) -> NeuralFieldsError {
            .invalidSetting(name: "format", value: "glsl", remedy: "\(reason); use onnx")
        }
        func requireRoom(for count: Int) throws(NeuralFieldsError) {
            if count > parameterLimit {
                throw refuse(
                    "takes networks of at most \(parameterLimit) numbers, and this has \(count); the preset tiny has some 1300"
                )
            }
        }
        try requireRoom(for: model.parameterCount)
        if let sampleCount = frame?.base?.samples.count, sampleCount > sampleLimit {
            throw refuse(
                "takes bases of at most \(sampleLimit) samples, and this has \(sampleCount); the preset tiny has some 3000"
            )
        }
        guard model.outputCount == 1 else { throw refuse("takes networks of one output") }
        guard (1...3).contains(model.inputDimension) else { throw refuse("takes points of at most 3 coordinates") }

        guard let frame, let base = frame.base else {
            let (text, numberCount) = function(of: model, frame: frame, named: functionName)
            try requireRoom(for: numberCount)
            return text
        }
        let (correction, numberCount) = function(of: model, frame: nil, named: functionName + "_correction")
        try requireRoom(for: numberCount)
        let glsl = GLSLBase(base: base, name: functionName)
        func vector(_ values: [Float]) -> String { "vec3(\(values.map { "\($0)" }.joined(separator: ", ")))" }
        let place = "(p - \(vector(frame.center))) * \(frame.scale) + \(vector(frame.offset))"
        return glsl.latticeFunction + correction + "\n" + glsl.combination(place: place)
    }

    /// One model's function, after the tables that it reads.
    ///
    /// - Returns: also how many numbers of layers and lattices it has.
    private static func function(of model: some Model, frame: ExportFrame?, named name: String) -> (String, Int) {
        var builder = GLSLBuilder(tablePrefix: name + "_table")
        let point = builder.input("p", dimension: model.inputDimension)
        let values = model.describe(point, frame: frame, in: &builder)
        let type = ["float", "vec2", "vec3"][model.inputDimension - 1]
        let result = values.groups[0].name + (values.groups[0].isScalar ? "" : ".x")
        let lines =
            (builder.declarations.isEmpty ? [] : ["// Needs GLSL 1.30 or GLSL ES 3.00."]) + builder.declarations
            + ["float \(name)(\(type) p) {"] + builder.statements.map { "    " + $0 }
            + ["    return \(result);", "}", ""]
        return (lines.joined(separator: "\n"), builder.numberCount)
    }
}
