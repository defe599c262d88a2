import Core
import Testing

@Suite struct TextTests {
    @Test func numbersAreWrittenAsInC() {
        #expect(String(printf: "%.3g %%", 0.012345) == "0.0123 %")
        #expect(String(printf: "%03d.png", 7) == "007.png")
        #expect(String(printf: "%+.2g", -1.25) == "-1.2")
        #expect(String(printf: "IoU %.4f / %.4f", 0.99, 0.5) == "IoU 0.9900 / 0.5000")
        #expect(String(printf: "%f", 1e300).count == 308)
    }

    @Test func paddingCountsCharacters() {
        #expect("σ = 1".padded(to: 7) == "σ = 1  ")
        #expect("long".padded(to: 2) == "long")
    }

    @Test func outerSpacesGo() {
        #expect(" a b\t".withoutOuterSpaces == "a b")
        #expect("\t ".withoutOuterSpaces == "")
    }

    @Test func aProgramsOutputAndStatusAreKept() throws {
        let run = try ProgramRun.run(["sh", "-c", "echo out; echo err >&2; exit 3"]).get()
        #expect(run.status == 3 && run.output == "out\n" && run.errors == "err\n")
        guard case .failure(.notFound) = ProgramRun.run(["no-such-program-here"]) else {
            Issue.record("a program that is not there ran")
            return
        }
    }
}
