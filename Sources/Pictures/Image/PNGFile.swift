import CPNG
import Core

/// Images in PNG files, read and written by libpng.
public enum PNGFile {
    /// Pixels of an image that is still read: 16 k by 16 k.
    public static let pixelLimit = 1 << 28

    /// The image in a file: three channels, or four where the file knows opacity; grey, indexed and 16-bit images are
    /// converted.
    ///
    /// - Throws: `FileError` when the file cannot be read, is no PNG image, is damaged, or has more than
    ///   ``pixelLimit`` pixels.
    public static func read(_ path: String) throws(FileError) -> Image {
        try decode(FileContents.bytes(of: path), name: path)
    }

    /// The image in the bytes of a PNG file.
    ///
    /// - Parameters:
    ///   - name: what errors call it.
    ///   - bytes: all of the file.
    public static func decode(_ bytes: [UInt8], name: String) throws(FileError) -> Image {
        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        guard bytes.starts(with: signature) else {
            throw FileError(path: name, reason: "is not a PNG image; convert it to PNG")
        }
        // libpng keeps the pointer between its two calls.
        let result = bytes.withUnsafeBytes { source in
            Result { () throws(FileError) -> Image in try decode(source, name: name) }
        }
        return try result.get()
    }

    private static func decode(_ source: UnsafeRawBufferPointer, name: String) throws(FileError) -> Image {
        var control = png_image()
        control.version = png_uint_32(PNG_IMAGE_VERSION)
        defer { png_image_free(&control) }
        guard png_image_begin_read_from_memory(&control, source.baseAddress, source.count) != 0 else {
            throw FileError(path: name, reason: "is a damaged PNG image: \(message(control))")
        }
        let width = Int(control.width)
        let height = Int(control.height)
        guard width * height <= pixelLimit else {
            throw FileError(path: name, reason: "has \(width) by \(height) pixels, more than \(pixelLimit)")
        }
        let isTransparent = control.format & png_uint_32(PNG_FORMAT_FLAG_ALPHA) != 0
        control.format = format(hasOpacity: isTransparent)
        // Without it, values of 16 bits count as linear light: another picture than the same one in 8 bits.
        control.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
        let channelCount = isTransparent ? 4 : 3
        var pixels = [UInt8](repeating: 0, count: width * height * channelCount)
        guard png_image_finish_read(&control, nil, &pixels, png_int_32(width * channelCount), nil) != 0 else {
            throw FileError(path: name, reason: "is a damaged PNG image: \(message(control))")
        }
        return Image(width: width, height: height, channelCount: channelCount, pixels: pixels)
    }

    /// Writes `image`, replacing what is there.
    public static func write(_ image: Image, to path: String) throws(FileError) {
        let bytes = try encode(image, name: path)
        try AtomicFile.write(bytes.span, to: path)
    }

    /// The bytes of a PNG file with `image`, marked as this program's.
    ///
    /// - Parameters:
    ///   - name: what errors call it.
    ///   - image: of 1 to 4 channels.
    public static func encode(_ image: Image, name: String) throws(FileError) -> [UInt8] {
        var control = png_image()
        control.version = png_uint_32(PNG_IMAGE_VERSION)
        control.width = png_uint_32(image.width)
        control.height = png_uint_32(image.height)
        control.format = format(hasOpacity: image.channelCount == 4)
        defer { png_image_free(&control) }
        let stride = png_int_32(image.width * image.channelCount)
        // The bound that libpng documents: deflate never grows rows by more than this.
        var size = png_alloc_size_t(image.pixels.count + image.height + image.pixels.count / 1000 + 65_536)
        var bytes = [UInt8](repeating: 0, count: Int(size))
        guard png_image_write_to_memory(&control, &bytes, &size, 0, image.pixels, stride, nil) != 0 else {
            throw FileError(path: name, reason: "cannot be encoded as PNG: \(message(control))")
        }
        bytes.removeLast(bytes.count - Int(size))
        bytes.insert(contentsOf: chunk("tEXt", Array("Software\0shapefit".utf8)), at: headerEnd)
        return bytes
    }

    /// Where the first chunk, of fixed length, ends: 8 bytes of signature, 25 of header.
    private static let headerEnd = 33

    /// A chunk as the format has it: length, type, data, and the checksum of the latter two.
    private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        func bigEndian(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian, Array.init) }
        let content = Array(type.utf8) + data
        return bigEndian(UInt32(data.count)) + content + bigEndian(CyclicRedundancyCheck().adding(content.span).value)
    }

    private static func format(hasOpacity: Bool) -> png_uint_32 {
        png_uint_32(PNG_FORMAT_FLAG_COLOR) | (hasOpacity ? png_uint_32(PNG_FORMAT_FLAG_ALPHA) : 0)
    }

    private static func message(_ control: png_image) -> String {
        withUnsafeBytes(of: control.message) { raw in
            String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
