import Core
import Geometry

/// Stanford PLY: every type, list and order of elements, in text and both byte orders.
///
/// Surfaces come as faces (`face`, polygons cut into triangles), as triangle strips (`tristrips`, ended by −1) or as a
/// range grid (`range_grid`, `obj_info num_cols` and `num_rows`); other elements are skipped. A row that the header
/// declares and the file lacks is an error.
enum PlyReader {
    static func read(_ file: SourceFile, workers: Workers) throws(MeshFileError) -> RawMesh {
        let content = try Content(file, workers: workers)
        var summary = content.summary
        let triangles = FaceTriangulation.triangles(
            of: [content.faces], workers: workers, position: content.coordinates.position)
        summary.pointsDropped = content.faces.pointCount
        summary.linesDropped += content.faces.lineCount
        summary.polygonsTriangulated = content.faces.polygons.count
        return RawMesh(
            coordinates: content.coordinates, triangles: triangles + content.stripTriangles, summary: summary)
    }

    /// The vertices of a file as points, with their normals where it has them; its faces play no part.
    ///
    /// - Returns: positions relative to the cloud's origin.
    /// - Throws: `emptyScene` when there are no vertices.
    static func readPoints(_ file: SourceFile, workers: Workers) throws(MeshFileError) -> ImportedPoints {
        let content = try Content(file, workers: workers)
        return try ImportedPoints(
            content.coordinates, normals: content.normals, summary: content.summary, path: file.path)
    }

    /// Everything of use in a file.
    struct Content {
        var coordinates = RawMesh.Coordinates.single([])
        /// Three numbers a vertex; nil when the file has none.
        var normals: [Float]?
        var faces = FaceList()
        var stripTriangles: [SIMD3<UInt32>] = []
        var summary = ImportSummary()

        init(_ file: SourceFile, workers: Workers) throws(MeshFileError) {
            let header = try PlyHeader(of: file)
            summary.format = header.encoding == .ascii ? "Stanford PLY (text)" : "Stanford PLY (binary)"
            summary.partCount = 1
            for line in header.strayLines { summary.notes.append("unknown header line: \(line.prefix(60))") }
            var data = PlyData(file, header)
            var grid: RangeGrid?
            var skipped: [String] = []
            for element in header.elements {
                try data.begin(element)
                switch element.name {
                case "vertex": try readVertices(element, &data, file, header, workers)
                case "face" where element.count > 0: try readFaces(element, &data, file, header, workers)
                case "tristrips" where element.count > 0: try readStrips(element, &data, file)
                case "range_grid" where element.count > 0 && RangeGrid.isDescribed(by: header.objectInfo):
                    grid = try RangeGrid(element, objectInfo: header.objectInfo, &data, file)
                // Rows of nothing take no place in the file, however many are declared.
                case _ where element.properties.isEmpty: break
                default:
                    if element.name == "edge" { summary.linesDropped += element.count }
                    if !["edge", "material", "face", "tristrips"].contains(element.name) && element.count > 0 {
                        skipped.append(element.name)
                    }
                    try Self.skipRows(of: element, &data)
                }
            }
            if !skipped.isEmpty { summary.notes.append("elements not looked at: \(skipped.joined(separator: ", "))") }
            // Where there are faces, they are the surface that was made of the grid.
            if let grid, faces.corners.isEmpty && stripTriangles.isEmpty {
                try grid.check(vertexCount: coordinates.vertexCount, file)
                let (triangles, note) = grid.triangles(position: coordinates.position)
                stripTriangles += triangles
                summary.notes.append(note)
            }
            try checkIndices(file)
            noteRest(file, data.position, header)
        }

        /// Whatever stands behind the last element.
        private mutating func noteRest(_ file: SourceFile, _ position: Int, _ header: PlyHeader) {
            let rest = file.bytes[min(position, file.bytes.count)...].drop { TextScanner.isSeparator($0) || $0 == 0 }
            if !rest.isEmpty { summary.notes.append("\(rest.count) bytes behind the last element were not looked at") }
        }

        private static func skipRows(of element: PlyHeader.Element, _ data: inout PlyData) throws(MeshFileError) {
            for _ in 0..<element.count {
                try data.beginRow()
                for property in element.properties { try data.skip(property) }
                try data.endRow()
            }
        }

        private func checkIndices(_ file: SourceFile) throws(MeshFileError) {
            let vertexCount = coordinates.vertexCount
            for corner in faces.corners where corner >= vertexCount {
                throw .indexOutOfRange(path: file.path, index: Int(corner), vertexCount: vertexCount)
            }
            for triangle in stripTriangles where triangle.max() >= vertexCount {
                throw .indexOutOfRange(path: file.path, index: Int(triangle.max()), vertexCount: vertexCount)
            }
        }
    }
}

// MARK: - Elements

extension PlyReader.Content {
    private mutating func readVertices(
        _ element: PlyHeader.Element, _ data: inout PlyData, _ file: SourceFile, _ header: PlyHeader,
        _ workers: Workers
    ) throws(MeshFileError) {
        let axes = try Self.columns(["x", "y", "z"], in: element, file)
        guard let axes else {
            if element.count == 0 { return }
            throw file.malformed("its vertices have no properties x, y and z")
        }
        let directions = try Self.columns(["nx", "ny", "nz"], in: element, file)
        // Floats and small integers fit into floats.
        let isDouble =
            header.encoding == .ascii
            || axes.contains { [.float64, .int32, .uint32, .int64, .uint64].contains(element.properties[$0].type) }
        let isBigEndian = header.encoding == .bigEndian
        if header.encoding != .ascii,
            let records = Self.records(
                of: element, columns: axes, at: data.position, file, isBigEndian: isBigEndian, asDouble: isDouble,
                workers)
        {
            coordinates = records
            if let directions,
                case .single(let values)? = Self.records(
                    of: element, columns: directions, at: data.position, file, isBigEndian: isBigEndian,
                    asDouble: false, workers)
            {
                normals = values
            }
            data.skip(bytes: (element.rowBytes ?? 0) * element.count)
            return
        }
        var single: [Float] = []
        var double: [Double] = []
        var normals: [Float] = []
        if isDouble { double.reserveCapacity(3 * element.count) } else { single.reserveCapacity(3 * element.count) }
        var values = [Double](repeating: 0, count: element.properties.count)
        for _ in 0..<element.count {
            try data.beginRow()
            for (column, property) in element.properties.enumerated() {
                if property.countType == nil {
                    values[column] = try data.number(property.type)
                } else {
                    try data.skip(property)
                }
            }
            try data.endRow()
            for axis in axes {
                if isDouble { double.append(values[axis]) } else { single.append(Float(values[axis])) }
            }
            if let directions { for axis in directions { normals.append(Float(values[axis])) } }
        }
        coordinates = isDouble ? .double(double) : .single(single)
        self.normals = directions == nil ? nil : normals
    }

    /// Where properties of these names stand; nil unless all are there.
    private static func columns(
        _ names: [String], in element: PlyHeader.Element, _ file: SourceFile
    ) throws(MeshFileError) -> [Int]? {
        var found: [Int] = []
        for name in names {
            guard let column = element.properties.firstIndex(where: { $0.name == name }) else { return nil }
            guard element.properties[column].countType == nil else {
                throw file.malformed("the property \(name) of its vertices is a list")
            }
            found.append(column)
        }
        return found
    }

    private static func indexColumn(
        of element: PlyHeader.Element, _ file: SourceFile
    ) throws(MeshFileError) -> Int {
        let lists = element.properties.indices.filter { element.properties[$0].countType != nil }
        for name in ["vertex_indices", "vertex_index"] {
            if let column = lists.first(where: { element.properties[$0].name == name }) { return column }
        }
        // Some writers name it otherwise; one list of whole numbers leaves no doubt.
        let whole = lists.filter { element.properties[$0].type.isInteger }
        if whole.count == 1 { return whole[0] }
        throw file.malformed("its element \(element.name) has no list vertex_indices")
    }

    private mutating func readFaces(
        _ element: PlyHeader.Element, _ data: inout PlyData, _ file: SourceFile, _ header: PlyHeader, _ workers: Workers
    ) throws(MeshFileError) {
        let column = try Self.indexColumn(of: element, file)
        let property = element.properties[column]
        if header.encoding != .ascii,
            let corners = Self.triangleRecords(
                of: element, column: column, at: data.position, file, isBigEndian: header.encoding == .bigEndian,
                workers)
        {
            faces.corners = corners
            data.skip(bytes: (element.leastRowBytes + 12) * element.count)
            return
        }
        faces.corners.reserveCapacity(3 * element.count)
        for _ in 0..<element.count {
            try data.beginRow()
            for (number, other) in element.properties.enumerated() {
                if number != column {
                    try data.skip(other)
                    continue
                }
                let count = try data.listCount(property)
                let start = faces.corners.count
                for _ in 0..<count { faces.corners.append(try Self.vertexNumber(data.integer(property.type), file)) }
                faces.closeFace(from: start)
            }
            try data.endRow()
        }
    }

    @inline(__always)
    private static func vertexNumber(_ value: Int, _ file: SourceFile) throws(MeshFileError) -> UInt32 {
        guard let number = UInt32(exactly: value) else {
            throw file.malformed("a face refers to vertex \(value)")
        }
        return number
    }

    /// Strips, each ended by −1: triangle n has the corners n, n + 1, n + 2, every second one turned around.
    private mutating func readStrips(
        _ element: PlyHeader.Element, _ data: inout PlyData, _ file: SourceFile
    ) throws(MeshFileError) {
        let column = try Self.indexColumn(of: element, file)
        let property = element.properties[column]
        for _ in 0..<element.count {
            try data.beginRow()
            for (number, other) in element.properties.enumerated() {
                if number != column {
                    try data.skip(other)
                    continue
                }
                var strip = TriangleStrip()
                for _ in 0..<(try data.listCount(property)) {
                    let value = try data.integer(property.type)
                    if value < 0 || property.type == .uint32 && value == Int(UInt32.max) {
                        strip = TriangleStrip()
                    } else if let triangle = strip.add(try Self.vertexNumber(value, file)) {
                        stripTriangles.append(triangle)
                    }
                }
            }
            try data.endRow()
        }
    }
}

/// A strip of triangles, corner by corner.
struct TriangleStrip {
    private var previous: (UInt32, UInt32) = (0, 0)
    private var count = 0

    /// The triangle that a further corner makes, facing as the strip's first; nil before there are three corners.
    mutating func add(_ corner: UInt32) -> SIMD3<UInt32>? {
        defer {
            previous = (previous.1, corner)
            count += 1
        }
        guard count >= 2 else { return nil }
        return count % 2 == 0 ? SIMD3(previous.0, previous.1, corner) : SIMD3(previous.1, previous.0, corner)
    }
}
