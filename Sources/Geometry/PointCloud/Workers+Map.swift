import Core

extension Workers {
    /// The values of `value` for each of `0 ..< count`, computed on all threads.
    func map<Value: BitwiseCopyable>(_ count: Int, _ value: (Int) -> Value) -> [Value] {
        [Value](unsafeUninitializedCapacity: count) { values, filled in
            let start = values
            forEachChunk(of: count, chunkSize: 1 << 13) { range, _ in
                for index in range { start.initializeElement(at: index, to: value(index)) }
            }
            filled = count
        }
    }
}
