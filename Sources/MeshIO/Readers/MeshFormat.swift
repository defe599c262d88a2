/// How mesh files are told apart: by their extension.
enum MeshFormat {
    /// The part of the file's name after its last dot, in lower case; nil when there is none.
    static func fileExtension(of path: String) -> String? {
        let name = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[path.utf8.index(after: $0)...] } ?? path[...]
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return nil }
        let suffix = name[name.index(after: dot)...]
        return suffix.isEmpty ? nil : suffix.lowercased()
    }
}
