import Core
import Synchronization

struct UsageError: Error, CustomStringConvertible {
    let description: String
}

struct Options {
    var count = 1000
    var first = 0
    var seed: UInt64 = 1
    var seconds: UInt32 = 20

    init(_ arguments: ArraySlice<String>) throws {
        var rest = arguments
        func value<Number: LosslessStringConvertible>(_ name: String) throws -> Number {
            guard let text = rest.popFirst(), let number = Number(text) else {
                throw UsageError(description: "\(name) needs a number")
            }
            return number
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--count": count = try value(argument)
            case "--first": first = try value(argument)
            case "--seed": seed = try value(argument)
            case "--seconds": seconds = try value(argument)
            default:
                throw UsageError(
                    description: "\(argument) is not an option; known are --count, --first, --seed and --seconds")
            }
        }
        guard count >= 0, first >= 0, seconds > 0 else { throw UsageError(description: "numbers must not be negative") }
    }
}

/// The mesh at work, for the handler of a signal that ends the process.
private let current = Atomic<Int>(0)

struct StressRun {
    private let options: Options

    init(_ options: Options) {
        self.options = options
    }

    /// - Returns: whether there was no problem.
    func run() -> Bool {
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGPROF] {
            // Only what is allowed in a handler: numbers into a buffer, and write.
            signal(number) { signal in
                report(signal == SIGPROF ? "took too long: mesh " : "trapped: mesh ", current.load(ordering: .relaxed))
                _exit(1)
            }
        }
        var counts: [RandomMesh.Kind: (meshes: Int, problems: Int)] = [:]
        for number in options.first..<options.first + options.count {
            current.store(number, ordering: .relaxed)
            limitTime(to: Int(options.seconds))
            let random = RandomMesh(seed: options.seed, number: number)
            var trial = GeometryTrial(random.mesh, number: number)
            trial.run()
            var count = counts[random.kind] ?? (0, 0)
            count.meshes += 1
            if let problem = trial.problems.first {
                count.problems += 1
                print("mesh \(number), \(random.kind): \(problem)")
            }
            counts[random.kind] = count
        }
        limitTime(to: 0)
        print("| kind | meshes | problems |\n|---|---:|---:|")
        for (kind, count) in counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            print("| \(kind) | \(count.meshes) | \(count.problems) |")
        }
        return counts.values.allSatisfy { $0.problems == 0 }
    }
}

/// Of processor time, so that a busy machine is not taken for a hang.
private func limitTime(to seconds: Int) {
    var timer = itimerval(it_interval: timeval(), it_value: timeval(tv_sec: seconds, tv_usec: 0))
    setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
}

/// Writes a text and a number without memory from the heap.
private func report(_ text: StaticString, _ number: Int) {
    _ = write(2, text.utf8Start, text.utf8CodeUnitCount)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { digits in
        var (rest, start) = (number, 23)
        digits[23] = UInt8(ascii: "\n")
        repeat {
            start -= 1
            digits[start] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        } while rest > 0
        _ = write(2, digits.baseAddress! + start, 24 - start)
    }
}

func writeToStandardError(_ text: String) { FileDescriptor.writeToStandardError(text) }
