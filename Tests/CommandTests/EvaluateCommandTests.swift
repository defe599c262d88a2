import Foundation
import Testing

@Suite struct EvaluateCommandTests {
    @Test func aListOfPairsGivesATableAndJSON() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "a.obj")
        try folder.write(TemporaryFolder.octahedron(size: 1.1), to: "b, larger.obj")
        try folder.write(
            "reference,candidate\n# the same twice\na.obj,a.obj\n\na.obj, \"b, larger.obj\"\n", to: "list.csv")
        let table = try CommandRunner.run(["evaluate", "--batch", "list.csv"], in: folder.url)
        #expect(table.status == 0, "\(table.error)")
        let lines = table.output.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first?.contains("Chamfer-L1") == true)
        #expect(lines.last?.contains("b, larger.obj") == true && lines.last?.contains("±") == true)

        let json = try CommandRunner.run(["evaluate", "--batch", "list.csv", "--json"], in: folder.url)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(object["command"] as? String == "evaluate" && object["schema"] as? Int == 1)
        let results = try #require(object["pairs"] as? [[String: Any]])
        #expect(results.count == 2)
        let scores = results.compactMap { ($0["scores"] as? [String: Any])?["mesh"] as? [String: Any] }
        #expect(scores.count == 2)
        #expect(scores.first?["iouUniform"] as? Double == 1 && scores.first?["hausdorff"] as? Double == 0)
        let error = (scores.last?["standardErrors"] as? [String: Any])?["chamferL1"] as? Double
        #expect((error ?? 0) > 0)
    }

    @Test func aPairThatFailsIsSaidAndTheOthersGoOn() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "a.obj")
        try folder.write("a.obj,missing.obj\na.obj,a.obj\n", to: "list.csv")
        let result = try CommandRunner.run(["evaluate", "--batch", "list.csv"], in: folder.url)
        #expect(result.status == 1)
        #expect(result.error.contains("missing.obj: no such file"))
        #expect(result.output.split(separator: "\n").count == 3)
    }

    @Test(arguments: [
        ("a.obj\n", "line 1 has 1 fields"), ("\n# nothing\n", "holds no pair"),
        ("a.obj,b.obj,c.obj\n", "line 1 has 3 fields"),
    ]) func aBadListGetsOneLine(text: String, message: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(text, to: "list.csv")
        let result = try CommandRunner.run(["evaluate", "--batch", "list.csv"], in: folder.url)
        #expect(result.status == 1)
        #expect(result.error.contains(message) && result.error.split(separator: "\n").count == 1)
    }

    @Test func certifiedBoundsAreInTheTableAndInJSON() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "a.obj")
        try folder.write(TemporaryFolder.octahedron(size: 1.25), to: "b.obj")
        let table = try CommandRunner.run(["evaluate", "a.obj", "b.obj", "--certified"], in: folder.url)
        #expect(table.status == 0, "\(table.error)")
        #expect(table.output.contains("Hausdorff of samples") && table.output.contains("Hausdorff, certified"))
        let json = try CommandRunner.run(
            ["evaluate", "a.obj", "b.obj", "--certified", "--relative-error", "0.1%", "--json"], in: folder.url)
        let scores = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let bounds = try #require(scores["certified"] as? [String: Any])
        // The tips are a quarter apart; the faces of the inner one at most that from the outer.
        for (side, distance) in [("forward", 0.25 / 3.0.squareRoot()), ("backward", 0.25)] {
            let part = try #require(bounds[side] as? [String: Any])
            let (lower, upper) = (try #require(part["lower"] as? Double), try #require(part["upper"] as? Double))
            #expect(lower <= distance + 1e-6 && upper >= distance - 1e-6 && upper - lower <= 0.001 * lower)
            #expect(part["isComplete"] as? Bool == true)
        }
    }

    @Test(arguments: ["0", "-1%", "200%", "nan", "one"]) func anErrorThatCannotBeMetIsRefused(text: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "a.obj")
        let result = try CommandRunner.run(
            ["evaluate", "a.obj", "a.obj", "--certified", "--relative-error=\(text)"], in: folder.url)
        #expect(result.status != 0 && result.error.contains("relative-error"))
    }

    @Test func aMeshThatIsInsideOutIsComparedTurnedRound() throws {
        let folder = try TemporaryFolder()
        let outward = TemporaryFolder.octahedron()
        let inward = outward.split(separator: "\n").map { line -> String in
            let words = line.split(separator: " ")
            return words.first == "f" ? "f \(words[1]) \(words[3]) \(words[2])" : String(line)
        }
        try folder.write(outward, to: "a.obj")
        try folder.write(inward.joined(separator: "\n") + "\n", to: "b.obj")
        let result = try CommandRunner.run(["evaluate", "a.obj", "b.obj", "--json"], in: folder.url)
        #expect(result.status == 0)
        #expect(result.output.contains("\"iouUniform\" : 1,") && result.output.contains("\"chamferL1\" : 0,"))
    }
}
