import Core
import Geometry

/// Marching cubes (Lorensen and Cline 1987) whose result is closed, manifold and consistently oriented for any values.
///
/// Guaranteed for every field, whatever its values:
/// - Every directed edge of a triangle has exactly one reverse, and the triangles around a vertex form one cycle. The
///   mesh is closed: a layer of outside samples around the grid caps what leaves it, at the box's sides.
/// - Triangles are counter-clockwise seen from outside.
/// - Vertices and triangles come in the same order and with the same bits from a dense array and from blocks near the
///   surface, on any number of workers.
///
/// How values are read: a sample is inside where it is below the level; values *at* the level and NaN are outside. A
/// vertex lies where the edge's linear interpolant has the level, but never closer to a sample than
/// ``edgeMargin`` of a cell, so that triangles keep an area; between a finite and an infinite value (or NaN) it lies
/// at the finite end, between two infinite values in the middle. Triangles may intersect where a tunnel is narrow.
///
/// Ambiguous faces and tunnels follow the trilinear interpolant (see `CellTriangulation`), after Nielson and Hamann,
/// "The asymptotic decider" (1991), and Chernyaev, "Marching cubes 33" (1995). The triangulations are derived from the
/// cube's structure (`MarchingCubesTables`) rather than listed.
public enum MarchingCubes {
    /// How close to a sample a vertex may lie, in cells. Large enough that a cell of 1/1024 at coordinates near 1
    /// still separates the vertices around a sample by several units in the last place of a Float.
    public static let edgeMargin: Float = 0x1p-10

    /// The surface of a dense grid at `isoLevel`, in the grid's frame.
    ///
    /// - Complexity: O(samples + triangles), in two passes over the blocks with both signs: count, then fill.
    public static func mesh(of dense: DenseGrid, isoLevel: Float = 0, workers: Workers = Workers()) -> TriangleMesh {
        dense.values.withUnsafeBufferPointer { values in
            guard let values = values.baseAddress else { return TriangleMesh() }
            let samples = DenseBlockSamples(grid: dense.grid, isoLevel: isoLevel, values: values)
            let numbering = BlockNumbering(samples, workers: workers)
            return march(samples, numbering, crossings: false, workers: workers).mesh
        }
    }

    /// The place of a vertex on its edge, in cells from the lower sample.
    @inline(__always)
    static func fraction(_ low: Float, _ high: Float) -> Float {
        let t = low / (low - high)
        if t.isNaN {
            if low.isFinite { return edgeMargin }
            return high.isFinite ? 1 - edgeMargin : 0.5
        }
        return max(edgeMargin, min(1 - edgeMargin, t))
    }
}

/// Where on the grid a vertex came from.
struct EdgeCrossing {
    /// The sample at the lower end.
    var x, y, z: Int32
    /// Axis of the edge; 3 for a vertex inside a cell.
    var axis: Int32
    /// Values at the two ends relative to the level.
    var low, high: Float
}

/// A marched surface with what refinement needs.
struct MarchedSurface {
    var mesh: TriangleMesh
    /// One a vertex; empty unless asked for.
    var crossings: [EdgeCrossing]
}
