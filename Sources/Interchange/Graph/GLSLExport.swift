import Core
import NeuralFields

/// Networks as functions of the OpenGL Shading Language, for shaders that march or slice a small shape.
///
/// The text needs GLSL 1.20 or later, or GLSL ES 1.00, and nothing around it; with a base GLSL 1.30 or ES 3.00. A value is within rounding of ours where the
/// shader computes in `highp`.
public enum GLSLExport {
    /// The most parameters that are written. Compilers unroll the whole text: at this size it is about 300 kB and takes
    /// them about a second; some give up on ten times as much.
    public static let parameterLimit = 20_000
    /// The most samples of a base: an array of half as many integers.
    public static let sampleLimit = 1 << 16

    /// Writes the function's text, whole or not at all.
    ///
    /// - Throws: what ``source(of:frame:functionName:)`` throws, or ``NeuralFieldsError/fileUnwritable(path:reason:)``.
    public static func write(
        _ network: CoordinateNetwork, frame: ExportFrame? = nil, functionName: String = "shape",
        comments: [String] = [], to path: String
    ) throws(NeuralFieldsError) {
        let text = try text(of: network, frame: frame, functionName: functionName, comments: comments)
        do {
            try AtomicFile.write(text, to: path)
        } catch {
            throw .fileUnwritable(path: error.path, reason: error.reason)
        }
    }

    /// What ``write(_:frame:functionName:comments:to:)`` writes.
    public static func text(
        of network: CoordinateNetwork, frame: ExportFrame? = nil, functionName: String = "shape",
        comments: [String] = []
    ) throws(NeuralFieldsError) -> String {
        let lines = [OutputMark.phrase] + comments
        let head = lines.map { "// " + $0.split(whereSeparator: \.isNewline).joined(separator: " ") + "\n" }.joined()
        return head + (try source(of: network, frame: frame, functionName: functionName))
    }

    /// `float functionName(vec3 p)` (`vec2` or `float` in lower dimensions): the network's value at a point.
    ///
    /// - Parameter frame: the caller's coordinates and values; nil for the network's own.
    /// - Throws: ``NeuralFieldsError/invalidSetting(name:value:remedy:)`` for a network that is too large, of more than
    ///   one output or of more than three coordinates.
    public static func source(
        of network: CoordinateNetwork, frame: ExportFrame? = nil, functionName: String = "shape"
    ) throws(NeuralFieldsError) -> String {
        func refuse(_ reason: String) -> NeuralFieldsError {
            .invalidSetting(name: "format", value: "glsl", remedy: "\(reason); use onnx")
        }
        let count = network.parameters.count + (network.encoding.fourier?.frequencies.count ?? 0)
        guard count <= parameterLimit else {
            throw refuse(
                "takes networks of at most \(parameterLimit) numbers, and this has \(count); the preset tiny has some 1300"
            )
        }
        if let sampleCount = frame?.base?.samples.count, sampleCount > sampleLimit {
            throw refuse(
                "takes bases of at most \(sampleLimit) samples, and this has \(sampleCount); the preset tiny has some 3000"
            )
        }
        guard network.outputCount == 1 else { throw refuse("takes networks of one output") }
        guard (1...3).contains(network.inputDimension) else { throw refuse("takes points of at most 3 coordinates") }
        precondition(
            frame.map { $0.center.count == network.inputDimension } ?? true, "a centre of the points' dimension")
        if let frame, let base = frame.base {
            let glsl = GLSLBase(base: base, name: functionName)
            var writer = GLSLWriter(network: network, frame: nil)
            let correction = writer.function(named: functionName + "_correction")
            return glsl.latticeFunction + correction + "\n"
                + glsl.combination(place: GLSLWriter.place("p", frame, type: "vec3"))
        }
        var writer = GLSLWriter(network: network, frame: frame)
        return writer.function(named: functionName)
    }
}

/// Writes one network's function. Features and units go in groups of four, `vec4`s, the last filled up with zeros; a layer
/// is a sum of `mat4`s times groups.
private struct GLSLWriter {
    let network: CoordinateNetwork
    let frame: ExportFrame?
    private var lines: [String] = []
    private var point = "p"

    init(network: CoordinateNetwork, frame: ExportFrame?) {
        self.network = network
        self.frame = frame
    }

    mutating func function(named name: String) -> String {
        let type = ["float", "vec2", "vec3"][network.inputDimension - 1]
        if let frame {
            add("\(type) v = \(Self.place("p", frame, type: type));")
            point = "v"
        }
        // For every group of the layer's inputs: its name, and which input each of its four entries is.
        var groups = encodeGroups()
        let layers = network.shape.layers
        for index in layers.indices.dropLast() { groups = layerGroups(index, inputs: groups) }
        let last = layers[layers.count - 1]
        let terms = groups.map { group in
            "dot(\(vector(group.entries.map { $0.map { network.parameters[last.weights + $0] } })), \(group.name))"
        }
        let sum = (["\(network.parameters[last.biases])"] + terms).joined(separator: " + ")
        switch frame?.output {
        case nil: add("return \(sum);")
        case .scaled(let factor): add("return \(factor) * (\(sum));")
        case .tanhCompressed(let scale):
            // artanh by the logarithm, which GLSL ES 1.00 has.
            add("float y = clamp(\(sum), \(-ExportFrame.artanhLimit), \(ExportFrame.artanhLimit));")
            add("return \(0.5 * scale) * log((1.0 + y) / (1.0 - y));")
        }
        return "float \(name)(\(type) p) {\n" + lines.map { "    \($0)\n" }.joined() + "}\n"
    }

    /// A point of the caller's in the network's coordinates.
    static func place(_ point: String, _ frame: ExportFrame, type: String) -> String {
        func vector(_ values: [Float]) -> String {
            values.count == 1 ? "\(values[0])" : "\(type)(\(values.map { "\($0)" }.joined(separator: ", ")))"
        }
        return "(\(point) - \(vector(frame.center))) * \(frame.scale) + \(vector(frame.offset))"
    }

    private typealias Group = (name: String, entries: [Int?])

    private mutating func add(_ line: String) { lines.append(line) }

    private static func entries(_ group: Int, of count: Int, offset: Int = 0) -> [Int?] {
        (4 * group..<4 * group + 4).map { $0 < count ? offset + $0 : nil }
    }

    private func vector(_ values: [Float?]) -> String {
        "vec4(\(values.map { "\($0 ?? 0)" }.joined(separator: ", ")))"
    }

    private mutating func encodeGroups() -> [Group] {
        let dimension = network.inputDimension
        guard let fourier = network.encoding.fourier else {
            let zeros = [String](repeating: "0.0", count: 4 - dimension).joined(separator: ", ")
            add("vec4 f0 = vec4(2.0 * \(point) - 1.0, \(zeros));")
            return [("f0", Self.entries(0, of: dimension))]
        }
        let m = fourier.count
        var cosines: [Group] = []
        var sines: [Group] = []
        for group in 0..<(m + 3) / 4 {
            let entries = Self.entries(group, of: m)
            let axes = (0..<dimension).map { axis in
                let coordinate = dimension == 1 ? point : point + "." + ["x", "y", "z"][axis]
                return "\(coordinate) * \(vector(entries.map { $0.map { fourier.frequencies[axis * m + $0] } }))"
            }
            let amplitudes = vector(entries.map { $0.map { fourier.amplitudes[$0] } })
            add("vec4 t\(group) = 6.2831853 * fract(\(axes.joined(separator: " + ")));")
            add("vec4 c\(group) = \(amplitudes) * cos(t\(group));")
            add("vec4 s\(group) = \(amplitudes) * sin(t\(group));")
            cosines.append(("c\(group)", entries))
            sines.append(("s\(group)", Self.entries(group, of: m, offset: m)))
        }
        return cosines + sines
    }

    private mutating func layerGroups(_ index: Int, inputs: [Group]) -> [Group] {
        let layer = network.shape.layers[index]
        return (0..<(layer.outputs + 3) / 4).map { group in
            let rows = Self.entries(group, of: layer.outputs)
            let name = "h\(index)_\(group)"
            add("vec4 \(name) = \(vector(rows.map { $0.map { network.parameters[layer.biases + $0] } }))")
            for input in inputs {
                // GLSL writes matrices column by column: one column an input.
                let columns = input.entries.flatMap { column in
                    rows.map { row in
                        guard let row, let column else { return Float(0) }
                        return network.parameters[layer.weights + row * layer.inputs + column]
                    }
                }
                add("    + mat4(\(columns.map { "\($0)" }.joined(separator: ", "))) * \(input.name)")
            }
            lines[lines.count - 1] += ";"
            add(activation(name))
            return (name, rows)
        }
    }

    private func activation(_ x: String) -> String {
        let scale = network.shape.activation.scale
        return switch network.shape.activation.kind {
        case .relu: "\(x) = max(\(x), 0.0);"
        case .sine: "\(x) = sin(\(scale) * \(x));"
        case .gaussian: "\(x) = exp(\(-0.5 / (scale * scale)) * \(x) * \(x));"
        case .finer: "\(x) = sin(\(scale) * (abs(\(x)) + 1.0) * \(x));"
        }
    }
}
