import Core
import Geometry

/// What a mesh's connectivity says.
package struct Connectivity {
    /// Every directed edge occurs once and so does its reverse.
    package var isClosedAndOriented = true
    /// The triangles around every vertex form one cycle.
    package var hasManifoldVertices = true
    package var unusedVertices = 0
    package var eulerCharacteristic = 0
    package var components = 0

    package init(_ mesh: TriangleMesh) {
        var next: [UInt64: UInt32] = [:]
        next.reserveCapacity(mesh.triangles.count * 3)
        var degree = [Int](repeating: 0, count: mesh.vertices.count)
        var spoke = [UInt32](repeating: .max, count: mesh.vertices.count)
        func key(_ a: UInt32, _ b: UInt32) -> UInt64 { UInt64(a) << 32 | UInt64(b) }
        var parent = Array(0..<mesh.vertices.count)
        func root(_ vertex: Int) -> Int {
            var vertex = vertex
            while parent[vertex] != vertex {
                parent[vertex] = parent[parent[vertex]]
                vertex = parent[vertex]
            }
            return vertex
        }
        for t in mesh.triangles {
            for (a, b, c) in [(t.x, t.y, t.z), (t.y, t.z, t.x), (t.z, t.x, t.y)] {
                if a == b || next.updateValue(c, forKey: key(a, b)) != nil { isClosedAndOriented = false }
                degree[Int(a)] += 1
                spoke[Int(a)] = b
                parent[root(Int(a))] = root(Int(b))
            }
        }
        for edge in next.keys where next[edge >> 32 | edge << 32] == nil { isClosedAndOriented = false }
        for vertex in mesh.vertices.indices where degree[vertex] > 0 {
            // Walk from spoke to spoke: edge (v, b) has apex c, and (v, c) is the next spoke.
            var steps = 0
            var current = spoke[vertex]
            repeat {
                guard let following = next[key(UInt32(vertex), current)] else { break }
                current = following
                steps += 1
            } while current != spoke[vertex] && steps <= degree[vertex]
            if steps != degree[vertex] { hasManifoldVertices = false }
        }
        unusedVertices = degree.count { $0 == 0 }
        eulerCharacteristic = mesh.vertices.count - unusedVertices - next.count / 2 + mesh.triangles.count
        components = mesh.vertices.indices.count { degree[$0] > 0 && parent[$0] == $0 }
    }

    package var isManifold: Bool { isClosedAndOriented && hasManifoldVertices && unusedVertices == 0 }
}

/// Volume (positive for outward orientation) and area.
package func volumeAndArea(_ mesh: TriangleMesh) -> (volume: Double, area: Double) {
    var volume = 0.0
    var area = 0.0
    for index in mesh.triangles.indices {
        let (a, b, c) = mesh.corners(of: index)
        let (p, q, r) = (SIMD3<Double>(a), SIMD3<Double>(b), SIMD3<Double>(c))
        volume += (p * cross(q, r)).sum() / 6
        let normal = cross(q - p, r - p)
        area += (normal * normal).sum().squareRoot() / 2
    }
    return (volume, area)
}

package func smallestTriangleArea(_ mesh: TriangleMesh) -> Double {
    var smallest = Double.infinity
    for index in mesh.triangles.indices {
        let (a, b, c) = mesh.corners(of: index)
        let normal = cross(SIMD3<Double>(b) - SIMD3<Double>(a), SIMD3<Double>(c) - SIMD3<Double>(a))
        smallest = min(smallest, (normal * normal).sum().squareRoot() / 2)
    }
    return smallest
}
