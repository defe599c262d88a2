/// Writes a message in the wire format of Protocol Buffers (protobuf.dev, "Encoding"): enough for ONNX.
struct ProtocolBuffer {
    private(set) var bytes: [UInt8] = []

    /// An integer that is not negative.
    mutating func append(_ field: Int, _ value: Int) {
        appendVarint(UInt64(field) << 3)
        appendVarint(UInt64(value))
    }

    mutating func append(_ field: Int, _ value: Float) {
        appendVarint(UInt64(field) << 3 | 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ field: Int, _ text: String) { append(field, bytes: Array(text.utf8)) }

    mutating func append(_ field: Int, _ message: ProtocolBuffer) { append(field, bytes: message.bytes) }

    /// A message that `build` fills.
    mutating func append(_ field: Int, _ build: (inout ProtocolBuffer) -> Void) {
        var message = ProtocolBuffer()
        build(&message)
        append(field, message)
    }

    mutating func append(_ field: Int, bytes content: [UInt8]) {
        appendVarint(UInt64(field) << 3 | 2)
        appendVarint(UInt64(content.count))
        bytes.append(contentsOf: content)
    }

    private mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
