import Geometry
import MeshIO

struct UsageError: Error, CustomStringConvertible {
    let description: String
}

struct Options {
    var count = 1000
    var seed: UInt64 = 1
    var limits = ImportLimits(seconds: 10, memoryBytes: 1 << 30)
    var keepFolder: String?
    var files: [String] = []

    init(_ arguments: ArraySlice<String>) throws {
        var rest = arguments
        func value<Number: LosslessStringConvertible>(_ name: String) throws -> Number {
            guard let text = rest.popFirst(), let number = Number(text) else {
                throw UsageError(description: "\(name) needs a value")
            }
            return number
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--count": count = try value(argument)
            case "--seed": seed = try value(argument)
            case "--seconds": limits.seconds = try value(argument)
            case "--megabytes":
                let megabytes: Int = try value(argument)
                limits.memoryBytes = megabytes << 20
            case "--keep":
                let folder: String = try value(argument)
                keepFolder = folder
            default: files.append(argument)
            }
        }
        guard !files.isEmpty, count >= 0 else { throw UsageError(description: "name at least one mesh file") }
    }
}
