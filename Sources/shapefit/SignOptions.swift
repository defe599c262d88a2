import ArgumentParser
import Geometry

extension SignMethod: ExpressibleByArgument {
    /// The command line says `auto` for ``automatic``; files keep the case's own name, which is understood here too.
    public init?(argument: String) {
        if argument == "auto" {
            self = .automatic
        } else {
            self.init(rawValue: argument)
        }
    }

    public static var allValueStrings: [String] {
        allCases.map { $0 == .automatic ? "auto" : $0.rawValue }
    }
}

/// How inside is told from outside, as options; what is not given stays as it is by default.
struct SignOptions: ParsableArguments {
    @Option(
        help:
            "How inside is told from outside: auto, pseudonormal (closed meshes), parity (closed meshes, whichever way they face) or winding (anything) (default: auto)."
    )
    var sign: SignMethod?

    @Option(
        help: ArgumentHelp(
            "How many radii away triangles are taken together by the winding number, at least 1: more is slower and more exact (default: 2).",
            valueName: "radii"))
    var windingAccuracy: Float?

    func validate() throws {
        if let windingAccuracy, !(windingAccuracy >= 1 && windingAccuracy.isFinite) {
            throw ValidationError("--winding-accuracy \(windingAccuracy): must be at least 1")
        }
    }
}
