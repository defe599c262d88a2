import Core

/// The shapes that a batch was asked to fit: files that patterns match, and lines of lists.
package struct BatchManifest: Sendable, Equatable {
    /// A shape as it was asked for.
    package struct Entry: Sendable, Equatable {
        /// The name of its results; unique in a batch. Slashes are allowed, and no dot after the last of them.
        package var key: String
        /// Of the mesh file, absolute.
        package var path: String
        /// Settings of its own by the names of a fit's options, such as `sigma` and `seed`.
        package var overrides: [String: String]

        package init(key: String, path: String, overrides: [String: String] = [:]) {
            self.key = key
            self.path = path
            self.overrides = overrides
        }
    }

    /// In the order in which they were found.
    package private(set) var entries: [Entry] = []

    package init() {}

    /// Adds the files that match a pattern. Their keys are their paths below the pattern's fixed folders, without the
    /// extension.
    ///
    /// - Throws: ``BatchError/noShapes(_:)`` when there is none.
    package mutating func add(pattern text: String) throws(BatchError) {
        let pattern = PathPattern(text)
        let matches: [String]
        if PathPattern.hasWildcard(text) {
            do { matches = try pattern.matches() } catch { throw .file(error) }
        } else {
            guard isFile(text) else { throw .file(FileError(path: text, reason: "no such file")) }
            matches = [String(text.split(separator: "/").last ?? "")]
        }
        guard !matches.isEmpty else { throw .noShapes(text) }
        let folder = absolutePath(pattern.folder)
        entries += matches.map {
            Entry(key: Self.key(ofFile: $0), path: folder == "/" ? "/" + $0 : "\(folder)/\($0)", overrides: [:])
        }
    }

    /// Adds the lines of a CSV file with a heading, or of a JSON Lines file: `path`, and if wanted `key` and settings by
    /// the names of a fit's options. Paths are relative to the list's folder.
    ///
    /// - Throws: ``BatchError`` when the file cannot be read, holds no line, or a line names no file that is there.
    package mutating func add(list path: String) throws(BatchError) {
        guard let data = FileManager.default.contents(atPath: path), let text = String(validating: data, as: UTF8.self)
        else {
            let isThere = FileManager.default.fileExists(atPath: path)
            throw .file(FileError(path: path, reason: isThere ? "cannot be read as text" : "no such file"))
        }
        let absolute = absolutePath(path)
        let folder = absolute.lastIndex(of: "/").map { String(absolute[..<$0]) } ?? ""
        let before = entries.count
        let lines = ListFile.lines(of: text)
        let isJSON = lines.first?.text.first == "{"
        var heading: [String]?
        for (number, line) in lines {
            func bad(_ reason: String) -> BatchError { .badLine(path: path, line: number, reason: reason) }
            var values: [String: String]
            if isJSON {
                values = try Self.values(ofJSON: line, bad)
            } else if let names = heading {
                let fields = ListFile.fields(of: line)
                guard fields.count == names.count else {
                    throw bad("has \(fields.count) fields instead of \(names.count)")
                }
                values = Dictionary(uniqueKeysWithValues: zip(names, fields))
            } else {
                let names = ListFile.fields(of: line)
                guard names.contains("path"), Set(names).count == names.count else {
                    throw bad("should be the heading with the columns path and, if wanted, key and settings")
                }
                heading = names
                continue
            }
            guard let file = values.removeValue(forKey: "path"), !file.isEmpty else { throw bad("names no path") }
            let key = values.removeValue(forKey: "key").flatMap { $0.isEmpty ? nil : $0 }
            if let key { try Self.check(key: key, bad) }
            let place = file.hasPrefix("/") ? file : folder + "/" + file
            guard isFile(place) else { throw bad("\(file): no such file") }
            entries.append(
                Entry(key: key ?? Self.key(ofFile: file), path: place, overrides: values.filter { !$0.value.isEmpty }))
        }
        guard entries.count > before else { throw .noShapes(path) }
    }

    /// Every entry with every combination of the values, as the names' order has it; a value becomes part of the key.
    package mutating func multiply(by axes: [(name: String, values: [String])]) {
        for axis in axes where axis.values.count > 1 {
            entries = entries.flatMap { entry in
                // An entry that says the value itself keeps it.
                entry.overrides[axis.name] != nil
                    ? [entry]
                    : axis.values.map { value in
                        var copy = entry
                        copy.overrides[axis.name] = value
                        copy.key += "-\(axis.name)" + value.map { $0 == "." ? "_" : String($0) }.joined()
                        return copy
                    }
            }
        }
    }

    /// The entries by key, each once.
    ///
    /// - Throws: ``BatchError/repeatedKey(_:first:second:)``.
    package func sorted() throws(BatchError) -> [Entry] {
        let sorted = entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        var result: [Entry] = []
        result.reserveCapacity(sorted.count)
        for entry in sorted {
            if let last = result.last, last.key == entry.key {
                // Two patterns may well match one file.
                if last == entry { continue }
                throw .repeatedKey(entry.key, first: last.path, second: entry.path)
            }
            result.append(entry)
        }
        return result
    }

    // MARK: Parts

    /// A file's path without its extension; the dots that are left in its name become underscores, because what reads
    /// shards takes a member's key up to the first dot.
    static func key(ofFile path: String) -> String {
        var parts = path.split(separator: "/").map(String.init).filter { $0 != "." && $0 != ".." }
        guard let last = parts.popLast() else { return "_" }
        let stem = last.lastIndex(of: ".").map { $0 == last.startIndex ? last : String(last[..<$0]) } ?? last
        return (parts + [String(stem.map { $0 == "." ? "_" : $0 })]).joined(separator: "/")
    }

    private static func check(key: String, _ bad: (String) -> BatchError) throws(BatchError) {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
        guard isPlain, !(parts.last ?? "").contains("."), !key.contains("::"),
            key.utf8.allSatisfy({ $0 >= 32 && $0 != 127 })
        else { throw bad("the key \(key) cannot be used: no dot after its last slash, no empty part, no ::") }
    }

    private static func values(
        ofJSON line: String, _ bad: (String) -> BatchError
    ) throws(BatchError) -> [String: String] {
        let object: [String: JSONScalar]
        do {
            object = try JSONDecoder().decode([String: JSONScalar].self, from: Data(line.utf8))
        } catch {
            throw bad("is not an object of names and plain values")
        }
        return object.mapValues(\.text)
    }
}

/// A text, a number or a truth value, as text.
private struct JSONScalar: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            text = flag ? "true" : "false"
        } else if let number = try? container.decode(Int.self) {
            text = "\(number)"
        } else if let number = try? container.decode(Double.self) {
            text = "\(number)"
        } else {
            text = try container.decode(String.self)
        }
    }
}

func trimmed(_ text: some StringProtocol) -> String {
    let start = text.drop(while: \.isWhitespace)
    guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...end])
}

func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}

/// The path from the root, without `.` and `..` where they can be told without looking.
package func absolutePath(_ path: String) -> String {
    let start = path.hasPrefix("/") ? "" : FileManager.default.currentDirectoryPath
    var parts: [Substring] = []
    for part in (start + "/" + path).split(separator: "/") {
        // `..` after a link is not its parent here, so it stays.
        if part == "." { continue }
        parts.append(part)
    }
    return "/" + parts.joined(separator: "/")
}
