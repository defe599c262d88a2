import Core
import Foundation
import Geometry
import Pictures
import Testing

@Suite struct PNGFileTests {
    static func noise(width: Int, height: Int, channelCount: Int, seed: UInt64) -> Image {
        let stream = RandomStream(seed: seed, stream: 1)
        return Image(
            width: width, height: height, channelCount: channelCount,
            pixels: (0..<width * height * channelCount).map { UInt8(stream.words(at: UInt64($0)).x & 255) })
    }

    @Test(arguments: [(1, 1), (7, 5), (256, 3)], [3, 4]) func imagesSurviveAFile(size: (Int, Int), channelCount: Int)
        throws
    {
        let image = Self.noise(width: size.0, height: size.1, channelCount: channelCount, seed: 3)
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).png").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try PNGFile.write(image, to: path)
        #expect(try PNGFile.read(path) == image)
    }

    @Test func whatIsNoImageIsRefused() throws {
        #expect { try PNGFile.decode(Array("not an image".utf8), name: "a.png") } throws: {
            "\($0)".contains("a.png: is not a PNG image")
        }
        let bytes = try PNGFile.encode(Self.noise(width: 40, height: 40, channelCount: 3, seed: 1), name: "b.png")
        for length in [9, 40, bytes.count / 2] {
            #expect { try PNGFile.decode(Array(bytes.prefix(length)), name: "b.png") } throws: {
                "\($0)".contains("b.png: is a damaged PNG image")
            }
        }
        #expect { try PNGFile.read("nowhere.png") } throws: { "\($0)" == "nowhere.png: no such file" }
    }

    /// A picture in 16 bits is the same one in 8, and not a brighter one: grey and coloured, with and without opacity.
    @Test(arguments: [0, 2, 4, 6]) func sixteenBitsAreTheSamePicture(colourType: UInt8) throws {
        let channels = [0: 1, 2: 3, 4: 2, 6: 4][Int(colourType)] ?? 1
        let samples = (0..<6 * 5 * channels).map { UInt8(truncatingIfNeeded: 37 * $0 + 11) }
        let images = try [8, 16].map { depth in
            try PNGFile.decode(
                Self.png(width: 6, height: 5, depth: depth, colourType: colourType, samples: samples), name: "a.png")
        }
        #expect(images[0] == images[1])
        // Transparent pixels are composed on nothing: only opaque ones are sure to keep their colour.
        if channels == 1 || channels == 3 {
            #expect((0..<6).allSatisfy { images[0][$0, 0, 0] == samples[$0 * channels] })
        }
    }

    @Test func filesBearTheMark() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).png").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try PNGFile.write(Self.noise(width: 40, height: 30, channelCount: 4, seed: 2), to: path)
        #expect(OutputMark.isPresent(inFile: path))
    }

    @Test func transparencyAndOneColourAreNoticed() {
        let white = Image(width: 3, height: 2, filledWith: [255, 255, 255, 255])
        var holed = white
        holed[1, 1, 3] = 254
        #expect(!white.isTransparentSomewhere && holed.isTransparentSomewhere)
        #expect(ImageSplit(white).hasOneColour)
        #expect(!ImageSplit(Self.noise(width: 3, height: 2, channelCount: 3, seed: 1)).hasOneColour)
    }

    /// A PNG file written by hand: rows without a filter in one block that is not compressed.
    private static func png(width: Int, height: Int, depth: Int, colourType: UInt8, samples: [UInt8]) -> [UInt8] {
        func bigEndian(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
            let content = Array(type.utf8) + data
            return bigEndian(data.count) + content + bigEndian(Int(CyclicRedundancyCheck().adding(content.span).value))
        }
        let perRow = samples.count / height
        var rows: [UInt8] = []
        for row in 0..<height {
            rows.append(0)
            for sample in samples[row * perRow..<(row + 1) * perRow] {
                rows += depth == 16 ? [sample, sample] : [sample]
            }
        }
        var (a, b) = (1, 0)
        for byte in rows {
            a = (a + Int(byte)) % 65521
            b = (b + a) % 65521
        }
        let count = rows.count
        var data: [UInt8] = [0x78, 0x01, 1]
        for number in [count, ~count] { data += [UInt8(number & 255), UInt8(number >> 8 & 255)] }
        data += rows + bigEndian(b << 16 | a)
        let header = bigEndian(width) + bigEndian(height) + [UInt8(depth), colourType, 0, 0, 0]
        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        return signature + chunk("IHDR", header) + chunk("IDAT", data) + chunk("IEND", [])
    }
}
