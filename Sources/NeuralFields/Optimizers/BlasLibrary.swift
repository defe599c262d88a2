import Core

/// The routines of BLAS and LAPACK that the project calls: OpenBLAS, or Accelerate on Apple systems.
///
/// The library is loaded at the first call and not before: OpenBLAS starts a thread a processor, each with tens of
/// megabytes of address space, as soon as it is loaded. Here it starts none until ``BlasThreads/several(_:_:)`` asks for
/// them, and a program that never trains or decomposes anything does without the library.
///
/// Arguments are as in Fortran and in the CBLAS, whose enumerations are plain integers here.
package struct BlasLibrary: Sendable {
    package typealias Count = UnsafePointer<Int32>
    package typealias Letter = UnsafePointer<CChar>
    package typealias Floats = UnsafeMutablePointer<Float>
    package typealias Doubles = UnsafeMutablePointer<Double>
    package typealias Integers = UnsafeMutablePointer<Int32>

    let ssyevd:
        @convention(c) (Letter, Letter, Count, Floats, Count, Floats, Floats, Count, Integers, Count, Integers) -> Void
    let sgeqrf: @convention(c) (Count, Count, Floats, Count, Floats, Floats, Count, Integers) -> Void
    let sorgqr:
        @convention(c) (Count, Count, Count, Floats, Count, UnsafePointer<Float>, Floats, Count, Integers) -> Void
    package let dsytrd:
        @convention(c) (
            Letter, Count, Doubles, Count, Doubles, Doubles, Doubles, Doubles, Count, Integers
        ) -> Void
    package let dstedc:
        @convention(c) (
            Letter, Count, Doubles, Doubles, Doubles, Count, Doubles, Count, Integers, Count, Integers
        ) -> Void
    package let dormtr:
        @convention(c) (
            Letter, Letter, Letter, Count, Count, UnsafePointer<Double>, Count, UnsafePointer<Double>, Doubles, Count,
            Doubles, Count, Integers
        ) -> Void
    package let dgemm:
        @convention(c) (
            Int32, Int32, Int32, Int32, Int32, Int32, Double, UnsafePointer<Double>, Int32, UnsafePointer<Double>,
            Int32,
            Double, Doubles, Int32
        ) -> Void
    package let dgemv:
        @convention(c) (
            Int32, Int32, Int32, Int32, Double, UnsafePointer<Double>, Int32, UnsafePointer<Double>, Int32, Double,
            Doubles,
            Int32
        ) -> Void
    /// nil where the library has no such number.
    let threadCount: (@convention(c) () -> Int32)?
    let setThreadCount: (@convention(c) (Int32) -> Void)?

    package static let rowMajor: Int32 = 101
    package static let plain: Int32 = 111
    package static let transposed: Int32 = 112

    /// The library, the same for all.
    ///
    /// - Throws: ``NeuralFieldsError/libraryMissing(reason:)``.
    package static func loaded() throws(NeuralFieldsError) -> BlasLibrary { try shared.get() }

    private static let shared = Result { () throws(NeuralFieldsError) -> BlasLibrary in try BlasLibrary() }

    private init() throws(NeuralFieldsError) {
        let handle = try Self.open()
        func routine<Routine>(_ name: String, as type: Routine.Type = Routine.self) throws(NeuralFieldsError) -> Routine
        {
            guard let symbol = dlsym(handle, name) else {
                throw .libraryMissing(reason: "it lacks the routine \(name)")
            }
            return unsafeBitCast(symbol, to: type)
        }
        ssyevd = try routine("ssyevd_")
        sgeqrf = try routine("sgeqrf_")
        sorgqr = try routine("sorgqr_")
        dsytrd = try routine("dsytrd_")
        dstedc = try routine("dstedc_")
        dormtr = try routine("dormtr_")
        dgemm = try routine("cblas_dgemm")
        dgemv = try routine("cblas_dgemv")
        threadCount = try? routine("openblas_get_num_threads")
        setThreadCount = try? routine("openblas_set_num_threads")
    }

    #if canImport(Darwin)
    private static let names = ["/System/Library/Frameworks/Accelerate.framework/Accelerate"]
    #else
    private static let names = ["libopenblas.so.0", "libopenblas.so"]
    #endif

    /// A library that is in the process already, as programs that bundle one have it, or else the system's.
    ///
    /// - Returns: a handle for `dlsym`; nil for what this binary was linked with.
    private static func open() throws(NeuralFieldsError) -> UnsafeMutableRawPointer? {
        #if os(Linux)
        if dlsym(nil, "openblas_set_num_threads") != nil { return nil }
        #endif
        var reason = ""
        for name in names {
            if let handle = withOneProcessor({ dlopen(name, RTLD_NOW | RTLD_LOCAL) }) { return handle }
            reason = dlerror().map { String(cString: $0) } ?? name
        }
        throw .libraryMissing(reason: reason)
    }

    /// Runs `body` while the calling thread may use one processor only: OpenBLAS starts a thread less than it sees
    /// processors. No environment variable can say so safely while other threads run.
    private static func withOneProcessor<Result>(_ body: () -> Result) -> Result {
        #if os(Linux)
        // GNU's calls, which Swift's module of the C library leaves out.
        typealias Call = @convention(c) (Int32, Int, UnsafeMutableRawPointer) -> Int32
        guard let get = dlsym(nil, "sched_getaffinity"), let set = dlsym(nil, "sched_setaffinity") else {
            return body()
        }
        let (readMask, writeMask) = (unsafeBitCast(get, to: Call.self), unsafeBitCast(set, to: Call.self))
        // A bit a processor, for as many as the kernel knows of.
        var all = [UInt8](repeating: 0, count: 1024)
        let size = readMask(0, all.count, &all) == 0 ? all.count : 0
        guard size > 0, let index = all.firstIndex(where: { $0 != 0 }) else { return body() }
        var one = [UInt8](repeating: 0, count: size)
        one[index] = all[index] & (~all[index] &+ 1)
        guard writeMask(0, size, &one) == 0 else { return body() }
        defer { _ = writeMask(0, size, &all) }
        return body()
        #else
        return body()
        #endif
    }
}
