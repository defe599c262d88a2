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
}
