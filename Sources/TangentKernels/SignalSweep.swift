import Core
import NeuralFields

/// The picture of Tancik et al. (NeurIPS 2020, figures 2 and 3) in one dimension: kernel regression of a signal from few
/// samples, over σ. Small σ underfits, large σ overfits, the test error is lowest between.
public struct SignalSweep: Sendable, Codable {
    public struct Row: Sendable, Codable {
        public let sigma: Float
        /// Root mean squared errors after a number of steps, and in the limit of endless training.
        public let trainError: Double
        public let testError: Double
        public let testErrorOfLimit: Double
        /// The regression at ``SignalSweep/curvePoints``, after that number of steps.
        public let curve: [Double]
    }

    public let trainPoints: [Double]
    public let trainTargets: [Double]
    public let testPoints: [Double]
    public let testTargets: [Double]
    /// Where curves are drawn: a grid that has the samples among its points, so that a narrow kernel's peaks are seen.
    public let curvePoints: [Double]
    public let rows: [Row]

    /// The row of the lowest test error.
    public var best: Row? { rows.min { $0.testError < $1.testError } }

    /// Cosines of 1 to 12 cycles whose amplitudes fall as 1 / cycles: natural signals fall about so.
    public static func demoSignal(_ x: Double, seed: UInt64) -> Double {
        let stream = RandomStream(seed: seed, stream: 0x7369_676E)
        return (1...12).reduce(0.0) { sum, cycles in
            let draw = stream.normals(at: UInt64(cycles))
            let phase = 2 * .pi * Double(cycles) * x
            return sum + (Double(draw.x) * cos(phase) + Double(draw.y) * sin(phase)) / Double(cycles)
        }
    }

    /// - Parameters:
    ///   - sigmas: what to sweep over.
    ///   - trainCount: equidistant samples to learn from.
    ///   - steps: of gradient descent at ηλ_max = 1.
    public init(
        sigmas: [Float], trainCount: Int = 32, testCount: Int = 256, steps: Int = 200, frequencies: Int = 256,
        seed: UInt64 = 0, workers: Workers = Workers()
    ) throws {
        let training = (0..<trainCount).map { (Double($0) + 0.5) / Double(trainCount) }
        let test = (0..<testCount).map { (Double($0) + 0.5) / Double(testCount) }
        let signal = { (x: Double) in Self.demoSignal(x, seed: seed) }
        trainPoints = training
        trainTargets = training.map(signal)
        testPoints = test
        testTargets = test.map(signal)
        // A sample lies in the middle of its stretch: 16 steps a stretch, half of them before it.
        let curvePoints = (0...16 * trainCount).map { Double($0) / Double(16 * trainCount) }
        self.curvePoints = curvePoints
        let (trainTargets, testTargets) = (trainTargets, testTargets)
        let points = training.map(Float.init)
        rows = try sigmas.map { sigma in
            let encoding = try GaussianFrequencies(sigma: sigma, frequencyCount: frequencies, seed: seed)
                .makeEncoding(inputDimension: 1)
            let kernel = CoordinateKernel(encoding: encoding, network: NeuralTangentKernel(depth: 3))
            let matrix = kernel.matrix(points, workers: workers)
            let cross = kernel.matrix(test.map(Float.init), points, workers: workers)
            let decomposition = try Eigendecomposition(matrix, workers: workers)
            let regression = try KernelRegression(decomposition)
            let time = Double(steps) / decomposition.eigenvalues[0]
            let predicted = regression.predictions(targets: trainTargets, time: time, crossKernel: cross)
            let curve = regression.predictions(
                targets: trainTargets, time: time,
                crossKernel: kernel.matrix(curvePoints.map(Float.init), points, workers: workers))
            let limit = regression.predictions(targets: trainTargets, time: .infinity, crossKernel: cross)
            let fitted = regression.predictions(targets: trainTargets, time: time, crossKernel: matrix)
            return Row(
                sigma: sigma, trainError: rootMeanSquare(fitted, trainTargets),
                testError: rootMeanSquare(predicted, testTargets),
                testErrorOfLimit: rootMeanSquare(limit, testTargets), curve: curve)
        }
    }
}
