import Core

/// How many points fit before their matrices fill the machine.
package enum MemoryLimit {
    /// Bytes that can be had now without swapping: what the system says is available, or else all there is.
    package static var availableBytes: Int {
        if let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
            let kilobytes = line.split(whereSeparator: { $0 == " " }).dropFirst().first.flatMap({ Int($0) })
        {
            return kilobytes * 1024
        }
        return Int(clamping: ProcessInfo.processInfo.physicalMemory)
    }

    /// - Parameters:
    ///   - count: points that are asked for.
    ///   - bytesPerPair: of all matrices that exist at once.
    ///   - availableBytes: of memory that is free.
    /// - Throws: ``TangentKernelsError/tooManyPoints(count:neededBytes:availableBytes:fittingCount:)``.
    package static func check(
        count: Int, bytesPerPair: Int, availableBytes: Int = MemoryLimit.availableBytes
    ) throws(TangentKernelsError) {
        let (pairs, overflow) = count.multipliedReportingOverflow(by: count)
        let (needed, overflowAgain) = pairs.multipliedReportingOverflow(by: bytesPerPair)
        guard overflow || overflowAgain || needed > availableBytes else { return }
        throw .tooManyPoints(
            count: count, neededBytes: overflow || overflowAgain ? .max - 999_999 : needed,
            availableBytes: availableBytes,
            fittingCount: Int(saturating: (Double(availableBytes) / Double(bytesPerPair)).squareRoot()))
    }
}
