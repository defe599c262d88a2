import Core

/// Reads what a path of `-` means: standard input, put into a file for as long as the command runs.
final class InputFile {
    /// Where the content is.
    let path: String
    private let folder: String?

    /// - Parameter tables: the extension of what looks like a table of numbers: of points, say.
    /// - Throws: `FileError` when standard input cannot be read, is empty, or is of no kind that its content tells.
    init(_ argument: String, tables: String = "csv") throws(FileError) {
        guard argument == StandardInput.dash else {
            path = argument
            folder = nil
            return
        }
        let bytes = try StandardInput.contents()
        guard var kind = ContentKind.fileExtension(of: bytes) else {
            throw FileError(path: "standard input", reason: "cannot be told by its content; give it as a file")
        }
        if kind == "csv" { kind = tables }
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("shapefit-\(UInt64.random(in: 0 ... .max))").path
        guard mkdir(folder, 0o700) == 0 else {
            throw FileError(path: folder, reason: "cannot be made: \(String(cString: strerror(errno)).lowercased())")
        }
        self.folder = folder
        path = folder + "/standard-input." + kind
        try AtomicFile.write(bytes.span, to: path)
    }

    deinit { if let folder { try? FileManager.default.removeItem(atPath: folder) } }
}

enum StandardInput {
    /// The path that means standard input or output.
    static let dash = "-"

    static func contents() throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw FileError(
                    path: "standard input", reason: "cannot be read: \(String(cString: strerror(errno)).lowercased())")
            }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        guard !bytes.isEmpty else { throw FileError(path: "standard input", reason: "is empty") }
        return bytes
    }
}

/// What a file is, told by its first bytes where no name says it.
enum ContentKind {
    static func fileExtension(of bytes: [UInt8]) -> String? {
        func starts(_ text: String) -> Bool { bytes.starts(with: text.utf8) }
        if starts("ply\n") || starts("ply\r") { return "ply" }
        if starts("glTF") { return "glb" }
        if starts("PK\u{3}\u{4}") { return "3mf" }
        if bytes.starts(with: [0x93] + Array("NUMPY".utf8)) { return "npy" }
        if starts("Kaydara FBX Binary") { return "fbx" }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return "png" }
        // The header's length, then its JSON.
        if bytes.count > 8, bytes[8] == UInt8(ascii: "{"), bytes[6] == 0, bytes[7] == 0 { return "safetensors" }
        if bytes.count >= 84 {
            let triangles = (0..<4).reduce(0) { $0 | Int(bytes[80 + $1]) << (8 * $1) }
            if bytes.count == 84 + 50 * triangles { return "stl" }
        }
        let text = String(decoding: bytes.prefix(4096), as: UTF8.self).lowercased()
        let lines = text.split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }
        guard let first = lines.first(where: { !$0.isEmpty && !$0.hasPrefix("#") }) else { return nil }
        if first.hasPrefix("solid") && text.contains("facet") { return "stl" }
        if ["off", "coff", "noff", "stoff"].contains(first.prefix { !$0.isWhitespace }) { return "off" }
        if first.hasPrefix("{") { return "gltf" }
        if first.hasPrefix("<") && text.contains("collada") { return "dae" }
        if lines.contains(where: { $0.hasPrefix("v ") }) { return "obj" }
        if text.contains("fbxheaderextension") { return "fbx" }
        if first.contains(where: { $0.isNumber || $0 == "," }) { return "csv" }
        return nil
    }
}
