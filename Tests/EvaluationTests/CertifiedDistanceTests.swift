import Core
import Evaluation
import Geometry
import TestSupport
import Testing

/// Triangles thrown at random into a box of side 2 around `center`.
private func soup(_ count: Int, seed: UInt64, size: Float, center: SIMD3<Float> = .zero) -> TriangleMesh {
    let stream = RandomStream(seed: seed, stream: 1)
    var mesh = TriangleMesh()
    for index in 0..<count {
        func corner(_ number: Int) -> SIMD3<Float> {
            let u = stream.uniforms(at: UInt64(4 * index + number))
            return SIMD3(u.x, u.y, u.z) * 2 - 1
        }
        let place = corner(0) + center
        let first = UInt32(mesh.vertices.count)
        mesh.vertices += [place + size * corner(1), place + size * corner(2), place + size * corner(3)]
        mesh.triangles.append(SIMD3(first, first + 1, first + 2))
    }
    return mesh
}

/// The largest distance to `goal`, in double precision and by looking at every triangle, of points spread over `source`.
private func sampledDistance(from source: TriangleMesh, to goal: TriangleMesh, steps: Int) -> Double {
    func precise(_ mesh: TriangleMesh, _ index: Int) -> PreciseTriangle {
        let (a, b, c) = mesh.corners(of: index)
        return PreciseTriangle(SIMD3<Double>(a), SIMD3<Double>(b), SIMD3<Double>(c))
    }
    let triangles = goal.triangles.indices.map { precise(goal, $0) }
    var largest = 0.0
    for index in source.triangles.indices {
        let corners = precise(source, index)
        for i in 0...steps {
            for j in 0...(steps - i) {
                let (u, v) = (Double(i) / Double(steps), Double(j) / Double(steps))
                let point = corners.a * (1 - u - v) + corners.b * u + corners.c * v
                largest = max(largest, triangles.reduce(Double.infinity) { min($0, $1.squaredDistance(to: point)) })
            }
        }
    }
    return largest.squareRoot()
}

private func shifted(_ mesh: TriangleMesh, by offset: SIMD3<Float>) -> TriangleMesh {
    TriangleMesh(vertices: mesh.vertices.map { $0 + offset }, triangles: mesh.triangles)
}

@Suite struct CertifiedDistanceTests {
    @Test(
        "The interval holds what a dense sample finds, and is as narrow as asked for", arguments: 0..<6 as Range<UInt64>
    )
    func randomTriangles(seed: UInt64) throws {
        let a = soup(20, seed: seed, size: 0.6)
        let b = soup(15, seed: seed + 100, size: seed % 2 == 0 ? 0.9 : 0.05)
        let error = seed < 3 ? 0.01 : 0.0005
        let bounds = try #require(HausdorffCertifier(relativeError: error).bounds(between: a, and: b))
        for (distance, sampled) in [
            (bounds.forward, sampledDistance(from: a, to: b, steps: 24)),
            (bounds.backward, sampledDistance(from: b, to: a, steps: 24)),
        ] {
            #expect(distance.isComplete)
            #expect(distance.upper >= sampled)
            #expect(distance.relativeError <= error)
            // A dense sample misses the maximum by less than half the distance of its points.
            #expect(distance.lower >= sampled * 0.995 - error)
            #expect(distance.lower <= distance.upper)
        }
    }

    @Test func theLowerBoundIsADistanceOfAPointOnTheSurface() throws {
        let (a, b) = (soup(30, seed: 7, size: 0.5), soup(30, seed: 8, size: 0.5))
        let forward = try #require(HausdorffCertifier().bounds(between: a, and: b)).forward
        func corners(_ mesh: TriangleMesh, _ index: Int) -> PreciseTriangle {
            let (p, q, r) = mesh.corners(of: index)
            return PreciseTriangle(SIMD3<Double>(p), SIMD3<Double>(q), SIMD3<Double>(r))
        }
        #expect(corners(a, forward.triangle).squaredDistance(to: forward.place).squareRoot() < 1e-14)
        let nearest = b.triangles.indices.reduce(Double.infinity) {
            min($0, corners(b, $1).squaredDistance(to: forward.place))
        }
        #expect(abs(nearest.squareRoot() - forward.lower) < 1e-14)
        #expect(abs(length(forward.place - forward.closestPlace) - forward.lower) < 1e-14)
    }

    @Test func aMeshIsAtDistanceZeroFromItself() throws {
        let torus = KnownMesh.torus(rows: 60, columns: 30)
        let bounds = try #require(HausdorffCertifier().bounds(between: torus, and: torus))
        #expect(bounds.lower <= 1e-15)
        #expect(bounds.upper <= 1e-12)
        #expect(bounds.isComplete)
    }

    @Test("A shift is found to the error asked for, however small", arguments: [0.25, 1e-3, 1e-5] as [Float])
    func shifts(by offset: Float) throws {
        // A box of which one side moves: the distance is the shift, at a face, both ways.
        let box = boxMesh()
        let moved = shifted(box, by: SIMD3(0, 0, offset))
        // What single precision makes of the shift.
        let expected = zip(moved.vertices, box.vertices).map { Double($0.z) - Double($1.z) }.max() ?? 0
        let bounds = try #require(HausdorffCertifier(relativeError: 0.001).bounds(between: box, and: moved))
        for distance in [bounds.forward, bounds.backward] {
            #expect(distance.lower <= expected * (1 + 1e-6) && distance.upper >= expected * (1 - 1e-6))
            #expect(distance.relativeError <= 0.001)
        }
    }

    @Test("What is accepted is not told apart, and what is beyond it is", arguments: [0.05, 0.2])
    func acceptedDistances(accepted: Double) throws {
        // The distance is 0.1, everywhere on two sides.
        let (box, moved) = (boxMesh(), shifted(boxMesh(), by: SIMD3(0, 0, 0.1)))
        let bounds = try #require(
            HausdorffCertifier(relativeError: 0.01, accepted: accepted).bounds(between: box, and: moved))
        #expect(bounds.isComplete && bounds.lower <= 0.1 + 1e-6 && bounds.upper >= 0.1 - 1e-6)
        #expect(bounds.upper <= max(accepted, 0.1011))
        if accepted < 0.1 { #expect(bounds.lower >= 0.0989) }
    }

    @Test func oneSideSeesWhatIsMissingOnTheOther() throws {
        let box = boxMesh()
        var both = box
        both.vertices += shifted(box, by: SIMD3(3, 0, 0)).vertices
        both.triangles += box.triangles.map { $0 &+ 8 }
        let bounds = try #require(HausdorffCertifier().bounds(between: box, and: both))
        #expect(bounds.forward.upper <= 1e-12)
        // From the far end of the second box to the first one.
        #expect(abs(bounds.backward.lower - 3) <= 0.03 && bounds.backward.upper >= 3 - 1e-6)
        #expect(abs(bounds.upper - 3) <= 0.03)
    }

    @Test func theSameBitsOnAnyNumberOfThreads() throws {
        let (a, b) = (soup(400, seed: 3, size: 0.2), soup(500, seed: 4, size: 0.2))
        let one = HausdorffCertifier(relativeError: 0.002, workers: .single).bounds(between: a, and: b)
        let three = HausdorffCertifier(relativeError: 0.002, workers: Workers(count: 3)).bounds(between: a, and: b)
        #expect(one == three)
    }

    @Test("Stopped anywhere, the interval still holds the distance", arguments: 0..<5)
    func stopping(after reports: Int) throws {
        let (a, b) = (soup(30, seed: 11, size: 0.7), soup(30, seed: 12, size: 0.7))
        let exact = try #require(HausdorffCertifier(relativeError: 1e-4).bounds(between: a, and: b))
        var left = reports
        let stopped = try #require(
            HausdorffCertifier(relativeError: 1e-4).bounds(between: a, and: b) { _ in
                left -= 1
                return left >= 0
            })
        #expect(reports > 1 || !stopped.isComplete)
        #expect(stopped.forward.lower <= exact.forward.upper && stopped.forward.upper >= exact.forward.lower)
        #expect(stopped.backward.lower <= exact.backward.upper && stopped.backward.upper >= exact.backward.lower)
    }

    @Test func spheresInsideEachOtherTakeFewPieces() throws {
        // Everywhere about as far from each other: the case in which bounds are hardest to bring together.
        func sphere(_ radius: Double, _ rows: Int) -> TriangleMesh {
            analyticSphere(radius: radius, rows: rows, columns: 2 * rows)
        }
        let bounds = try #require(
            HausdorffCertifier(relativeError: 0.01).bounds(between: sphere(1, 60), and: sphere(1.1, 50)))
        #expect(bounds.isComplete)
        // The facets of the outer sphere lie up to 0.0055 within it.
        #expect(bounds.lower > 0.098 && bounds.upper < 0.1075)
        #expect(bounds.forward.pieces < 200_000)
    }

    @Test func nothingToCompare() {
        #expect(HausdorffCertifier().bounds(between: TriangleMesh(), and: boxMesh()) == nil)
        #expect(HausdorffCertifier().bounds(between: boxMesh(), and: TriangleMesh()) == nil)
    }

    @Test("Distances in double precision are those of every triangle", arguments: 0..<4 as Range<UInt64>)
    func preciseQueries(seed: UInt64) throws {
        let mesh = soup(300, seed: 20 + seed, size: 0.3, center: SIMD3(1000, 0, 0))
        let hierarchy = BoundingVolumeHierarchy(mesh)
        let stream = RandomStream(seed: seed, stream: 2)
        for index in 0..<100 as Range<UInt64> {
            let u = stream.normals(at: index)
            let point = SIMD3<Double>(SIMD3(u.x, u.y, u.z)) + SIMD3(1000, 0, 0)
            let naive = mesh.triangles.indices.reduce(Double.infinity) {
                let (a, b, c) = mesh.corners(of: $1)
                return min(
                    $0,
                    PreciseTriangle(SIMD3<Double>(a), SIMD3<Double>(b), SIMD3<Double>(c)).squaredDistance(to: point))
            }.squareRoot()
            let hit = try #require(hierarchy.preciseClosestPoint(to: point))
            #expect(abs(hit.distance - naive) <= 1e-12)
            #expect(abs(length(hit.position - point) - naive) <= 1e-12)
        }
    }
}

private func analyticSphere(radius: Double, rows: Int, columns: Int) -> TriangleMesh {
    KnownMesh.grid(rows: rows, columns: columns, wrapsRows: false, wrapsColumns: true) { row, column in
        let (ring, height) = sineAndCosine(ofTurns: row * 0.5)
        let (sine, cosine) = sineAndCosine(ofTurns: column)
        return SIMD3(Float(radius * ring * cosine), Float(radius * ring * sine), Float(radius * height))
    }
}
