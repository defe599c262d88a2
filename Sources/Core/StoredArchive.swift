/// A ZIP archive whose files are not compressed, in memory (PKWARE's APPNOTE.TXT, sections 4.3 and 4.4, version 2.0).
///
/// - Precondition: fewer than 2¹⁶ files, and less than 4 GiB in all.
package struct StoredArchive {
    package var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var fileCount = 0

    private let comment: [UInt8]

    /// - Parameter comment: at the archive's end; fewer than 2¹⁶ bytes.
    package init(comment: String = OutputMark.phrase) { self.comment = Array(comment.utf8) }

    /// Appends a file whose content is `parts` one after the other.
    package mutating func append(_ name: String, _ parts: [[UInt8]]) {
        let offset = bytes.count
        let size = parts.reduce(0) { $0 + $1.count }
        let checksum = parts.reduce(CyclicRedundancyCheck()) { $0.adding($1.span) }.value
        // Fields that a file's header and its line in the directory share.
        var description: [UInt8] = []
        description.append(20, byteCount: 2)  // version needed: 2.0
        description.append(0, byteCount: 2)  // flags
        description.append(0, byteCount: 2)  // method: stored
        description.append(0, byteCount: 2)  // midnight
        description.append(0x21, byteCount: 2)  // of 1980-01-01
        description.append(Int(checksum), byteCount: 4)
        description.append(size, byteCount: 4)
        description.append(size, byteCount: 4)
        description.append(name.utf8.count, byteCount: 2)
        description.append(0, byteCount: 2)  // no extra field

        bytes.append(0x0403_4b50, byteCount: 4)
        bytes += description
        bytes += name.utf8
        for part in parts { bytes += part }

        directory.append(0x0201_4b50, byteCount: 4)
        directory.append(20, byteCount: 2)  // made by version 2.0
        directory += description
        directory.append(0, byteCount: 2)  // no comment
        directory.append(0, byteCount: 2)  // disk
        directory.append(0, byteCount: 2)  // internal attributes
        directory.append(0, byteCount: 4)  // external attributes
        directory.append(offset, byteCount: 4)
        directory += name.utf8
        fileCount += 1
    }

    /// The archive with its directory; this value is empty afterwards.
    package mutating func finish() -> [UInt8] {
        let offset = bytes.count
        bytes += directory
        bytes.append(0x0605_4b50, byteCount: 4)
        bytes.append(0, byteCount: 4)  // disks
        bytes.append(fileCount, byteCount: 2)
        bytes.append(fileCount, byteCount: 2)
        bytes.append(directory.count, byteCount: 4)
        bytes.append(offset, byteCount: 4)
        bytes.append(comment.count, byteCount: 2)
        bytes += comment
        var archive: [UInt8] = []
        swap(&archive, &bytes)
        self = StoredArchive(comment: String(decoding: comment, as: UTF8.self))
        return archive
    }
}

/// CRC-32 as ZIP has it: the polynomial 0x04C11DB7, bits reversed.
package struct CyclicRedundancyCheck {
    private var state: UInt32 = 0xffff_ffff

    package init() {}

    package var value: UInt32 { ~state }

    package func adding(_ bytes: Span<UInt8>) -> Self {
        var result = self
        let table = Self.table
        for index in bytes.indices {
            result.state = table[Int(UInt8(truncatingIfNeeded: result.state) ^ bytes[index])] ^ result.state >> 8
        }
        return result
    }

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ value >> 1 : value >> 1 }
    }
}

extension [UInt8] {
    /// Appends the low bytes of `value`, the lowest first.
    fileprivate mutating func append(_ value: Int, byteCount: Int) {
        for byte in 0..<byteCount { append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
    }
}
