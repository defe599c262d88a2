/// File names as strings, those included whose bytes are not UTF-8 (a Latin-1 name, for example).
///
/// Such a byte, 0x80 to 0xFF, becomes one scalar of its own in the private range U+EF80 to U+EFFF and turns into the byte
/// again where a file is opened; the scalars of that range, should a name hold them, go the same way, byte by byte. So
/// every name of a file has one string, and every such string leads back to the name.
public enum FileName {
    private static let firstScalar: UInt32 = 0xEF00
    private static let scalars: ClosedRange<UInt32> = 0xEF80...0xEFFF

    /// The string for a name's bytes.
    public static func string(from bytes: some Collection<UInt8>) -> String {
        let bytes = Array(bytes)
        if let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: isStandIn) {
            return text
        }
        var scalars = String.UnicodeScalarView()
        var index = 0
        while index < bytes.count {
            if let (scalar, length) = scalar(in: bytes[index...]), !isStandIn(scalar) {
                scalars.append(scalar)
                index += length
            } else {
                if let standIn = Unicode.Scalar(firstScalar + UInt32(bytes[index])) { scalars.append(standIn) }
                index += 1
            }
        }
        return String(scalars)
    }

    /// The string for a C string, such as one of a program's arguments.
    public static func string(fromCString start: UnsafePointer<CChar>) -> String {
        var bytes: [UInt8] = []
        var at = start
        while at.pointee != 0 {
            bytes.append(UInt8(bitPattern: at.pointee))
            at += 1
        }
        return string(from: bytes)
    }

    /// The bytes that name the file, without a zero at the end.
    public static func bytes(of name: String) -> [UInt8] {
        if !name.unicodeScalars.contains(where: isStandIn) { return Array(name.utf8) }
        var bytes: [UInt8] = []
        for scalar in name.unicodeScalars {
            if isStandIn(scalar) {
                bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            } else {
                bytes += Array(String(scalar).utf8)
            }
        }
        return bytes
    }

    /// The name for people to read: bytes that are not text appear as `\xE4`.
    ///
    /// - Parameters:
    ///   - name: of a file, or a text with such names in it.
    ///   - mark: what stands before the byte's two digits.
    public static func display(_ name: String, mark: String = "\\x") -> String {
        if !name.unicodeScalars.contains(where: isStandIn) { return name }
        var text = ""
        for scalar in name.unicodeScalars {
            if isStandIn(scalar) {
                text += mark + String(scalar.value & 0xFF, radix: 16, uppercase: true)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// A text that names files, on one line: line ends and other control characters of a name appear as `\x0A`.
    package static func line(_ text: String) -> String {
        if !text.unicodeScalars.contains(where: isControl) { return text }
        return text.unicodeScalars.reduce(into: "") { line, scalar in
            guard isControl(scalar) else { return line.unicodeScalars.append(scalar) }
            line += (scalar.value < 16 ? "\\x0" : "\\x") + String(scalar.value, radix: 16, uppercase: true)
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 || scalar.value == 0x7F }

    private static func isStandIn(_ scalar: Unicode.Scalar) -> Bool { scalars.contains(scalar.value) }

    /// The scalar that the bytes begin with, and its length; nil where they are not UTF-8.
    private static func scalar(in bytes: ArraySlice<UInt8>) -> (Unicode.Scalar, Int)? {
        for length in 1...4 where length <= bytes.count {
            if let text = String(validating: bytes.prefix(length), as: UTF8.self),
                let scalar = text.unicodeScalars.first
            {
                return (scalar, length)
            }
        }
        return nil
    }
}

extension String {
    /// Calls `body` with the bytes that name the file of this name, zero-terminated: for calls to the system.
    package func withFileName<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        let bytes = FileName.bytes(of: self).map { CChar(bitPattern: $0) } + [0]
        return try bytes.withUnsafeBufferPointer { try body($0.baseAddress!) }
    }
}

extension CommandLine {
    /// The program's arguments, bytes that are not UTF-8 as ``FileName`` has them.
    public static var fileNameArguments: [String] {
        (0..<Int(argc)).compactMap { index in
            unsafeArgv[index].map { FileName.string(fromCString: $0) }
        }
    }
}
