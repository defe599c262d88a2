import Geometry

/// A ZIP archive in memory (PKWARE, "APPNOTE" 6.3): stored and deflated entries, with 64-bit sizes.
struct ZipArchive {
    private struct Entry {
        var method: Int
        var isEncrypted: Bool
        var checksum: UInt32
        var packedBytes: Int
        var bytes: Int
        var headerOffset: Int
    }

    private let file: SourceFile
    private var entries: [String: Entry] = [:]
    private(set) var names: [String] = []

    /// Most bytes of content that are taken from an archive: as for other importers, a constant and a part that grows with
    /// the file.
    private let mostBytes: Int

    init(_ file: SourceFile) throws(MeshFileError) {
        self.file = file
        mostBytes = 1 << 30 + 64 * file.bytes.count
        let (count, start) = try directory()
        var at = start
        for _ in 0..<count { try readEntry(&at) }
    }

    /// Name in the archive that a part's name leads to: without the leading slash, case ignored as the format asks.
    private static func key(_ name: String) -> String {
        (name.hasPrefix("/") ? String(name.dropFirst()) : name).lowercased()
    }

    func contains(_ name: String) -> Bool { entries[Self.key(name)] != nil }

    /// An entry's content.
    ///
    /// - Throws: when it is not there, is encrypted or compressed otherwise, or does not have the size and checksum that
    ///   the archive declares.
    func content(of name: String) throws(MeshFileError) -> [UInt8] {
        guard let entry = entries[Self.key(name)] else { throw file.malformed("its part \(name) is not there") }
        guard !entry.isEncrypted else { throw file.unsupported("the encrypted part \(name)") }
        guard entry.bytes <= mostBytes else {
            throw .importTooLarge(path: file.path, limitBytes: mostBytes)
        }
        let header = entry.headerOffset
        guard header + 30 <= file.bytes.count, word(header) == 0x0403_4B50 else {
            throw file.malformed("its part \(name) is not where its directory says")
        }
        let start = header + 30 + half(header + 26) + half(header + 28)
        guard start <= file.bytes.count, entry.packedBytes <= file.bytes.count - start else {
            throw file.malformed("its part \(name) goes beyond its end")
        }
        let packed = file.bytes[start..<start + entry.packedBytes]
        let content: [UInt8]
        switch entry.method {
        case 0: content = Array(packed)
        case 8:
            do throws(Inflate.Failure) {
                content = try Inflate.decompressed(packed, expectedBytes: entry.bytes)
            } catch {
                throw file.malformed("its part \(name) is damaged")
            }
        default: throw file.unsupported("the compression method \(entry.method) of its part \(name)")
        }
        guard content.count == entry.bytes, Self.checksum(of: content) == entry.checksum else {
            throw file.malformed("its part \(name) does not have the size and checksum that it declares")
        }
        return content
    }

    // MARK: Directory

    private func half(_ offset: Int) -> Int {
        Int(UInt16(littleEndian: file.bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)))
    }
    private func word(_ offset: Int) -> Int {
        Int(UInt32(littleEndian: file.bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }
    private func long(_ offset: Int) -> Int {
        Int(
            clamping: UInt64(
                littleEndian: file.bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)))
    }

    /// How many entries there are, and where the first one's record begins.
    private func directory() throws(MeshFileError) -> (count: Int, start: Int) {
        let size = file.bytes.count
        // The end record comes last, before a comment of 64 KiB at most.
        var at = size - 22
        while at >= 0 && at >= size - 22 - 65535 && word(at) != 0x0605_4B50 { at -= 1 }
        guard at >= 0, word(at) == 0x0605_4B50 else {
            throw file.malformed("it is no ZIP archive, or is cut short: its directory is not there")
        }
        var (count, start) = (half(at + 10), word(at + 16))
        if count == 0xFFFF || start == 0xFFFF_FFFF, at >= 20, word(at - 20) == 0x0706_4B50 {
            let record = long(at - 12)
            guard record >= 0, record <= size - 56, word(record) == 0x0606_4B50 else {
                throw file.malformed("the directory of its ZIP archive is damaged")
            }
            count = long(record + 32)
            start = long(record + 48)
        }
        guard start >= 0, start <= size, count >= 0, count <= (size - start) / 46 else {
            throw file.malformed("the directory of its ZIP archive is damaged")
        }
        return (count, start)
    }

    private mutating func readEntry(_ at: inout Int) throws(MeshFileError) {
        guard at + 46 <= file.bytes.count, word(at) == 0x0201_4B50 else {
            throw file.malformed("the directory of its ZIP archive is damaged")
        }
        let (nameBytes, extraBytes, commentBytes) = (half(at + 28), half(at + 30), half(at + 32))
        let extraStart = at + 46 + nameBytes
        guard extraStart + extraBytes + commentBytes <= file.bytes.count else {
            throw file.malformed("the directory of its ZIP archive is damaged")
        }
        var entry = Entry(
            method: half(at + 10), isEncrypted: half(at + 8) & 1 != 0,
            checksum: UInt32(truncatingIfNeeded: word(at + 16)),
            packedBytes: word(at + 20), bytes: word(at + 24), headerOffset: word(at + 42))
        readLongSizes(of: &entry, extraStart..<extraStart + extraBytes)
        let name = String(decoding: file.bytes[at + 46..<extraStart], as: UTF8.self)
        if entries.updateValue(entry, forKey: Self.key(name)) == nil { names.append(name) }
        at = extraStart + extraBytes + commentBytes
    }

    /// Sizes that do not fit into 32 bits stand in an extra field, those that need it, in this order.
    private func readLongSizes(of entry: inout Entry, _ extra: Range<Int>) {
        var at = extra.lowerBound
        while at + 4 <= extra.upperBound {
            let (kind, length) = (half(at), half(at + 2))
            var value = at + 4
            let end = min(value + length, extra.upperBound)
            func next() -> Int? {
                guard value + 8 <= end else { return nil }
                defer { value += 8 }
                return long(value)
            }
            if kind == 1 {
                if entry.bytes == 0xFFFF_FFFF, let size = next() { entry.bytes = size }
                if entry.packedBytes == 0xFFFF_FFFF, let size = next() { entry.packedBytes = size }
                if entry.headerOffset == 0xFFFF_FFFF, let offset = next() {
                    entry.headerOffset = min(offset, file.bytes.count)
                }
            }
            at = end
        }
    }

    // MARK: Checksum

    /// CRC-32 of ISO 3309.
    static func checksum(of bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = 0xFFFF_FFFF
        for byte in bytes { sum = checksumTable[Int((sum ^ UInt32(byte)) & 0xFF)] ^ sum >> 8 }
        return ~sum
    }

    private static let checksumTable: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 0 ? value >> 1 : 0xEDB8_8320 ^ value >> 1 }
    }
}
