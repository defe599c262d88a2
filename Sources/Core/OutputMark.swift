/// The mark by which the program knows its own results again, so that it may replace them.
///
/// | format | where |
/// |---|---|
/// | OBJ, PLY, GLSL, SVG, HTML | ``phrase`` in a comment or as metadata at the beginning |
/// | STL | ``phrase`` in the header of 80 bytes |
/// | GLB, glTF, JSON | the key `generator` |
/// | ONNX | the producer's name |
/// | PNG | a `tEXt` chunk, keyword `Software` |
/// | npz, 3MF | ``phrase`` as the archive's comment |
/// | npy | ``numpyPadding`` blanks at the end of the header |
/// | safetensors | the metadata of a model or a checkpoint |
/// | CSV | a heading that only this program writes |
///
/// A file that was changed by hand and kept its mark counts as the program's own.
package enum OutputMark {
    package static let phrase = "written by shapefit"
    /// Value of the key `generator`, which names the version too.
    package static let generator = "shapefit \(shapefitVersion)"
    /// NumPy's own headers end in fewer blanks.
    package static let numpyPadding = 128

    /// Whether the file bears the mark. False where it cannot be read.
    package static func isPresent(inFile path: String) -> Bool {
        let descriptor = path.withFileName { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        let size = Int(status.st_size)
        let head = read(descriptor, 0..<min(size, headLength))
        let tail = read(descriptor, max(size - tailLength, 0)..<size)
        return isPresent(head: head, tail: tail)
    }

    /// Where a mark may stand: reports have their settings before it.
    private static let headLength = 1 << 16
    private static let tailLength = 64

    static func isPresent(head: [UInt8], tail: [UInt8]) -> Bool {
        if head.starts(with: [0x93] + Array("NUMPY".utf8)) { return hasMarkedNumpyHeader(head) }
        if head.starts(with: Array("PK".utf8)) { return tail.contains(Array(phrase.utf8)) }
        return patterns.contains { head.contains($0) }
    }

    private static func hasMarkedNumpyHeader(_ head: [UInt8]) -> Bool {
        guard head.count >= 10 else { return false }
        let end = 10 + Int(head[8]) + Int(head[9]) << 8
        guard end <= head.count, end > numpyPadding else { return false }
        return head[(end - 1 - numpyPadding)..<(end - 1)].allSatisfy { $0 == UInt8(ascii: " ") }
    }

    private static let patterns: [[UInt8]] =
        [
            phrase, "\"generator\":\"shapefit", "\"generator\" : \"shapefit", "\"network.format_version\"",
            "\"shapefit.checkpoint\"", "\"shapefit\":\"{", "Software\0shapefit",
            "sigma,width,frequencies,parameters,iou_uniform,",
            "x,y,shapefit ", "shapefit distance",
        ].map { Array($0.utf8) } + [[0x12, 0x08] + Array("shapefit".utf8)]

    private static func read(_ descriptor: Int32, _ range: Range<Int>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count {
                let got = pread(
                    descriptor, buffer.baseAddress! + count, range.count - count, off_t(range.lowerBound + count))
                if got < 0 && errno == EINTR { continue }
                if got <= 0 { return }
                count += got
            }
        }
    }
}

extension [UInt8] {
    /// Whether `pattern` stands somewhere in these bytes.
    fileprivate func contains(_ pattern: [UInt8]) -> Bool {
        guard let first = pattern.first, count >= pattern.count else { return false }
        return (0...(count - pattern.count)).contains { start in
            self[start] == first && self[start..<start + pattern.count].elementsEqual(pattern)
        }
    }
}
