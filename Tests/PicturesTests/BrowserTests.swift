import Foundation
import Testing

/// A real browser without a window, where there is one.
private enum Browser {
    static let path: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        for name in ["chromium", "chromium-browser", "google-chrome"] {
            for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
                return "\(folder)/\(name)"
            }
        }
        return nil
    }()

    /// Standard output and standard error of the browser, which ends by itself.
    static func run(_ arguments: [String], profile: URL) throws -> (output: String, error: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path ?? "chromium")
        process.arguments =
            [
                "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
                "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--enable-logging=stderr", "--v=0",
                "--user-data-dir=\(profile.path)", "--window-size=1280,1700", "--virtual-time-budget=4000",
            ] + arguments
        let files = ["output", "error"].map { profile.appendingPathComponent("browser-\($0)") }
        for file in files { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return (try String(contentsOf: files[0], encoding: .utf8), try String(contentsOf: files[1], encoding: .utf8))
    }
}

@Suite struct BrowserTests {
    /// Counts what the viewer drew, pane by pane, and what went wrong, into an attribute of the page.
    private static let probe = """
        <script>
        addEventListener('load', () => {
          const { gl, draw } = window.reportViewer;
          draw();
          const [w, h] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
          const read = () => {
            const pixels = new Uint8Array(4 * w * h);
            gl.readPixels(0, 0, w, h, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
            return pixels;
          };
          const pixels = read();
          const drawn = [0, 0, 0], coloured = [0, 0, 0];
          for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
            const [r, g, b] = pixels.subarray(4 * (y * w + x));
            const pane = Math.min(2, Math.floor(3 * x / w));
            if (Math.abs(r - 0xF6) + Math.abs(g - 0xF6) + Math.abs(b - 0xF4) > 12) drawn[pane]++;
            if (Math.abs(r - b) > 60) coloured[pane]++;
          }
          const canvas = document.getElementById('view');
          canvas.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp' }));
          draw();
          const turned = read().some((value, i) => value !== pixels[i]) ? 1 : 0;
          const share = counts => counts.map(n => Math.round(300 * n / (w * h))).join(',');
          document.documentElement.dataset.probe =
            `drawn=${share(drawn)} coloured=${share(coloured)} turned=${turned} error=${gl.getError()}`;
        });
        </script>
        """

    @Test(.enabled(if: Browser.path != nil, "no chromium on the PATH: the page is not tried in a browser"))
    func theViewerDrawsAndTheConsoleIsQuiet() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("page-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("page.html")
        let html = try ReportPageTests.page().html()
        try html.replacingOccurrences(of: "</body>", with: Self.probe + "</body>").write(
            to: file, atomically: true, encoding: .utf8)

        let (output, error) = try Browser.run(["--dump-dom", "file://\(file.path)"], profile: folder)
        #expect(!error.contains(":CONSOLE"), "\(error)")
        let start = try #require(output.range(of: "data-probe=\"")?.upperBound, "\(error.suffix(2000))")
        let probe = output[start...].prefix { $0 != "\"" }
        let numbers = probe.split { !$0.isNumber }.compactMap { Int($0) }
        try #require(numbers.count == 8, "\(probe)")
        // Each ball fills a good part of its pane; only the error, one hundredth of a radius outside, is red.
        #expect(numbers[0...2].allSatisfy { (15...85).contains($0) }, "\(probe)")
        #expect(numbers[3] == 0 && numbers[4] == 0 && numbers[5] > 10, "\(probe)")
        #expect(numbers[6] == 1 && numbers[7] == 0, "\(probe)")
    }
}
