import Foundation

/// How time is told.
enum Clock {
    case wall
    /// What the process's threads computed for, whatever else ran on the machine meanwhile.
    case processor

    private var seconds: Double {
        var time = timespec()
        clock_gettime(self == .wall ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }

    /// The median, over calls of `work` for about `seconds`, of what it did a second. The first call only warms up.
    func medianRate(seconds: Double, _ work: () -> Double) -> Double {
        _ = work()
        var rates: [Double] = []
        let start = self.seconds
        while rates.count < 3 || self.seconds - start < seconds {
            let begin = self.seconds
            let amount = work()
            rates.append(amount / (self.seconds - begin))
        }
        return median(rates)
    }
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

/// Resident memory of this process in bytes, at its peak so far.
func peakResidentBytes() -> Int {
    var usage = rusage()
    #if canImport(Darwin)
    getrusage(RUSAGE_SELF, &usage)
    return usage.ru_maxrss
    #else
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
    #endif
}
