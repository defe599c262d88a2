import Core
import Geometry

/// A scanner's grid over its vertices, row after row: each cell holds one vertex or none.
struct RangeGrid {
    private let columnCount: Int
    private let rowCount: Int
    /// The vertex of each cell; nil for none.
    private let cells: [UInt32?]

    /// Edges beyond this many times the usual distance of neighbours bridge a step in depth, where the scanner saw no
    /// surface (Turk and Levoy, "Zippered polygon meshes from range images", SIGGRAPH 1994, section 3: "four times").
    private static let longestEdge = 4.0

    init(
        _ element: PlyHeader.Element, objectInfo: [[String]], _ data: inout PlyData, _ file: SourceFile
    ) throws(MeshFileError) {
        guard let columns = Self.size("num_cols", objectInfo), let rows = Self.size("num_rows", objectInfo) else {
            throw file.malformed("its range grid has no obj_info num_cols and num_rows")
        }
        let (product, overflow) = columns.multipliedReportingOverflow(by: rows)
        guard !overflow, product == element.count else {
            throw file.malformed("its range grid of \(columns) × \(rows) has \(element.count) cells")
        }
        guard let column = element.properties.firstIndex(where: { $0.countType != nil }) else {
            throw file.malformed("its range grid has no list vertex_indices")
        }
        columnCount = columns
        rowCount = rows
        var cells: [UInt32?] = []
        cells.reserveCapacity(element.count)
        for _ in 0..<element.count {
            try data.beginRow()
            var cell: UInt32?
            for (number, property) in element.properties.enumerated() {
                if number != column {
                    try data.skip(property)
                    continue
                }
                for _ in 0..<(try data.listCount(property)) {
                    let value = try data.integer(property.type)
                    guard let vertex = UInt32(exactly: value) else {
                        throw file.malformed("its range grid refers to vertex \(value)")
                    }
                    cell = vertex
                }
            }
            try data.endRow()
            cells.append(cell)
        }
        self.cells = cells
    }

    /// Whether the header says how many columns and rows a grid has.
    static func isDescribed(by objectInfo: [[String]]) -> Bool {
        size("num_cols", objectInfo) != nil && size("num_rows", objectInfo) != nil
    }

    private static func size(_ name: String, _ objectInfo: [[String]]) -> Int? {
        objectInfo.first { $0.first == name && $0.count >= 2 }.flatMap { Int($0[1]) }.flatMap { $0 > 0 ? $0 : nil }
    }

    func check(vertexCount: Int, _ file: SourceFile) throws(MeshFileError) {
        for cell in cells {
            if let cell, cell >= vertexCount {
                throw .indexOutOfRange(path: file.path, index: Int(cell), vertexCount: vertexCount)
            }
        }
    }

    /// Two triangles for four neighbours, one for three, none across steps in depth; and what to tell of it.
    ///
    /// Facing +z, from where such scanners look.
    func triangles(position: (UInt32) -> SIMD3<Double>) -> ([SIMD3<UInt32>], String) {
        var triangles: [SIMD3<UInt32>] = []
        for row in 0..<max(rowCount - 1, 0) {
            for column in 0..<max(columnCount - 1, 0) {
                let start = row * columnCount + column
                let corners = [
                    cells[start], cells[start + 1], cells[start + columnCount + 1], cells[start + columnCount],
                ]
                let present = corners.compactMap { $0 }
                if present.count == 3 { triangles.append(SIMD3(present[0], present[1], present[2])) }
                guard present.count == 4 else { continue }
                let (a, b, c, d) = (present[0], present[1], present[2], present[3])
                // Along the shorter diagonal, which steps in depth cross less.
                if squaredDistance(position(a), position(c)) <= squaredDistance(position(b), position(d)) {
                    triangles += [SIMD3(a, b, c), SIMD3(a, c, d)]
                } else {
                    triangles += [SIMD3(a, b, d), SIMD3(b, c, d)]
                }
            }
        }
        let edges = triangles.map { longestEdge(of: $0, position) }
        let usual = edges.sorted().dropFirst(edges.count / 2).first ?? 0
        var kept: [SIMD3<UInt32>] = []
        var facing = 0.0
        for (triangle, edge) in zip(triangles, edges) where edge <= Self.longestEdge * usual {
            kept.append(triangle)
            facing +=
                cross(
                    position(triangle.y) - position(triangle.x), position(triangle.z) - position(triangle.x)
                ).z
        }
        if facing < 0 { kept = kept.map { SIMD3($0.x, $0.z, $0.y) } }
        let left = triangles.count - kept.count
        return (
            kept,
            "a range grid of \(columnCount) × \(rowCount) became \(kept.count) triangles facing +z; \(left) across steps in depth were left out"
        )
    }

    private func squaredDistance(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double { ((a - b) * (a - b)).sum() }

    private func longestEdge(of triangle: SIMD3<UInt32>, _ position: (UInt32) -> SIMD3<Double>) -> Double {
        let (a, b, c) = (position(triangle.x), position(triangle.y), position(triangle.z))
        return max(squaredDistance(a, b), squaredDistance(b, c), squaredDistance(c, a)).squareRoot()
    }
}
