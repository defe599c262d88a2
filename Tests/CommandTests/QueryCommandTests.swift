import Foundation
import Testing

@Suite struct QueryCommandTests {
    private static func fitted() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(size: 3, center: 10), to: "gem.obj")
        let quick = [
            "--preset", "fast", "--steps", "100", "--batch-size", "512", "--width", "16", "--frequencies", "8",
            "--sigma", "1",
            "--resolution", "24", "--quiet",
        ]
        #expect(try CommandRunner.run(["gem.obj"] + quick, in: folder.url).status == 0)
        return folder
    }

    private static let model = "output/gem.safetensors"

    @Test func answersPointsInTextAndArrays() throws {
        let folder = try Self.fitted()
        // The centre of the octahedron, a point on an axis far away, and one at a face's normal.
        try folder.write("x,y,z\n# comment\n10,10,10\n10 10 20\n\n12;12;12\n", to: "points.csv")
        let text = try CommandRunner.run(["query", Self.model, "points.csv"], in: folder.url)
        #expect(text.status == 0, "\(text.error)")
        let values = text.output.split(separator: "\n").compactMap { Double($0) }
        try #require(values.count == 3)
        let truth = [-3 / 3.0.squareRoot(), 7, 3 / 3.0.squareRoot()]
        for (value, distance) in zip(values, truth) { #expect(abs(value - distance) < 0.15) }

        let rows = try CommandRunner.run(["query", Self.model, "points.csv", "--gradients"], in: folder.url)
        let columns = rows.output.split(separator: "\n").map { $0.split(separator: ",").compactMap { Double($0) } }
        try #require(columns.count == 3 && columns.allSatisfy { $0.count == 4 })
        #expect(columns.map { $0[0] } == values)
        #expect(abs(columns[1][3] - 1) < 0.1 && abs(columns[1][1]) < 0.2)
        #expect(columns[2].dropFirst().allSatisfy { abs($0 - 1 / 3.0.squareRoot()) < 0.2 })

        #expect(
            try CommandRunner.run(
                ["query", Self.model, "points.csv", "--gradients", "--output", "out/values.npy"], in: folder.url
            ).status == 0)
        let array = try folder.data("out/values.npy")
        #expect(String(decoding: array.prefix(100), as: UTF8.self).contains("'shape': (3, 4)"))
        // What it writes it reads, but for the number of columns.
        let wrong = try CommandRunner.run(["query", Self.model, "out/values.npy"], in: folder.url)
        #expect(wrong.status == 1 && wrong.error.contains("4 columns"))
    }

    @Test func saysWhatIsWrong() throws {
        let folder = try Self.fitted()
        try folder.write("1,2,3\n4,5\n", to: "short.csv")
        try folder.write("1,2,3\n4,nan,5\n", to: "nan.csv")
        try folder.write("1,2,3\nhello\n", to: "text.csv")
        try folder.write("not an array", to: "text.npy")
        for (file, mention) in [
            ("short.csv", "line 2"), ("nan.csv", "line 2"), ("text.csv", "line 2"), ("text.npy", "NumPy"),
            ("none.csv", "no such file"), ("none.npy", "no such file"), (Self.model, "line 1"),
        ] {
            let result = try CommandRunner.run(["query", Self.model, file], in: folder.url)
            #expect(result.status == 1 && result.error.contains(mention), "\(file): \(result.error)")
            #expect(result.error.split(separator: "\n").count == 1 && result.output.isEmpty)
        }
        #expect(
            try CommandRunner.run(["query", Self.model, "short.csv", "--output", "a.txt"], in: folder.url).status != 0)
    }

    @Test func infoSaysWhatAModelIs() throws {
        let folder = try Self.fitted()
        let text = try CommandRunner.run(["info", Self.model], in: folder.url)
        #expect(text.status == 0 && text.output.contains("base") && text.output.contains("distances off by"))
        let json = try CommandRunner.run(["info", Self.model, "--json"], in: folder.url)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let reach = try #require(object["reach"] as? [String: Any])
        let bands = try #require(reach["bands"] as? [[String: Any]])
        #expect(bands.count == 5 && object["parameters"] as? Int == 16 * 16 + 16 + (16 * 16 + 16) + 17)
    }
}
