import CKernels
import Core

/// A mesh as a field of signed distances, **negative inside**.
///
/// Distances are exact to rounding (see ``BoundingVolumeHierarchy/closestPoints(to:workers:)``); the sign comes from
/// ``resolvedSign`` and never changes the distance. Values depend neither on the number of workers nor on the other
/// points of a batch. A point with a coordinate that is not finite has the value NaN and is not inside; a mesh without
/// triangles is infinitely far away from everything.
public struct MeshField: ScalarField {
    public let hierarchy: BoundingVolumeHierarchy
    let insideTest: InsideTest
    let grid: OccupancyGrid?
    /// Whether inside and outside meet at triangles only. Across the openings of a mesh with a boundary they meet in between.
    public let changesSignAtTrianglesOnly: Bool

    /// The method in use: never ``SignMethod/automatic``.
    public var resolvedSign: SignMethod { insideTest.method }
    /// How many radii away a cluster of triangles is taken as one by the winding number; see
    /// ``BoundingVolumeHierarchy/windingNumbers(at:accuracy:into:workers:)``.
    public var windingAccuracy: Float { insideTest.windingAccuracy }

    /// The winding number's accuracy unless another is asked for.
    public static let defaultWindingAccuracy: Float = 2

    /// - Parameters:
    ///   - mesh: in the frame that queries will be in. Identical vertices should have been joined, else it looks open.
    ///   - sign: how inside and outside are told apart. ``SignMethod/pseudonormal`` becomes ``SignMethod/winding`` where
    ///     the mesh has no pseudonormals, being open or inconsistently oriented.
    ///   - windingAccuracy: at least 1.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Precondition: every vertex that a triangle uses is finite; fewer than 2³¹ triangles.
    public init(
        _ mesh: TriangleMesh, sign: SignMethod = .automatic, windingAccuracy: Float = Self.defaultWindingAccuracy,
        workers: Workers = Workers()
    ) {
        precondition(windingAccuracy >= 1, "a winding accuracy of at least 1")
        hierarchy = BoundingVolumeHierarchy(mesh, workers: workers)
        (insideTest, grid, changesSignAtTrianglesOnly) = SignResolution(mesh, hierarchy, windingAccuracy, workers)
            .resolve(sign)
    }

    /// Triangles of a closed mesh beside which the winding number decides although ``resolvedSign`` is
    /// ``SignMethod/pseudonormal``: they intersect others, or lie inside another part. Looked for only by
    /// ``SignMethod/automatic``.
    public var doubtfulTriangleCount: Int { insideTest.doubtful?.count ?? 0 }

    /// The part of the cells around the mesh in which inside and outside are known without a look at triangles; 0 for a
    /// mesh with too long a boundary.
    package var classifiedShare: Double { grid?.knownShare ?? 0 }

    /// Bytes held beside the mesh.
    public var byteCount: Int {
        hierarchy.byteCount + (insideTest.doubtful?.byteCount ?? 0) + (insideTest.pseudonormals?.byteCount ?? 0)
            + (grid?.byteCount ?? 0)
    }

    public func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        signedDistances(at: points, into: &values, workers: workers)
    }

    /// The distance to the mesh at each of `points`, negative inside.
    ///
    /// - Parameters:
    ///   - points: `(n)`, in the mesh's frame.
    ///   - distances: `(n)`, overwritten.
    ///   - workers: the threads to use; the result does not depend on their number.
    public func signedDistances(
        at points: Span<SIMD3<Float>>, into distances: inout MutableSpan<Float>, workers: Workers = Workers()
    ) {
        precondition(distances.count == points.count, "a distance for each point")
        distances.withUnsafeMutableBufferPointer { distances in
            if hierarchy.triangleCount == 0 { distances.update(repeating: .infinity) }
            let inverseScale = 1 / hierarchy.scale
            hierarchy.withKernelTree { tree in
                hierarchy.forEachHit(of: points, workers: workers) { scaled, indices, hits in
                    for (slot, index) in indices.enumerated() {
                        let distance = hits[slot].distance * inverseScale
                        let isInside =
                            known(scaled[slot].xyz) ?? insideTest.isInside(scaled[slot], hits[slot], tree)
                        distances[Int(index)] = isInside ? -distance : distance
                    }
                } notFinite: {
                    distances[$0] = .nan
                }
            }
        }
    }

    /// Whether each of `points` is inside: 1 or 0.
    ///
    /// - Parameters:
    ///   - points: `(n)`, in the mesh's frame.
    ///   - occupancies: `(n)`, overwritten. The same as the sign of ``signedDistances(at:into:workers:)``.
    ///   - workers: the threads to use; the result does not depend on their number.
    public func occupancies(
        at points: Span<SIMD3<Float>>, into occupancies: inout MutableSpan<UInt8>, workers: Workers = Workers()
    ) {
        precondition(occupancies.count == points.count, "an occupancy for each point")
        guard hierarchy.triangleCount > 0 else {
            for index in occupancies.indices { occupancies[index] = 0 }
            return
        }
        occupancies.withUnsafeMutableBufferPointer { occupancies in
            let unknown = lookUp(points, occupancies, workers)
            let rest = [SIMD3<Float>](unsafeUninitializedCapacity: unknown.count) { buffer, count in
                for (slot, index) in unknown.enumerated() { buffer.initializeElement(at: slot, to: points[Int(index)]) }
                count = unknown.count
            }
            hierarchy.withKernelTree { tree in
                SpatialBatch.forEachChunk(of: rest.span, scale: hierarchy.scale, workers: workers) { scaled, indices in
                    insideTest.withInsides(of: scaled, count: indices.count, tree) { slot, isInside in
                        occupancies[Int(unknown[Int(indices[slot])])] = isInside ? 1 : 0
                    }
                } notFinite: {
                    occupancies[Int(unknown[$0])] = 0
                }
            }
        }
    }

    /// Writes the occupancies that the grid knows, and returns the numbers of the other points, ascending.
    private func lookUp(
        _ points: Span<SIMD3<Float>>, _ occupancies: UnsafeMutableBufferPointer<UInt8>, _ workers: Workers
    ) -> [UInt32] {
        guard let grid else { return points.indices.map { UInt32($0) } }
        let chunkSize = 16_384
        var unknown = [[UInt32]](repeating: [], count: (points.count + chunkSize - 1) / chunkSize)
        unknown.withUnsafeMutableBufferPointer { unknown in
            points.withUnsafeBufferPointer { points in
                workers.forEachChunk(of: points.count, chunkSize: chunkSize) { range, _ in
                    var left: [UInt32] = []
                    for index in range {
                        let cell = grid.cell(at: points[index] * hierarchy.scale)
                        occupancies[index] = cell.rawValue
                        if cell == .unknown { left.append(UInt32(index)) }
                    }
                    unknown[range.lowerBound / chunkSize] = left
                }
            }
        }
        return Array(unknown.joined())
    }

    /// Whether a point, in scaled coordinates, is inside; nil where the grid does not know.
    @inline(__always)
    private func known(_ point: SIMD3<Float>) -> Bool? {
        guard let cell = grid?.cell(at: point), cell != .unknown else { return nil }
        return cell == .inside
    }

    /// The closest point of the mesh to each of `points`, `(n)`, with its unsigned distance; see
    /// ``BoundingVolumeHierarchy/closestPoints(to:workers:)``.
    public func closestPoints(to points: Span<SIMD3<Float>>, workers: Workers = Workers()) -> [ClosestPoint] {
        hierarchy.closestPoints(to: points, workers: workers)
    }

    /// The generalised winding number at each of `points`, `(n)`, whatever ``resolvedSign`` is; see
    /// ``BoundingVolumeHierarchy/windingNumbers(at:accuracy:into:workers:)``.
    public func windingNumbers(
        at points: Span<SIMD3<Float>>, into numbers: inout MutableSpan<Float>, workers: Workers = Workers()
    ) {
        hierarchy.windingNumbers(at: points, accuracy: windingAccuracy, into: &numbers, workers: workers)
    }
}

extension SIMD4 {
    fileprivate var xyz: SIMD3<Scalar> { SIMD3(x, y, z) }
}
