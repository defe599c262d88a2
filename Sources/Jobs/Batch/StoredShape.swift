import Core
import Fitting
import NeuralFields

/// A file, or a member of a shard: `fields/00017.tar::key`.
package struct StoredPath: Sendable, Equatable {
    /// The file, or the tar.
    package let file: String
    /// In the tar; nil for a file of its own.
    package let key: String?

    package init(_ text: String) {
        if let mark = text.firstRange(of: ".tar::") {
            file = text[..<mark.lowerBound] + ".tar"
            key = String(text[mark.upperBound...])
        } else {
            (file, key) = (text, nil)
        }
    }

    /// The stem of files made from it.
    package var name: String {
        let last = (key ?? file).split(separator: "/").last.map(String.init) ?? "model"
        guard key == nil, let dot = last.lastIndex(of: "."), dot != last.startIndex else { return last }
        return String(last[..<dot])
    }

    /// Whether this is a model by its name.
    package var isModel: Bool { key != nil || file.lowercased().hasSuffix(".safetensors") }
}

extension NeuralShape {
    /// Reads a model from a file of its own or from a shard.
    ///
    /// - Throws: `NeuralFieldsError` as ``init(file:)``; `FileError` when the shard cannot be read or has no such member.
    package init(stored text: String) throws {
        let path = StoredPath(text)
        guard let key = path.key else {
            try self.init(file: path.file)
            return
        }
        let reader = try TarReader(path: path.file)
        let name = key.hasSuffix(".safetensors") ? key : key + ".safetensors"
        guard let member = reader.member(named: name) else {
            let known = reader.members.filter { $0.name.hasSuffix(".safetensors") }.prefix(3)
                .map { String($0.name.dropLast(".safetensors".count)) }
            throw FileError(
                path: path.file,
                reason: "has no model \(key)" + (known.isEmpty ? "" : "; it has \(known.joined(separator: ", ")), …"))
        }
        try self.init(bytes: try reader.bytes(of: member), path: text)
    }
}
