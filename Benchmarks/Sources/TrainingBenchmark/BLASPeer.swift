import Core

#if canImport(Accelerate)
import Accelerate
#else
import COpenBLAS
#endif

/// The machine's own matrix product: what the engine's rates are held against.
enum BLASPeer {
    /// Which BLAS answers, with the processor core that it chose its code for.
    static var name: String {
        #if canImport(Accelerate)
        "Accelerate"
        #else
        String(cString: openblas_get_config()) + ", core " + String(cString: openblas_get_corename())
        #endif
    }

    /// Floating-point operations a second of `sgemm` with m = 512 and n = k = `width`, each of `threads` threads at its
    /// own product.
    ///
    /// - Parameter operationsPerCall: of all threads between two looks at the clock. As many as the work that the rate is
    ///   compared with: whatever else runs on the machine then interrupts both alike.
    static func operationsPerSecond(
        width: Int, threads: Int, operationsPerCall: Double, clock: Clock, seconds: Double
    ) -> Double {
        #if !canImport(Accelerate)
        openblas_set_num_threads(1)
        #endif
        let (m, n, k) = (512, width, width)
        let operands = (0..<threads).map { _ in
            (
                a: [Float](repeating: 0.5, count: m * k), b: [Float](repeating: 0.5, count: k * n),
                c: FloatArray(count: m * n)
            )
        }
        let products = max(1, Int(operationsPerCall) / (2 * m * n * k * threads))
        return clock.medianRate(seconds: seconds) {
            Workers(count: threads).forEach(threads) { thread, _ in
                for _ in 0..<products {
                    cblas_sgemm(
                        CblasRowMajor, CblasNoTrans, CblasNoTrans, .init(m), .init(n), .init(k), 1, operands[thread].a,
                        .init(k), operands[thread].b, .init(n), 0, operands[thread].c.pointer, .init(n))
                }
            }
            return Double(threads * products * 2 * m * n * k)
        }
    }
}

/// Memory that one thread writes.
final class FloatArray: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
    init(count: Int) {
        pointer = .allocate(capacity: count)
        pointer.initialize(repeating: 0, count: count)
    }
    deinit { pointer.deallocate() }
}
