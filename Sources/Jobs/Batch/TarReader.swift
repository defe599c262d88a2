import Core

/// A tar archive that is read member by member, wherever it lies.
///
/// Nothing in the file is trusted: every header's sum is checked, and no length reaches beyond the file. Members are
/// read into memory and never written anywhere by their names.
package final class TarReader {
    /// A file in the archive.
    package struct Member: Sendable, Equatable {
        package var name: String
        /// Where its bytes start.
        package var offset: Int
        package var size: Int
    }

    /// How an archive without an end is read.
    package enum Ending: Sendable {
        /// It is damaged.
        case required
        /// It is a journal that somebody writes or wrote: members count up to the first that is not whole.
        case open
    }

    package let path: String
    package private(set) var members: [Member] = []
    private var numbers: [String: Int] = [:]
    private let descriptor: Int32
    private let byteCount: Int

    /// Opens the archive and lists its members.
    ///
    /// - Throws: `FileError` when it cannot be read, is damaged, or is no tar archive.
    /// - Complexity: a read of 512 bytes a member.
    package init(path: String, ending: Ending = .required) throws(FileError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            byteCount = 0
            throw FileError(path: path, reason: errno == ENOENT ? "no such file" : "cannot be read: \(systemMessage())")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            byteCount = 0
            throw FileError(path: path, reason: "is not a file")
        }
        byteCount = Int(status.st_size)
        try list(ending)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The member of this name; the last where there are several, as tar has it.
    package func member(named name: String) -> Member? { numbers[name].map { members[$0] } }

    /// A member's bytes.
    package func bytes(of member: Member) throws(FileError) -> [UInt8] {
        guard let bytes = read(member.offset, member.size) else {
            throw FileError(path: path, reason: "\(member.name) cannot be read: \(systemMessage())")
        }
        return bytes
    }

    private func list(_ ending: Ending) throws(FileError) {
        var offset = 0
        var longName: String?
        var longSize: Int?
        func damaged(_ reason: String) -> FileError {
            FileError(path: path, reason: "is a damaged tar archive: \(reason) at byte \(offset)")
        }
        while offset + TarHeader.blockSize <= byteCount {
            guard let block = read(offset, TarHeader.blockSize) else {
                throw FileError(path: path, reason: "cannot be read: \(systemMessage())")
            }
            if block.allSatisfy({ $0 == 0 }) { return }
            guard let fields = TarHeader.fields(of: block) else {
                if ending == .open { return }
                if offset == 0 { throw FileError(path: path, reason: "is not a tar archive") }
                throw damaged("no header")
            }
            let start = offset + TarHeader.blockSize
            let isMember = fields.kind == .file || fields.kind == .other
            let size = isMember ? longSize ?? fields.size : fields.size
            // No sum overflows: both are below 2⁶².
            guard start + size <= byteCount else {
                if ending == .open { return }
                throw damaged("a member that goes beyond the file")
            }
            switch fields.kind {
            case .file:
                let name = longName ?? fields.name
                numbers[name] = members.count
                members.append(Member(name: name, offset: start, size: size))
            case .other: break
            case .pax, .longName:
                guard size <= TarHeader.extensionLimit, let bytes = read(start, size) else {
                    throw damaged("a header that is too long")
                }
                if fields.kind == .longName {
                    longName = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                } else {
                    guard let records = TarHeader.paxRecords(bytes) else { throw damaged("records that are none") }
                    longName = records.name ?? longName
                    longSize = records.size ?? longSize
                }
            }
            if isMember { (longName, longSize) = (nil, nil) }
            offset = start + TarHeader.padded(size)
        }
        if ending == .required { throw damaged("no end") }
    }

    /// `count` bytes from `offset`; nil when there are fewer.
    private func read(_ offset: Int, _ count: Int) -> [UInt8]? {
        var isWhole = true
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = 0
            while initialized < count {
                let part = pread(
                    descriptor, buffer.baseAddress! + initialized, min(count - initialized, 1 << 30),
                    off_t(offset + initialized))
                if part < 0 && errno == EINTR { continue }
                if part <= 0 { break }
                initialized += part
            }
            isWhole = initialized == count
        }
        return isWhole ? bytes : nil
    }
}

/// The message of the last system call, in lower case.
func systemMessage(_ code: Int32 = errno) -> String { String(cString: strerror(code)).lowercased() }
