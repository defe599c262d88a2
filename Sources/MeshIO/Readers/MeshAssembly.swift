import Geometry

/// Builds one indexed mesh from the pieces of a scene: identical vertices joined, useless faces dropped and counted.
///
/// Vertices are joined when their positions are equal bit for bit (0 and −0 count as equal), whatever else told them
/// apart in the file, so that a seam in normals or texture coordinates does not leave a closed mesh open. Nothing is
/// welded by distance. Vertices come in the order in which triangles first use them; unused ones disappear.
struct MeshAssembly {
    private var vertices: TripleIndex
    private var faces: TripleIndex
    private var triangles: [SIMD3<UInt32>] = []
    /// Vertices that triangles used, before joining.
    private(set) var usedVertexCount = 0
    private(set) var triangleCount = 0
    private(set) var degenerateCount = 0
    private(set) var duplicateCount = 0
    private(set) var nonFiniteCount = 0

    init(expectedTriangles: Int) {
        vertices = TripleIndex(capacity: expectedTriangles / 2 + 16)
        faces = TripleIndex(capacity: expectedTriangles)
        triangles.reserveCapacity(expectedTriangles)
    }

    var joinedVertexCount: Int { usedVertexCount - vertices.keys.count }

    /// Adds triangles over vertices of their own.
    ///
    /// - Parameters:
    ///   - positions: the piece's vertices.
    ///   - corners: indices into `positions`, each in range.
    ///   - reversed: whether each triangle's orientation is turned around, because the piece was mirrored.
    mutating func add(positions: [SIMD3<Float>], corners: [SIMD3<UInt32>], reversed: Bool) {
        let unseen = UInt32.max
        var numbers = [UInt32](repeating: unseen, count: positions.count)
        for corner in corners {
            var triangle = SIMD3<UInt32>()
            for side in 0..<3 {
                let vertex = Int(corner[side])
                if numbers[vertex] == unseen {
                    // Adding zero turns −0 into 0 and nothing else.
                    let position = positions[vertex] + 0
                    if !position.isFinite { nonFiniteCount += 1 }
                    usedVertexCount += 1
                    numbers[vertex] =
                        vertices.number(
                            of: SIMD3(position.x.bitPattern, position.y.bitPattern, position.z.bitPattern)
                        ).number
                }
                triangle[side] = numbers[vertex]
            }
            add(reversed ? SIMD3(triangle.x, triangle.z, triangle.y) : triangle)
        }
    }

    private mutating func add(_ triangle: SIMD3<UInt32>) {
        triangleCount += 1
        // A triangle of three distinct vertices on a line stays: its neighbours would come apart without it.
        if triangle.x == triangle.y || triangle.y == triangle.z || triangle.z == triangle.x {
            degenerateCount += 1
        } else if faces.number(of: triangle.startingAtSmallest).isNew {
            triangles.append(triangle)
        } else {
            duplicateCount += 1
        }
    }

    /// The mesh of everything added.
    var mesh: TriangleMesh {
        TriangleMesh(
            vertices: vertices.keys.map { key in
                SIMD3(Float(bitPattern: key.x), Float(bitPattern: key.y), Float(bitPattern: key.z))
            }, triangles: triangles)
    }
}

extension SIMD3<UInt32> {
    /// The same cycle of corners, the smallest first: equal for triangles that are equal and face the same way.
    var startingAtSmallest: SIMD3<UInt32> {
        if x <= y && x <= z { return self }
        return y <= z ? SIMD3(y, z, x) : SIMD3(z, x, y)
    }
}

extension SIMD3<Float> {
    @inlinable
    var isFinite: Bool { x.isFinite && y.isFinite && z.isFinite }
}
