import Core
import Evaluation
import Fitting
import Foundation
import Geometry
import Interchange
import MeshIO
import NeuralFields
import SurfaceExtraction
import TestSupport
import Testing

extension FitConfiguration {
    /// A grid of a few thousand coefficients.
    static func testGrid(coefficients: Int = 6000, levels: Int = 1) -> FitConfiguration {
        var configuration = Preset.instant.configuration
        configuration.grid?.coefficients = coefficients
        configuration.grid?.levels = levels
        return configuration
    }
}

/// A closed box with corners at ±`half`.
func box(half: SIMD3<Float>, rotated: Bool = false) -> TriangleMesh {
    let unit = boxMesh()
    let bounds = unit.boundingBox ?? .empty
    var mesh = unit
    for index in mesh.vertices.indices {
        var point = ((mesh.vertices[index] - bounds.center) / bounds.extent) * 2 * half
        if rotated {
            // About two axes, so that no face is along the lattice.
            point = SIMD3(0.8 * point.x - 0.6 * point.y, 0.6 * point.x + 0.8 * point.y, point.z)
            point = SIMD3(point.x, 0.96 * point.y - 0.28 * point.z, 0.28 * point.y + 0.96 * point.z)
        }
        mesh.vertices[index] = point
    }
    return mesh
}

private func meshScore(_ fitted: FittedShape<PreparedMesh>) throws -> Double {
    let surface = try fitted.shape.extract(SurfaceExtractor(resolution: 0)).mesh
    #expect(MeshTopology(surface).isWatertight)
    return Evaluation.mesh(fitted.shape.transform.unitMesh(surface), against: fitted.reference).iou.uniform.value
}

func generated(_ name: String) throws -> TriangleMesh {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../meshes/\(name).obj").standardized.path
    return try MeshImport.load(path: path).mesh
}

private func correction(_ shape: NeuralShape) throws -> GridCorrection {
    try #require(shape.correction as? GridCorrection)
}

@Suite struct GridFitTests {
    /// Floors are the values reached less 0.002 uniform and 0.006 at the boundary.
    @Test(arguments: [("torus-knot", 0.990, 0.975), ("gyroid-block", 0.988, 0.939), ("csg-part", 0.993, 0.978)])
    func reachesItsFloor(_ name: String, uniform: Double, boundary: Double) throws {
        let mesh = try generated(name)
        let fitted = try Fit(.testGrid(coefficients: 20_000)).run(mesh)
        let field = Evaluation.tancik2020(fitted.shape.unitField, against: fitted.reference)
        #expect(field.uniform.value > uniform)
        #expect(field.boundary.value > boundary)
        let count = try correction(fitted.shape).parameterCount
        #expect((14_000...32_000).contains(count))
        let surface = try fitted.shape.extract(SurfaceExtractor(resolution: 0)).mesh
        let (found, right) = (MeshTopology(surface), MeshTopology(mesh))
        #expect(found.isWatertight)
        #expect(found.componentCount == right.componentCount && found.eulerCharacteristic == right.eulerCharacteristic)
    }

    @Test("Long and flat shapes are met by cells that are as long and flat")
    func thinAndLongShapes() throws {
        let rod = try Fit(.testGrid()).run(box(half: SIMD3(500, 0.5, 0.5)))
        #expect(try meshScore(rod) > 0.98)
        let plate = try Fit(.testGrid(coefficients: 20_000)).run(box(half: SIMD3(250, 250, 0.5)))
        #expect(try meshScore(plate) > 0.98)
    }

    @Test func aRodAcrossTheAxesTakesMoreCells() throws {
        let rod = try Fit(.testGrid(coefficients: 40_000)).run(box(half: SIMD3(50, 0.5, 0.5), rotated: true))
        #expect(try meshScore(rod) > 0.96)
    }

    @Test func theSameBitsOnAnyNumberOfThreads() throws {
        let mesh = try generated("csg-part")
        func fit(threads: Int) throws -> ([SparseGrid.Level], TriangleMesh) {
            let workers = Workers(count: threads)
            let fitted = try Fit(.testGrid(levels: 2), workers: workers).run(mesh)
            let surface = try fitted.shape.extract(SurfaceExtractor(resolution: 0), workers: workers)
            return (try correction(fitted.shape).grid.levels, surface.mesh)
        }
        let first = try fit(threads: 1)
        #expect(first.0.count == 3)
        for threads in [2, 3] {
            let other = try fit(threads: threads)
            #expect(other.0 == first.0 && other.1 == first.1)
        }
    }

    @Test("A second level lowers the error where it is largest")
    func levels() throws {
        let mesh = try generated("csg-part")
        let one = try Fit(.testGrid(coefficients: 8000)).run(mesh)
        let two = try Fit(.testGrid(coefficients: 8000, levels: 2)).run(mesh)
        #expect(two.training.finalLoss < 0.8 * one.training.finalLoss)
        let surface = try two.shape.extract(SurfaceExtractor(resolution: 0)).mesh
        #expect(MeshTopology(surface).eulerCharacteristic == MeshTopology(mesh).eulerCharacteristic)
        #expect(MeshTopology(surface).componentCount == 1)
    }

    @Test("No speck or flap hangs beside the surface", arguments: [1, 2, 3])
    func surfaceStaysAtTheShape(levels: Int) throws {
        var configuration = FitConfiguration.testGrid(coefficients: 6000, levels: levels)
        configuration.grid?.errorLimit = levels > 1 ? 2e-4 : nil
        let fitted = try Fit(configuration).run(try generated("csg-part"))
        let surface = try fitted.shape.extract(SurfaceExtractor(resolution: 0)).mesh
        let points = fitted.shape.transform.unitMesh(surface).vertices
        let furthest = fitted.evidence.field.values(at: points).reduce(0) { max($0, abs($1)) }
        // A crease is blunted by 0.6 of the cell it lies in.
        #expect(furthest < 0.9 * (try correction(fitted.shape)).grid.levels[1].lattice.spacing.max())
    }

    @Test("Marching the blocks that can hold surface equals marching all", arguments: [1, 2])
    func blocksLeftOutHoldNothing(levels: Int) throws {
        let fitted = try Fit(.testGrid(coefficients: 3000, levels: levels)).run(try generated("torus-knot"))
        let grid = try correction(fitted.shape).grid
        let lattice = grid.finest
        var points: [SIMD3<Float>] = []
        let counts = lattice.cornerCounts
        for z in 0..<counts.z {
            for y in 0..<counts.y {
                for x in 0..<counts.x { points.append(lattice.position(of: SIMD3(x, y, z))) }
            }
        }
        let dense = DenseGrid(
            grid: SampleGrid(origin: .zero, spacing: 1, cellCounts: lattice.cellCounts),
            values: grid.values(at: points, workers: Workers()))
        var expected = MarchingCubes.mesh(of: dense)
        for index in expected.vertices.indices {
            expected.vertices[index] = lattice.origin + lattice.spacing * expected.vertices[index]
        }
        #expect(GridSurface(grid: grid, workers: Workers()).mesh(method: .marchingCubes, subdivision: 1) == expected)
    }

    @Test func aFileGivesTheSameBits() throws {
        let fitted = try Fit(.testGrid(levels: 2)).run(try generated("csg-part"))
        try withTemporaryFolder { folder in
            let path = folder + "/grid.safetensors"
            try fitted.shape.write(to: path, configuration: fitted.configuration)
            let read = try NeuralShape(file: path)
            let grid = try correction(fitted.shape)
            #expect(try correction(read).grid.levels == grid.grid.levels)
            #expect(try correction(read).storage == grid.storage)
            let points = (0..<1000).map { index -> SIMD3<Float> in
                let u = RandomStream(seed: 1, stream: 1).uniforms(at: UInt64(index))
                return (SIMD3(u.x, u.y, u.z) - 0.5) * 4
            }
            #expect(read.values(at: points) == fitted.shape.values(at: points))
            // Coefficients and masks, and a few kilobytes of text.
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            #expect(size < grid.byteCount + 8192)
        }
    }

    @Test("A damaged file is refused", arguments: 0..<6) func damagedFiles(kind: Int) throws {
        let fitted = try Fit(.testGrid(coefficients: 2000)).run(boxMesh())
        var file = try correction(fitted.shape).contents(metadata: [:])
        func replace(_ name: String, _ change: ([Int16]) -> [Int16]) throws {
            let index = try #require(file.tensors.firstIndex { $0.name == name })
            let integers = change(try #require(file.tensors[index].integers))
            file.tensors[index] = .init(name, shape: [integers.count], integers: integers)
        }
        switch kind {
        case 0: try replace("grid.1.blocks") { $0.map { _ in 9000 } }
        case 1: try replace("grid.1.blocks") { $0.map { -$0 - 1 } }
        case 2: try replace("grid.1.masks") { $0.dropLast() }
        case 3: try replace("grid.1.coefficients") { $0 + [1] }
        case 4: file.tensors.removeAll { $0.name == "grid.0.masks" }
        default: file.metadata["grid.levels"] = "[]"
        }
        #expect(throws: NeuralFieldsError.self) { try ModelFile.grid(in: file, path: "x") }
    }

    @Test("A shape with more detail gets more coefficients, and what is needed for the sign is few of them")
    func coefficientsFollowTheShape() throws {
        func count(_ name: String, coefficients: Int?) throws -> Int {
            var configuration = Preset.instant.configuration
            configuration.grid?.coefficients = coefficients
            return try correction(Fit(configuration).run(try generated(name)).shape).parameterCount
        }
        let (part, gyroid) = (
            try count("csg-part", coefficients: nil), try count("gyroid-block", coefficients: nil)
        )
        #expect(part < 170_000 && 2 * gyroid > 3 * part)
        for name in ["csg-part", "gyroid-block", "torus-knot"] {
            let asked = 150_000
            #expect((100_000...200_000).contains(try count(name, coefficients: asked)))
        }
    }

    @Test("Beyond the lattice values are distances too, and grow for ever")
    func beyondTheLattice() throws {
        let fitted = try Fit(.testGrid()).run(try generated("csg-part"))
        let stream = RandomStream(seed: 2, stream: 2)
        let points = (0..<2000).map { index -> SIMD3<Float> in
            let u = stream.uniforms(at: UInt64(index))
            return SIMD3(u.x, u.y, u.z) * 6 - 2.5
        }
        let values = fitted.shape.unitField.values(at: points)
        let distances = fitted.reference.field.values(at: points)
        for (value, distance) in zip(values, distances) {
            // Within the lattice the base is wrong by up to half a cell; around it cells are wider.
            if distance < 0.45 { #expect(abs(value - distance) < 0.08) }
            #expect(value <= 1.06 * distance + 0.15)
            #expect(value >= 0.8 * distance - 0.03)
        }
        // Gradients are differences there too.
        var found = [Float](repeating: 0, count: points.count)
        var gradients = [SIMD3<Float>](repeating: .zero, count: points.count)
        var span = found.mutableSpan
        var gradientSpan = gradients.mutableSpan
        fitted.shape.unitField.evaluate(points.span, into: &span, gradients: &gradientSpan, workers: Workers())
        #expect(found == values)
        let step: Float = 1e-3
        var wrong = 0
        for (point, gradient) in zip(points, gradients) where point.max() > 1.2 || point.min() < -0.2 {
            for axis in 0..<3 {
                var (lower, upper) = (point, point)
                lower[axis] -= step
                upper[axis] += step
                let pair = fitted.shape.unitField.values(at: [lower, upper])
                if abs((pair[1] - pair[0]) / (2 * step) - gradient[axis]) > 0.02 { wrong += 1 }
            }
        }
        // Some of the differences span two of the lattice's cells.
        #expect(wrong < points.count / 50)
    }

    @Test("An ONNX runtime gives the grid's values", .enabled(if: ExternalTool.onnxPython != nil))
    func onnxRuntimeAgrees() throws {
        let fitted = try Fit(.testGrid(coefficients: 3000, levels: 2)).run(try generated("csg-part"))
        let box = try #require(try generated("csg-part").boundingBox)
        let stream = RandomStream(seed: 5, stream: 5)
        let points = (0..<2000).map { index -> SIMD3<Float> in
            let u = stream.uniforms(at: UInt64(index))
            return box.center + (SIMD3(u.x, u.y, u.z) - 0.5) * 2.5 * box.extent
        }
        try withTemporaryFolder { folder in
            try OnnxExport.write(
                #require(fitted.shape.exportGrid), frame: fitted.shape.exportFrame, to: folder + "/grid.onnx")
            let file = SafetensorsFile(tensors: [
                .init("points", shape: [points.count, 3], values: points.flatMap { [$0.x, $0.y, $0.z] }),
                .init("values", shape: [points.count, 1], values: fitted.shape.values(at: points)),
            ])
            try file.write(to: folder + "/grid.safetensors")
            let (status, output) = try ExternalTool.run(
                ExternalTool.onnxPython ?? "", [ExternalTool.peer("onnx_check.py"), folder])
            #expect(status == 0, "\(output)")
        }
    }

    @Test(
        "A shader gives the grid's values",
        .enabled(if: ExternalTool.glslRenderer != nil, "needs OpenGL ES 3 without a display: libegl1, libgles2"))
    func shadersComputeTheSame() throws {
        // Compilers take seconds for large arrays.
        var configuration = FitConfiguration.testGrid(coefficients: 1000, levels: 2)
        configuration.grid?.baseCells = 6
        let fitted = try Fit(configuration).run(try generated("csg-part"))
        let box = try #require(try generated("csg-part").boundingBox)
        let stream = RandomStream(seed: 7, stream: 7)
        let points = (0..<20_000).map { index -> SIMD3<Float> in
            let u = stream.uniforms(at: UInt64(index))
            return box.center + (SIMD3(u.x, u.y, u.z) - 0.5) * (index % 2 == 0 ? 1.1 : 3) * box.extent
        }
        let source = try GLSLExport.text(of: #require(fitted.shape.exportGrid), frame: fitted.shape.exportFrame)
        let values = try withTemporaryFolder { folder -> [Float] in
            try AtomicFile.write(source, to: folder + "/shape.glsl")
            let bytes = points.flatMap { [$0.x, $0.y, $0.z] }.withUnsafeBytes { Array($0) }
            try AtomicFile.write(bytes.span, to: folder + "/points")
            let (status, output) = try ExternalTool.run(
                ExternalTool.glslRenderer ?? "",
                [ExternalTool.peer("render_glsl.py"), folder + "/shape.glsl", folder + "/points", folder + "/values"])
            #expect(status == 0, "\(output)")
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/values"))
            return data.withUnsafeBytes { data in
                (0..<data.count / 4).map { data.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
            }
        }
        let own = fitted.shape.values(at: points)
        #expect(values.count == own.count)
        let largest = zip(values, own).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        #expect(largest * Float(fitted.shape.transform.scale) < 1e-5)
    }

    @Test func aShaderThatWouldBeTooLargeSaysWhatFits() throws {
        let fitted = try Fit(.testGrid(coefficients: 90_000)).run(try generated("torus-knot"))
        let grid = try #require(fitted.shape.exportGrid)
        #expect {
            try GLSLExport.text(of: grid, frame: fitted.shape.exportFrame)
        } throws: {
            "\($0)".contains("takes grids of about") && "\($0)".contains("onnx")
        }
    }

    @Test func eightBitsCostLittle() throws {
        let mesh = try generated("csg-part")
        let unit = UnitCubeTransform(fitting: try #require(mesh.boundingBox)).unitMesh(mesh)
        let field = MeshField(unit)
        let fitted = try GridFit(
            mesh: unit, field: field, settings: GridSettings(coefficients: 20_000), workers: Workers()
        )
        .run()
        let points = try #require(AreaUniformSampler(unit))
        let stream = RandomStream(seed: 3, stream: 3)
        let places = (0..<20_000).map { points.point(at: UInt64($0), of: stream).point }
        func error(_ grid: SparseGrid) -> Double {
            (grid.values(at: places, workers: Workers()).reduce(0.0) { $0 + Double($1 * $1) } / 20_000).squareRoot()
        }
        let rounded = fitted.grid.rounded(to: fitted.grid.usualStorage)
        #expect(error(rounded) < 1.03 * error(fitted.grid))
        #expect(fitted.grid.usualStorage.map(\.bits) == [16, 8])
    }

    @Test func settingsOutOfRangeAreNamed() {
        for (change, name) in [
            ({ (grid: inout GridSettings) in grid.coefficients = 0 }, "coefficients"),
            ({ $0.coefficients = 1 << 30 }, "coefficients"), ({ $0.levels = 0 }, "levels"),
            ({ $0.ridge = .nan }, "ridge"), ({ $0.reach = -1 }, "reach"),
        ] as [((inout GridSettings) -> Void, String)] {
            var configuration = FitConfiguration.testGrid()
            var grid = GridSettings()
            change(&grid)
            configuration.grid = grid
            #expect {
                try configuration.validate()
            } throws: {
                "\($0)".contains(name)
            }
        }
    }
}
