import Core
import Geometry

/// Numbers of one stream, one after another.
struct Dice {
    private let stream: RandomStream
    private var next: UInt64 = 0

    init(seed: UInt64, number: Int) {
        stream = RandomStream(seed: seed, stream: UInt64(number))
    }

    /// Uniform in [0, 1).
    mutating func uniform() -> Double {
        defer { next += 1 }
        let words = stream.words(at: next)
        return Double(UInt64(words.x) << 20 | UInt64(words.y >> 12)) * 0x1p-52
    }

    mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * uniform() }

    /// Such that its logarithm is uniform.
    mutating func magnitude(_ low: Double, _ high: Double) -> Double {
        var value = low
        // Factors of ten and a rest: without a power function, the same on every machine.
        let decades = uniform() * (naturalDecades(high / low))
        for _ in 0..<Int(decades) { value *= 10 }
        return value * (1 + 9 * (decades - decades.rounded(.down)))
    }

    private func naturalDecades(_ ratio: Double) -> Double {
        var (ratio, count) = (ratio, 0.0)
        while ratio >= 10 { (ratio, count) = (ratio / 10, count + 1) }
        return count
    }

    mutating func integer(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + min(Int(uniform() * Double(range.count)), range.count - 1)
    }

    mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

    mutating func vector() -> SIMD3<Double> { SIMD3(uniform(-1, 1), uniform(-1, 1), uniform(-1, 1)) }
}

/// A mesh of many kinds, chosen by number: what people have, and what lies at the edge of what a mesh may be.
///
/// Indices are in range and coordinates finite. Nothing else is promised.
struct RandomMesh {
    private(set) var mesh: TriangleMesh
    /// Its description, for a report.
    private(set) var kind: Kind

    enum Kind: String, CaseIterable {
        case box, tetrahedron, sphere, torus, soup, fan, folded, nested, touching, lattice, strip, flat
    }

    /// - Parameter number: the same number gives the same mesh.
    init(seed: UInt64, number: Int) {
        var dice = Dice(seed: seed, number: number)
        kind = Kind.allCases[dice.integer(0...Kind.allCases.count - 1)]
        var parts = Parts()
        switch kind {
        case .box: parts.addBox(size: Self.size(&dice), &dice)
        case .tetrahedron: parts.addTetrahedron(&dice)
        case .sphere: parts.addSphere(levels: dice.integer(0...2), noise: dice.chance(0.4) ? dice.uniform() : 0, &dice)
        case .torus: parts.addGrid(rows: dice.integer(3...12), columns: dice.integer(3...8), wraps: true, &dice)
        case .soup: for _ in 0..<dice.integer(1...40) { parts.addTriangle(&dice) }
        case .fan: parts.addFan(count: dice.integer(3...60), isClosed: dice.chance(0.5), &dice)
        case .folded:
            parts.addBox(size: Self.size(&dice), &dice)
            for _ in 0..<dice.integer(1...6) { parts.foldOver(&dice) }
        case .nested:
            for level in 0..<dice.integer(2...4) {
                parts.addSphere(levels: 1, noise: 0, scale: 1 / Double(1 + level), &dice)
                if dice.chance(0.5) { parts.turnLast() }
            }
        case .touching:
            for index in 0..<dice.integer(2...4) {
                parts.addBox(size: .one, at: SIMD3(Double(index), dice.chance(0.5) ? 0 : 1, 0), &dice)
                if dice.chance(0.4) { parts.turnLast() }
            }
        case .lattice: parts.addLattice(&dice)
        case .strip: parts.addGrid(rows: dice.integer(1...9), columns: dice.integer(1...5), wraps: false, &dice)
        case .flat:
            parts.addSphere(levels: 1, noise: 0.3, &dice)
            parts.flatten(by: dice.chance(0.5) ? 0 : dice.magnitude(1e-9, 1e-2))
        }
        if dice.chance(0.25) { parts.spoil(&dice) }
        mesh = parts.placed(&dice)
    }

    private static func size(_ dice: inout Dice) -> SIMD3<Double> {
        SIMD3(dice.magnitude(1e-3, 10), dice.magnitude(1e-3, 10), dice.chance(0.5) ? 1 : dice.magnitude(1e-3, 1e3))
    }
}

/// Pieces put together in double precision.
private struct Parts {
    private var vertices: [SIMD3<Double>] = []
    private var triangles: [SIMD3<UInt32>] = []
    /// Where the last piece began.
    private var last = 0

    private mutating func add(_ vertices: [SIMD3<Double>], _ triangles: [SIMD3<UInt32>]) {
        last = self.triangles.count
        let offset = SIMD3(repeating: UInt32(self.vertices.count))
        self.vertices += vertices
        self.triangles += triangles.map { $0 &+ offset }
    }

    private static let boxTriangles: [SIMD3<UInt32>] = [
        [0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4],
        [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5],
    ]

    mutating func addBox(size: SIMD3<Double>, at corner: SIMD3<Double> = .zero, _ dice: inout Dice) {
        add(
            (0..<8).map { corner + size * SIMD3(Double($0 & 1), Double($0 >> 1 & 1), Double($0 >> 2)) },
            Self.boxTriangles)
    }

    mutating func addTetrahedron(_ dice: inout Dice) {
        let size = dice.chance(0.3) ? dice.magnitude(1e-6, 1) : 1
        add(
            (0..<4).map { _ in dice.vector() * SIMD3(1, 1, size) }, [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    }

    mutating func addTriangle(_ dice: inout Dice) {
        let a = dice.vector()
        let size = dice.magnitude(1e-6, 1)
        var (b, c) = (a + dice.vector() * size, a + dice.vector() * size)
        if dice.chance(0.1) { c = a + (b - a) * dice.uniform() }
        if dice.chance(0.05) { b = a }
        add([a, b, c], [[0, 1, 2]])
    }

    mutating func addSphere(levels: Int, noise: Double, scale: Double = 1, _ dice: inout Dice) {
        var points: [SIMD3<Double>] = [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]]
        var faces: [SIMD3<UInt32>] = [
            [0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5],
        ]
        for _ in 0..<levels {
            var middles: [SIMD2<UInt32>: UInt32] = [:]
            func middle(_ a: UInt32, _ b: UInt32) -> UInt32 {
                let key = SIMD2(min(a, b), max(a, b))
                if let known = middles[key] { return known }
                let sum = points[Int(a)] + points[Int(b)]
                points.append(sum / (sum * sum).sum().squareRoot())
                middles[key] = UInt32(points.count - 1)
                return UInt32(points.count - 1)
            }
            faces = faces.flatMap { t in
                let (ab, bc, ca) = (middle(t.x, t.y), middle(t.y, t.z), middle(t.z, t.x))
                return [SIMD3(t.x, ab, ca), SIMD3(ab, t.y, bc), SIMD3(ca, bc, t.z), SIMD3(ab, bc, ca)]
            }
        }
        add(points.map { ($0 + noise * dice.vector()) * scale }, faces)
    }

    /// Quads over a square, glued to a torus or not; of a twisted strip, a grid of zero height, a sheet.
    mutating func addGrid(rows: Int, columns: Int, wraps: Bool, _ dice: inout Dice) {
        let (rowCount, columnCount) = wraps ? (rows, columns) : (rows + 1, columns + 1)
        let bend = dice.chance(0.5) ? dice.uniform() : 0
        var points: [SIMD3<Double>] = []
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                let u = sineAndCosine(ofTurns: Double(row) / Double(rowCount))
                let v = sineAndCosine(ofTurns: Double(column) / Double(columnCount))
                points.append(
                    wraps
                        ? SIMD3((2 + 0.5 * v.cosine) * u.cosine, (2 + 0.5 * v.cosine) * u.sine, 0.5 * v.sine)
                        : SIMD3(Double(row), Double(column), bend * u.sine))
            }
        }
        var faces: [SIMD3<UInt32>] = []
        for row in 0..<rows {
            for column in 0..<columns {
                func index(_ row: Int, _ column: Int) -> UInt32 {
                    UInt32(row % rowCount * columnCount + column % columnCount)
                }
                let (a, b) = (index(row, column), index(row + 1, column))
                let (c, d) = (index(row + 1, column + 1), index(row, column + 1))
                faces += [SIMD3(a, b, c), SIMD3(a, c, d)]
            }
        }
        add(points, faces)
    }

    mutating func addFan(count: Int, isClosed: Bool, _ dice: inout Dice) {
        var points: [SIMD3<Double>] = [SIMD3(0, 0, dice.uniform(0, 3)), SIMD3(0, 0, -dice.uniform(0, 3))]
        var faces: [SIMD3<UInt32>] = []
        for step in 0..<count {
            let turn = sineAndCosine(ofTurns: Double(step) / Double(count))
            points.append(SIMD3(turn.cosine, turn.sine, 0))
            let (here, next) = (UInt32(2 + step), UInt32(2 + (step + 1) % count))
            faces.append(SIMD3(0, here, next))
            if isClosed { faces.append(SIMD3(1, next, here)) }
        }
        add(points, faces)
    }

    /// Boxes on integer places, some of them sharing corners, edges and faces, their vertices joined.
    mutating func addLattice(_ dice: inout Dice) {
        var numbers: [SIMD3<Int>: UInt32] = [:]
        var points: [SIMD3<Double>] = []
        var faces: [SIMD3<UInt32>] = []
        for _ in 0..<dice.integer(1...6) {
            let corner = SIMD3(dice.integer(0...2), dice.integer(0...2), dice.integer(0...2))
            let indices = (0..<8).map { index -> UInt32 in
                let place = corner &+ SIMD3(index & 1, index >> 1 & 1, index >> 2)
                if let known = numbers[place] { return known }
                points.append(SIMD3<Double>(Double(place.x), Double(place.y), Double(place.z)))
                numbers[place] = UInt32(points.count - 1)
                return UInt32(points.count - 1)
            }
            faces += Self.boxTriangles.map { t in SIMD3(indices[Int(t.x)], indices[Int(t.y)], indices[Int(t.z)]) }
        }
        add(points, faces)
    }

    mutating func turnLast() {
        for index in last..<triangles.count { triangles[index] = Self.turned(triangles[index]) }
    }

    private static func turned(_ t: SIMD3<UInt32>) -> SIMD3<UInt32> { SIMD3(t.x, t.z, t.y) }

    mutating func flatten(by factor: Double) { vertices = vertices.map { $0 * SIMD3(1, 1, factor) } }

    /// Moves a vertex onto another or over to the other side, so that triangles fold onto each other.
    mutating func foldOver(_ dice: inout Dice) {
        let (one, other) = (dice.integer(0...vertices.count - 1), dice.integer(0...vertices.count - 1))
        vertices[one] = dice.chance(0.5) ? vertices[other] : vertices[other] * dice.uniform(-0.5, 1.5)
    }

    /// Faces that stand twice, that are turned, that are missing, that have two corners in one.
    mutating func spoil(_ dice: inout Dice) {
        for _ in 0..<dice.integer(1...8) where !triangles.isEmpty {
            let index = dice.integer(0...triangles.count - 1)
            switch dice.integer(0...5) {
            case 0: triangles.append(triangles[index])
            case 1: triangles.append(Self.turned(triangles[index]))
            case 2: triangles[index] = Self.turned(triangles[index])
            case 3 where triangles.count > 1: triangles.remove(at: index)
            case 4: triangles[index].y = triangles[index].x
            default: vertices.append(dice.vector() * 3)
            }
        }
    }

    /// Turned, scaled and moved, in single precision.
    func placed(_ dice: inout Dice) -> TriangleMesh {
        let scale = dice.chance(0.5) ? dice.uniform(0.5, 5) : dice.magnitude(1e-12, 1e12)
        let offset = dice.chance(0.7) ? SIMD3<Double>.zero : dice.vector() * dice.magnitude(1, 1e7)
        let rotation = dice.chance(0.3) ? nil : Optional((dice.uniform(), dice.uniform(), dice.uniform()))
        func turn(_ p: SIMD3<Double>, _ turns: Double, _ i: Int, _ j: Int) -> SIMD3<Double> {
            let (sine, cosine) = sineAndCosine(ofTurns: turns)
            var q = p
            q[i] = cosine * p[i] - sine * p[j]
            q[j] = sine * p[i] + cosine * p[j]
            return q
        }
        return TriangleMesh(
            vertices: vertices.map { vertex in
                var point = vertex
                if let rotation {
                    point = turn(turn(turn(point, rotation.0, 0, 1), rotation.1, 1, 2), rotation.2, 2, 0)
                }
                return SIMD3<Float>((point + offset) * scale)
            }, triangles: triangles)
    }
}
