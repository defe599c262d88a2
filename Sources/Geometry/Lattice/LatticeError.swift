import Core

/// How far a ``BaseLattice`` is from the distance that it was sampled of: proved for every point, not only for those that
/// were looked at.
///
/// Branch and bound. A distance d changes by at most 1 per length and the lattice b, a polynomial in each cell, by at most
/// the length of its gradient's longest Bernstein coefficient L. So in a box of half diagonal r around c
///
///     |d − b| ≤ |d(c) − b(c)| + (1 + L) r
///
/// and boxes for which that is too much are cut into eight.
///
/// What is proved: **where |b| < reach, |d − b| ≤ largest; elsewhere in the lattice d has b's sign.** The surface of d then lies
/// where |b| ≤ `largest`. It rests on d being a distance with a sign that changes at the surface only: a closed mesh's is,
/// the winding number of an open one is not.
public struct LatticeError: Sendable, Equatable, Codable {
    /// What |d − b| is at most.
    public let largest: Float
    /// What it is at some point.
    public let found: Float

    /// An error that is known, as from a file.
    ///
    /// - Parameters:
    ///   - largest: what |d − b| is at most.
    ///   - found: what it is at some point.
    public init(largest: Float, found: Float) {
        self.largest = largest
        self.found = found
    }

    /// Evaluations of d at most. Bases of 16 to 32 cells of the shapes tried take 50 000 to 400 000.
    private static let evaluationLimit = 4_000_000
    /// How often a cell is halved at most.
    private static let depthLimit = 9
    /// Of the rounding of d, b and the places between which they are taken, in spacings.
    private static let rounding: Float = 1e-4
    /// How close `largest` comes to `found` where that is more than was aimed at.
    private static let closeness: Float = 1.1

    /// Bounds the error of a lattice.
    ///
    /// - Parameters:
    ///   - lattice: whose error is bounded.
    ///   - field: the distance that the lattice was sampled of; of slope 1 at most, and positive out of `bounds`.
    ///   - bounds: the shape's box.
    ///   - reach: errors count where |b| is below.
    ///   - aim: how small a `largest` is wanted; no work is spent on less. Where the error is more somewhere, it is bounded to a
    ///     tenth.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Returns: nil where it could not be proved that d has b's sign beyond `reach`.
    /// - Complexity: about 8 evaluations of the field a cell within `reach`, more where the error is near to `aim`.
    public init?(
        of lattice: BaseLattice, against field: some ScalarField, bounds: BoundingBox, within reach: Float, aim: Float,
        workers: Workers = Workers()
    ) {
        precondition(reach > 0 && aim > 0, "a reach and an aim")
        var search = LatticeErrorSearch(lattice, bounds: bounds, reach: reach, workers: workers)
        let slack = Self.rounding * lattice.layout.spacing
        var (largest, found) = (Float(0), Float(0))
        var evaluations = 0
        for _ in 0..<Self.depthLimit {
            search.halve()
            let centers = search.centers
            if centers.isEmpty { break }
            evaluations += centers.count
            let distances = field.values(at: centers, workers: workers)
            let values = lattice.values(at: centers, workers: workers)
            for index in distances.indices where abs(values[index]) < reach {
                found = max(found, abs(distances[index] - values[index]))
            }
            let enough = max(aim, Self.closeness * found)
            let isLast = evaluations > Self.evaluationLimit
            var isProved = true
            search.keep { index, radius, slope, isOutside in
                let (distance, value) = (distances[index], values[index])
                guard distance.isFinite else {
                    isProved = false
                    return false
                }
                if abs(value) - slope * radius >= reach + slack {
                    // Out of reach: only signs count.
                    let hasSign = (distance < 0) == (value < 0) && abs(distance) > radius + slack
                    return !(hasSign || isOutside && value > 0)
                }
                let bound = abs(distance - value) + (1 + slope) * radius + slack
                // A box in which something may be out of reach with another sign is cut further.
                let mayDiffer = abs(value) + slope * radius >= reach && bound >= reach && !(isOutside && value > 0)
                guard bound <= enough && !mayDiffer else { return true }
                largest = max(largest, bound)
                return false
            }
            guard isProved else { return nil }
            if isLast { break }
        }
        guard search.isEmpty else { return nil }
        self.init(largest: largest, found: found)
    }
}

/// The boxes of a lattice's cells about which a ``LatticeError`` is not decided.
private struct LatticeErrorSearch {
    private struct Cell {
        let lower: SIMD3<Float>
        let size: SIMD3<Float>
        let slope: Float
        let isOutside: Bool
    }

    /// A part of a cell: `place` of 2^depth along each axis.
    private struct Box {
        let cell: Int32
        let place: SIMD3<UInt16>
    }

    private var cells: [Cell] = []
    private var boxes: [Box] = []
    private var depth = 0

    var isEmpty: Bool { boxes.isEmpty }

    /// Begins with the cells about which the samples do not say all.
    init(_ lattice: BaseLattice, bounds: BoundingBox, reach: Float, workers: Workers) {
        let layout = lattice.layout
        let counts = layout.sampleCounts &- 1
        var layers = [[Cell]](repeating: [], count: counts.z)
        layers.withUnsafeMutableBufferPointer { layers in
            let layers = layers
            workers.forEach(counts.z) { z, _ in
                for y in 0..<counts.y {
                    for x in 0..<counts.x {
                        if let cell = Self.cell(SIMD3(x, y, z), of: lattice, bounds: bounds, reach: reach) {
                            layers[z].append(cell)
                        }
                    }
                }
            }
        }
        cells = Array(layers.joined())
        boxes = cells.indices.map { Box(cell: Int32($0), place: .zero) }
    }

    /// nil where the cell is out of reach and has its sign for certain.
    private static func cell(
        _ place: SIMD3<Int>, of lattice: BaseLattice, bounds: BoundingBox, reach: Float
    ) -> Cell? {
        let layout = lattice.layout
        let lower = layout.position(place)
        let size = layout.position(place &+ 1) - lower
        let upper = lower + size
        let isOutside = any(upper .<= bounds.minimum) || any(lower .>= bounds.maximum)
        return BernsteinCell.withCoefficients(of: place, in: lattice) { coefficients -> Cell? in
            let range = BernsteinCell.range(coefficients)
            if range.x >= reach && isOutside { return nil }
            if range.x >= reach || range.y <= -reach {
                // A sample farther from the surface than any point of the cell from it.
                let diagonal = (size * size).sum().squareRoot() + lattice.step
                let sign: Float = range.x >= reach ? 1 : -1
                for corner in 0..<8 {
                    let sample = place &+ SIMD3(corner & 1, corner >> 1 & 1, corner >> 2)
                    if sign * lattice[sample.x, sample.y, sample.z] > diagonal { return nil }
                }
            }
            return Cell(
                lower: lower, size: size, slope: BernsteinCell.slope(coefficients, size: size), isOutside: isOutside)
        }
    }

    /// Cuts every box into eight.
    mutating func halve() {
        depth += 1
        boxes = boxes.flatMap { box in
            (0..<8).map { child in
                let step = SIMD3<UInt16>(UInt16(child & 1), UInt16(child >> 1 & 1), UInt16(child >> 2))
                return Box(cell: box.cell, place: box.place &* 2 &+ step)
            }
        }
    }

    var centers: [SIMD3<Float>] {
        let part = 1 / Float(1 << depth)
        return boxes.map { box in
            let cell = cells[Int(box.cell)]
            return cell.lower + cell.size * (SIMD3<Float>(box.place) + 0.5) * part
        }
    }

    /// Keeps the boxes for which `isOpen`, given their number, half diagonal, the lattice's slope in them and whether they lie outside the
    /// shape's box.
    mutating func keep(_ isOpen: (_ index: Int, _ radius: Float, _ slope: Float, _ isOutside: Bool) -> Bool) {
        let part = 0.5 / Float(1 << depth)
        var kept: [Box] = []
        for (index, box) in boxes.enumerated() {
            let cell = cells[Int(box.cell)]
            let radius = part * (cell.size * cell.size).sum().squareRoot()
            if isOpen(index, radius, cell.slope, cell.isOutside) { kept.append(box) }
        }
        boxes = kept
    }
}
