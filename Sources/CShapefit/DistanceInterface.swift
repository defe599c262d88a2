import Core
import Fitting
import Geometry
import Jobs

/// A mesh ready for exact questions, in its own coordinates.
final class DistanceHandle: Handle {
    let source: MeshHandle
    let mesh: PreparedMesh
    /// The source's number of each triangle in use; nil where all are.
    private let kept: [Int]?

    init(_ source: MeshHandle, sign: SignMethod, windingAccuracy: Float, workers: Workers) throws {
        guard windingAccuracy >= 1 else {
            throw ArgumentError("winding_accuracy \(windingAccuracy): must be at least 1; 2 is usual")
        }
        self.source = source
        mesh = try PreparedMesh(
            source.mesh, frame: .own, sign: sign, windingAccuracy: windingAccuracy, workers: workers)
        kept =
            mesh.mesh.triangles.count == source.mesh.triangles.count
            ? nil : Self.places(of: mesh.mesh.triangles, in: source.mesh.triangles)
    }

    /// Triangles were left out and turned, but none was moved: the next that has a kept one's corners is it.
    private static func places(of kept: [SIMD3<UInt32>], in all: [SIMD3<UInt32>]) -> [Int] {
        func corners(_ triangle: SIMD3<UInt32>) -> [UInt32] { [triangle.x, triangle.y, triangle.z].sorted() }
        var places: [Int] = []
        for (index, triangle) in all.enumerated() where places.count < kept.count {
            if corners(triangle) == corners(kept[places.count]) { places.append(index) }
        }
        return places
    }

    /// The caller's number of a triangle in use.
    fileprivate func source(of triangle: Int) -> Int64 {
        guard let kept else { return source.source(of: triangle) }
        return triangle < kept.count ? source.source(of: kept[triangle]) : -1
    }

    fileprivate func relative(_ points: UnsafePointer<Double>?, _ count: Int) throws -> [SIMD3<Float>] {
        try Points(points, count).relative(to: mesh.mesh.origin)
    }

    fileprivate struct Description: Encodable {
        let sign: SignMethod
        let bounds: [[Double]]
        let watertight: Bool
        let topology: FitReport.Topology
        let notes: [String]
    }

    fileprivate var description: Description {
        let box = [mesh.bounds.minimum, mesh.bounds.maximum].map { SIMD3<Double>($0) + mesh.mesh.origin }
        return Description(
            sign: mesh.field.resolvedSign, bounds: box.map { [$0.x, $0.y, $0.z] },
            watertight: mesh.topology.isWatertight, topology: FitReport.Topology(mesh.topology),
            notes: source.notes + mesh.notes.map { "\($0)" })
    }
}

extension SignMethod {
    /// - Parameter name: NULL for the automatic one.
    init(_ name: UnsafePointer<CChar>?) throws {
        let word = try name.map { try text($0, "sign") } ?? Self.automatic.rawValue
        guard let method = SignMethod(rawValue: word) else {
            let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw ArgumentError("sign \(word): must be one of \(known)")
        }
        self = method
    }
}

@_cdecl("sf_distance_create")
public func createDistance(
    _ mesh: OpaquePointer?, _ sign: UnsafePointer<CChar>?, _ windingAccuracy: Float, _ threads: Int32,
    _ distance: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
    call {
        let place = try required(distance)
        let handle = try DistanceHandle(
            MeshHandle.at(mesh), sign: SignMethod(sign), windingAccuracy: windingAccuracy,
            workers: Workers(threads: threads))
        place.pointee = handle.passed()
    }
}

@_cdecl("sf_distance_values")
public func distanceValues(
    _ distance: OpaquePointer?, _ points: UnsafePointer<Double>?, _ count: Int, _ threads: Int32,
    _ distances: UnsafeMutablePointer<Float>?
) -> Int32 {
    fill(distances, "distances", distance, points, count) { field, points, values in
        field.signedDistances(at: points, into: &values, workers: try Workers(threads: threads))
    }
}

@_cdecl("sf_distance_contains")
public func distanceContains(
    _ distance: OpaquePointer?, _ points: UnsafePointer<Double>?, _ count: Int, _ threads: Int32,
    _ inside: UnsafeMutablePointer<UInt8>?
) -> Int32 {
    fill(inside, "inside", distance, points, count) { field, points, values in
        field.occupancies(at: points, into: &values, workers: try Workers(threads: threads))
    }
}

@_cdecl("sf_distance_closest")
public func distanceClosest(
    _ distance: OpaquePointer?, _ points: UnsafePointer<Double>?, _ count: Int, _ threads: Int32,
    _ positions: UnsafeMutablePointer<Double>?, _ distances: UnsafeMutablePointer<Float>?,
    _ triangles: UnsafeMutablePointer<Int64>?
) -> Int32 {
    call {
        let handle = try DistanceHandle.at(distance)
        let queries = try handle.relative(points, count)
        let closest = handle.mesh.field.closestPoints(to: queries.span, workers: try Workers(threads: threads))
        let origin = handle.mesh.mesh.origin
        if positions != nil {
            let positions = try required(positions, 3 * count, "positions")
            for (index, point) in closest.enumerated() {
                positions.setRow(index, SIMD3<Double>(point.position) + origin)
            }
        }
        for (index, point) in closest.enumerated() {
            distances?[index] = point.distance
            triangles?[index] = point.triangle == .max ? -1 : handle.source(of: Int(point.triangle))
        }
    }
}

@_cdecl("sf_distance_winding")
public func distanceWinding(
    _ distance: OpaquePointer?, _ points: UnsafePointer<Double>?, _ count: Int, _ threads: Int32,
    _ numbers: UnsafeMutablePointer<Float>?
) -> Int32 {
    fill(numbers, "numbers", distance, points, count) { field, points, values in
        field.windingNumbers(at: points, into: &values, workers: try Workers(threads: threads))
    }
}

/// How points are drawn.
private struct SampleOptions: Decodable {
    var strategy: PointStrategy?
    var deviations: [Float]?
    var margin: Float?
    var coordinates: LabelledSet.Coordinates?
}

@_cdecl("sf_distance_sample")
public func distanceSample(
    _ distance: OpaquePointer?, _ count: Int, _ seed: UInt64, _ options: UnsafePointer<CChar>?, _ threads: Int32,
    _ points: UnsafeMutablePointer<Double>?, _ distances: UnsafeMutablePointer<Float>?,
    _ inside: UnsafeMutablePointer<UInt8>?
) -> Int32 {
    call {
        let handle = try DistanceHandle.at(distance)
        let workers = try Workers(threads: threads)
        let options = try decoded(SampleOptions.self, options, "options")
        guard (0...(1 << 31)).contains(count) else { throw ArgumentError("count \(count): must be below 2^31") }
        let points = try required(points, 3 * count, "points")
        let (distances, inside) = (try required(distances, count, "distances"), try required(inside, count, "inside"))
        let frame = try SampledFrame(
            handle.mesh.brought(to: .unitCube, workers: workers), options.coordinates ?? .mesh, workers: workers)
        let set = try frame.labelledSet(
            count, options.strategy ?? .nearSurface, deviations: options.deviations ?? [0.01],
            margin: options.margin ?? 0.05, seed: seed, workers: workers)
        for (index, point) in set.points.enumerated() { points.setRow(index, SIMD3<Double>(point) + set.origin) }
        for index in 0..<count {
            distances[index] = set.signedDistances[index]
            inside[index] = set.occupancies[index]
        }
    }
}

@_cdecl("sf_distance_describe")
public func describeDistance(
    _ distance: OpaquePointer?, _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
    call {
        let place = try required(json)
        place.pointee = try passed(CShapefit.json(DistanceHandle.at(distance).description))
    }
}

@_cdecl("sf_distance_free")
public func freeDistance(_ distance: OpaquePointer?) { DistanceHandle.free(distance) }

/// Gives each point a value.
private func fill<Value>(
    _ values: UnsafeMutablePointer<Value>?, _ name: String, _ distance: OpaquePointer?,
    _ points: UnsafePointer<Double>?, _ count: Int,
    _ ask: (MeshField, Span<SIMD3<Float>>, inout MutableSpan<Value>) throws -> Void
) -> Int32 {
    call {
        let handle = try DistanceHandle.at(distance)
        let queries = try handle.relative(points, count)
        var span = MutableSpan(_unsafeElements: try required(values, count, name))
        try ask(handle.mesh.field, queries.span, &span)
    }
}
