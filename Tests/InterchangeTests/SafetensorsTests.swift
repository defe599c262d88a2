import Core
import Foundation
import Geometry
import Interchange
import NeuralFields
import TestSupport
import Testing

@Suite struct SafetensorsTests {
    /// A file from its header and the bytes of its data.
    static func file(_ header: String, data: Int, headerLength: UInt64? = nil) -> [UInt8] {
        let text = Array(header.utf8)
        let length = headerLength ?? UInt64(text.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + text + [UInt8](repeating: 0, count: data)
    }

    static let example = SafetensorsFile(
        tensors: [
            .init("b", shape: [2, 3], values: [1, -2, 3.5, .infinity, -0.0, .leastNonzeroMagnitude]),
            .init("a", shape: [], values: [0.1]),
            .init("empty", shape: [0, 4], values: []),
            .init("half", shape: [3], halves: [0.5, -65_504, 0x1p-24]),
            .init("quote \" slash \\ ü 🐇", shape: [1], values: [7]),
        ],
        metadata: ["plain": "text", "": "empty key", "control": "\u{1}\n\t\u{1f}", "json": #"{"σ": 5}"#])

    @Test func readsWhatItWrote() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/example.safetensors"
            try Self.example.write(to: path)
            let read = try SafetensorsFile(path: path)
            #expect(read.metadata == Self.example.metadata)
            #expect(read.tensors == Self.example.tensors.sorted { $0.name < $1.name })
            #expect(read["b"]?.values.map(\.bitPattern) == Self.example["b"]?.values.map(\.bitPattern))
            #expect(read["c"] == nil)
        }
    }

    @Test func keepsNaN() throws {
        let file = SafetensorsFile(tensors: [.init("x", shape: [2], values: [.nan, 1])])
        let read = try SafetensorsFile(bytes: file.bytes, path: "x")
        #expect(read["x"]?.values[0].isNaN == true)
    }

    @Test func bytesDoNotDependOnTheOrder() {
        var reversed = Self.example
        reversed.tensors.reverse()
        #expect(reversed.bytes == Self.example.bytes)
        #expect(Self.example.bytes.dropFirst(8).first == UInt8(ascii: "{"))
        let length = Int(Self.example.bytes[0]) + Int(Self.example.bytes[1]) << 8
        #expect(length % 8 == 0, "data aligned to 8 bytes")
    }

    @Test func readsEscapesAndSpace() throws {
        let header =
            #" { "__metadata__" : {"k\u00fc\ud83d\udc07\/" : "\b\f\n"} , "x":{"shape":[ 1 ],"data_offsets":[0,4],"dtype":"F32"} }  "#
        let file = try SafetensorsFile(bytes: Self.file(header, data: 4), path: "x")
        #expect(file.metadata == ["kü🐇/": "\u{8}\u{c}\n"])
        #expect(file["x"]?.shape == [1])
    }

    @Test(arguments: [
        ("no header", #""#, 0),
        ("an array", #"[]"#, 0),
        ("not closed", #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#, 4),
        ("text behind", #"{} x"#, 0),
        ("of another type", #"{"x":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}"#, 4),
        ("without a shape", #"{"x":{"dtype":"F32","data_offsets":[0,4]}}"#, 4),
        ("a shape of other size", #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4),
        (
            "a shape whose product overflows",
            #"{"x":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0
        ),
        (
            "a shape whose product wraps to its size",
            #"{"x":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}}"#, 4
        ),
        ("a number beyond 64 bits", #"{"x":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}"#, 4),
        ("a negative shape", #"{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4),
        ("a shape with fractions", #"{"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,6]}}"#, 6),
        ("offsets backwards", #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4),
        ("three offsets", #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, 4),
        ("cut short", #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 7),
        ("longer", #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 9),
        ("data of nobody", #"{}"#, 4),
        ("a gap", #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8),
        (
            "an overlap",
            #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            4
        ),
        (
            "a name twice",
            #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            8
        ),
        ("metadata that is not text", #"{"__metadata__":{"k":1}}"#, 0),
        ("half a character", #"{"__metadata__":{"k":"\ud83d"}}"#, 0),
        ("the other half", #"{"__metadata__":{"k":"\udc07"}}"#, 0),
        ("deep nesting", String(repeating: "{\"x\":", count: 100_000), 0),
    ])
    func rejects(_ what: String, _ header: String, _ data: Int) {
        #expect {
            try SafetensorsFile(bytes: Self.file(header, data: data), path: "model")
        } throws: { error in
            guard case .invalidModelFile(path: "model", _)? = error as? NeuralFieldsError else { return false }
            return !"\(error)".contains("\n")
        }
    }

    @Test(arguments: [3, 1 << 20, 1 << 40, UInt64.max, UInt64(Int64.max), UInt64(Int64.max) - 7] as [UInt64])
    func rejectsHeaderLengths(_ length: UInt64) {
        #expect(throws: NeuralFieldsError.self) {
            try SafetensorsFile(bytes: Self.file("{}", data: 0, headerLength: length), path: "model")
        }
    }

    @Test func saysWhyAFileCannotBeRead() throws {
        try withTemporaryFolder { folder in
            func reason(_ path: String) -> NeuralFieldsError? {
                do throws(NeuralFieldsError) { _ = try SafetensorsFile(path: path) } catch { return error }
                return nil
            }
            let missing = folder + "/missing"
            #expect(reason(missing) == .fileUnreadable(path: missing, reason: "no such file"))
            #expect(reason(folder) == .fileUnreadable(path: folder, reason: "is a folder; name a model file in it"))
            let pipe = folder + "/pipe"
            #expect(mkfifo(pipe, 0o600) == 0)
            #expect(reason(pipe) == .fileUnreadable(path: pipe, reason: "is not a regular file"))
            let empty = folder + "/empty"
            try AtomicFile.write("", to: empty)
            #expect(reason(empty) == .invalidModelFile(path: empty, reason: "is not a model file: only 0 bytes"))
            #expect {
                try Self.example.write(to: folder + "/no/such/folder")
            } throws: { error in
                if case .fileUnwritable? = error as? NeuralFieldsError { true } else { false }
            }
        }
    }
}
