import Foundation
import Testing

@Suite struct ScanCommandTests {
    private static let quick = [
        "--preset", "fast", "--steps", "60", "--batch-size", "1024", "--width", "32", "--frequencies", "16", "--sigma",
        "1", "--resolution",
        "32",
    ]

    /// Points spread over a sphere of radius 2 about (5, 0, 0), a line each.
    private static func sphere(_ count: Int, where isKept: (SIMD3<Double>) -> Bool = { _ in true }) -> String {
        var lines = ""
        for index in 0..<count {
            let z = 1 - 2 * (Double(index) + 0.5) / Double(count)
            let turn = Double(index) * 2.399963229728653
            let direction = SIMD3((1 - z * z).squareRoot() * cos(turn), (1 - z * z).squareRoot() * sin(turn), z)
            if isKept(direction) { lines += "\(5 + 2 * direction.x) \(2 * direction.y) \(2 * direction.z)\n" }
        }
        return lines
    }

    @Test func aScanIsLearntLikeAMesh() throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.sphere(4000), to: "ball.xyz")
        let result = try CommandRunner.run(["ball.xyz"] + Self.quick, in: folder.url)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error.contains("estimated from neighbours"))
        #expect(!result.error.contains("no point within"))
        #expect(result.output.contains("output/ball.obj"))
        let size = try folder.data("output/ball.evidence.png").count
        #expect(size > 1000)
        // The result is a reference too, and a scan can be compared with what it was drawn from.
        let again = try CommandRunner.run(
            ["ball.xyz", "--no-preview", "--reference", "output/ball.obj", "--output", "second"] + Self.quick,
            in: folder.url)
        #expect(again.status == 0, "\(again.error)")
        #expect(again.output.contains("against output/ball.obj: IoU "))
    }

    @Test func aHoleIsSaid() throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.sphere(4000) { $0.z < 0.7 }, to: "bowl.xyz")
        let result = try CommandRunner.run(["bowl.xyz", "--no-preview"] + Self.quick, in: folder.url)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error.contains("has no point within"))
    }

    @Test(arguments: [
        ("few.xyz", "0 0 0\n1 0 0\n0 1 0\n", "3 point(s) are no surface"),
        ("flat.xyz", (0..<100).map { "\($0 % 10) \($0 / 10) 2" }.joined(separator: "\n"), "lie in a plane"),
        ("same.xyz", (0..<20).map { _ in "1 2 3" }.joined(separator: "\n"), "at one place"),
        ("nan.xyz", (0..<20).map { "\($0) nan 3" }.joined(separator: "\n"), "are NaN, infinite"),
        ("words.xyz", "1 2 3\nhello\n", "line 2 is not numbers"),
    ])
    func whatIsNoScanIsOneLine(name: String, text: String, message: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(text, to: name)
        let result = try CommandRunner.run([name, "--no-preview"] + Self.quick, in: folder.url)
        #expect(result.status == 1)
        #expect(result.error.contains(message), "\(result.error)")
        #expect(result.error.split(separator: "\n").filter { $0.contains("error") }.count == 1)
    }
}
