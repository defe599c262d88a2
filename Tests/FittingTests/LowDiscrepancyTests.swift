import Core
import Fitting
import Foundation
import Geometry
import TestSupport
import Testing

@Suite struct LowDiscrepancyTests {
    /// Points of SciPy 1.17's `qmc.Sobol(8, scramble=False, bits=32)`, which has Joe and Kuo's numbers too, in units of 2⁻³².
    @Test(
        arguments: [
            (1, [2147483648, 2147483648, 2147483648, 2147483648, 2147483648, 2147483648, 2147483648, 2147483648]),
            (2, [3221225472, 1073741824, 1073741824, 1073741824, 3221225472, 3221225472, 1073741824, 3221225472]),
            (5, [3758096384, 3758096384, 536870912, 1610612736, 3758096384, 2684354560, 3758096384, 1610612736]),
            (100, [1778384896, 1107296256, 3321888768, 3120562176, 3791650816, 3187671040, 100663296, 2046820352]),
            (1000, [943718400, 415236096, 2227175424, 2906652672, 1203765248, 3896508416, 197132288, 3862953984]),
            (1023, [4194304, 3233808384, 2629828608, 624951296, 801112064, 1883242496, 599785472, 2654994432]),
        ] as [(UInt64, [UInt32])])
    func unscrambledPointsAreJoeAndKuos(_ number: UInt64, _ expected: [UInt32]) {
        // SciPy goes through the points in the order of Gray's code.
        let point = SobolSequence(stream(0)).unscrambledWords(at: number ^ number >> 1)
        #expect((0..<8).map { point[$0] } == expected)
    }

    @Test(arguments: seeds, [0, 1, 4, 7, 10])
    func firstTwoAxesAreANet(_ seed: UInt64, _ level: Int) {
        let sequence = SobolSequence(stream(seed))
        for block in [0, 1, 5, 1 << 20] as [UInt64] {
            let points = (0..<UInt64(1 << level)).map { sequence.words(at: block << UInt64(level) + $0) }
            for columnBits in 0...level {
                let rowBits = level - columnBits
                let boxes = Set(points.map { top($0[0], columnBits) << rowBits | top($0[1], rowBits) })
                #expect(boxes.count == 1 << level, "boxes of 2^-\(columnBits) by 2^-\(rowBits)")
            }
        }
    }

    @Test(arguments: seeds)
    func everyAxisIsStratified(_ seed: UInt64) {
        let sequence = SobolSequence(stream(seed))
        for (level, block) in [(3, 9), (8, 0), (11, 3)] as [(Int, UInt64)] {
            let points = (0..<UInt64(1 << level)).map { sequence.words(at: block << UInt64(level) + $0) }
            for axis in 0..<SobolSequence.dimensionCount {
                #expect(Set(points.map { top($0[axis], level) }).count == 1 << level, "axis \(axis)")
            }
        }
    }

    /// A scrambled point is uniform by itself, whatever its number, and scrambled otherwise by another seed or axis.
    @Test(arguments: [0, 1, 12_345, 1 << 32, 7 << 32 + 3] as [UInt64])
    func singlePointsAreUniformOverSeeds(_ index: UInt64) {
        let count = 4096
        let points = (0..<UInt64(count)).map { SobolSequence(stream($0)).uniforms(at: index) }
        for axis in 0..<SobolSequence.dimensionCount {
            var histogram = [Int](repeating: 0, count: 16)
            for point in points {
                #expect(point[axis] >= 0 && point[axis] < 1)
                histogram[Int(point[axis] * 16)] += 1
            }
            // χ² of 15 degrees of freedom: above 50 in one of 80 000 cases.
            let chiSquared = histogram.reduce(0.0) { sum, count in sum + pow(Double(count) - 256, 2) / 256 }
            #expect(chiSquared < 50, "axis \(axis): \(histogram)")
        }
        var correlation: Float = 0
        for point in points { correlation += (point[0] - 0.5) * (point[1] - 0.5) * 12 / Float(count) }
        #expect(abs(correlation) < 0.08)
    }

    @Test(arguments: seeds)
    func discrepancyIsFarBelowIndependentPoints(_ seed: UInt64) {
        let count = 512
        // The root mean square over independent points: √((2⁻³ − 3⁻³) / n).
        let independent = ((0.125 - 1.0 / 27) / Double(count)).squareRoot()
        let sobol = SobolSequence(stream(seed))
        let numbers = 0..<UInt64(count)
        let ofSobol = discrepancy(numbers.map { sobol.uniforms(at: $0) }.map { SIMD3($0[0], $0[1], $0[2]) })
        #expect(ofSobol < 0.35 * independent)
    }

    /// The same on every machine: values of another implementation, in Python's unbounded integers.
    @Test func someValuesAreWhatTheyWere() {
        let sobol = SobolSequence(RandomStream(seed: 1, stream: 2))
        #expect(
            sobol.words(at: 3)
                == SIMD8(560260220, 3973824755, 985431058, 3732276547, 149395903, 3169550364, 2903355921, 208124339))
        #expect(
            sobol.words(at: 1 << 40)
                == SIMD8(1116856072, 3385163144, 86924978, 1612888700, 3138288641, 680590260, 4064229084, 1511846276))
    }

    @Test(arguments: UniformPlacement.allCases)
    func samplersDrawThemWhateverTheOrder(_ placement: UniformPlacement) throws {
        let configuration = SamplingConfiguration(
            components: [.box(weight: 1, placement: placement)], margin: 0.05)
        let sampler = try Sampler(PreparedMesh(boxMesh(), frame: .own), configuration: configuration, seed: 3)
        let points = sampler.points(0..<10_000, workers: Workers(count: 3))
        #expect(points == sampler.points(0..<10_000, workers: .single))
        #expect(Array(points[5000...]) == sampler.points(5000..<10_000, workers: .single))
        #expect(points.allSatisfy { sampler.box.contains($0) })
        let mean = points.reduce(SIMD3<Float>.zero, +) / 10_000
        #expect(distance(mean, sampler.box.center) < 0.02)
    }

    /// What a mixture's uniform part gets is spread evenly still, and its share is exact.
    @Test(arguments: seeds)
    func sobolPointsOfAMixtureStayEven(_ seed: UInt64) throws {
        let configuration = SamplingConfiguration(
            components: [.box(weight: 1, placement: .sobol), .surface(weight: 1, deviation: 0)], margin: 0
        )
        let sampler = try Sampler(PreparedMesh(boxMesh(), frame: .own), configuration: configuration, seed: seed)
        let points = sampler.points(0..<1024, workers: .single)
        // Points on the surface have a coordinate on a side of the box.
        let inner = points.map { ($0 - sampler.box.minimum) / sampler.box.extent }
            .filter { point in point.min() > 1e-5 && point.max() < 1 - 1e-5 }
        #expect(abs(inner.count - 512) <= 1)
        #expect(discrepancy(inner) < 0.5 * ((0.125 - 1.0 / 27) / 512).squareRoot())
    }

    /// Configurations of before there was a choice.
    @Test func configurationsWithoutPlacementOrAccuracyMeanTheDefaults() throws {
        let component = #"{"weight": 0.5, "deviation": 0.25}"#
        let text =
            #"{"sampling": {"components": [\#(component), {"weight": 1}], "margin": 0.125}, "poolSize": 7, "sign": "automatic"}"#
        let labels = try JSONDecoder().decode(FitConfiguration.Labels.self, from: Data(text.utf8))
        let expected = FitConfiguration.Labels(
            sampling: SamplingConfiguration(
                components: [.surface(weight: 0.5, deviation: 0.25), .box(weight: 1)], margin: 0.125),
            poolSize: 7)
        #expect(labels == expected)
        var changed = labels
        changed.windingAccuracy = 3
        changed.sampling.components[1].region = .box(placement: .sobol)
        #expect(try JSONDecoder().decode(FitConfiguration.Labels.self, from: JSONEncoder().encode(changed)) == changed)
    }
}

private let seeds: [UInt64] = [0, 1, 42, 0xffff_ffff_ffff]

private func stream(_ seed: UInt64) -> RandomStream { RandomStream(seed: seed, stream: 9) }

private func distance(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float {
    let difference = a - b
    return (difference * difference).sum().squareRoot()
}

/// The first `bits` bits.
private func top(_ word: UInt32, _ bits: Int) -> Int { bits == 0 ? 0 : Int(word >> UInt32(32 - bits)) }

/// The L2 star discrepancy, by Warnock's formula (1972).
private func discrepancy(_ points: [SIMD3<Float>]) -> Double {
    let points = points.map { SIMD3<Double>($0) }
    let count = Double(points.count)
    var linear = 0.0
    var quadratic = 0.0
    for p in points {
        let square = 1 - p * p
        linear += square.x * square.y * square.z
        for q in points {
            let free = 1 - pointwiseMax(p, q)
            quadratic += free.x * free.y * free.z
        }
    }
    return (1.0 / 27 - linear / (4 * count) + quadratic / (count * count)).squareRoot()
}
