import CKernels
import Core

/// The area of surface that belongs to each point: of its cell in the Voronoi diagram of its neighbours in the tangent
/// plane (Barill et al. 2018, section 3.2), cut off around the point where there are none.
///
/// Beside a hole a point would own all of it; there the cell ends at ``reach`` times the usual distance.
package enum VoronoiArea {
    /// Half the side of the square that a cell begins as, in the points' usual distances.
    private static let reach: Float = 1.2

    /// - Parameters:
    ///   - normals: `(points)`, by slot.
    ///   - spacings: `(points)`: the distance to a next point that each would have if the points lay evenly.
    /// - Returns: `(points)`, by slot.
    package static func areas(
        _ tree: PointTree, _ neighbors: NearestPoints, normals: [SIMD3<Float>], spacings: [Float], workers: Workers
    ) -> [Float] {
        [Float](unsafeUninitializedCapacity: tree.count) { areas, count in
            let areas = areas
            workers.forEachChunk(of: tree.count, chunkSize: 2048) { range, _ in
                var cell = Cell()
                for slot in range {
                    areas.initializeElement(
                        at: slot,
                        to: area(tree, slot, neighbors.slots(of: slot), normals[slot], spacings[slot], &cell))
                }
            }
            count = tree.count
        }
    }

    private static func area(
        _ tree: PointTree, _ slot: Int, _ neighbors: UnsafeBufferPointer<UInt32>, _ normal: SIMD3<Float>,
        _ spacing: Float, _ cell: inout Cell
    ) -> Float {
        guard spacing > 0 else { return 0 }
        let (u, v) = tangents(of: normal)
        let position = tree.position(slot)
        cell.reset(half: reach * spacing)
        var sameCount: Float = 1
        for other in neighbors where Int(other) != slot {
            let offset = tree.position(Int(other)) - position
            let place = SIMD2(dot(offset, u), dot(offset, v))
            let square = (place * place).sum()
            // Points one above the other share a cell.
            if square < 1e-6 * spacing * spacing { sameCount += 1 } else { cell.cut(place, square) }
        }
        return cell.area / sameCount
    }

    /// Two unit vectors that span the plane of a unit normal (Duff et al., "Building an orthonormal basis, revisited",
    /// JCGT 2017).
    static func tangents(of normal: SIMD3<Float>) -> (SIMD3<Float>, SIMD3<Float>) {
        let sign: Float = normal.z < 0 ? -1 : 1
        let a = -1 / (sign + normal.z)
        let b = normal.x * normal.y * a
        return (
            SIMD3(1 + sign * normal.x * normal.x * a, sign * b, -sign * normal.x),
            SIMD3(b, sign + normal.y * normal.y * a, -normal.y)
        )
    }

    /// A convex polygon around the origin.
    private struct Cell {
        private var corners: [SIMD2<Float>] = []
        private var next: [SIMD2<Float>] = []

        mutating func reset(half: Float) {
            corners.removeAll(keepingCapacity: true)
            corners.append(SIMD2(-half, -half))
            corners.append(SIMD2(half, -half))
            corners.append(SIMD2(half, half))
            corners.append(SIMD2(-half, half))
        }

        /// Keeps what is nearer to the origin than to `place`.
        mutating func cut(_ place: SIMD2<Float>, _ square: Float) {
            next.removeAll(keepingCapacity: true)
            guard var before = corners.last else { return }
            var heightBefore = (before * place).sum() - 0.5 * square
            for corner in corners {
                let height = (corner * place).sum() - 0.5 * square
                if (height > 0) != (heightBefore > 0) {
                    next.append(before + (corner - before) * (heightBefore / (heightBefore - height)))
                }
                if height <= 0 { next.append(corner) }
                (before, heightBefore) = (corner, height)
            }
            swap(&corners, &next)
        }

        var area: Float {
            guard var before = corners.last else { return 0 }
            var sum: Float = 0
            for corner in corners {
                sum += before.x * corner.y - before.y * corner.x
                before = corner
            }
            return max(0.5 * sum, 0)
        }
    }
}
