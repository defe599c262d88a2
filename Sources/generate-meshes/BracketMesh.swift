import Core
import Geometry
import MeshIO

/// `AnalyticShape.bracket` as exact flat faces, its holes prisms of `sides` sides: sharp edges stay sharp.
func bracketMesh(sides: Int) -> TriangleMesh {
    var solid = FacetedSolid()
    // The outline in (x, z), counter-clockwise seen from −y, and the width in y.
    let outline: [SIMD2<Double>] = [
        SIMD2(0, 0), SIMD2(2, 0), SIMD2(2, 0.25), SIMD2(0.25, 0.25), SIMD2(0.25, 1.5), SIMD2(0, 1.5),
    ]
    let (front, back) = (-0.75, 0.75)
    func point(_ corner: SIMD2<Double>, _ y: Double) -> SIMD3<Double> { SIMD3(corner.x, y, corner.y) }

    solid.addFace(outline.map { point($0, front) })
    solid.addFace(outline.reversed().map { point($0, back) })

    /// A ring around `center` in the plane across `axis`, counter-clockwise seen from that axis's far end.
    func ring(_ center: SIMD3<Double>, axis: Int, radius: Double) -> [SIMD3<Double>] {
        (0..<sides).map { index in
            let angle = 2 * Double.pi * (Double(index) + 0.5) / Double(sides)
            var corner = center
            corner[(axis + 1) % 3] += radius * cos(angle)
            corner[(axis + 2) % 3] += radius * sin(angle)
            return corner
        }
    }
    let baseHoles: [(SIMD3<Double>, Double)] = [(SIMD3(0.75, -0.375, 0), 0.2), (SIMD3(1.5, 0.25, 0), 0.3)]
    let wallHoles: [(SIMD3<Double>, Double)] = [(SIMD3(0, -0.375, 0.9), 0.2), (SIMD3(0, 0.375, 0.9), 0.2)]
    let thickness = 0.25
    let bottom = baseHoles.map { ring($0.0, axis: 2, radius: $0.1) }
    let top = bottom.map { $0.map { $0 + SIMD3(0, 0, thickness) } }
    let outer = wallHoles.map { ring($0.0, axis: 0, radius: $0.1) }
    let inner = outer.map { $0.map { $0 + SIMD3(thickness, 0, 0) } }

    for index in outline.indices {
        let (a, b) = (outline[index], outline[(index + 1) % outline.count])
        let face = [point(a, front), point(a, back), point(b, back), point(b, front)]
        switch index {
        case 0: solid.addFace(face, holes: bottom)
        case 2: solid.addFace(face, holes: top.map { $0.reversed() })
        case 3: solid.addFace(face, holes: inner.map { $0.reversed() })
        case 5: solid.addFace(face, holes: outer)
        default: solid.addFace(face)
        }
    }
    for (low, high) in zip(bottom + outer, top + inner) { solid.addWall(from: low, to: high) }
    return solid.mesh
}

/// Flat faces that share vertices where they share places.
struct FacetedSolid {
    private(set) var mesh = TriangleMesh()
    private var numbers: [SIMD3<Double>: UInt32] = [:]

    /// Adds a face that runs counter-clockwise seen from outside, its holes clockwise.
    mutating func addFace(_ outline: [SIMD3<Double>], holes: [[SIMD3<Double>]] = []) {
        var loop = outline
        for hole in holes { loop = bridged(loop, hole, others: holes) }
        for triangle in PolygonTriangulation.triangles(of: loop) {
            mesh.triangles.append(SIMD3(number(loop[triangle.x]), number(loop[triangle.y]), number(loop[triangle.z])))
        }
    }

    /// Adds the inner wall of a hole between two rings.
    mutating func addWall(from low: [SIMD3<Double>], to high: [SIMD3<Double>]) {
        for index in low.indices {
            let next = (index + 1) % low.count
            let (a, b, c, d) = (number(low[index]), number(low[next]), number(high[next]), number(high[index]))
            mesh.triangles += [SIMD3(a, c, b), SIMD3(a, d, c)]
        }
    }

    private mutating func number(_ place: SIMD3<Double>) -> UInt32 {
        if let known = numbers[place] { return known }
        let number = UInt32(mesh.vertices.count)
        mesh.vertices.append(SIMD3<Float>(place))
        numbers[place] = number
        return number
    }

    /// The outline with `hole` spliced in along the shortest bridge that crosses nothing.
    private func bridged(
        _ outline: [SIMD3<Double>], _ hole: [SIMD3<Double>], others: [[SIMD3<Double>]]
    ) -> [SIMD3<Double>] {
        let loops = [outline] + others
        var best = (from: 0, to: 0, length: Double.infinity)
        for (from, start) in outline.enumerated() {
            for (to, end) in hole.enumerated() {
                let distance = length(end - start)
                guard distance < best.length, loops.allSatisfy({ !crosses(start, end, $0) }) else { continue }
                best = (from, to, distance)
            }
        }
        let around = (0...hole.count).map { hole[(best.to + $0) % hole.count] }
        return Array(outline[...best.from]) + around + Array(outline[best.from...])
    }

    /// Whether the open segment from `start` to `end` crosses a side of `loop`, all in one plane.
    private func crosses(_ start: SIMD3<Double>, _ end: SIMD3<Double>, _ loop: [SIMD3<Double>]) -> Bool {
        func side(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ point: SIMD3<Double>) -> SIMD3<Double> {
            cross(b - a, point - a)
        }
        return loop.indices.contains { index in
            let (a, b) = (loop[index], loop[(index + 1) % loop.count])
            if [a, b].contains(start) || [a, b].contains(end) { return false }
            return (side(start, end, a) * side(start, end, b)).sum() < 0
                && (side(a, b, start) * side(a, b, end)).sum() < 0
        }
    }
}
