import Core
import Geometry

/// Faces in a file's order: the numbers of their corners, one face after another.
///
/// Most files hold triangles alone, so only other faces have an entry of their own.
struct FaceList {
    /// A face of more than three corners.
    struct Polygon {
        /// Where in `corners` it begins.
        var start: Int
        var count: Int
    }

    var corners: [UInt32] = []
    /// In order of their starts. All corners between them belong to triangles.
    var polygons: [Polygon] = []
    var pointCount = 0
    var lineCount = 0

    /// Adds a face whose corners begin at `start`, the last ones in `corners`; points and lines are counted and removed.
    @inline(__always)
    mutating func closeFace(from start: Int) {
        let count = corners.count - start
        if count == 3 { return }
        if count > 3 {
            polygons.append(Polygon(start: start, count: count))
            return
        }
        if count == 1 { pointCount += 1 }
        if count == 2 { lineCount += 1 }
        corners.removeLast(count)
    }

    /// Triangles that the faces are cut into.
    var triangleCount: Int {
        var count = corners.count
        for polygon in polygons { count -= polygon.count - 3 * (polygon.count - 2) }
        return count / 3
    }
}

/// Cuts the faces of several lists into triangles, on all workers.
struct FaceTriangulation {
    /// Corners that one task looks at.
    private static let chunkSize = 1 << 16

    /// Triangles of all lists, in order.
    ///
    /// - Parameters:
    ///   - position: of a vertex, by its number.
    /// - Precondition: every corner has a position.
    static func triangles(
        of lists: [FaceList], workers: Workers, position: (UInt32) -> SIMD3<Double>
    ) -> [SIMD3<UInt32>] {
        var starts: [Int] = []
        var total = 0
        for list in lists {
            starts.append(total)
            total += list.triangleCount
        }
        return [SIMD3<UInt32>](unsafeUninitializedCapacity: total) { out, count in
            workers.forEach(lists.count) { number, _ in
                fill(UnsafeMutableBufferPointer(rebasing: out[starts[number]...]), with: lists[number], position)
            }
            count = total
        }
    }

    private static func fill(
        _ out: UnsafeMutableBufferPointer<SIMD3<UInt32>>, with list: FaceList, _ position: (UInt32) -> SIMD3<Double>
    ) {
        var filled = 0
        var at = 0
        func triangles(upTo end: Int) {
            while at < end {
                out.initializeElement(
                    at: filled, to: SIMD3(list.corners[at], list.corners[at + 1], list.corners[at + 2]))
                filled += 1
                at += 3
            }
        }
        for polygon in list.polygons {
            triangles(upTo: polygon.start)
            let numbers = list.corners[polygon.start..<polygon.start + polygon.count]
            if polygon.count == 4 {
                let (a, b, c, d) = (
                    numbers[polygon.start], numbers[polygon.start + 1], numbers[polygon.start + 2],
                    numbers[polygon.start + 3]
                )
                if PolygonTriangulation.isConvex((position(a), position(b), position(c), position(d))) {
                    out.initializeElement(at: filled, to: SIMD3(a, b, c))
                    out.initializeElement(at: filled + 1, to: SIMD3(a, c, d))
                    filled += 2
                    at = polygon.start + 4
                    continue
                }
            }
            for triangle in PolygonTriangulation.triangles(of: numbers.map(position)) {
                out.initializeElement(
                    at: filled,
                    to: SIMD3(
                        numbers[polygon.start + triangle.x], numbers[polygon.start + triangle.y],
                        numbers[polygon.start + triangle.z]))
                filled += 1
            }
            at = polygon.start + polygon.count
        }
        triangles(upTo: list.corners.count)
    }
}
