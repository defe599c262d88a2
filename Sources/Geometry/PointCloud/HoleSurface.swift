import Core

/// The signed distance across holes of a scan, on a coarse lattice: what bends least between the distances that points tell.
///
/// Unknown samples minimise the thin plate's energy Σ f_xx² + f_yy² + f_zz² + 2 (f_xy² + f_xz² + f_yz²) in differences of
/// neighbours, so that the surface goes on beyond the rim with its slope and its curvature. (Where the winding number is ½, a
/// round hole is closed by a flat lid.) Solved by conjugate gradients with the diagonal as preconditioner.
package struct HoleSurface: Sendable {
    /// What is known of a sample beforehand.
    package enum Sample {
        case unneeded
        case known(Float)
        /// With a value to start from.
        case unknown(Float)
    }

    /// Samples along each axis of the lattice around the unit cube.
    private static let side = 64
    private static let lowest: Float = -0.15
    /// Distance of two samples, in the unit cube.
    package static let spacing: Float = 1.3 / Float(side - 1)
    /// Samples this far from the surface, by what is known, have a say.
    static let bandwidth = 4.5 * spacing
    private static let mostIterations = 400
    /// Samples along each axis of a block of ``positions(near:reach:)``.
    private static let blockSide = 4

    /// `(side, side, side)`, x fastest; NaN where there is no sample.
    private let values: [Float]
    /// Samples that were unknown.
    package let unknownCount: Int

    /// The numbers of samples within about `reach` of any of `points`, ascending.
    package static func samples(near points: [SIMD3<Float>], reach: Float) -> [Int] {
        let blocks = side / blockSide
        var isNear = [Bool](repeating: false, count: blocks * blocks * blocks)
        let size = Float(blockSide) * spacing
        for point in points {
            let low = pointwiseMax(SIMD3<Int>(((point - reach - lowest) / size).rounded(.down)), .zero)
            let high = pointwiseMin(
                SIMD3<Int>(((point + reach - lowest) / size).rounded(.down)), SIMD3(repeating: blocks - 1))
            guard low.x <= high.x, low.y <= high.y, low.z <= high.z else { continue }
            for z in low.z...high.z {
                for y in low.y...high.y {
                    for x in low.x...high.x { isNear[(z * blocks + y) * blocks + x] = true }
                }
            }
        }
        // Two at each end have no neighbours on one side.
        let inner = 2..<side - 2
        return (0..<side * side * side).filter { number in
            let (x, y, z) = (number % side, number / side % side, number / (side * side))
            return inner.contains(x) && inner.contains(y) && inner.contains(z)
                && isNear[(z / blockSide * blocks + y / blockSide) * blocks + x / blockSide]
        }
    }

    package static func position(of number: Int) -> SIMD3<Float> {
        let place = SIMD3(number % side, number / side % side, number / (side * side))
        return lowest + spacing * SIMD3<Float>(place)
    }

    /// - Parameters:
    ///   - numbers: of the lattice's samples that there are, as ``samples(near:reach:)`` gives them.
    ///   - samples: what is known of each.
    /// - Returns: nil where no sample is unknown.
    package init?(_ numbers: [Int], _ samples: [Sample], workers: Workers) {
        var values = [Float](repeating: .nan, count: Self.side * Self.side * Self.side)
        var unknown: [Int] = []
        for (number, sample) in zip(numbers, samples) {
            switch sample {
            case .unneeded: break
            case .known(let value): values[number] = value
            case .unknown(let value):
                values[number] = value
                unknown.append(number)
            }
        }
        guard !unknown.isEmpty else { return nil }
        unknownCount = unknown.count
        let plate = ThinPlate(values, unknown, side: Self.side)
        plate.relax(&values, iterations: Self.mostIterations, workers: workers)
        self.values = values
    }

    /// Between eight samples; nil where one of them is not there.
    package func value(at point: SIMD3<Float>) -> Float? {
        let place = (point - Self.lowest) / Self.spacing
        let base = place.rounded(.down)
        guard base.min() >= 0, base.max() < Float(Self.side - 1) else { return nil }
        let part = place - base
        let start = (Int(base.z) * Self.side + Int(base.y)) * Self.side + Int(base.x)
        var sum: Float = 0
        for corner in 0..<8 {
            let (x, y, z) = (corner & 1, corner >> 1 & 1, corner >> 2)
            let weight =
                (x == 1 ? part.x : 1 - part.x) * (y == 1 ? part.y : 1 - part.y) * (z == 1 ? part.z : 1 - part.z)
            sum += weight * values[start + (z * Self.side + y) * Self.side + x]
        }
        return sum.isNaN ? nil : sum
    }
}

/// A thin plate's energy on a lattice, by differences whose samples are all there.
private struct ThinPlate {
    /// Steps to the next sample along each axis.
    private let steps: [Int]
    private static let planes = [(0, 1), (0, 2), (1, 2)]
    private let unknown: [Int]
    /// Bit a: the second difference along axis a around a sample is there. Bit 3 + p: the mixed one of plane p from it on.
    private let differences: [UInt8]

    /// - Parameter values: NaN where there is no sample, as at all the lattice's borders.
    init(_ values: [Float], _ unknown: [Int], side: Int) {
        self.unknown = unknown
        let steps = [1, side, side * side]
        self.steps = steps
        differences = values.indices.map { number in
            guard !values[number].isNaN else { return 0 }
            var bits: UInt8 = 0
            for axis in 0..<3 where !(values[number - steps[axis]] + values[number + steps[axis]]).isNaN {
                bits |= 1 << UInt8(axis)
            }
            for (plane, axes) in Self.planes.enumerated() {
                let (a, b) = (steps[axes.0], steps[axes.1])
                if !(values[number + a] + values[number + b] + values[number + a + b]).isNaN {
                    bits |= 8 << UInt8(plane)
                }
            }
            return bits
        }
    }

    /// The energy's gradient, halved, at each unknown sample.
    private func gradient(_ f: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>, _ workers: Workers) {
        workers.forEachChunk(of: unknown.count, chunkSize: 1024) { range, _ in
            for index in range { result[index] = gradient(f, at: unknown[index]) }
        }
    }

    private func gradient(_ f: UnsafePointer<Float>, at number: Int) -> Float {
        var sum: Float = 0
        for axis in 0..<3 {
            let step = steps[axis]
            sum += second(f, number - step, axis) - 2 * second(f, number, axis) + second(f, number + step, axis)
        }
        for plane in 0..<3 {
            let (a, b) = (steps[Self.planes[plane].0], steps[Self.planes[plane].1])
            sum += 2 * (mixed(f, number, plane, a, b) - mixed(f, number - a, plane, a, b))
            sum += 2 * (mixed(f, number - a - b, plane, a, b) - mixed(f, number - b, plane, a, b))
        }
        return sum
    }

    @inline(__always)
    private func second(_ f: UnsafePointer<Float>, _ place: Int, _ axis: Int) -> Float {
        guard differences[place] >> UInt8(axis) & 1 == 1 else { return 0 }
        return f[place - steps[axis]] - 2 * f[place] + f[place + steps[axis]]
    }

    @inline(__always)
    private func mixed(_ f: UnsafePointer<Float>, _ place: Int, _ plane: Int, _ a: Int, _ b: Int) -> Float {
        guard differences[place] >> UInt8(3 + plane) & 1 == 1 else { return 0 }
        return f[place] - f[place + a] - f[place + b] + f[place + a + b]
    }

    /// The gradient's own coefficient.
    private func diagonal(at number: Int) -> Float {
        var sum: Float = 0
        for axis in 0..<3 {
            for (place, square) in [(number - steps[axis], Float(1)), (number, 4), (number + steps[axis], 1)]
            where differences[place] >> UInt8(axis) & 1 == 1 { sum += square }
        }
        for (plane, axes) in Self.planes.enumerated() {
            let (a, b) = (steps[axes.0], steps[axes.1])
            for place in [number, number - a, number - b, number - a - b]
            where differences[place] >> UInt8(3 + plane) & 1 == 1 { sum += 2 }
        }
        return max(sum, 1e-3)
    }

    /// Moves the unknown values to where the energy is least.
    func relax(_ values: inout [Float], iterations: Int, workers: Workers) {
        let count = unknown.count
        // Differences that miss a sample are not looked at, so that any number does for it.
        let field = values.map { $0.isNaN ? 0 : $0 }
        var residual = [Float](repeating: 0, count: count)
        var image = residual
        gradient(field, into: &residual, workers)
        for index in 0..<count { residual[index] = -residual[index] }
        let diagonals = unknown.map { diagonal(at: $0) }
        var change = [Float](repeating: 0, count: count)
        var way = [Float](repeating: 0, count: field.count)
        func product(_ other: [Float]) -> Double {
            residual.indices.reduce(0.0) { $0 + Double(residual[$1]) * Double(other[$1]) }
        }
        var scaled = zip(residual, diagonals).map { $0 / $1 }
        for (index, number) in unknown.enumerated() { way[number] = scaled[index] }
        var rho = product(scaled)
        let end = 1e-8 * rho
        for _ in 0..<iterations where rho > end && rho > 0 {
            gradient(way, into: &image, workers)
            var curvature = 0.0
            for (index, number) in unknown.enumerated() { curvature += Double(way[number]) * Double(image[index]) }
            guard curvature > 0 else { break }
            let step = Float(rho / curvature)
            for (index, number) in unknown.enumerated() {
                change[index] += step * way[number]
                residual[index] -= step * image[index]
                scaled[index] = residual[index] / diagonals[index]
            }
            let next = product(scaled)
            let beta = Float(next / rho)
            for (index, number) in unknown.enumerated() { way[number] = scaled[index] + beta * way[number] }
            rho = next
        }
        for (index, number) in unknown.enumerated() { values[number] += change[index] }
    }
}
