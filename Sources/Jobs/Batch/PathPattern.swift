import Core

/// A pattern of file names: `*` and `?` within a name, `[a-z]` and `[!a-z]`, `{stl,obj}` for one of several, and `**` for any
/// number of folders. Names that start with a dot match only patterns that do.
package struct PathPattern: Sendable {
    package let text: String
    /// The folders before the first that has a wildcard.
    package let folder: String
    private let alternatives: [[Part]]

    private struct Entry {
        var name: String
        var isFolder: Bool
        var isLink: Bool
    }

    private enum Part: Equatable {
        case anyFolders
        case name([Character])
    }

    package init(_ text: String) {
        self.text = text
        let parts = text.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        let fixedCount = parts.firstIndex(where: Self.hasWildcard) ?? max(parts.count - 1, 0)
        let fixed = parts.prefix(fixedCount).joined(separator: "/")
        folder = text.hasPrefix("/") ? "/" + fixed : (fixed.isEmpty ? "." : fixed)
        let rest = parts.dropFirst(fixedCount).joined(separator: "/")
        alternatives = Self.expanded(rest).map { pattern in
            pattern.split(separator: "/").map { $0 == "**" ? .anyFolders : .name(Array($0)) }
        }
    }

    package static func hasWildcard(_ text: String) -> Bool { text.contains { "*?[{".contains($0) } }

    /// Each choice of what stands between braces.
    private static func expanded(_ text: String) -> [String] {
        guard let open = text.firstIndex(of: "{"), let close = text[open...].firstIndex(of: "}") else { return [text] }
        let choices = text[text.index(after: open)..<close].split(separator: ",", omittingEmptySubsequences: false)
        return choices.flatMap { choice in
            expanded("\(text[..<open])\(choice)\(text[text.index(after: close)...])")
        }
    }

    /// The files that match, relative to ``folder``, sorted.
    ///
    /// - Throws: `FileError` when a folder that has to be looked into cannot be read.
    package func matches() throws(FileError) -> [String] {
        var found: Set<String> = []
        for alternative in alternatives { try visit("", alternative[...], &found) }
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private func visit(_ base: String, _ parts: ArraySlice<Part>, _ found: inout Set<String>) throws(FileError) {
        guard let part = parts.first else { return }
        let rest = parts.dropFirst()
        for entry in try entries(of: base) {
            let path = base.isEmpty ? entry.name : base + "/" + entry.name
            switch part {
            case .anyFolders:
                // Links are not followed here: they may lead round in circles.
                if entry.isFolder, !entry.isLink, !entry.name.hasPrefix(".") { try visit(path, parts, &found) }
            case .name(let pattern):
                guard Self.matches(Array(entry.name)[...], pattern[...]),
                    !entry.name.hasPrefix(".") || pattern.first == "."
                else { continue }
                if rest.isEmpty {
                    if !entry.isFolder { found.insert(path) }
                } else if entry.isFolder {
                    try visit(path, rest, &found)
                }
            }
        }
        // `**` stands for no folder as well.
        if part == .anyFolders { try visit(base, rest.isEmpty ? [.name(["*"])] : rest, &found) }
    }

    private func entries(of base: String) throws(FileError) -> [Entry] {
        let path = base.isEmpty ? folder : folder + "/" + base
        guard let stream = opendir(path) else {
            throw FileError(
                path: path, reason: errno == ENOENT ? "no such folder" : "cannot be read: \(systemMessage())")
        }
        defer { closedir(stream) }
        var entries: [Entry] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            let type = Int32(entry.pointee.d_type)
            var isFolder = type == Int32(DT_DIR)
            if type == Int32(DT_LNK) || type == Int32(DT_UNKNOWN) {
                var status = stat()
                isFolder = stat(path + "/" + name, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            }
            entries.append(Entry(name: name, isFolder: isFolder, isLink: type == Int32(DT_LNK)))
        }
        return entries.sorted { $0.name < $1.name }
    }

    /// One name against one pattern.
    static func matches(_ name: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        switch first {
        case "*":
            // A star takes as little as goes, and more when the rest does not fit.
            var rest = name
            while true {
                if matches(rest, pattern.dropFirst()) { return true }
                if rest.isEmpty { return false }
                rest = rest.dropFirst()
            }
        case "?":
            return !name.isEmpty && matches(name.dropFirst(), pattern.dropFirst())
        case "[":
            guard let character = name.first, let close = pattern.dropFirst(2).firstIndex(of: "]") else {
                return name.first == "[" && matches(name.dropFirst(), pattern.dropFirst())
            }
            var set = pattern[(pattern.startIndex + 1)..<close]
            let isNegated = set.first == "!" || set.first == "^"
            if isNegated { set = set.dropFirst() }
            var isIn = false
            var index = set.startIndex
            while index < set.endIndex {
                if index + 2 < set.endIndex, set[index + 1] == "-" {
                    isIn = isIn || (set[index] <= character && character <= set[index + 2])
                    index += 3
                } else {
                    isIn = isIn || set[index] == character
                    index += 1
                }
            }
            return isIn != isNegated && matches(name.dropFirst(), pattern[(close + 1)...])
        default:
            return name.first == first && matches(name.dropFirst(), pattern.dropFirst())
        }
    }
}
