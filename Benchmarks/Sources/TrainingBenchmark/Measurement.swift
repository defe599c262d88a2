import Foundation

/// The median, over calls of `work` for about `seconds`, of what it did a second. The first call only warms up.
func medianRate(seconds: Double, _ work: () -> Double) -> Double {
    _ = work()
    var rates: [Double] = []
    let start = ContinuousClock.now
    while rates.count < 3 || start.duration(to: .now) < .seconds(seconds) {
        var amount = 0.0
        let time = ContinuousClock().measure { amount = work() }
        rates.append(amount / (time / .seconds(1)))
    }
    return rates.sorted()[rates.count / 2]
}

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
