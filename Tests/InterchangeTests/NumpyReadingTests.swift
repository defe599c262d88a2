import Core
import Interchange
import Testing

@Suite struct NumpyReadingTests {
    private func bytes(_ descriptor: String, _ order: String, _ shape: String, _ data: [UInt8], version: UInt8 = 1)
        -> [UInt8]
    {
        let text = "{'descr': '\(descriptor)', 'fortran_order': \(order), 'shape': \(shape), }\n"
        let count = text.utf8.count
        let length: [UInt8] = version == 1 ? [UInt8(count), 0] : [UInt8(count), 0, 0, 0]
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(text.utf8) + data
    }

    private func floats(_ values: [Float]) -> [UInt8] {
        values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
    }

    @Test func readsEveryKind() throws {
        let values: [Float] = [1, 2, 3, 4, 5, 6]
        let expected = values.map(Double.init)
        #expect(
            try NumpyFile.table(bytes: bytes("<f4", "False", "(2, 3)", floats(values)), path: "a").values == expected)
        #expect(
            try NumpyFile.table(bytes: bytes("<f4", "False", "(2, 3)", floats(values), version: 2), path: "a").values
                == expected)
        let columns = try NumpyFile.table(bytes: bytes("<f4", "True", "(2, 3)", floats([1, 4, 2, 5, 3, 6])), path: "a")
        #expect(columns.values == expected && columns.rowCount == 2 && columns.columnCount == 3)
        let doubles = expected.flatMap { withUnsafeBytes(of: $0.bitPattern.bigEndian, Array.init) }
        #expect(try NumpyFile.table(bytes: bytes(">f8", "False", "(2, 3)", doubles), path: "a").values == expected)
        #expect(try NumpyFile.table(bytes: bytes("<f4", "False", "(0, 3)", []), path: "a").values == [])
    }

    @Test func refusesWhatIsNone() {
        let six = floats([1, 2, 3, 4, 5, 6])
        for file in [
            [], [1, 2, 3], bytes("<i4", "False", "(2, 3)", six), bytes("<f4", "False", "(2, 3)", Array(six.dropLast())),
            bytes("<f4", "False", "(2, 4)", six), bytes("<f4", "False", "(6,)", six),
            bytes("<f4", "Maybe", "(2, 3)", six), bytes("<f4", "False", "(9223372036854775807, 9)", six),
            bytes("<f4", "False", "(-2, 3)", six), Array(bytes("<f4", "False", "(2, 3)", six).prefix(30)),
            bytes("<f4", "False", "(2, 3)", six, version: 9),
        ] {
            #expect(throws: FileError.self) { try NumpyFile.table(bytes: file, path: "a") }
        }
    }
}
