// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the product does not depend on what only benchmarks need.
let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "shapefit", path: "..")
    ],
    targets: [
        .executableTarget(
            name: "benchmark-recipes",
            dependencies: [
                .product(name: "Evaluation", package: "shapefit"),
                .product(name: "Fitting", package: "shapefit"),
                .product(name: "Geometry", package: "shapefit"),
                .product(name: "MeshIO", package: "shapefit"),
                .product(name: "SurfaceExtraction", package: "shapefit"),
            ], path: "Sources/RecipeBenchmark"),
        .executableTarget(
            name: "benchmark-labels",
            dependencies: [
                .product(name: "Geometry", package: "shapefit")
            ], path: "Sources/LabelBenchmark"),
        .executableTarget(
            name: "benchmark-scale",
            dependencies: [
                .product(name: "Core", package: "shapefit"),
                .product(name: "Fitting", package: "shapefit"),
                .product(name: "Geometry", package: "shapefit"),
            ], path: "Sources/ScaleBenchmark"),
        .executableTarget(
            name: "benchmark-extraction",
            dependencies: [
                .product(name: "Core", package: "shapefit"),
                .product(name: "Fitting", package: "shapefit"),
                .product(name: "Geometry", package: "shapefit"),
                .product(name: "SurfaceExtraction", package: "shapefit"),
            ], path: "Sources/ExtractionBenchmark"),
        .executableTarget(
            name: "benchmark-training",
            dependencies: [
                .product(name: "Core", package: "shapefit"),
                .product(name: "NeuralFields", package: "shapefit"),
            ], path: "Sources/TrainingBenchmark"),
        .executableTarget(
            name: "benchmark-kernels",
            dependencies: [
                .product(name: "Core", package: "shapefit"),
                .product(name: "NeuralFields", package: "shapefit"),
                .product(name: "TangentKernels", package: "shapefit"),
            ], path: "Sources/KernelBenchmark"),
        .executableTarget(
            name: "trace-training",
            dependencies: [
                .product(name: "Fitting", package: "shapefit"),
                .product(name: "Geometry", package: "shapefit"),
                .product(name: "Interchange", package: "shapefit"),
                .product(name: "MeshIO", package: "shapefit"),
                .product(name: "NeuralFields", package: "shapefit"),
            ], path: "Sources/TrainingTrace"),
    ],
    swiftLanguageModes: [.v6]
)
