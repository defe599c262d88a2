import Core

/// An object that C holds by a pointer and frees.
///
/// Handles never change once they are made, so that several threads may use one.
class Handle {
    /// Hands the object to C.
    final func passed() -> OpaquePointer { OpaquePointer(Unmanaged.passRetained(self).toOpaque()) }

    /// - Throws: ``ArgumentError`` for NULL.
    static func at(_ pointer: OpaquePointer?) throws -> Self {
        guard let pointer else { throw ArgumentError("a handle is NULL") }
        return Unmanaged<Self>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
    }

    static func free(_ pointer: OpaquePointer?) {
        guard let pointer else { return }
        Unmanaged<Self>.fromOpaque(UnsafeRawPointer(pointer)).release()
    }
}

extension Workers {
    /// - Parameter threads: 0 for one a processor.
    /// - Throws: ``ArgumentError`` outside 0 ... 1024.
    init(threads: Int32) throws {
        guard (0...1024).contains(threads) else {
            throw ArgumentError("threads \(threads): must be 0, for one a processor, or between 1 and 1024")
        }
        self.init(count: threads == 0 ? nil : Int(threads))
    }
}

/// An argument that may not be NULL where `count` is more than 0.
func required<Element>(
    _ pointer: UnsafePointer<Element>?, _ count: Int, _ name: String
) throws -> UnsafeBufferPointer<Element> {
    guard count >= 0 else { throw ArgumentError("\(name): a negative number of them") }
    guard count > 0 else { return UnsafeBufferPointer(start: nil, count: 0) }
    guard let pointer else { throw ArgumentError("\(name): is NULL") }
    return UnsafeBufferPointer(start: pointer, count: count)
}

func required<Element>(
    _ pointer: UnsafeMutablePointer<Element>?, _ count: Int, _ name: String
) throws -> UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(mutating: try required(UnsafePointer(pointer), count, name))
}

/// Where a call puts what it makes.
func required<Element>(_ place: UnsafeMutablePointer<Element>?) throws -> UnsafeMutablePointer<Element> {
    guard let place else { throw ArgumentError("the place for the result is NULL") }
    return place
}

func text(_ pointer: UnsafePointer<CChar>?, _ name: String) throws -> String {
    guard let pointer else { throw ArgumentError("\(name): is NULL") }
    return FileName.string(fromCString: pointer)
}

/// A copy of `text` that C frees.
func passed(_ text: String) throws -> UnsafeMutablePointer<CChar>? {
    guard let copy = strdup(text) else { throw ArgumentError("no memory for a text") }
    return copy
}

/// A copy of `values` that C frees; NULL for none.
func passed<Element: BitwiseCopyable>(_ values: [Element]) throws -> UnsafeMutablePointer<Element>? {
    let byteCount = values.count * MemoryLayout<Element>.stride
    guard let memory = malloc(max(byteCount, 1)) else { throw ArgumentError("no memory for \(byteCount) bytes") }
    values.withUnsafeBytes { if let start = $0.baseAddress { memcpy(memory, start, $0.count) } }
    return memory.assumingMemoryBound(to: Element.self)
}

/// Points of C's, `(count, 3)` in double precision, relative to an origin.
struct Points {
    private let values: UnsafeBufferPointer<Double>
    let count: Int

    init(_ pointer: UnsafePointer<Double>?, _ count: Int) throws {
        guard (0...Int.max / 64).contains(count) else { throw ArgumentError("points: \(count) of them") }
        values = try required(pointer, 3 * count, "points")
        self.count = count
    }

    /// In single precision, relative to `origin`.
    func relative(to origin: SIMD3<Double>) -> [SIMD3<Float>] {
        (0..<count).map { SIMD3<Float>(self[$0] - origin) }
    }

    var all: [SIMD3<Double>] { (0..<count).map { self[$0] } }

    private subscript(index: Int) -> SIMD3<Double> {
        SIMD3(values[3 * index], values[3 * index + 1], values[3 * index + 2])
    }
}

extension UnsafeMutableBufferPointer where Element: SIMDScalar {
    /// Writes a vector as the `index`-th row of three.
    func setRow(_ index: Int, _ vector: SIMD3<Element>) {
        for axis in 0..<3 { self[3 * index + axis] = vector[axis] }
    }
}

/// Options and settings of a call, as JSON.
func decoded<Value: Decodable>(_ type: Value.Type, _ pointer: UnsafePointer<CChar>?, _ name: String) throws -> Value {
    let json = pointer.map { String(cString: $0) } ?? "{}"
    do {
        return try JSONDecoder().decode(type, from: Data(json.utf8))
    } catch let error as DecodingError {
        throw ArgumentError("\(name): \(error.line)")
    }
}

extension DecodingError {
    /// The key that is wrong and what is wrong with it.
    fileprivate var line: String {
        func path(_ context: Context, _ key: (any CodingKey)? = nil) -> String {
            (context.codingPath + (key.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
        }
        return switch self {
        case .keyNotFound(let key, let context): "\(path(context, key)) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context): "\(path(context)) is of another type"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "is no JSON that is understood: \(context.debugDescription)"
                : "\(path(context)) \(context.debugDescription)"
        @unknown default: "is not JSON"
        }
    }
}

/// JSON of sorted keys.
func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// C text that lives as long as the process.
private struct ConstantText: @unchecked Sendable {
    let pointer: UnsafePointer<CChar>

    init(_ text: String) {
        guard let copy = strdup(text) else { preconditionFailure("no memory at all") }
        pointer = UnsafePointer(copy)
    }

    static let version = ConstantText(shapefitVersion)
    static let none = ConstantText("")
}

@_cdecl("sf_version")
public func version() -> UnsafePointer<CChar> { ConstantText.version.pointer }

@_cdecl("sf_message")
public func message() -> UnsafePointer<CChar> { LastMessage.pointer ?? ConstantText.none.pointer }

@_cdecl("sf_free")
public func freeMemory(_ memory: UnsafeMutableRawPointer?) { free(memory) }
