import CKernels
import Support

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

    func resolve(_ sign: SignMethod) -> (InsideTest, OccupancyGrid?) {
        guard let pseudonormals = Pseudonormals(mesh), let box = hierarchy.scaledBoundingBox else {
            return (test(sign == .parity ? .parity : .winding), nil)
        }
        let lattice = CellLattice(over: box, resolution: OccupancyGrid.resolution)
        let touched = hierarchy.touchedCells(of: lattice, workers: workers)
        func grid(_ isInside: (SIMD4<Float>) -> Bool) -> OccupancyGrid {
            OccupancyGrid(regionsOf: lattice, touched: touched) { isInside(SIMD4($0, 0)) }
        }
        return hierarchy.withKernelTree { tree in
            guard sign == .automatic else {
                let chosen = test(sign, sign == .pseudonormal ? pseudonormals : nil)
                return (chosen, grid { chosen.isInside($0, tree) })
            }
            let winding = test(.winding)
            let cells = grid { winding.isInside($0, tree) }
            var chosen = test(.pseudonormal, pseudonormals)
            chosen.doubtful = DoubtfulTriangles(
                mesh, neighbors: pseudonormals.neighbors,
                intersecting: SelfIntersections(mesh, hierarchy).flags(workers: workers)
            ) { triangle in
                let (a, b, c) = mesh.corners(of: triangle)
                return winding.windingNumber(SIMD4((a + b + c) * (hierarchy.scale / 3), 0), tree)
            }
            return (chosen, cells)
        }
    }

    private func test(_ method: SignMethod, _ pseudonormals: Pseudonormals? = nil) -> InsideTest {
        InsideTest(method: method, pseudonormals: pseudonormals, windingAccuracy: windingAccuracy)
    }
}
