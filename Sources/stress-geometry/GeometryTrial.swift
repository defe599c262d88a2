import Core
import Evaluation
import Geometry
import SurfaceExtraction

/// Puts one mesh through everything that is done to meshes, and says what is wrong with the answers.
struct GeometryTrial {
    private let mesh: TriangleMesh
    private let number: Int
    private let workers = Workers.single
    private(set) var problems: [String] = []

    init(_ mesh: TriangleMesh, number: Int) {
        self.mesh = mesh
        self.number = number
    }

    mutating func run() {
        checkTopology()
        let prepared: PreparedMesh
        do {
            // What is known beforehand of an open mesh takes longer than all else; below an accuracy of 2 nothing is.
            prepared = try PreparedMesh(mesh, windingAccuracy: number % 64 == 0 ? 2 : 1.99, workers: workers)
        } catch {
            // Meshes without an extent or an area are refused; nothing else may be.
            if case .unusableMesh = error { return }
            problems.append("refused: \(error)")
            return
        }
        checkOrientation(prepared)
        checkQueries(prepared)
        checkOwnFrame()
        checkSimplification(prepared.mesh)
        _ = WallThickness(prepared, workers: workers).quantile(ofVolume: 0.02)
        if number % 8 == 0 { checkExtraction(prepared) }
        if number % 256 == 0 { checkEvaluation(prepared) }
    }

    private mutating func expect(_ condition: Bool, _ text: @autoclosure () -> String) {
        if !condition { problems.append(text()) }
    }

    private mutating func checkTopology() {
        let topology = MeshTopology(mesh)
        expect(topology.triangleCount == mesh.triangles.count, "triangles counted wrong")
        expect(
            topology.patches.reduce(0) { $0 + $1.triangleCount } == mesh.triangles.count, "patches leave triangles out")
        expect(topology.area.isFinite && topology.signedVolume.isFinite, "an area or a volume that is not finite")
        if let genus = topology.genus { expect(genus >= 0, "a genus of \(genus)") }
    }

    private mutating func checkOrientation(_ prepared: PreparedMesh) {
        var again = prepared.oriented
        var topology = prepared.topology
        let repair = again.orientOutward(&topology, workers: workers)
        expect(again == prepared.oriented, "orienting twice is not orienting once: \(repair)")
        let triangles = mesh.triangles.count - prepared.repair.doubledTriangleCount
        expect(prepared.oriented.triangles.count == triangles, "orienting loses triangles")
    }

    private var queries: [SIMD3<Float>] {
        var dice = Dice(seed: 0x7175, number: number)
        return (0..<24).map { _ in SIMD3<Float>(dice.vector() * 0.7 + 0.5) }
    }

    private mutating func checkQueries(_ prepared: PreparedMesh) {
        var points = queries
        let stream = RandomStream(seed: 1, stream: UInt64(number))
        for index in 0..<8 as Range<UInt64> {
            let point = prepared.surfacePoint(at: index, of: stream)
            points += [point.position + 1e-3 * point.normal, point.position - 1e-3 * point.normal]
        }
        points += prepared.mesh.vertices.prefix(4)
        let distances = prepared.signedDistances(at: points, workers: workers)
        let insides = prepared.insides(at: points, workers: workers)
        for (index, point) in points.enumerated() {
            let exact = NaiveQueries.distance(SIMD3(point), prepared.mesh)
            expect(
                abs(Double(abs(distances[index])) - exact) < 4e-6 * (1 + exact),
                "distance \(distances[index]) instead of \(exact) at \(point)")
            expect(insides[index] == (distances[index].sign == .minus), "two sides at \(point)")
            // Beside the surface rounding decides.
            guard prepared.topology.isWatertight, exact > 1e-4 else { continue }
            let winding = NaiveQueries.windingNumber(SIMD3(point), prepared.mesh)
            expect(
                insides[index] == (winding > 0.5),
                "\(insides[index] ? "in" : "out")side at winding number \(winding), \(point)")
        }
    }

    /// In the mesh's own coordinates, however large, small or far away: what whoever uses the queries alone does.
    private mutating func checkOwnFrame() {
        let field = MeshField(mesh, windingAccuracy: number % 64 == 1 ? 2 : 1.99, workers: workers)
        guard let box = field.hierarchy.boundingBox else { return }
        let points = queries.map { box.minimum + $0 * box.extent }
        let distances = field.values(at: points, workers: workers)
        expect(distances.allSatisfy { !$0.isNaN }, "a distance that is no number")
        _ = BoundingVolumeHierarchy(mesh, workers: workers).firstHits(
            of: points.map { Ray(origin: $0, direction: SIMD3(0.3, 0.5, 0.8)) }, workers: workers)
    }

    private mutating func checkSimplification(_ mesh: TriangleMesh) {
        let simplified = mesh.simplified(toTriangles: mesh.triangles.count / 2)
        expect(simplified.triangles.count <= mesh.triangles.count, "simplified to more triangles")
        let count = UInt32(simplified.vertices.count)
        expect(simplified.triangles.allSatisfy { $0.max() < count }, "a triangle of no vertex")
        expect(simplified.vertices.allSatisfy { ($0 - $0) == .zero }, "a vertex that is not finite")
        let (before, after) = (MeshTopology(mesh), MeshTopology(simplified))
        if before.isClosed && after.triangleCount > 0 { expect(after.isClosed, "simplifying opens a closed mesh") }
    }

    private mutating func checkExtraction(_ prepared: PreparedMesh) {
        for method in [ExtractionMethod.marchingCubes, .dualContouring] {
            var extractor = SurfaceExtractor(resolution: 20, method: method)
            extractor.keptTriangles = number % 16 == 0 ? 0.5 : 1
            do {
                let surface = try extractor.extract(prepared.field, workers: workers)
                expect(
                    surface.mesh.vertices.allSatisfy { ($0 - $0) == .zero }, "an extracted vertex that is not finite")
                expect(MeshTopology(surface.mesh).boundaryEdgeCount == 0, "an extracted surface with a hole")
            } catch .isoLevelNotReached {
                // Too thin for this grid.
            } catch {
                problems.append("extraction: \(error)")
            }
        }
    }

    private mutating func checkEvaluation(_ prepared: PreparedMesh) {
        let agreement = Evaluation.mesh(prepared.mesh, against: EvaluationReference(prepared), workers: workers)
        expect(agreement.iou.uniform.value == 1 && agreement.iou.boundary.value == 1, "a mesh differs from itself")
        expect(agreement.surface?.hausdorff == 0, "a mesh is \(agreement.surface?.hausdorff ?? .nan) away from itself")
    }
}
