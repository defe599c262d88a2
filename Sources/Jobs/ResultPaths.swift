import Core

/// Where a job's files go: a folder and what their names begin with.
public struct ResultPaths: Sendable, Equatable {
    public var folder: String
    public var name: String

    public init(folder: String, name: String) {
        self.folder = folder
        self.name = name
    }

    /// The file with an ending, such as `json` or `sweep.csv`.
    public func callAsFunction(_ ending: String) -> String {
        "\(prefix).\(ending)"
    }

    /// The start of every name, with the folder.
    public var prefix: String { (folder.hasSuffix("/") ? folder : folder + "/") + name }

    /// A file's name without folder and extension.
    public static func stem(of path: String) -> String {
        URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    }

    /// A place for the results of `input` where those of no other input are: named after the file without its extension;
    /// where a report of another file has that name, as of `part.stl` beside `part.obj`, with the extension too; where that
    /// is taken as well, with a number.
    public static func free(for input: String, in folder: String) -> ResultPaths {
        let file = URL(fileURLWithPath: input)
        let stem = file.deletingPathExtension().lastPathComponent
        let whole = stem + (file.pathExtension.isEmpty ? "" : "-" + file.pathExtension)
        let names = [stem, whole] + (2..<1000).map { "\(whole)-\($0)" }
        let paths = names.lazy.map { ResultPaths(folder: folder, name: $0) }
        return paths.first { $0.isFree(for: input) } ?? ResultPaths(folder: folder, name: stem)
    }

    private func isFree(for input: String) -> Bool {
        guard let data = FileManager.default.contents(atPath: self("json")),
            let report = try? JSONDecoder().decode(ReportHead.self, from: data)
        else { return true }
        return Self.isSameFile(report.input.path, input)
    }

    /// The part of a fit's report that names what was fitted.
    private struct ReportHead: Decodable {
        struct Input: Decodable { var path: String }
        var input: Input
    }

    /// Whether two paths mean one file, as far as can be told: a report's path may be relative to another folder.
    private static func isSameFile(_ a: String, _ b: String) -> Bool {
        let (a, b) = (URL(fileURLWithPath: a), URL(fileURLWithPath: b))
        guard a.lastPathComponent == b.lastPathComponent else { return false }
        let exists = FileManager.default.fileExists(atPath: a.path) && FileManager.default.fileExists(atPath: b.path)
        return !exists || a.resolvingSymlinksInPath().path == b.resolvingSymlinksInPath().path
    }
}
