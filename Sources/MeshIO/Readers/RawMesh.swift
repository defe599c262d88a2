import Core
import Geometry

/// The content of a file, before vertices are joined and useless triangles dropped.
struct RawMesh {
    /// Positions as the file holds them, three numbers a vertex.
    enum Coordinates {
        case single([Float])
        case double([Double])

        var vertexCount: Int {
            switch self {
            case .single(let values): values.count / 3
            case .double(let values): values.count / 3
            }
        }

        @inline(__always)
        func position(_ vertex: UInt32) -> SIMD3<Double> {
            let start = 3 * Int(vertex)
            switch self {
            case .single(let values):
                return SIMD3(Double(values[start]), Double(values[start + 1]), Double(values[start + 2]))
            case .double(let values): return SIMD3(values[start], values[start + 1], values[start + 2])
            }
        }
    }

    var coordinates: Coordinates
    /// Every index is below the number of vertices.
    var triangles: [SIMD3<UInt32>]
    /// Format, parts, dropped points and lines, cut polygons, unit and notes; the rest is for ``joined(path:workers:)``.
    var summary: ImportSummary
    /// Largest distance between neighbouring numbers in the file, where that is more than the coordinates' own type says.
    var coarsestStep = 0.0

    /// Most triangles and vertices that 32-bit numbers can count in all steps.
    static let mostTriangles = Int(UInt32.max) / 3 - 1
}

extension RawMesh {
    /// The mesh with vertices at one place joined, useless triangles dropped and counted.
    ///
    /// Vertices are joined when their positions are equal bit for bit (0 and −0 count as equal), whatever else told them
    /// apart in the file, so that a seam in normals or texture coordinates does not leave a closed mesh open. Nothing is
    /// welded by distance. Vertices come in the order in which triangles first use them; unused ones disappear. Far from
    /// the coordinates' origin, positions are kept relative to a point nearby (``TriangleMesh/origin``).
    ///
    /// - Throws: when nothing useful is left.
    /// - Complexity: O(n), on all workers except for numbering.
    consuming func joined(path: String, workers: Workers) throws(MeshFileError) -> ImportedMesh {
        let vertexCount = coordinates.vertexCount
        guard triangles.count < Self.mostTriangles, vertexCount < Self.mostTriangles else {
            throw .tooManyTriangles(path: path)
        }
        guard !triangles.isEmpty else {
            let points = summary.pointsDropped
            if vertexCount == 0 && points == 0 && summary.linesDropped == 0 { throw .emptyScene(path: path) }
            throw .noTriangles(
                path: path, pointCount: points > 0 ? points : vertexCount, lineCount: summary.linesDropped)
        }
        let bounds = UsedBounds(of: triangles, coordinates, workers)
        guard bounds.isFinite else {
            throw .nonFiniteVertices(path: path, count: nonFiniteVertexCount)
        }
        try checkSize(bounds, path: path)
        let origin = TriangleMesh.origin(forMinimum: bounds.minimum, maximum: bounds.maximum)

        let triangleCount = triangles.count
        var joining = VertexJoining(relative(to: origin, workers), workers)
        // Room for the joined vertices comes from what is given up here.
        coordinates = .single([])
        var kept = triangles
        triangles = []
        let vertices = joining.number(&kept)
        summary.verticesJoined = joining.usedCount - vertices.count
        summary.degenerateTrianglesDropped = triangleCount - kept.count
        joining = VertexJoining()
        let distinctCount = kept.count
        Self.dropRepetitions(in: &kept, workers)
        summary.duplicateTrianglesDropped = distinctCount - kept.count
        guard !kept.isEmpty else { throw .onlyDegenerateTriangles(path: path, count: triangleCount) }
        return ImportedMesh(
            mesh: TriangleMesh(origin: origin, vertices: vertices, triangles: kept), summary: summary)
    }

    /// Positions as floats, relative to `origin`.
    private func relative(to origin: SIMD3<Double>, _ workers: Workers) -> [Float] {
        switch coordinates {
        case .single(let values) where origin == .zero:
            return values
        case .single(let values):
            return Self.floats(count: values.count, workers) { Float(Double(values[$0]) - origin[$0 % 3]) }
        case .double(let values):
            return Self.floats(count: values.count, workers) { Float(values[$0] - origin[$0 % 3]) }
        }
    }

    private static func floats(count: Int, _ workers: Workers, _ value: (Int) -> Float) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { out, filled in
            workers.forEachChunk(of: count, chunkSize: 3 << 16) { range, _ in
                for index in range { out.initializeElement(at: index, to: value(index)) }
            }
            filled = count
        }
    }

    /// Drops triangles that have the corners and the orientation of an earlier one.
    private static func dropRepetitions(in triangles: inout [SIMD3<UInt32>], _ workers: Workers) {
        let first = DistinctTriples.firstOccurrences(in: TriangleCycles(triangles: triangles), workers: workers)
        var kept = 0
        for index in triangles.indices where first[index] == UInt32(truncatingIfNeeded: index) {
            if kept != index { triangles[kept] = triangles[index] }
            kept += 1
        }
        triangles.removeLast(triangles.count - kept)
    }

    private var nonFiniteVertexCount: Int {
        var isCounted = [Bool](repeating: false, count: coordinates.vertexCount)
        var count = 0
        for triangle in triangles {
            for corner in 0..<3 where !isCounted[Int(triangle[corner])] {
                let position = coordinates.position(triangle[corner])
                // Numbers beyond a float's range become infinite too.
                guard !SIMD3<Float>(position).isFinite else { continue }
                isCounted[Int(triangle[corner])] = true
                count += 1
            }
        }
        return count
    }

    /// Coordinates must resolve the shape.
    private mutating func checkSize(_ bounds: UsedBounds, path: String) throws(MeshFileError) {
        let side = bounds.extent.max()
        let largest = bounds.largest
        guard side > 0 else { return }
        var step = coarsestStep
        switch coordinates {
        case .single: step = max(step, Double(Float(largest).ulp))
        case .double: step = max(step, largest.ulp)
        }
        guard side >= MeshImport.leastStepCount * step else {
            throw .farFromOrigin(path: path, longestSide: Float(side), largestCoordinate: Float(largest))
        }
        if side < MeshImport.smoothStepCount * step {
            summary.notes.append(
                "its numbers are \(Float(step)) apart at coordinates of \(Float(largest)): \(Int(side / step)) steps along its longest side"
            )
        }
    }
}

/// The box of the vertices that triangles use, in double precision.
struct UsedBounds {
    private(set) var minimum = SIMD3<Double>(repeating: .infinity)
    private(set) var maximum = SIMD3<Double>(repeating: -.infinity)
    /// Whether all coordinates are numbers that a float can hold.
    private(set) var isFinite = true

    var extent: SIMD3<Double> { maximum - minimum }
    /// The largest magnitude of a coordinate.
    var largest: Double { max(-minimum.min(), maximum.max(), minimum.max(), -maximum.min()) }

    init() {}

    init(of triangles: [SIMD3<UInt32>], _ coordinates: RawMesh.Coordinates, _ workers: Workers) {
        let chunkSize = 1 << 16
        var parts = [UsedBounds](repeating: UsedBounds(), count: (triangles.count + chunkSize - 1) / chunkSize)
        parts.withUnsafeMutableBufferPointer { parts in
            workers.forEachChunk(of: triangles.count, chunkSize: chunkSize) { range, _ in
                var part = UsedBounds()
                for index in range {
                    let triangle = triangles[index]
                    part.add(coordinates.position(triangle.x))
                    part.add(coordinates.position(triangle.y))
                    part.add(coordinates.position(triangle.z))
                }
                parts[range.lowerBound / chunkSize] = part
            }
        }
        for part in parts {
            minimum = pointwiseMin(minimum, part.minimum)
            maximum = pointwiseMax(maximum, part.maximum)
            isFinite = isFinite && part.isFinite
        }
    }

    @inline(__always)
    private mutating func add(_ position: SIMD3<Double>) {
        minimum = pointwiseMin(minimum, position)
        maximum = pointwiseMax(maximum, position)
        // False for NaN, too.
        let bound = Double(Float.greatestFiniteMagnitude)
        if !(all(position .<= bound) && all(position .>= -bound)) { isFinite = false }
    }
}

/// Gives one number to all vertices at one place.
private struct VertexJoining {
    private let positions: [Float]
    /// For each vertex the first one at its place.
    private let first: [UInt32]
    /// Different vertices that triangles of three places use.
    private(set) var usedCount = 0

    init() {
        positions = []
        first = []
    }

    init(_ positions: [Float], _ workers: Workers) {
        self.positions = positions
        first = DistinctTriples.firstOccurrences(in: VertexBits(positions: positions), workers: workers)
    }

    /// Renumbers the corners of `triangles` in the order of their use and drops those with two corners at one place.
    ///
    /// - Returns: the vertices, by their new numbers.
    mutating func number(_ triangles: inout [SIMD3<UInt32>]) -> [SIMD3<Float>] {
        let unseen = UInt32.max
        var numbers = [UInt32](repeating: unseen, count: first.count)
        var isUsed = [UInt64](repeating: 0, count: (first.count + 63) / 64)
        var vertices: [SIMD3<Float>] = []
        vertices.reserveCapacity(min(first.count, triangles.count / 2 + 16))
        var kept = 0
        for index in triangles.indices {
            let triangle = triangles[index]
            var joined = SIMD3(first[Int(triangle.x)], first[Int(triangle.y)], first[Int(triangle.z)])
            // A triangle of three distinct vertices on a line stays: its neighbours would come apart without it.
            if joined.x == joined.y || joined.y == joined.z || joined.z == joined.x { continue }
            for corner in 0..<3 {
                let vertex = Int(joined[corner])
                if numbers[vertex] == unseen {
                    numbers[vertex] = UInt32(truncatingIfNeeded: vertices.count)
                    // Adding zero turns −0 into 0 and nothing else.
                    vertices.append(
                        SIMD3(positions[3 * vertex], positions[3 * vertex + 1], positions[3 * vertex + 2]) + 0)
                }
                joined[corner] = numbers[vertex]
                let bit: UInt64 = 1 << UInt64(triangle[corner] & 63)
                let word = Int(triangle[corner] >> 6)
                usedCount += isUsed[word] & bit == 0 ? 1 : 0
                isUsed[word] |= bit
            }
            triangles[kept] = joined
            kept += 1
        }
        triangles.removeLast(triangles.count - kept)
        return vertices
    }
}

private struct VertexBits: TripleList {
    let positions: [Float]
    var count: Int { positions.count / 3 }

    @inline(__always)
    func triple(at index: Int) -> SIMD3<UInt32> {
        let position = SIMD3(positions[3 * index], positions[3 * index + 1], positions[3 * index + 2]) + 0
        return unsafeBitCast(position, to: SIMD3<UInt32>.self)
    }
}

private struct TriangleCycles: TripleList {
    let triangles: [SIMD3<UInt32>]
    var count: Int { triangles.count }

    @inline(__always)
    func triple(at index: Int) -> SIMD3<UInt32> { triangles[index].startingAtSmallest }
}

extension SIMD3<UInt32> {
    /// The same cycle of corners, the smallest first: equal for triangles that are equal and face the same way.
    @inline(__always)
    var startingAtSmallest: SIMD3<UInt32> {
        if x <= y && x <= z { return self }
        return y <= z ? SIMD3(y, z, x) : SIMD3(z, x, y)
    }
}

extension SIMD3<Float> {
    @inlinable
    var isFinite: Bool { x.isFinite && y.isFinite && z.isFinite }
}
