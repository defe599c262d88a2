import CKernels
import Core

/// Chooses how a mesh's inside is told from its outside, and classifies what can be known beforehand.
struct SignResolution {
    private let mesh: TriangleMesh
    private let hierarchy: BoundingVolumeHierarchy
    private let windingAccuracy: Float
    private let workers: Workers

    init(
        _ mesh: TriangleMesh, _ hierarchy: BoundingVolumeHierarchy, _ windingAccuracy: Float, _ workers: Workers
    ) {
        self.mesh = mesh
        self.hierarchy = hierarchy
        self.windingAccuracy = windingAccuracy
        self.workers = workers
    }

    /// - Returns: the test, what is known beforehand, and whether the sign changes at triangles only.
    func resolve(_ sign: SignMethod) -> (InsideTest, OccupancyGrid?, Bool) {
        guard let box = hierarchy.scaledBoundingBox else { return (test(.winding), nil, true) }
        guard let pseudonormals = Pseudonormals(mesh, workers: workers) else {
            return resolveWithoutPseudonormals(sign, box)
        }
        let lattice = CellLattice(over: box, resolution: OccupancyGrid.resolution)
        let touched = hierarchy.touchedCells(of: lattice, workers: workers)
        func grid(_ isInside: (SIMD4<Float>) -> Bool) -> OccupancyGrid {
            OccupancyGrid(regionsOf: lattice, touched: touched) { isInside(SIMD4($0, 0)) }
        }
        return hierarchy.withKernelTree { tree in
            guard sign == .automatic else {
                let chosen = test(sign, sign == .pseudonormal ? pseudonormals : nil)
                // Between parts that intersect, pseudonormals alone change sides half way.
                return (chosen, grid { chosen.isInside($0, tree) }, sign != .pseudonormal)
            }
            let winding = test(.winding)
            let cells = grid { winding.isInside($0, tree) }
            var chosen = test(.pseudonormal, pseudonormals)
            chosen.doubtful = DoubtfulTriangles(
                mesh, pseudonormals.adjacency,
                intersecting: SelfIntersections(mesh, hierarchy).triangles(workers: workers)
                    + FlatFolds(mesh, pseudonormals.adjacency).triangles(workers: workers),
                workers: workers
            ) { isOuterWall($0, tree) }
            return (chosen, cells, true)
        }
    }

    /// Of a mesh that is open, faces apart, or has edges of more than two triangles.
    private func resolveWithoutPseudonormals(
        _ sign: SignMethod, _ box: BoundingBox
    ) -> (InsideTest, OccupancyGrid?, Bool) {
        let edges = EdgeBalance(mesh)
        // Triangles that face both ways cancel in the winding number; a ray does not see how they face.
        let chosen =
            sign == .parity || sign == .automatic && edges.isEven && !edges.isBalanced ? test(.parity) : test(.winding)
        guard chosen.method == .parity ? edges.isEven : edges.isBalanced else {
            return (chosen, chosen.method == .parity ? nil : windingGrid(box), false)
        }
        let lattice = CellLattice(over: box, resolution: OccupancyGrid.resolution)
        let touched = hierarchy.touchedCells(of: lattice, workers: workers)
        return hierarchy.withKernelTree { tree in
            let grid = OccupancyGrid(regionsOf: lattice, touched: touched) { chosen.isInside(SIMD4($0, 0), tree) }
            return (chosen, grid, true)
        }
    }

    /// What can be known beforehand of a mesh with a boundary; nil where the boundary is too long, as a soup's, and at accuracies
    /// whose errors are not known.
    private func windingGrid(_ box: BoundingBox) -> OccupancyGrid? {
        guard windingAccuracy >= 2 else { return nil }
        // Room beyond an opening for the winding number to fall, so that what lies farther out is known to be outside.
        let lattice = CellLattice(over: box, resolution: OccupancyGrid.resolution, margin: 12)
        guard
            let boundary = BoundaryCirculation(mesh, scale: hierarchy.scale, lattice: lattice, workers: workers)
        else { return nil }
        let touched = hierarchy.touchedCells(of: lattice, workers: workers)
        // Evaluations are within 0.02 of the truth at the accuracy of 2, and their errors fall with its square at least.
        let tolerance = max(0.16 / (windingAccuracy * windingAccuracy), 1e-4)
        let winding = test(.winding)
        return hierarchy.withKernelTree { tree in
            OccupancyGrid(windingOf: lattice, touched: touched, boundary: boundary, tolerance: tolerance) {
                winding.windingNumber(SIMD4($0, 0), tree)
            }
        }
    }

    /// Whether a triangle's front has winding number 0 and its back 1; nil where that cannot be told, another triangle
    /// being too near its middle.
    private func isOuterWall(_ index: Int, _ tree: UnsafePointer<ck_tree>) -> Bool? {
        let corners = mesh.corners(of: index)
        let a = SIMD3<Double>(corners.0) * Double(hierarchy.scale)
        let b = SIMD3<Double>(corners.1) * Double(hierarchy.scale)
        let c = SIMD3<Double>(corners.2) * Double(hierarchy.scale)
        let normal = cross(b - a, c - a)
        let doubleArea = (normal * normal).sum().squareRoot()
        let step = max(1e-2 * doubleArea.squareRoot(), 10 * Double(tree.pointee.slack))
        guard doubleArea > 0 else { return nil }
        let offset = normal * (step / doubleArea)
        let winding = test(.winding)
        var numbers: [Float] = []
        for point in [(a + b + c) / 3 + offset, (a + b + c) / 3 - offset] {
            let point = SIMD4(SIMD3<Float>(point), 0)
            let hit = winding.closestPoint(to: point, tree)
            guard Int(hit.triangle) == index && hit.feature == 0 else { return nil }
            numbers.append(winding.windingNumber(point, tree))
        }
        return abs(numbers[0]) < 0.25 && abs(numbers[1] - 1) < 0.25
    }

    private func test(_ method: SignMethod, _ pseudonormals: Pseudonormals? = nil) -> InsideTest {
        InsideTest(method: method, pseudonormals: pseudonormals, windingAccuracy: windingAccuracy)
    }
}
