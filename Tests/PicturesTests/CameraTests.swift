import Core
import Geometry
import Pictures
import Testing

@Suite struct CameraTests {
    static func cloud(seed: UInt64) -> [SIMD3<Float>] {
        let stream = RandomStream(seed: seed, stream: 1)
        return (0..<200).map { index in
            let normals = stream.normals(at: UInt64(index))
            return SIMD3(normals.x * 3, normals.y, normals.z * 0.2) + 5
        }
    }

    @Test(arguments: Camera.View.allCases, [Camera.UpAxis.y, .z])
    func allPointsAreInViewAndTwoSidesTouchTheMargin(view: Camera.View, axis: Camera.UpAxis) {
        for (seed, aspectRatio) in [(1, 1), (2, 2.5), (3, 0.4)] as [(UInt64, Float)] {
            let points = Self.cloud(seed: seed)
            let camera = Camera(from: view.direction, up: axis, fitting: points, aspectRatio: aspectRatio, margin: 0.1)
            let places = points.map(camera.place(of:))
            let low = places.reduce(SIMD2(repeating: Float.infinity)) { pointwiseMin($0, $1) }
            let high = places.reduce(SIMD2(repeating: -Float.infinity)) { pointwiseMax($0, $1) }
            #expect(low.min() >= -0.9001 && high.max() <= 0.9001)
            // Along at least one side of the picture, the points reach from margin to margin.
            let spans = high - low
            #expect(abs(spans.max() - 1.8) < 1e-3)
        }
    }

    @Test func raysGoThroughWhatIsSeenThere() {
        let points = Self.cloud(seed: 4)
        let camera = Camera(from: .init(azimuth: 40, elevation: -25), fitting: points, aspectRatio: 1.5)
        for point in points {
            let ray = camera.ray(through: camera.place(of: point))
            let depth = dot(point - camera.eye, camera.forward)
            #expect(dot(ray.point(at: depth) - point, ray.point(at: depth) - point) < 1e-6)
        }
    }

    @Test func namedViewsLookAlongTheAxes() {
        let points = Self.cloud(seed: 5)
        func forward(_ view: Camera.View, _ axis: Camera.UpAxis) -> SIMD3<Float> {
            Camera(from: view.direction, up: axis, fitting: points).forward
        }
        func isNear(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Bool { dot(a - b, a - b) < 1e-10 }
        #expect(isNear(forward(.front, .y), SIMD3(0, 0, -1)))
        #expect(isNear(forward(.front, .z), SIMD3(0, 1, 0)))
        #expect(isNear(forward(.left, .y), SIMD3(1, 0, 0)))
        #expect(isNear(forward(.right, .z), SIMD3(-1, 0, 0)))
        #expect(isNear(forward(.top, .y), SIMD3(0, -1, 0)))
        #expect(isNear(forward(.top, .z), SIMD3(0, 0, -1)))
    }

    @Test func aTurntableShowsTheMeshAtOneScale() {
        let mesh = RenderingFixtures.box(SIMD3(1, 2, 0.5), at: SIMD3(3, 0, 1))
        let points = Camera.turntablePoints(of: mesh)
        let cameras = (0..<12).map {
            Camera(from: .init(azimuth: Float($0) * 30, elevation: 15), fitting: points)
        }
        let center = mesh.boundingBox?.center ?? .zero
        let distances = cameras.map { dot(center - $0.eye, $0.forward) }
        #expect(((distances.max() ?? 0) - (distances.min() ?? 0)) < 1e-3 * (distances.max() ?? 0))
        for camera in cameras {
            for vertex in mesh.vertices { #expect(abs(camera.place(of: vertex)).max() < 0.95) }
        }
    }
}

private func abs(_ v: SIMD2<Float>) -> SIMD2<Float> { pointwiseMax(v, -v) }
