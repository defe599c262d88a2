import Core
import Testing

@Suite struct WorkersTests {
    @Test(arguments: [1, 2, 4, 9]) func everyItemOnce(threads: Int) {
        var visits = [Int](repeating: 0, count: 1003)
        visits.withUnsafeMutableBufferPointer { visits in
            let visits = visits
            Workers(count: threads).forEachChunk(of: 1003, chunkSize: 10) { items, worker in
                precondition(worker < threads)
                for item in items { visits[item] += 1 }
            }
        }
        #expect(visits.allSatisfy { $0 == 1 })
    }
}
