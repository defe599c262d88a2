import Core
import Foundation
import Testing

@Suite struct AtomicFileTests {
    /// A leftover of the caller's own name is replaced, and nothing stays.
    @Test func aNamedTemporaryFileIsTheCallers() throws {
        let folder = try ScratchFolder()
        try AtomicFile.write("left", to: folder.path("a.partial"))
        try AtomicFile.write(Array("whole".utf8).span, to: folder.path("a"), through: folder.path("a.partial"))
        #expect(try folder.text("a") == "whole")
        #expect(try folder.names() == ["a"])
    }

    @Test func writesNewFilesAndReplacesOldOnes() throws {
        let folder = try ScratchFolder()
        try AtomicFile.write("first", to: folder.path("a.txt"))
        #expect(try folder.text("a.txt") == "first")
        try AtomicFile.write("second, longer", to: folder.path("a.txt"))
        #expect(try folder.text("a.txt") == "second, longer")
        try AtomicFile.write("", to: folder.path("a.txt"))
        #expect(try folder.text("a.txt") == "")
        #expect(try folder.names() == ["a.txt"])
    }

    @Test func readersSeeTheOldOrTheNewFileWhole() throws {
        let folder = try ScratchFolder()
        let path = folder.path("a.bin")
        let contents = [UInt8(1), 2].map { [UInt8](repeating: $0, count: 300_000) }
        try AtomicFile.write(contents[0], to: path)
        nonisolated(unsafe) var torn = 0
        DispatchQueue.concurrentPerform(iterations: 2) { task in
            for round in 0..<40 {
                if task == 0 {
                    try? AtomicFile.write(contents[round % 2], to: path)
                } else if let data = FileManager.default.contents(atPath: path), !contents.contains(Array(data)) {
                    torn += 1
                }
            }
        }
        #expect(torn == 0)
        #expect(try folder.names() == ["a.bin"])
    }

    @Test func permissionsAreKept() throws {
        let folder = try ScratchFolder()
        let path = folder.path("a.txt")
        try AtomicFile.write("first", to: path)
        for mode: mode_t in [0o600, 0o640, 0o755] {
            chmod(path, mode)
            try AtomicFile.write("again", to: path)
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == mode)
        }
    }

    @Test func readOnlyFilesStay() throws {
        let folder = try ScratchFolder()
        let path = folder.path("a.txt")
        try AtomicFile.write("first", to: path)
        chmod(path, 0o444)
        #expect(throws: FileError(path: path, reason: "is read-only and is not replaced")) {
            try AtomicFile.write("second", to: path)
        }
        #expect(try folder.text("a.txt") == "first")
        #expect(try folder.names() == ["a.txt"])
    }

    @Test func linksStayLinks() throws {
        let folder = try ScratchFolder()
        try FileManager.default.createDirectory(atPath: folder.path("far"), withIntermediateDirectories: true)
        try AtomicFile.write("first", to: folder.path("far/a.txt"))
        symlink("far/a.txt", folder.path("b.txt"))
        symlink("b.txt", folder.path("c.txt"))
        symlink("far/new.txt", folder.path("d.txt"))
        symlink("e.txt", folder.path("e.txt"))
        try AtomicFile.write("second", to: folder.path("c.txt"))
        #expect(try folder.text("far/a.txt") == "second")
        for (link, target) in [("b.txt", "far/a.txt"), ("c.txt", "b.txt")] {
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path(link)) == target)
        }
        // Where nothing is yet, the file is made at the link's end.
        try AtomicFile.write("third", to: folder.path("d.txt"))
        #expect(try folder.text("far/new.txt") == "third")
        #expect(throws: FileError.self) { try AtomicFile.write("none", to: folder.path("e.txt")) }
    }

    /// The longest name that the file system has, in letters of one and of several bytes.
    @Test(arguments: ["a", "ä", "語"]) func longNames(letter: String) throws {
        let folder = try ScratchFolder()
        let name = String(repeating: letter, count: 251 / letter.utf8.count) + ".obj"
        try AtomicFile.write("long", to: folder.path(name))
        #expect(try folder.text(name) == "long")
        #expect(throws: FileError.self) { try AtomicFile.write("longer", to: folder.path(name + "xxxxx")) }
        #expect(try folder.names().count == 1)
    }

    @Test func aFailureLeavesNothingBehind() throws {
        let folder = try ScratchFolder()
        try AtomicFile.write("file", to: folder.path("file"))
        try FileManager.default.createDirectory(atPath: folder.path("folder"), withIntermediateDirectories: true)
        for name in ["file/a.txt", "folder", "missing/a.txt"] {
            #expect(throws: FileError.self) { try AtomicFile.write("none", to: folder.path(name)) }
        }
        #expect(try folder.names() == ["file", "folder"])
        #expect(try folder.text("file") == "file")
    }

    /// Devices keep their name: a rename would put a file in the place of `/dev/full`.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full here"))
    func devicesAreWrittenInto() throws {
        let folder = try ScratchFolder()
        symlink("/dev/full", folder.path("full"))
        symlink("/dev/null", folder.path("null"))
        #expect(throws: FileError.self) { try AtomicFile.write("no room", to: folder.path("full")) }
        try AtomicFile.write("gone", to: folder.path("null"))
        var status = stat()
        #expect(stat("/dev/full", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }
}

/// A folder that goes when the test is over.
final class ScratchFolder {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("core-tests-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.path + "/" + name }

    func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path(name))), as: UTF8.self)
    }

    /// Hidden files too.
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
}

extension AtomicFile {
    fileprivate static func write(_ bytes: [UInt8], to path: String) throws { try write(bytes.span, to: path) }
}
