// swift-tools-version: 6.2
import PackageDescription

// The matrix product that rates are held against: Accelerate on Apple systems, OpenBLAS everywhere else.
#if canImport(Darwin)
let peer: [Target.Dependency] = []
let peerTargets: [Target] = []
#else
let peer: [Target.Dependency] = ["COpenBLAS"]
let peerTargets: [Target] = [
    .systemLibrary(
        name: "COpenBLAS", path: "Sources/COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])])
]
#endif

// A package of its own, so that the product does not depend on what only benchmarks need.
let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "shapefit", path: "..")
    ],
    targets: peerTargets + [
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
            name: "benchmark-grid-network",
            dependencies: [
                .product(name: "Core", package: "shapefit"),
                .product(name: "Evaluation", package: "shapefit"),
                .product(name: "Fitting", package: "shapefit"),
                .product(name: "Geometry", package: "shapefit"),
                .product(name: "MeshIO", package: "shapefit"),
                .product(name: "NeuralFields", package: "shapefit"),
            ], path: "Sources/GridNetworkBenchmark"),
        .executableTarget(
            name: "benchmark-labels",
            dependencies: [
                .product(name: "Geometry", package: "shapefit")
            ], path: "Sources/LabelBenchmark"),
        .executableTarget(
            name: "benchmark-scale",
            dependencies: [
                .product(name: "Core", package: "shapefit"),
                .product(name: "Geometry", package: "shapefit"),
            ], path: "Sources/ScaleBenchmark"),
        .executableTarget(
            name: "benchmark-scans",
            dependencies: [
                .product(name: "Core", package: "shapefit"),
                .product(name: "Evaluation", package: "shapefit"),
                .product(name: "Geometry", package: "shapefit"),
                .product(name: "MeshIO", package: "shapefit"),
                .product(name: "SurfaceExtraction", package: "shapefit"),
            ], path: "Sources/ScanBenchmark"),
        .executableTarget(
            name: "benchmark-distances",
            dependencies: [
                .product(name: "Core", package: "shapefit"),
                .product(name: "Evaluation", package: "shapefit"),
                .product(name: "Fitting", package: "shapefit"),
                .product(name: "Geometry", package: "shapefit"),
                .product(name: "MeshIO", package: "shapefit"),
                .product(name: "SurfaceExtraction", package: "shapefit"),
            ], path: "Sources/DistanceBenchmark"),
        .executableTarget(
            name: "benchmark-extraction",
            dependencies: [
                .product(name: "Core", package: "shapefit"),
                .product(name: "Fitting", package: "shapefit"),
                .product(name: "Geometry", package: "shapefit"),
                .product(name: "Interchange", package: "shapefit"),
                .product(name: "SurfaceExtraction", package: "shapefit"),
            ], path: "Sources/ExtractionBenchmark"),
        .executableTarget(
            name: "benchmark-training",
            dependencies: [
                .product(name: "Core", package: "shapefit"),
                .product(name: "NeuralFields", package: "shapefit"),
            ] + peer, path: "Sources/TrainingBenchmark"),
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
