import Core
import Foundation
import Testing

@Suite struct OutputFilesTests {
    @Test func foldersAreMadeAndNothingIsLeft() throws {
        let folder = try ScratchFolder()
        try OutputFiles(inputs: []).prepare([folder.path("new/deep/a.obj"), folder.path("new/deep/b.png")])
        #expect(try folder.names() == ["new"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("new/deep")) == [])
    }

    @Test func foreignFilesNeedToBeAllowed() throws {
        let folder = try ScratchFolder()
        try AtomicFile.write("v 0 0 0\n", to: folder.path("a.obj"))
        try AtomicFile.write("# \(OutputMark.phrase)\nv 0 0 0\n", to: folder.path("b.obj"))
        try AtomicFile.write("", to: folder.path("empty.obj"))
        var outputs = OutputFiles(inputs: [])
        #expect(throws: OutputError.isForeign(path: folder.path("a.obj"))) {
            try outputs.prepare([folder.path("a.obj")])
        }
        try outputs.prepare([folder.path("b.obj"), folder.path("empty.obj")])
        outputs.replacesForeignFiles = true
        try outputs.prepare([folder.path("a.obj")])
    }

    /// By another name too, and whether or not it bears the mark.
    @Test func inputsAreNeverReplaced() throws {
        let folder = try ScratchFolder()
        let input = folder.path("a.obj")
        try AtomicFile.write("# \(OutputMark.phrase)\n", to: input)
        symlink("a.obj", folder.path("link.obj"))
        link(input, folder.path("hard.obj"))
        let outputs = OutputFiles(inputs: [folder.path("missing.obj"), input], replacesForeignFiles: true)
        for name in ["a.obj", "link.obj", "hard.obj", "../\(folder.url.lastPathComponent)/a.obj"] {
            #expect(throws: OutputError.isInput(path: folder.path(name))) { try outputs.prepare([folder.path(name)]) }
        }
    }

    @Test func whatCannotBeWrittenIsFoundOut() throws {
        let folder = try ScratchFolder()
        try AtomicFile.write("# \(OutputMark.phrase)\n", to: folder.path("old.obj"))
        chmod(folder.path("old.obj"), 0o444)
        let outputs = OutputFiles(inputs: [], replacesForeignFiles: true)
        #expect(throws: OutputError.readOnly(path: folder.path("old.obj"))) {
            try outputs.prepare([folder.path("old.obj")])
        }
        #expect(throws: OutputError.isFolder(path: folder.url.path)) { try outputs.prepare([folder.url.path]) }
        let inFile = folder.path("old.obj/a.obj")
        #expect(throws: OutputError.noFolder(path: folder.path("old.obj"), reason: "is not a folder")) {
            try outputs.prepare([inFile])
        }
        let long = folder.path(String(repeating: "x", count: 252) + ".obj")
        #expect(throws: OutputError.unwritable(FileError(path: long, reason: "the file name is too long"))) {
            try outputs.prepare([long])
        }
        try outputs.prepare([folder.path(String(repeating: "x", count: 251) + ".obj"), "/dev/null"])
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere")) func foldersWithoutPermission() throws {
        let folder = try ScratchFolder()
        chmod(folder.url.path, 0o555)
        defer { chmod(folder.url.path, 0o755) }
        #expect(throws: OutputError.self) { try OutputFiles(inputs: []).prepare([folder.path("a.obj")]) }
    }
}

@Suite struct OutputMarkTests {
    /// What other programs write in formats that this one writes too.
    @Test(arguments: [
        "# Blender v3.6\no shapefit_part\nv 0 0 0\n", "solid shapefit\nendsolid\n",
        "{\"asset\":{\"generator\":\"Khronos\"}}",
        "x,y\n0,1\n", "{\"name\": \"shapefit\"}", "", "\u{93}NUMPY",
    ]) func foreign(text: String) throws {
        let folder = try ScratchFolder()
        try AtomicFile.write(text, to: folder.path("a"))
        #expect(!OutputMark.isPresent(inFile: folder.path("a")))
    }

    @Test func foreignNumpyAndZip() throws {
        let folder = try ScratchFolder()
        // As NumPy writes it: blanks up to a multiple of 64.
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"
        let text = header + String(repeating: " ", count: 117 - header.utf8.count) + "\n"
        let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(text.utf8) + [UInt8](repeating: 0, count: 12)
        try AtomicFile.write(bytes.span, to: folder.path("a.npy"))
        #expect(!OutputMark.isPresent(inFile: folder.path("a.npy")))
        var archive = StoredArchive()
        archive.append("note.txt", [Array("written by shapefit, said a letter".utf8)])
        var plain = archive.finish()
        #expect(OutputMark.isPresent(inFile: try folder.write(plain, "own.zip")))
        plain.removeLast(OutputMark.phrase.utf8.count)
        #expect(!OutputMark.isPresent(inFile: try folder.write(plain, "other.zip")))
    }

    @Test func noFileBearsNoMark() throws {
        #expect(!OutputMark.isPresent(inFile: "/nowhere/a.obj"))
        #expect(!OutputMark.isPresent(inFile: "/"))
    }

    @Test func jsonNamesItsWriter() throws {
        struct Body: Encodable { var area = 2.5 }
        let folder = try ScratchFolder()
        let text = try MarkedJSON(Body(), command: "info").text()
        try AtomicFile.write(text, to: folder.path("a.json"))
        #expect(OutputMark.isPresent(inFile: folder.path("a.json")))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object.count == 4 && object["area"] as? Double == 2.5 && object["command"] as? String == "info")
        #expect(object["generator"] as? String == "shapefit \(shapefitVersion)" && object["schema"] as? Int == 1)
    }
}

extension ScratchFolder {
    fileprivate func write(_ bytes: [UInt8], _ name: String) throws -> String {
        try AtomicFile.write(bytes.span, to: path(name))
        return path(name)
    }
}
