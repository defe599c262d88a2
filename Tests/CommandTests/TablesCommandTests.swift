import Foundation
import Testing

@Suite struct TablesCommandTests {
    /// The same signal with other separators and decimal signs.
    @Test func tablesOfEveryKindAreTheSameSignal() throws {
        let folder = try TemporaryFolder()
        let rows = (0..<12).map { (Double($0) / 8, Double($0 * $0) / 4) }
        func comma(_ value: Double) -> String { "\(value)".replacingOccurrences(of: ".", with: ",") }
        let files = [
            "plain": rows.map { "\($0.0),\($0.1)" }, "heading": ["time, value"] + rows.map { "\($0.0), \($0.1)" },
            "semicolons": rows.map { "\(comma($0.0));\(comma($0.1))" },
            "tabs": rows.map { "\(comma($0.0))\t\(comma($0.1))" },
            "blanks": rows.map { "\(comma($0.0)) \(comma($0.1))" },
            "points": rows.map { "\($0.0) \($0.1)" }, "columns": ["x;y;z"] + rows.map { "\($0.0);\($0.1);9" },
            "mark": ["\u{FEFF}x,y"] + rows.map { "\($0.0),\($0.1)" },
        ]
        var results: [String: String] = [:]
        for (name, lines) in files {
            try folder.write(lines.joined(separator: "\n") + "\n", to: "data-\(name).csv")
            let result = try CommandRunner.shell(
                "$shapefit signal data-\(name).csv --steps 5 -q -o \(name)", in: folder.url)
            #expect(result.status == 0, "\(name): \(result.error)")
            results[name] = String(decoding: try folder.data("\(name)/data-\(name)-signal.csv"), as: UTF8.self)
        }
        #expect(Set(results.values).count == 1)
    }

    @Test(arguments: [
        ("0,01,0,12\n0,02,0,13\n0,03,0,14\n0,04,0,15\n", "line 1 has 4 columns"),
        ("0,1;2\n1;2;3\n2;3\n3;4\n", "line 2 has 3 columns"), ("0;1\n1;1.000,5\n2;3\n3;4\n", "line 2"),
        ("0,1\n1,nan\n2,3\n3,4\n", "line 2"), ("0,1\n1,2\n", "has 2 lines"),
        ("1,1\n1,2\n1,3\n1,4\n", "all x are equal"),
    ]) func tablesThatAreNoneAreRefused(text: String, mentions: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(text, to: "data.csv")
        let result = try CommandRunner.run(["signal", "data.csv", "--steps", "5"], in: folder.url)
        #expect(result.status == 1 && result.error.contains(mentions), "\(result.error)")
    }
}
