import Core
import Geometry
import MeshIO

/// A folder of many different meshes, for trying out what is done with thousands: knots, gyroids, brackets and blobs from
/// two hundred to some ten thousand triangles and from a thousandth of a unit to a thousand, some of them open, some inside
/// out, and one in twenty a file that no fit can come of.
///
/// The same numbers give the same files on every machine.
struct ShapeCollection {
    var count: Int
    var seed: UInt64 = 1

    /// In every twenty shapes, in turn.
    private static let kinds: [Kind] = [
        .knot, .bracket, .blob, .gyroid, .open, .blob, .knot, .bracket, .hostile, .blob, .gyroid, .knot, .bracket,
        .insideOut,
        .blob, .knot, .gyroid, .bracket, .open, .blob,
    ]

    private enum Kind: String {
        case knot, gyroid, bracket, blob, open, insideOut, hostile
    }

    /// Writes the files into a folder, which is made.
    func write(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for number in 0..<count {
            let kind = Self.kinds[number % Self.kinds.count]
            let digits = "\(number)"
            let name =
                "\(folder)/" + String(repeating: "0", count: max(0, 4 - digits.count)) + "\(digits)-\(kind.rawValue)"
            let random = Draw(stream: RandomStream(seed: seed, stream: UInt64(number)))
            if kind == .hostile {
                try writeHostile(number / Self.kinds.count, to: name)
                continue
            }
            var mesh = mesh(kind, random)
            let size = random.power(from: 1e-3, to: 1e3)
            let stretch = SIMD3(random.number(0.6...1.4), random.number(0.6...1.4), random.number(0.6...1.4))
            for index in mesh.vertices.indices {
                mesh.vertices[index] = sixDigits(mesh.vertices[index] * stretch * size)
            }
            try MeshExport.write(mesh, to: "\(name).\(["obj", "ply", "stl"][number % 3])")
        }
    }

    private func mesh(_ kind: Kind, _ random: Draw) -> TriangleMesh {
        switch kind {
        case .knot:
            let windings = [(2, 3), (3, 2), (2, 5), (3, 4), (1, 1)][random.integer(below: 5)]
            let knot = TorusKnot(
                windings: (axis: windings.0, core: windings.1), minorRadius: random.number(0.35...0.5),
                tubeRadius: random.number(0.08...0.16))
            let sides = 6 + random.integer(below: 18)
            return torusKnotMesh(knot, steps: sides * 8, sides: sides)
        case .gyroid:
            let block = AnalyticShape.intersection([
                .gyroid(period: random.number(0.7...1.4)), .box(center: .zero, halfExtent: SIMD3(repeating: 0.75)),
            ])
            return tetrahedraMesh(cells: 8 + random.integer(below: 12), side: 1.637) { block.value(at: $0) }
        case .bracket:
            return bracketMesh(sides: 6 + random.integer(below: 40))
        case .blob, .hostile:
            let blob = Blob(random)
            return tetrahedraMesh(cells: 8 + random.integer(below: 24), side: 2.1) { blob.value(at: $0) }
        case .open:
            var mesh = mesh(.blob, random)
            // A cut through it: all triangles on one side are gone.
            let height = random.number(-0.2...0.2)
            mesh.triangles.removeAll { mesh.vertices[Int($0.x)].y > height + 0.3 }
            return withoutUnusedVertices(mesh)
        case .insideOut:
            var mesh = mesh(.knot, random)
            mesh.triangles = mesh.triangles.map { SIMD3($0.x, $0.z, $0.y) }
            return mesh
        }
    }

    private func withoutUnusedVertices(_ mesh: TriangleMesh) -> TriangleMesh {
        var result = TriangleMesh()
        var numbers: [UInt32: UInt32] = [:]
        func number(_ vertex: UInt32) -> UInt32 {
            if let known = numbers[vertex] { return known }
            let number = UInt32(result.vertices.count)
            result.vertices.append(mesh.vertices[Int(vertex)])
            numbers[vertex] = number
            return number
        }
        for triangle in mesh.triangles {
            result.triangles.append(SIMD3(number(triangle.x), number(triangle.y), number(triangle.z)))
        }
        return result
    }

    /// Files of which no fit can come, each in its own way.
    private func writeHostile(_ number: Int, to name: String) throws {
        let contents: (fileExtension: String, text: String) =
            switch number % 10 {
            case 0: ("obj", "")
            case 1: ("obj", "this is no mesh\n")
            case 2: ("stl", "solid cut off\n  facet normal 0 0 1\n    outer loop\n      vertex 0 0")
            case 3: ("obj", "v 0 0 0\nv 1 0 nan\nv 0 1 0\nf 1 2 3\n")
            case 4: ("obj", "v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n")
            case 5: ("obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 99\n")
            case 6: ("ply", "ply\nformat ascii 1.0\nelement vertex 900000000000\nproperty float x\nend_header\n0\n")
            case 7: ("off", "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n")
            case 8: ("obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\np 1 2 3\n")
            default: ("glb", "glTF\u{2}\u{0}\u{0}\u{0}cut")
            }
        try AtomicFile.write(contents.text, to: "\(name).\(contents.fileExtension)")
    }

    /// Six significant digits: short files, and the last bits of a machine's arithmetic gone.
    private func sixDigits(_ vertex: SIMD3<Float>) -> SIMD3<Float> {
        func rounded(_ value: Float) -> Float {
            if value == 0 { return 0 }
            var scale = 1.0
            let magnitude = Double(abs(value))
            while magnitude * scale < 1e5 { scale *= 10 }
            while magnitude * scale >= 1e6 { scale /= 10 }
            return Float((Double(value) * scale).rounded(.toNearestOrEven) / scale)
        }
        return SIMD3(rounded(vertex.x), rounded(vertex.y), rounded(vertex.z))
    }
}

/// Numbers drawn one after another.
private final class Draw {
    private let stream: RandomStream
    private var index: UInt64 = 0

    init(stream: RandomStream) { self.stream = stream }

    /// Uniform in [0, 1).
    private func next() -> Float {
        defer { index += 1 }
        return stream.uniforms(at: index).x
    }

    func number(_ range: ClosedRange<Float>) -> Float {
        range.lowerBound + (range.upperBound - range.lowerBound) * next()
    }

    func integer(below bound: Int) -> Int { min(Int(next() * Float(bound)), bound - 1) }

    /// A power of ten.
    func power(from low: Double, to high: Double) -> Float {
        var value = low
        var powers: [Float] = []
        while value <= high * 1.001 {
            powers.append(Float(value))
            value *= 10
        }
        return powers[integer(below: powers.count)]
    }
}

/// Balls that run into each other: where the sum of their bumps, (1 − d²/r²)³ each, is more than a level.
private struct Blob {
    private var balls: [(center: SIMD3<Float>, radius: Float)]

    init(_ random: Draw) {
        balls = (0..<(3 + random.integer(below: 6))).map { _ in
            (
                SIMD3(random.number(-0.4...0.4), random.number(-0.4...0.4), random.number(-0.4...0.4)),
                random.number(0.35...0.6)
            )
        }
    }

    func value(at point: SIMD3<Float>) -> Float {
        balls.reduce(0.25) { sum, ball in
            let offset = point - ball.center
            let rest = max(0, 1 - (offset * offset).sum() / (ball.radius * ball.radius))
            return sum - rest * rest * rest
        }
    }
}
