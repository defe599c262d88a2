import ArgumentParser
import Geometry

/// How the points of a file without faces are taken, as options.
struct ScanOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Of a scan: standard deviation of the points' errors, in the file's own unit (default: estimated).",
            valueName: "length"))
    var noise: Float?

    @Flag(help: "Of a scan: inside and outside change places.")
    var flipNormals = false

    @Flag(help: "Of a scan: points far off the surface of the others count too.")
    var keepOutliers = false

    /// The first of these options that was given.
    var given: String? {
        noise != nil ? "--noise" : flipNormals ? "--flip-normals" : keepOutliers ? "--keep-outliers" : nil
    }

    func validate() throws {
        if let noise, !(noise >= 0 && noise.isFinite) {
            throw ValidationError("--noise \(noise): must be a finite length that is not negative")
        }
    }

    var options: PointCloudOptions {
        PointCloudOptions(noise: noise, flipsNormals: flipNormals, keepsOutliers: keepOutliers)
    }
}
