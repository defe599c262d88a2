extension Image {
    /// A part of the image.
    ///
    /// - Precondition: ranges that are not empty and within the image.
    public func cropped(columns: Range<Int>, rows: Range<Int>) -> Image {
        precondition(!columns.isEmpty && !rows.isEmpty, "a part of some pixels")
        precondition(
            columns.lowerBound >= 0 && columns.upperBound <= width && rows.lowerBound >= 0 && rows.upperBound <= height,
            "a part within the image")
        var part: [UInt8] = []
        part.reserveCapacity(columns.count * rows.count * channelCount)
        for row in rows {
            let start = (row * width + columns.lowerBound) * channelCount
            part += pixels[start..<(start + columns.count * channelCount)]
        }
        return Image(width: columns.count, height: rows.count, channelCount: channelCount, pixels: part)
    }

    /// The image with fewer pixels, its proportions kept: each the mean of those that it stands for. An image that is
    /// narrower stays as it is.
    public func reduced(toWidth newWidth: Int) -> Image {
        precondition(newWidth >= 1, "an image that exists")
        if newWidth >= width { return self }
        let newHeight = max(1, (height * newWidth + width / 2) / width)
        var small = [UInt8](repeating: 0, count: newWidth * newHeight * channelCount)
        for y in 0..<newHeight {
            let rows = (y * height / newHeight)..<max((y + 1) * height / newHeight, y * height / newHeight + 1)
            for x in 0..<newWidth {
                let columns = (x * width / newWidth)..<((x + 1) * width / newWidth)
                let count = rows.count * columns.count
                for channel in 0..<channelCount {
                    var sum = count / 2
                    for row in rows {
                        for column in columns { sum += Int(self[column, row, channel]) }
                    }
                    small[(y * newWidth + x) * channelCount + channel] = UInt8(sum / count)
                }
            }
        }
        return Image(width: newWidth, height: newHeight, channelCount: channelCount, pixels: small)
    }
}
