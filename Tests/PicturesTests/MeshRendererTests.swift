import Core
import Geometry
import Pictures
import Testing

@Suite struct MeshRendererTests {
    /// Pixels that differ from the background.
    static func coverage(_ image: Image, _ background: [UInt8]) -> Int {
        (0..<image.height).reduce(0) { sum, y in
            sum + (0..<image.width).count { x in (0..<3).contains { image[x, y, $0] != background[$0] } }
        }
    }

    @Test func aBoxFacingTheCameraCoversItsPart() {
        let mesh = RenderingFixtures.box(SIMD3(1, 1, 1e-3))
        let renderer = MeshRenderer(mesh)
        let camera = Camera(from: Camera.View.front.direction, fitting: mesh.vertices, margin: 0.2)
        let image = renderer.images(from: camera, width: 100, height: 100)[0]
        // 80 of 100 pixels a side, and a rim of pixels that are partly covered.
        #expect((6400...6724).contains(Self.coverage(image, renderer.background.bytes)))
        #expect((0..<3).allSatisfy { image[0, 0, $0] == renderer.background.bytes[$0] })
        #expect((0..<3).contains { image[50, 50, $0] != renderer.background.bytes[$0] })
    }

    @Test func picturesDoNotDependOnWorkersOrOnOtherMaterials() {
        let mesh = RenderingFixtures.box(SIMD3(1, 2, 3))
        let renderer = MeshRenderer(mesh)
        let camera = Camera(from: Camera.View.threeQuarter.direction, fitting: mesh.vertices, aspectRatio: 1.4)
        let values = mesh.vertices.map { $0.x }
        let signed = SurfaceMaterial.signedValues(values, of: mesh, limit: 0.5)
        let both = renderer.images(
            of: [.clay, signed], from: camera, width: 70, height: 50, workers: Workers(count: 3))
        #expect(both[0] == renderer.images(of: [.clay], from: camera, width: 70, height: 50, workers: .single)[0])
        #expect(both[1] == renderer.images(of: [signed], from: camera, width: 70, height: 50, workers: .single)[0])
        #expect(both[0] != both[1])
    }

    @Test func errorsHaveTheColoursOfTheirSign() {
        let mesh = RenderingFixtures.box(SIMD3(2, 1, 1e-3))
        let renderer = MeshRenderer(mesh)
        let camera = Camera(from: Camera.View.front.direction, fitting: mesh.vertices, aspectRatio: 2)
        let material = SurfaceMaterial.signedValues(mesh.vertices.map(\.x), of: mesh, limit: 1)
        let image = renderer.images(of: [material], from: camera, width: 100, height: 50)[0]
        #expect(Int(image[12, 25, 2]) > Int(image[12, 25, 0]) + 40)
        #expect(Int(image[88, 25, 0]) > Int(image[88, 25, 2]) + 40)
        let middle = (0..<3).map { Int(image[50, 25, $0]) }
        #expect((middle.max() ?? 0) - (middle.min() ?? 0) < 20)
    }

    @Test func theInsideOfAnOpenMeshIsDarker() {
        var mesh = RenderingFixtures.box(SIMD3(1, 1, 1e-3))
        mesh.triangles = mesh.triangles.filter { triangle in
            (0..<3).allSatisfy { mesh.vertices[Int(triangle[$0])].z > 0 }
        }
        #expect(mesh.triangles.count == 2)
        func brightness(_ view: Camera.View) -> Int {
            let camera = Camera(from: view.direction, fitting: mesh.vertices)
            let image = MeshRenderer(mesh).images(from: camera, width: 20, height: 20)[0]
            return Int(image[10, 10, 0])
        }
        #expect(brightness(.back) + 30 < brightness(.front))
    }

    /// Half-shadow beside a wall has little grain: neighbours on the floor differ by less than a level in the mean.
    @Test func shadowsHaveLittleGrain() {
        let floor = RenderingFixtures.box(SIMD3(4, 0.1, 4))
        let wall = RenderingFixtures.box(SIMD3(0.3, 2, 4))
        let mesh = TriangleMesh(
            vertices: floor.vertices + wall.vertices.map { $0 + SIMD3(0, 0.05, 0) },
            triangles: floor.triangles + wall.triangles.map { $0 &+ UInt32(floor.vertices.count) })
        let camera = Camera(from: Camera.View.top.direction, fitting: mesh.vertices)
        let image = MeshRenderer(mesh).images(from: camera, width: 160, height: 160)[0]
        var sum = 0
        var count = 0
        for y in 30..<130 {
            for x in 25..<70 {
                sum += abs(2 * Int(image[x, y, 1]) - Int(image[x - 1, y, 1]) - Int(image[x + 1, y, 1]))
                count += 1
            }
        }
        #expect(Double(sum) / Double(2 * count) < 1, "\(Double(sum) / Double(2 * count))")
    }
}
