import Core
import NeuralFields

/// Sparse grids as ONNX graphs: for each level the point's cell, its block's place in a table, and the cell's eight values by `Gather`.
extension OnnxExport {
    /// Writes a grid, whole or not at all.
    ///
    /// - Parameters:
    ///   - grid: whose function is written.
    ///   - frame: the caller's coordinates and values.
    ///   - path: where to.
    /// - Throws: `NeuralFieldsError.fileUnwritable`.
    public static func write(_ grid: ExportGrid, frame: ExportFrame, to path: String) throws(NeuralFieldsError) {
        do {
            try AtomicFile.write(bytes(of: grid, frame: frame).span, to: path)
        } catch {
            throw .fileUnwritable(path: error.path, reason: error.reason)
        }
    }

    /// `points` (n, 3) → `values` (n, 1), single precision.
    ///
    /// - Parameters:
    ///   - grid: whose function is written.
    ///   - frame: the caller's coordinates and values.
    ///   - metadata: any text.
    public static func bytes(
        of grid: ExportGrid, frame: ExportFrame, metadata: [String: String] = [:]
    ) -> [UInt8] {
        var builder = OnnxBuilder()
        let point = frame.place(OnnxBuilder.Rows(name: "points", columns: 3), in: &builder).name
        let inner = Self.value(of: grid, at: point, &builder.graph)
        let output = frame.finish(OnnxBuilder.Rows(name: inner, columns: 1), in: &builder).name
        return builder.graph.model(
            input: "points", inputColumns: 3, output: output, outputName: "values", outputColumns: 1,
            metadata: metadata)
    }

    /// The grid at points of the unit cube, (n, 1).
    private static func value(of export: ExportGrid, at point: String, _ graph: inout OnnxGraph) -> String {
        let grid = export.grid
        let lowest = graph.constant("grid.lower", shape: [3], list(export.lower))
        let highest = graph.constant("grid.upper", shape: [3], list(export.upper))
        let nearest = graph.node("Min", [graph.node("Max", [point, lowest]), highest])
        var sum: String?
        for index in grid.levels.indices {
            let value = self.value(of: grid, level: index, at: nearest, &graph)
            sum = sum.map { graph.node("Add", [$0, value]) } ?? value
        }
        let inner = sum ?? nearest
        let beyond = graph.node("Sub", [point, nearest])
        let columns = graph.constant("grid.columns", shape: [1], integers: [1])
        let squares = graph.node(
            "ReduceSum", [graph.node("Mul", [beyond, beyond]), columns], integers: ["keepdims": 1])
        var outer = graph.node("Sqrt", [graph.node("Add", [graph.node("Mul", [inner, inner]), squares])])
        let zero = graph.constant("grid.zero", [0])
        if let surroundings = export.surroundings {
            let inverse = graph.constant("grid.inverse_blend", [1 / export.blendLength])
            let falling = graph.node(
                "Sub", [graph.constant("grid.one", [1]), graph.node("Mul", [graph.node("Sqrt", [squares]), inverse])])
            let part = graph.node("Max", [falling, zero])
            let difference = graph.node("Sub", [inner, graph.latticeValue(surroundings, at: nearest)])
            let blended = graph.node(
                "Add", [graph.latticeValue(surroundings, at: point), graph.node("Mul", [difference, part])])
            outer = graph.node("Max", [outer, blended])
        }
        return graph.node("Where", [graph.node("Greater", [squares, zero]), outer, inner])
    }

    private static func list(_ vector: SIMD3<Float>) -> [Float] { [vector.x, vector.y, vector.z] }

    /// One level's trilinear function at points of the lattice, (n, 1).
    private static func value(
        of grid: SparseGrid, level index: Int, at points: String, _ graph: inout OnnxGraph
    ) -> String {
        let lattice = grid.levels[index].lattice
        let table = grid.blockTable(ofLevel: index)
        func name(_ part: String) -> String { "grid.\(index).\(part)" }
        let origin = graph.constant(name("origin"), shape: [3], list(lattice.origin))
        let cells = graph.constant(name("inverse_spacing"), shape: [3], list(1 / lattice.spacing))
        let coordinates = graph.node("Mul", [graph.node("Sub", [points, origin]), cells])
        let last = graph.constant(name("last_cell"), shape: [3], list(SIMD3<Float>(lattice.cellCounts &- 1)))
        let first = graph.constant("grid.zero", [0])
        let cell = graph.node("Min", [graph.node("Max", [graph.node("Floor", [coordinates]), first]), last])
        let place = graph.node("Sub", [coordinates, cell])

        let number = graph.indices(cell)
        let side = graph.constant("grid.block_side", shape: [], integers: [8])
        let block = graph.node("Div", [number, side])
        let local = graph.node("Sub", [number, graph.node("Mul", [block, side])])
        let counts = table.blockCounts
        let blockStrides = graph.constant(
            name("block_strides"), shape: [3], integers: [1, counts.x, counts.x * counts.y])
        let columns = graph.constant("grid.columns", shape: [1], integers: [1])
        func flattened(_ vector: String, _ strides: String) -> String {
            graph.node("ReduceSum", [graph.node("Mul", [vector, strides]), columns], integers: ["keepdims": 1])
        }
        // Blocks without coefficients are one more, of zeros.
        let slots = graph.constant(
            name("slots"), shape: [table.slots.count],
            integers: table.slots.map { $0 < 0 ? table.values.count / 729 - 1 : Int($0) })
        let slot = graph.node("Gather", [slots, flattened(block, blockStrides)])
        let start = graph.node("Mul", [slot, graph.constant("grid.block_size", shape: [], integers: [729])])
        let inBlock = flattened(local, graph.constant("grid.local_strides", shape: [3], integers: [1, 9, 81]))
        let corners = graph.constant("grid.corners", shape: [8], integers: [0, 1, 9, 10, 81, 82, 90, 91])
        let indices = graph.node("Add", [graph.node("Add", [start, inBlock]), corners])
        let values = graph.node(
            "Gather", [graph.constant(name("values"), shape: [table.values.count], table.values), indices])

        // 1 − t for lower corners and t for upper ones, along each axis.
        var weights: String?
        for axis in 0..<3 {
            let isUpper = (0..<8).map { $0 >> axis & 1 == 1 }
            var signs = [Float](repeating: 0, count: 24)
            for corner in 0..<8 { signs[8 * axis + corner] = isUpper[corner] ? 1 : -1 }
            let slope = graph.constant("grid.signs_\(axis)", shape: [3, 8], signs)
            let offset = graph.constant("grid.offsets_\(axis)", shape: [8], isUpper.map { $0 ? 0 : 1 })
            let along = graph.node("Add", [graph.node("MatMul", [place, slope]), offset])
            weights = weights.map { graph.node("Mul", [$0, along]) } ?? along
        }
        return graph.node(
            "ReduceSum", [graph.node("Mul", [values, weights ?? values]), columns], integers: ["keepdims": 1])
    }
}
