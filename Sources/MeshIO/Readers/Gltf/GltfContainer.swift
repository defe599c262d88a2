import Core
import Geometry

/// A glTF file with all its buffers.
struct GltfContainer {
    let file: SourceFile
    let document: GltfDocument
    private(set) var buffers: [[UInt8]] = []
    let isBinary: Bool
    var notes: [String] = []

    /// Version 1 has another layout.
    static func isVersion2(_ file: SourceFile) -> Bool {
        if file.begins(with: "glTF") {
            return file.bytes.count >= 8 && file.bytes[4] == 2
        }
        // Version 1 says so, or has tables by name where version 2 has lists.
        guard
            let asset = try? JSONDecoder().decode(
                VersionOnly.self, from: Data(file.bytes.drop { $0 == 0xEF || $0 == 0xBB || $0 == 0xBF }))
        else { return true }
        return !(asset.asset?.version?.hasPrefix("1") ?? false)
    }

    private struct VersionOnly: Decodable {
        var asset: GltfDocument.Asset?
    }

    init(_ file: SourceFile, workers: Workers) throws(MeshFileError) {
        self.file = file
        isBinary = file.begins(with: "glTF")
        var text = file.bytes[(try file.startOfText())...]
        var binary: ArraySlice<UInt8>?
        if isBinary { (text, binary) = try Self.chunks(of: file, &notes) }
        document = try Self.decoded(text, file)
        if let asset = document.asset, !asset.isReadable {
            throw file.unsupported("glTF \(asset.minVersion ?? asset.version ?? "")")
        }
        try Self.checkExtensions(of: document, file, &notes)
        for (number, buffer) in (document.buffers ?? []).enumerated() {
            try buffers.append(content(of: buffer, number, binary: binary, workers))
        }
    }

    private static func decoded(_ text: ArraySlice<UInt8>, _ file: SourceFile) throws(MeshFileError) -> GltfDocument {
        // Some writers pad with zeros where blanks belong.
        let end = text.lastIndex { $0 != 0 && !TextScanner.isSeparator($0) } ?? text.startIndex
        do {
            return try JSONDecoder().decode(GltfDocument.self, from: Data(text[...min(end, max(text.endIndex - 1, 0))]))
        } catch let error as DecodingError {
            throw file.malformed("its description cannot be read: \(describe(error))")
        } catch {
            throw file.malformed("its description cannot be read as JSON")
        }
    }

    private static func describe(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        }
        return switch error {
        case .keyNotFound(let key, let context): "\(key.stringValue) is missing at \(place(context))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "another kind of value is needed at \(place(context))"
        default: "it is no valid JSON"
        }
    }

    /// The description and the buffer of a GLB, whichever order they stand in; other chunks are skipped.
    private static func chunks(
        of file: SourceFile, _ notes: inout [String]
    ) throws(MeshFileError) -> (ArraySlice<UInt8>, ArraySlice<UInt8>?) {
        let bytes = file.bytes
        func word(_ offset: Int) -> Int {
            Int(UInt32(littleEndian: bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        }
        guard bytes.count >= 20 else { throw file.malformed("it ends within the head of a GLB file") }
        let length = word(8)
        guard length <= bytes.count else {
            throw file.malformed("it declares \(length) bytes, but has \(bytes.count)")
        }
        if length < bytes.count {
            notes.append("\(bytes.count - length) bytes behind its declared end were not looked at")
        }
        var description: ArraySlice<UInt8>?
        var binary: ArraySlice<UInt8>?
        var at = 12
        while at + 8 <= length {
            let (size, kind) = (word(at), word(at + 4))
            let start = at + 8
            guard size <= length - start else {
                throw file.malformed("a chunk of \(size) bytes at byte \(at) goes beyond its end")
            }
            switch kind {
            case 0x4E4F_534A where description == nil: description = bytes[start..<start + size]
            case 0x004E_4942 where binary == nil: binary = bytes[start..<start + size]
            default: break
            }
            at = start + size
            // Chunks are to be padded to four bytes; where one is not, the next one begins at once or at the next such place.
            if at % 4 != 0 && !(at + 8 <= length && isKnown(word(at + 4))) { at = (at + 3) / 4 * 4 }
        }
        guard let description else { throw file.malformed("it has no JSON chunk") }
        return (description, binary)
    }

    private static func isKnown(_ kind: Int) -> Bool { kind == 0x4E4F_534A || kind == 0x004E_4942 }

    private static func checkExtensions(
        of document: GltfDocument, _ file: SourceFile, _ notes: inout [String]
    ) throws(MeshFileError) {
        let required = document.extensionsRequired ?? []
        // Draco is left to Assimp, which says so where it cannot.
        if let unknown = required.first(where: { !GltfExtension.isUnderstood($0) && $0 != "KHR_draco_mesh_compression" }
        ) {
            throw file.unsupported("the glTF extension \(unknown), which it requires")
        }
        let ignored = (document.extensionsUsed ?? []).filter {
            !GltfExtension.isUnderstood($0) && !required.contains($0)
        }
        if !ignored.isEmpty { notes.append("optional extensions not looked at: \(ignored.joined(separator: ", "))") }
    }

    // MARK: Buffers

    private func content(
        of buffer: GltfDocument.Buffer, _ number: Int, binary: ArraySlice<UInt8>?, _ workers: Workers
    ) throws(MeshFileError) -> [UInt8] {
        let bytes: [UInt8]
        if let uri = buffer.uri {
            bytes = try content(ofURI: uri, number, workers)
        } else if let binary, number == 0 {
            bytes = Array(binary)
        } else {
            // Only an extension could fill it; whoever refers to it gets an error then.
            return []
        }
        guard bytes.count >= buffer.byteLength else {
            throw file.malformed("its buffer \(number) declares \(buffer.byteLength) bytes, but has \(bytes.count)")
        }
        return bytes
    }

    private func content(ofURI uri: String, _ number: Int, _ workers: Workers) throws(MeshFileError) -> [UInt8] {
        if uri.utf8.prefix(5).elementsEqual("data:".utf8) {
            guard let comma = uri.utf8.firstIndex(of: UInt8(ascii: ",")) else {
                throw file.malformed("its buffer \(number) is no data URI")
            }
            let payload = Self.percentDecoded(uri.utf8[uri.utf8.index(after: comma)...])
            guard uri.utf8[..<comma].suffix(7).elementsEqual(";base64".utf8) else { return payload }
            // Line ends within are nobody's business; other strangers are.
            let text = Data(payload.filter { $0 > 0x20 })
            guard let data = Data(base64Encoded: text) else {
                throw file.malformed("its buffer \(number) is no valid base 64")
            }
            return [UInt8](data)
        }
        if let colon = uri.utf8.firstIndex(of: UInt8(ascii: ":")), uri.utf8[..<colon].count > 1,
            uri.utf8[..<colon].allSatisfy({ $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A })
        {
            throw file.unsupported("a buffer at \(uri.prefix(80))")
        }
        let decoded = Self.percentDecoded(uri.utf8[...])
        guard !decoded.contains(0) else { throw file.malformed("the name of its buffer \(number) holds a zero byte") }
        let folder = file.path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(file.path[...$0]) } ?? ""
        // Names that are to be read as they stand, though a percent sign is in them, are met as well.
        let names = [String(decoding: decoded, as: UTF8.self), uri]
        guard let found = names.first(where: { RegularFile.exists((folder + $0)) }) else {
            throw file.malformed("its buffer \"\(names[0])\" is not there")
        }
        return try SourceFile(readingFrom: folder + found, workers: workers).bytes
    }

    static func percentDecoded(_ text: Substring.UTF8View) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text
        func digit(_ byte: UInt8) -> UInt8? {
            switch byte {
            case 0x30...0x39: byte - 0x30
            case 0x41...0x46: byte - 0x37
            case 0x61...0x66: byte - 0x57
            default: nil
            }
        }
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let high = rest.first.flatMap(digit),
                let low = rest.dropFirst().first.flatMap(digit)
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
