import CKernels
import Core
import Foundation
import Testing

@Suite struct FourierKernelTests {
    /// Sine and cosine of a phase that is exact, against double precision, over many turns and at the quarters' edges.
    @Test func sineAndCosineAreWithinTheirBound() {
        let stream = RandomStream(seed: 1, stream: 1)
        var phases: [Float] = []
        for index in 0..<100_000 {
            let draw = stream.uniforms(at: UInt64(index))
            phases += [draw.x - 0.5, 20 * (draw.y - 0.5), 2000 * (draw.z - 0.5), 1e6 * (draw.w - 0.5)]
        }
        for eighth in -64...64 {
            let edge = Float(eighth) / 8
            phases += [edge, edge.nextUp, edge.nextDown]
        }
        let m = phases.count
        var features = [Float](repeating: 0, count: 2 * m)
        ck_fourier_features(1, 1, m, [1], phases, [Float](repeating: 1, count: m), &features, 2 * m)
        var error = 0.0
        for (j, phase) in phases.enumerated() {
            let turns = Double(phase) - Double(phase).rounded()
            error = max(
                error, abs(Double(features[j]) - cos(2 * .pi * turns)),
                abs(Double(features[m + j]) - sin(2 * .pi * turns)))
        }
        #expect(error < 1.2e-7)
        // A bound that nothing comes near would not be one.
        #expect(error > 0.5e-7)
    }

    @Test(arguments: [(1, 1), (1, 33), (2, 16), (3, 1), (3, 16), (3, 47), (4, 20)])
    func featuresAndTheirGradientEqualTheDefinition(_ d: Int, _ m: Int) {
        let n = 23
        let stride = 2 * m + 5
        let stream = RandomStream(seed: UInt64(d * 100 + m), stream: 2)
        func normals(_ count: Int, _ start: Int) -> [Float] {
            (0..<count).map { stream.normals(at: UInt64(start + $0)).x }
        }
        let points = normals(n * d, 0).map { abs($0) / 4 }
        let frequencies = normals(d * m, 10_000).map { 5 * $0 }
        let amplitudes = normals(m, 20_000)
        let featureGradient = normals(n * stride, 30_000)
        var features = [Float](repeating: 77, count: n * stride)
        ck_fourier_features(n, d, m, points, frequencies, amplitudes, &features, stride)
        var gradient = [Float](repeating: 0, count: n * d)
        ck_fourier_gradient(n, d, m, frequencies, features, featureGradient, stride, &gradient)
        for i in 0..<n {
            var expected = [Double](repeating: 0, count: d)
            for j in 0..<m {
                let turns = (0..<d).reduce(0.0) { $0 + Double(points[i * d + $1]) * Double(frequencies[$1 * m + j]) }
                let (c, s) = (cos(2 * .pi * turns), sin(2 * .pi * turns))
                let a = Double(amplitudes[j])
                // The phase is rounded to single precision: 2π · 2⁻²⁴ · |turns| and the products' own rounding.
                let tolerance = abs(a) * (1.5e-7 + 1.2e-6 * (1 + abs(turns)))
                #expect(abs(Double(features[i * stride + j]) - a * c) < tolerance)
                #expect(abs(Double(features[i * stride + m + j]) - a * s) < tolerance)
                let along =
                    a * (c * Double(featureGradient[i * stride + m + j]) - s * Double(featureGradient[i * stride + j]))
                for l in 0..<d { expected[l] += 2 * .pi * Double(frequencies[l * m + j]) * along }
            }
            for l in 0..<d {
                #expect(abs(Double(gradient[i * d + l]) - expected[l]) < 2e-5 * Double(m + 10) * 2 * .pi)
            }
            #expect(features[(i * stride + 2 * m)..<((i + 1) * stride)].allSatisfy { $0 == 77 }, "writes past its row")
        }
    }

    /// A row's features do not depend on its neighbours.
    @Test func rowsAreIndependent() {
        let m = 37
        let points = (0..<30).map { Float($0) * 0.031 }
        let frequencies = (0..<3 * m).map { Float($0 % 17) - 8.5 }
        let amplitudes = [Float](repeating: 0.5, count: m)
        var whole = [Float](repeating: 0, count: 10 * 2 * m)
        ck_fourier_features(10, 3, m, points, frequencies, amplitudes, &whole, 2 * m)
        for row in 0..<10 {
            var single = [Float](repeating: 0, count: 2 * m)
            ck_fourier_features(
                1, 3, m, Array(points[(3 * row)..<(3 * row + 3)]), frequencies, amplitudes, &single, 2 * m)
            #expect(single == Array(whole[(row * 2 * m)..<((row + 1) * 2 * m)]))
        }
    }
}
