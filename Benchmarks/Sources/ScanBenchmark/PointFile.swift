import Foundation

/// Binary PLY of positions and normals, as this program writes it.
enum PointFile {
    private static func header(_ count: Int) -> String {
        """
        ply
        format binary_little_endian 1.0
        element vertex \(count)
        property float x
        property float y
        property float z
        property float nx
        property float ny
        property float nz
        end_header

        """
    }

    static func write(_ points: ScanModel.Points, to path: String) throws {
        var data = Data(header(points.positions.count).utf8)
        var floats: [Float] = []
        for (position, normal) in zip(points.positions, points.normals) {
            floats += [position.x, position.y, position.z, normal.x, normal.y, normal.z]
        }
        floats.withUnsafeBytes { data.append(contentsOf: $0) }
        try data.write(to: URL(fileURLWithPath: path))
    }

    static func read(_ path: String) throws -> ScanModel.Points {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        guard let end = data.range(of: Data("end_header\n".utf8)) else { throw CocoaError(.fileReadCorruptFile) }
        let count = (data.count - end.upperBound) / 24
        var floats = [Float](repeating: 0, count: 6 * count)
        _ = floats.withUnsafeMutableBytes { data.copyBytes(to: $0, from: end.upperBound..<end.upperBound + 24 * count) }
        var points = ScanModel.Points()
        points.positions = (0..<count).map { SIMD3(floats[6 * $0], floats[6 * $0 + 1], floats[6 * $0 + 2]) }
        points.normals = (0..<count).map { SIMD3(floats[6 * $0 + 3], floats[6 * $0 + 4], floats[6 * $0 + 5]) }
        return points
    }
}
