import Core
import Geometry
import MeshIO

// Damages mesh files in many ways and imports each in a process of its own: every one must end with a mesh or with a
// clear error, within the limits.
//
//     stress-import [--count N] [--seed S] [--seconds T] [--megabytes M] [--keep folder] <mesh file>...
//
// Damages N (1000) copies, taking the files in turn. Prints a table of outcomes a format and exits with status 1 when an
// outcome is neither a mesh nor an error about the file. `--keep` keeps the copies that crashed an importer or ran into a
// limit.

ImportWorker.runIfRequested()
do {
    let options = try Options(CommandLine.arguments.dropFirst())
    let isSound = try StressRun(options).run()
    exit(isSound ? 0 : 1)
} catch {
    FileDescriptor.writeToStandardError("stress-import: \(error)\n")
    exit(64)
}
