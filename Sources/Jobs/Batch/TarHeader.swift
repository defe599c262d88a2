/// The 512 bytes before a member of a tar archive, and what they say (POSIX.1-2001: ustar, with pax records for names
/// and sizes that do not fit).
///
/// Written: mode 0644, no owner, no time, so that the same members give the same bytes.
package enum TarHeader {
    static let blockSize = 512
    /// The largest number of eleven octal digits.
    static let octalLimit = 1 << 33
    /// A pax header or a long name of more bytes is not believed.
    static let extensionLimit = 1 << 16

    enum Kind: Equatable {
        case file
        /// Records about the next member.
        case pax
        /// The next member's name, as GNU tar writes it.
        case longName
        /// Folders, links, records about all members: passed over.
        case other
    }

    struct Fields: Equatable {
        var name: String
        var size: Int
        var kind: Kind
    }

    /// `size` rounded up to whole blocks.
    static func padded(_ size: Int) -> Int { (size + blockSize - 1) / blockSize * blockSize }

    // MARK: Writing

    /// The headers of a member: one block, or three where the name or the size does not fit one.
    package static func blocks(name: String, size: Int) -> [UInt8] {
        var records: [(key: String, value: String)] = []
        let utf8 = Array(name.utf8)
        let split = split(utf8)
        if split == nil { records.append(("path", name)) }
        if size >= octalLimit { records.append(("size", "\(size)")) }
        var bytes: [UInt8] = []
        if !records.isEmpty {
            let text = Array(records.map { paxRecord($0.key, $0.value) }.joined().utf8)
            bytes += block(prefix: [], name: Array("pax".utf8), size: text.count, type: UInt8(ascii: "x"))
            bytes += text
            bytes += [UInt8](repeating: 0, count: padded(text.count) - text.count)
        }
        let (prefix, short) = split ?? ([], Array(utf8.suffix(100)))
        bytes += block(
            prefix: prefix, name: short, size: size < octalLimit ? size : 0, type: UInt8(ascii: "0"))
        return bytes
    }

    /// A record counts its own length in.
    private static func paxRecord(_ key: String, _ value: String) -> String {
        let rest = " \(key)=\(value)\n"
        var length = rest.utf8.count
        while length != rest.utf8.count + "\(length)".utf8.count { length = rest.utf8.count + "\(length)".utf8.count }
        return "\(length)\(rest)"
    }

    /// A name in at most 100 bytes, or in 155 before and 100 after a slash; nil where it has no such slash.
    private static func split(_ name: [UInt8]) -> (prefix: [UInt8], name: [UInt8])? {
        if name.count <= 100 { return ([], name) }
        let slash = name.indices.first { index in
            name[index] == UInt8(ascii: "/") && name.count - index - 1 <= 100 && index <= 155 && index > 0
        }
        return slash.map { (Array(name[..<$0]), Array(name[($0 + 1)...])) }
    }

    private static func block(prefix: [UInt8], name: [UInt8], size: Int, type: UInt8) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: blockSize)
        func put(_ bytes: [UInt8], at offset: Int) { block.replaceSubrange(offset..<offset + bytes.count, with: bytes) }
        put(name, at: 0)
        put(octal(0o644, digits: 7), at: 100)
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        put(octal(size, digits: 11), at: 124)
        put(octal(0, digits: 11), at: 136)
        put([UInt8](repeating: UInt8(ascii: " "), count: 8), at: 148)
        put([type], at: 156)
        put(Array("ustar\0".utf8) + Array("00".utf8), at: 257)
        put(prefix, at: 345)
        let sum = block.reduce(0) { $0 + Int($1) }
        put(octal(sum, digits: 6) + [0], at: 148)
        return block
    }

    private static func octal(_ value: Int, digits: Int) -> [UInt8] {
        (0..<digits).map { UInt8(ascii: "0") + UInt8(value >> (3 * (digits - 1 - $0)) & 7) }
    }

    // MARK: Reading

    /// The fields of a block; nil when it is no header: its sum is wrong, or a number in it is none.
    static func fields(of block: [UInt8]) -> Fields? {
        guard block.count == blockSize, let sum = number(block[148..<156]) else { return nil }
        let spaces = 8 * Int(UInt8(ascii: " "))
        guard sum == block.reduce(0, { $0 + Int($1) }) - block[148..<156].reduce(0, { $0 + Int($1) }) + spaces,
            let size = number(block[124..<136])
        else { return nil }
        var name = text(block[0..<100])
        let isPosix = block[257..<263].elementsEqual(Array("ustar\0".utf8))
        if isPosix, block[345] != 0 { name = text(block[345..<500]) + "/" + name }
        let kind: Kind =
            switch block[156] {
            case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): .file
            case UInt8(ascii: "x"): .pax
            case UInt8(ascii: "L"): .longName
            default: .other
            }
        return Fields(name: name, size: size, kind: kind)
    }

    /// Octal digits between blanks and zeros, or GNU's binary number; nil for anything else, and for more than 2⁶².
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        guard let first = field.first else { return nil }
        if first & 0x80 != 0 {
            guard first == 0x80 else { return nil }
            var value = 0
            for byte in field.dropFirst() {
                guard value < 1 << 54 else { return nil }
                value = value << 8 | Int(byte)
            }
            return value
        }
        let blank = UInt8(ascii: " ")
        var value = 0
        let digits = field.drop { $0 == blank }.prefix { $0 != blank && $0 != 0 }
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit), value < 1 << 59 else { return nil }
            value = value << 3 | Int(digit - UInt8(ascii: "0"))
        }
        return digits.isEmpty ? nil : value
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// `path` and `size` of pax records; nil when they are damaged.
    static func paxRecords(_ bytes: [UInt8]) -> (name: String?, size: Int?)? {
        var (name, size): (String?, Int?) = (nil, nil)
        var start = 0
        while start < bytes.count {
            guard let space = bytes[start...].firstIndex(of: UInt8(ascii: " ")),
                let length = Int(String(decoding: bytes[start..<space], as: UTF8.self)), length > space - start,
                length <= bytes.count - start, bytes[start + length - 1] == UInt8(ascii: "\n"),
                let equals = bytes[(space + 1)..<(start + length)].firstIndex(of: UInt8(ascii: "="))
            else { return nil }
            let key = String(decoding: bytes[(space + 1)..<equals], as: UTF8.self)
            let value = String(decoding: bytes[(equals + 1)..<(start + length - 1)], as: UTF8.self)
            switch key {
            case "path": name = value
            case "size":
                guard let number = Int(value), number >= 0 else { return nil }
                size = number
            default: break
            }
            start += length
        }
        return (name, size)
    }
}
