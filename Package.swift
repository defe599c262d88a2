// swift-tools-version: 6.2
import PackageDescription

// Evidence → supervision → model → field → surface → judgement: a target a noun, and data flows down.
// docs/architecture.md says what each owns; ArchitectureTests holds the imports to these arrows.
let package = Package(
    name: "shapefit",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "shapefit", targets: ["shapefit"]),
        .library(name: "Core", targets: ["Core"]),
        .library(name: "Geometry", targets: ["Geometry"]),
        .library(name: "MeshIO", targets: ["MeshIO"]),
        .library(name: "SurfaceExtraction", targets: ["SurfaceExtraction"]),
        .library(name: "NeuralFields", targets: ["NeuralFields"]),
        .library(name: "Interchange", targets: ["Interchange"]),
        .library(name: "Evaluation", targets: ["Evaluation"]),
        .library(name: "Fitting", targets: ["Fitting"]),
        .library(name: "TangentKernels", targets: ["TangentKernels"]),
        .library(name: "Pictures", targets: ["Pictures"]),
        .library(name: "Jobs", targets: ["Jobs"]),
        .library(name: "shapefit-c", type: .dynamic, targets: ["CShapefit"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CAssimp", pkgConfig: "assimp",
            providers: [.apt(["libassimp-dev"]), .brew(["assimp"])]),
        .systemLibrary(
            name: "CPNG", pkgConfig: "libpng",
            providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
        .target(name: "CKernels"),
        .target(name: "Core"),
        .target(
            name: "Geometry",
            dependencies: ["CKernels", "Core", .product(name: "HeapModule", package: "swift-collections")]),
        .target(name: "MeshIO", dependencies: ["CAssimp", "Core", "Geometry"]),
        .target(name: "SurfaceExtraction", dependencies: ["Core", "Geometry"]),
        .target(name: "NeuralFields", dependencies: ["CKernels", "Core"]),
        .target(name: "Interchange", dependencies: ["Core", "NeuralFields"]),
        .target(name: "Evaluation", dependencies: ["Core", "Geometry"]),
        .target(
            name: "Fitting",
            dependencies: ["Core", "Evaluation", "Geometry", "Interchange", "NeuralFields", "SurfaceExtraction"]),
        .target(name: "TangentKernels", dependencies: ["Core", "NeuralFields"]),
        .target(name: "Pictures", dependencies: ["CPNG", "Core", "Geometry"]),
        .target(
            name: "Jobs",
            dependencies: [
                "Core", "Evaluation", "Fitting", "Geometry", "Interchange", "MeshIO", "NeuralFields", "Pictures",
                "SurfaceExtraction",
            ]),
        .target(
            name: "CShapefit",
            dependencies: [
                "Core", "Evaluation", "Fitting", "Geometry", "Jobs", "MeshIO", "NeuralFields", "SurfaceExtraction",
            ]),
        .executableTarget(
            name: "shapefit",
            dependencies: [
                "Core", "Evaluation", "Fitting", "Geometry", "Interchange", "Jobs", "MeshIO", "NeuralFields",
                "Pictures",
                "SurfaceExtraction", "TangentKernels",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(name: "generate-meshes", dependencies: ["Core", "Geometry", "MeshIO", "SurfaceExtraction"]),
        .executableTarget(
            name: "stress-geometry", dependencies: ["Core", "Evaluation", "Geometry", "SurfaceExtraction"]),
        .executableTarget(name: "stress-import", dependencies: ["Core", "Geometry", "MeshIO"]),
        .executableTarget(
            name: "fit-and-query", dependencies: ["Evaluation", "Fitting", "Geometry", "MeshIO", "SurfaceExtraction"],
            path: "Examples/fit-and-query"),
        .target(
            name: "TestSupport", dependencies: ["Core", "Geometry", "MeshIO", "NeuralFields", "SurfaceExtraction"],
            path: "Tests/TestSupport"),
        .testTarget(name: "CoreTests", dependencies: ["Core"]),
        .testTarget(name: "GeometryTests", dependencies: ["CKernels", "Core", "Geometry", "MeshIO", "TestSupport"]),
        .testTarget(
            name: "MeshIOTests", dependencies: ["Core", "Geometry", "MeshIO", "TestSupport", "stress-import"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "SurfaceExtractionTests", dependencies: ["Core", "Geometry", "SurfaceExtraction", "TestSupport"]),
        .testTarget(
            name: "NeuralFieldsTests", dependencies: ["CKernels", "Core", "NeuralFields", "TestSupport"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "InterchangeTests", dependencies: ["Core", "Geometry", "Interchange", "NeuralFields", "TestSupport"]),
        .testTarget(
            name: "EvaluationTests",
            dependencies: ["Core", "Evaluation", "Geometry", "TestSupport", "stress-geometry"],
            resources: [.copy("Fixtures/evaluation.json")]),
        .testTarget(
            name: "FittingTests",
            dependencies: [
                "Core", "Evaluation", "Fitting", "Geometry", "Interchange", "MeshIO", "NeuralFields",
                "SurfaceExtraction", "TestSupport",
            ], exclude: ["Fixtures"]),
        .testTarget(
            name: "TangentKernelsTests", dependencies: ["Core", "NeuralFields", "TangentKernels"],
            exclude: ["Fixtures/make_ntk_fixtures.py"], resources: [.copy("Fixtures/ntk.json")]),
        .testTarget(name: "PicturesTests", dependencies: ["Core", "Geometry", "Pictures", "TestSupport"]),
        .testTarget(name: "ProjectTests", dependencies: ["TestSupport"]),
        .testTarget(name: "JobsTests", dependencies: ["Core", "Fitting", "Jobs", "Pictures", "TestSupport"]),
        .testTarget(name: "CommandTests", dependencies: ["shapefit", "fit-and-query", "Fitting"]),
    ],
    swiftLanguageModes: [.v6]
)

// A build with a sanitizer is a whole build of its own (scripts/test --sanitize): it has what handles memory, files and threads,
// and leaves out what only puts that together.
if Context.environment["SHAPEFIT_SANITIZED"] != nil {
    let kept: Set = [
        "CAssimp", "CKernels", "Core", "Geometry", "MeshIO", "SurfaceExtraction", "NeuralFields", "Interchange",
        "stress-import", "TestSupport", "CoreTests", "GeometryTests", "MeshIOTests", "SurfaceExtractionTests",
        "NeuralFieldsTests", "InterchangeTests",
    ]
    package.products = []
    package.targets.removeAll { !kept.contains($0.name) }
}
