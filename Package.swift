// swift-tools-version: 6.2
import PackageDescription

// Apple systems bring BLAS and LAPACK as Accelerate; everywhere else they come from OpenBLAS.
#if canImport(Darwin)
let linearAlgebra: [Target.Dependency] = []
let linearAlgebraTargets: [Target] = []
#else
let linearAlgebra: [Target.Dependency] = ["COpenBLAS"]
let linearAlgebraTargets: [Target] = [
    .systemLibrary(
        name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])])
]
#endif

let package = Package(
    name: "shapefit",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "shapefit", targets: ["shapefit"]),
        .library(name: "Geometry", targets: ["Geometry"]),
        .library(name: "NeuralFields", targets: ["NeuralFields"]),
        .library(name: "ShapeFitting", targets: ["ShapeFitting"]),
        .library(name: "TangentKernels", targets: ["TangentKernels"]),
        .library(name: "Images", targets: ["Images"]),
        .library(name: "Rendering", targets: ["Rendering"]),
        .library(name: "Reporting", targets: ["Reporting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
    ],
    targets: linearAlgebraTargets + [
        .systemLibrary(
            name: "CAssimp", pkgConfig: "assimp",
            providers: [.apt(["libassimp-dev"]), .brew(["assimp"])]),
        .systemLibrary(
            name: "CPNG", pkgConfig: "libpng",
            providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
        .target(name: "CKernels"),
        .target(name: "Support"),
        .target(
            name: "Geometry",
            dependencies: [
                "CAssimp", "CKernels", "Support", .product(name: "HeapModule", package: "swift-collections"),
            ]),
        .target(name: "NeuralFields", dependencies: ["CKernels", "Support"] + linearAlgebra),
        .target(name: "TangentKernels", dependencies: ["NeuralFields", "Support"] + linearAlgebra),
        .target(name: "Images", dependencies: ["CPNG", "Support"]),
        .target(name: "Rendering", dependencies: ["Geometry", "Images", "Support"]),
        .target(name: "Reporting", dependencies: ["Geometry", "Images", "Rendering", "Support"]),
        .target(
            name: "ShapeFitting",
            dependencies: [
                "Geometry", "NeuralFields", "TangentKernels", "Images", "Rendering", "Reporting", "Support",
            ]),
        .executableTarget(
            name: "shapefit",
            dependencies: [
                "ShapeFitting", "Geometry", "NeuralFields", "TangentKernels", "Images", "Rendering", "Support",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(name: "generate-meshes", dependencies: ["Geometry"]),
        .executableTarget(name: "stress-import", dependencies: ["Geometry", "Support"]),
        .executableTarget(
            name: "fit-and-query", dependencies: ["ShapeFitting", "Geometry"], path: "Examples/fit-and-query"),
        .testTarget(name: "SupportTests", dependencies: ["Support"]),
        .testTarget(
            name: "GeometryTests", dependencies: ["Geometry", "CKernels", "Support", "stress-import"]),
        .testTarget(
            name: "NeuralFieldsTests", dependencies: ["NeuralFields", "CKernels", "Support"], exclude: ["Fixtures"]),
        .testTarget(
            name: "TangentKernelsTests", dependencies: ["TangentKernels", "NeuralFields", "Support"],
            exclude: ["Fixtures/make_ntk_fixtures.py"], resources: [.copy("Fixtures/ntk.json")]),
        .testTarget(name: "ImagesTests", dependencies: ["Images", "Support"]),
        .testTarget(name: "RenderingTests", dependencies: ["Rendering", "Geometry", "Images", "Support"]),
        .testTarget(name: "ReportingTests", dependencies: ["Reporting", "Rendering", "Geometry", "Images", "Support"]),
        .testTarget(
            name: "ShapeFittingTests", dependencies: ["ShapeFitting", "Geometry", "NeuralFields", "Support"],
            resources: [.copy("Fixtures/evaluation.json")]),
        .testTarget(name: "CommandTests", dependencies: ["shapefit", "fit-and-query", "ShapeFitting"]),
    ],
    swiftLanguageModes: [.v6]
)
