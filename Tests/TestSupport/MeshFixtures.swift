import Foundation
import Geometry
import MeshIO

/// Writes `text` to a file called `name` and imports it.
package func importText(_ text: String, as name: String) throws -> ImportedMesh {
    try importBytes(Array(text.utf8), as: name)
}

package func importBytes(_ bytes: [UInt8], as name: String) throws -> ImportedMesh {
    try withTemporaryFolder { folder in
        let path = folder + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try MeshImport.load(path: path)
    }
}

/// Meshes whose topology is known in closed form.
package enum KnownMesh {
    package static let tetrahedron = TriangleMesh(
        vertices: [SIMD3(0, 0, 0), SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)],
        triangles: [SIMD3(0, 2, 1), SIMD3(0, 1, 3), SIMD3(0, 3, 2), SIMD3(1, 2, 3)])

    /// A grid of rows × columns quads over a parameter square, its sides glued as told; facing outward for a torus.
    package static func grid(
        rows: Int, columns: Int, wrapsRows: Bool, wrapsColumns: Bool, twisted: Bool = false,
        _ position: (_ row: Double, _ column: Double) -> SIMD3<Float>
    ) -> TriangleMesh {
        let rowCount = wrapsRows ? rows : rows + 1
        let columnCount = wrapsColumns ? columns : columns + 1
        var mesh = TriangleMesh()
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                mesh.vertices.append(position(Double(row) / Double(rows), Double(column) / Double(columns)))
            }
        }
        func index(_ row: Int, _ column: Int) -> UInt32 {
            // A twist glues the last row to the first one read backwards.
            let flips = twisted && row == rows
            let wrapped = column % columnCount
            return UInt32((row % rowCount) * columnCount + (flips ? columnCount - 1 - wrapped : wrapped))
        }
        for row in 0..<rows {
            for column in 0..<columns {
                let (a, b) = (index(row, column), index(row + 1, column))
                let (c, d) = (index(row + 1, column + 1), index(row, column + 1))
                mesh.triangles += [SIMD3(a, b, c), SIMD3(a, c, d)]
            }
        }
        return mesh
    }

    package static func torus(rows: Int = 24, columns: Int = 12) -> TriangleMesh {
        grid(rows: rows, columns: columns, wrapsRows: true, wrapsColumns: true) { row, column in
            let (u, v) = (row * 2 * Double.pi, column * 2 * Double.pi)
            let radius = 2 + 0.5 * cos(v)
            return SIMD3(Float(radius * cos(u)), Float(radius * sin(u)), Float(0.5 * sin(v)))
        }
    }

    package static func plane(rows: Int = 4, columns: Int = 3) -> TriangleMesh {
        grid(rows: rows, columns: columns, wrapsRows: false, wrapsColumns: false) { row, column in
            SIMD3(Float(row), Float(column), 0)
        }
    }

    package static func moebiusStrip(rows: Int = 16, columns: Int = 3) -> TriangleMesh {
        grid(rows: rows, columns: columns, wrapsRows: true, wrapsColumns: false, twisted: true) { row, column in
            let angle = row * 2 * Double.pi
            let across = column - 0.5
            let radius = 1 + across * cos(angle / 2)
            return SIMD3(Float(radius * cos(angle)), Float(radius * sin(angle)), Float(across * sin(angle / 2)))
        }
    }
}

extension TriangleMesh {
    package func moved(by offset: SIMD3<Float>) -> TriangleMesh {
        TriangleMesh(vertices: vertices.map { $0 + offset }, triangles: triangles)
    }

    /// Every triangle turned around.
    package var reversed: TriangleMesh {
        TriangleMesh(vertices: vertices, triangles: triangles.map { SIMD3($0.x, $0.z, $0.y) })
    }

    /// Both meshes as one; no vertices are joined.
    package func joined(with other: TriangleMesh) -> TriangleMesh {
        let offset = SIMD3(repeating: UInt32(vertices.count))
        return TriangleMesh(
            vertices: vertices + other.vertices, triangles: triangles + other.triangles.map { $0 &+ offset })
    }
}
