import Core

/// A fit of a network to a table of points and values: the pipeline of signals, images and anything else that is not a
/// mesh.
package struct TableFit: Sendable, Equatable, Codable {
    package var encoding: EncodingConfiguration
    /// Units of a hidden layer.
    package var width: Int
    /// Hidden layers.
    package var depth: Int
    package var activation: Activation
    package var initialization: MultilayerPerceptron.Initialization
    package var training: TrainingConfiguration
    package var steps: Int
    package var seed: UInt64

    /// Defaults: two hidden layers of 128 ReLU units, trained with SOAP. Shapes are learnt with another recipe.
    package init(
        encoding: EncodingConfiguration = EncodingConfiguration(GaussianFrequencies()), width: Int = 128,
        depth: Int = 2,
        activation: Activation = .relu, initialization: MultilayerPerceptron.Initialization = .he,
        training: TrainingConfiguration = TrainingConfiguration(
            loss: .squared, optimizer: OptimizerConfiguration(kind: .soap, beta1: 0.9, beta2: 0.95),
            schedule: LearningRateSchedule(peak: 1e-2, shape: .cosine, warmUpSteps: 20), batchSize: 8192),
        steps: Int = 1000, seed: UInt64 = 0
    ) {
        self.encoding = encoding
        self.width = width
        self.depth = depth
        self.activation = activation
        self.initialization = initialization
        self.training = training
        self.steps = steps
        self.seed = seed
    }

    /// The network after training.
    ///
    /// - Parameters:
    ///   - table: what is learnt.
    ///   - progress: told the steps done and the loss; false ends training.
    ///   - workers: the threads to use.
    /// - Throws: ``NeuralFieldsError`` for settings out of range and a training that diverges.
    package func run(
        _ table: PointTable, workers: Workers, progress: (_ step: Int, _ loss: Float) -> Bool = { _, _ in true }
    ) throws(NeuralFieldsError) -> CoordinateNetwork {
        func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws(NeuralFieldsError) {
            if !range.contains(value) {
                throw .invalidSetting(
                    name: name, value: "\(value)", remedy: "must be between \(range.lowerBound) and \(range.upperBound)"
                )
            }
        }
        try check("width", width, 1...16_384)
        try check("depth", depth, 1...64)
        try check("steps", steps, 1...1_000_000_000)
        try check("batch size", training.batchSize, 1...(1 << 26))
        let encoding = try encoding.makeEncoding(inputDimension: table.dimension)
        let shape = MultilayerPerceptron(
            inputs: encoding.outputCount, width: width, depth: depth, outputs: table.outputCount,
            activation: activation)
        let trainer = Trainer(
            CoordinateNetwork(encoding: encoding, shape: shape, initialization: initialization, seed: seed),
            configuration: training, workers: workers)
        let source = table.batches(of: training.batchSize, seed: seed)
        for step in 0..<steps {
            let loss = try trainer.step(source, progress: Double(step) / Double(steps))
            if !progress(step + 1, loss) { break }
        }
        return trainer.trainedModel
    }
}
