import Core
import NeuralFields
import TestSupport
import Testing

/// A model that the library has never seen: y = w · x + b. What makes it one is all here.
private struct Plane: Model {
    var parameters: [Float]
    var inputDimension: Int { parameters.count - 1 }
    var outputCount: Int { 1 }

    var parameterGroups: [ParameterGroup] {
        [
            ParameterGroup(
                name: "plane",
                blocks: [.init(start: 0, rows: 1, columns: parameters.count, initial: .normal(deviation: 1))])
        ]
    }

    func describe<Builder: GraphBuilder>(
        _ inputs: Builder.Rows, parameters: ArraySlice<Float>, in builder: inout Builder
    ) -> Builder.Rows {
        builder.linear(
            inputs, weights: Array(parameters.dropLast()), bias: Array(parameters.suffix(1)), outputs: 1, name: "plane")
    }

    func makeEngine() -> Engine { Engine(dimension: inputDimension) }

    final class Engine: ModelEngine {
        let parameters: AlignedBuffer<Float>

        init(dimension: Int) { parameters = AlignedBuffer(count: dimension + 1) }

        func take(_ parameters: Span<Float>) {
            for index in parameters.indices { self.parameters.pointer[index] = parameters[index] }
        }

        func makePass() -> Pass { Pass(self) }
    }

    final class Pass: ModelPass {
        private let engine: Engine
        private var dimension: Int { engine.parameters.count - 1 }

        init(_ engine: Engine) { self.engine = engine }

        func forward(_ points: UnsafePointer<Float>, count: Int, outputs: UnsafeMutablePointer<Float>) {
            for row in 0..<count {
                outputs[row] = (0..<dimension).reduce(engine.parameters.pointer[dimension]) {
                    $0 + engine.parameters.pointer[$1] * points[row * dimension + $1]
                }
            }
        }

        func backward(
            _ points: UnsafePointer<Float>, count: Int, outputGradient: UnsafePointer<Float>,
            parameterGradient: UnsafeMutablePointer<Float>?, pointGradient: UnsafeMutablePointer<Float>?
        ) {
            for row in 0..<count {
                for axis in 0..<dimension {
                    parameterGradient?[axis] += outputGradient[row] * points[row * dimension + axis]
                    pointGradient?[row * dimension + axis] = outputGradient[row] * engine.parameters.pointer[axis]
                }
                parameterGradient?[dimension] += outputGradient[row]
            }
        }
    }
}

@Suite struct ModelTests {
    private static let target = Plane(parameters: [2, -1, 0.5, 0.25])

    private static var batch: FixedBatch {
        let stream = RandomStream(seed: 4, stream: 4)
        let points = (0..<3 * 500).map { stream.uniforms(at: UInt64($0)).x }
        return FixedBatch(
            dimension: 3, outputCount: 1, points: points, targets: target.values(at: points, workers: .single),
            weights: [Float](repeating: 1, count: 500))
    }

    @Test(arguments: OptimizerConfiguration.Kind.allCases) func anyModelIsTrained(_ kind: OptimizerConfiguration.Kind)
        throws
    {
        let batch = Self.batch
        func train(threads: Int) throws -> Plane {
            let trainer = Trainer(
                Plane(parameters: [0, 0, 0, 0]),
                configuration: TrainingConfiguration(
                    loss: .squared, optimizer: OptimizerConfiguration(kind: kind),
                    schedule: LearningRateSchedule(peak: kind == .sgd ? 0.5 : 0.05, shape: .linear), batchSize: 500),
                workers: Workers(count: threads))
            for step in 0..<600 { _ = try trainer.step(batch, progress: Double(step) / 600) }
            return trainer.trainedModel
        }
        let trained = try train(threads: 1)
        #expect(zip(trained.parameters, Self.target.parameters).allSatisfy { abs($0 - $1) < 0.02 })
        #expect(try train(threads: 3) == trained)
    }

    @Test func anyModelIsEvaluated() {
        let points = Self.batch.points
        var (values, gradients) = ([Float](repeating: 0, count: 500), [Float](repeating: 0, count: 1500))
        do {
            var valueSpan = values.mutableSpan
            var gradientSpan = gradients.mutableSpan
            ModelEvaluator(Self.target).evaluate(
                points.span, into: &valueSpan, gradients: &gradientSpan, workers: Workers(count: 2))
        }
        #expect(values == Self.target.values(at: points, workers: .single))
        #expect((0..<500).allSatisfy { Array(gradients[(3 * $0)..<(3 * $0 + 3)]) == [2, -1, 0.5] })
    }

    /// The description in double precision and the engine in single precision, for every network of the cases.
    @Test(arguments: GradientCase.all) func networksComputeWhatTheyDescribe(_ testCase: GradientCase) throws {
        let network = try testCase.makeNetwork()
        let points = testCase.makeBatch(count: 200).points
        var evaluator = GraphEvaluator()
        let described = network.describe(
            GraphEvaluator.Rows(count: 200, columns: testCase.dimension, values: points.map(Double.init)),
            in: &evaluator)
        #expect(described.columns == network.outputCount)
        let values = network.values(at: points, workers: Workers(count: 2))
        #expect(zip(values, described.values).allSatisfy { abs(Double($0) - $1) < 1e-5 * max(1, abs($1)) })
    }

    @Test func statesOfAnotherTrainingAreRefused() throws {
        func trainer(_ network: CoordinateNetwork, _ kind: OptimizerConfiguration.Kind) -> Trainer<CoordinateNetwork> {
            Trainer(
                network,
                configuration: TrainingConfiguration(
                    loss: .squared, optimizer: OptimizerConfiguration(kind: kind),
                    schedule: LearningRateSchedule(peak: 1e-3, shape: .constant), batchSize: 100),
                workers: .single)
        }
        let network = try GradientCase().makeNetwork()
        let own = trainer(network, .adam)
        let before = own.state
        func refusal(_ state: TrainingState) -> String? {
            do throws(NeuralFieldsError) { try own.restore(state) } catch { return error.description }
            return nil
        }
        #expect(refusal(trainer(network, .soap).state)?.contains("lacks optimizer.mean") == true)
        #expect(refusal(trainer(network, .sgd).state)?.contains("lacks optimizer.mean") == true)
        #expect(
            refusal(trainer(try GradientCase(width: 5).makeNetwork(), .adam).state)?.contains("numbers instead of")
                == true)
        var state = before
        state.arrays["parameters"]?[3] = .nan
        #expect(refusal(state)?.contains("parameters holds NaN") == true)
        state = before
        state.counts["optimizer.steps"] = -1
        #expect(refusal(state)?.contains("no count") == true)
        state = before
        state.counts["steps"] = 1
        #expect(refusal(state)?.contains("steps, which is not used") == true)
        state = before
        state.arrays["lossWatch.recent"] = [Float](repeating: 1, count: 51)
        #expect(refusal(state)?.contains("latest losses") == true)
        #expect(own.state == before)
        #expect(refusal(before) == nil)
    }
}
