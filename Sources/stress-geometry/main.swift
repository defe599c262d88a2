// Puts random meshes through hierarchy, sign, topology, orientation, simplification, extraction and evaluation, and
// compares answers with naive ones: none may trap, hang or be wrong.
//
//     stress-geometry [--count N] [--first K] [--seed S] [--seconds T]
//
// Tries N (1000) meshes from number K (0) on; a number and a seed name a mesh. Prints a table of kinds, and each problem with
// the number of its mesh. Status 1 when there was one, or when a mesh took more than T (20) seconds of processor time or trapped: then its
// number is the last thing printed.
import Core
import Synchronization

do {
    let options = try Options(CommandLine.arguments.dropFirst())
    exit(StressRun(options).run() ? 0 : 1)
} catch {
    writeToStandardError("stress-geometry: \(error)\n")
    exit(64)
}
