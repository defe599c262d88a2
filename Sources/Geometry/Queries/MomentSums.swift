import CKernels
import Core

/// The multipole moments of a set of triangles about the area-weighted mean of their centroids, and the radius of a
/// sphere around that point that holds them.
///
/// The winding number of triangles with unit normals n is −(1/4π) ∫ n · ∇(1/|x − p|) dA. Expanding about c with
/// y = x − c and R = p − c, the terms need only ∫ n dA, ∫ sym(n ⊗ y) dA and ∫ sym(n ⊗ y ⊗ y) dA: the gradients are
/// symmetric (Barill et al. 2018, section 4.1), and what is left of these after their traces are taken out, 3 + 5 + 7
/// numbers, is all that the field depends on, since 1/r is harmonic.
struct MomentSums {
    private var area = 0.0
    /// ∫ x dA; the centre times the area.
    private var weightedCenter = SIMD3<Double>.zero
    private(set) var center = SIMD3<Double>.zero
    private(set) var radius = 0.0
    private var dipole = SIMD3<Double>.zero
    /// xx, yy, zz, xy, xz, yz of ∫ sym(n ⊗ y) dA.
    private var second = SIMD8<Double>.zero
    /// xxx, yyy, zzz, xxy, xxz, xyy, yyz, xzz, yzz, xyz of ∫ sym(n ⊗ y ⊗ y) dA.
    private var third = SIMD16<Double>.zero

    init() {}

    /// Of a block's triangles.
    init(block: UnsafePointer<Float>) {
        var points = SIMD3<Double>.zero
        var pointCount = 0.0
        for lane in 0..<CK_LANES {
            let (a, b, c) = Self.corners(block, lane)
            let size = Self.areaVector(a, b, c)
            let triangleArea = (size * size).sum().squareRoot()
            area += triangleArea
            weightedCenter += (a + b + c) * (triangleArea / 3)
            points += a
            pointCount += 1
        }
        center = area > 0 ? weightedCenter / area : points / pointCount
        for lane in 0..<CK_LANES {
            let corners = Self.corners(block, lane)
            let a = corners.0 - center
            let b = corners.1 - center
            let c = corners.2 - center
            for y in [a, b, c] { radius = max(radius, (y * y).sum().squareRoot()) }
            let normal = Self.areaVector(a, b, c)
            guard normal != .zero else { continue }
            dipole += normal
            second += Self.symmetric(normal, (a + b + c) / 3)
            // ∫ y ⊗ y dA = A/12 (a ⊗ a + b ⊗ b + c ⊗ c + (a + b + c) ⊗ (a + b + c)).
            for y in [a, b, c, a + b + c] { third += Self.symmetric(normal, y, y) / 12 }
        }
    }

    /// Of a block of oriented points: dipoles of their areas.
    ///
    /// - Parameter count: points of the block, at least one.
    init(pointBlock block: UnsafePointer<Float>, count: Int) {
        func vector(_ start: Int, _ lane: Int) -> SIMD3<Double> {
            SIMD3(Double(block[start + lane]), Double(block[start + 8 + lane]), Double(block[start + 16 + lane]))
        }
        var points = SIMD3<Double>.zero
        for lane in 0..<count {
            let size = Double(block[CK_POINT_AREAS + lane])
            area += size
            weightedCenter += vector(0, lane) * size
            points += vector(0, lane)
        }
        center = area > 0 ? weightedCenter / area : points / Double(count)
        for lane in 0..<count {
            let y = vector(0, lane) - center
            radius = max(radius, (y * y).sum().squareRoot())
            let normal = vector(CK_POINT_NORMALS, lane) * Double(block[CK_POINT_AREAS + lane])
            guard normal != .zero else { continue }
            dipole += normal
            second += Self.symmetric(normal, y)
            third += Self.symmetric(normal, y, y)
        }
    }

    /// Of the union of disjoint sets.
    init(_ parts: [MomentSums]) {
        guard !parts.isEmpty else { return }
        var centers = SIMD3<Double>.zero
        for part in parts {
            area += part.area
            weightedCenter += part.weightedCenter
            centers += part.center
        }
        center = area > 0 ? weightedCenter / area : centers / Double(parts.count)
        for part in parts {
            let shift = part.center - center
            radius = max(radius, (shift * shift).sum().squareRoot() + part.radius)
            dipole += part.dipole
            second += part.second + Self.symmetric(part.dipole, shift)
            third += part.third + 2 * Self.symmetric(part.second, shift)
            third += Self.symmetric(part.dipole, shift, shift)
        }
    }

    /// Writes what `ck_winding` reads of a child: `row` is the first float of its lane.
    func store(in row: UnsafeMutablePointer<Float>) {
        let trace = second[0] + second[1] + second[2]
        let (xxx, yyy, zzz) = (third[0], third[1], third[2])
        let (xxy, xxz, xyy, yyz, xzz, yzz, xyz) =
            (third[3], third[4], third[5], third[6], third[7], third[8], third[9])
        let contracted = SIMD3(xxx + xyy + xzz, xxy + yyy + yzz, xxz + yyz + zzz)
        let values: [Double] = [
            center.x, center.y, center.z, max(radius * (1 + 1e-6), 1e-15),
            dipole.x, dipole.y, dipole.z,
            3 * second[0] - trace, 3 * second[1] - trace, 6 * second[3], 6 * second[4], 6 * second[5],
            7.5 * xxx - 4.5 * contracted.x, 22.5 * xzz - 4.5 * contracted.x,
            7.5 * yyy - 4.5 * contracted.y, 22.5 * xxy - 4.5 * contracted.y,
            7.5 * zzz - 4.5 * contracted.z, 22.5 * yyz - 4.5 * contracted.z,
            45 * xyz,
        ]
        for (index, value) in values.enumerated() { row[index * CK_LANES] = Float(value) }
    }

    /// A child that is not there: always far away, and nothing.
    static func storeNothing(in row: UnsafeMutablePointer<Float>) {
        for index in 0..<CK_MOMENT_STRIDE / CK_LANES { row[index * CK_LANES] = index < 3 ? 1e15 : 0 }
    }

    private static func corners(
        _ block: UnsafePointer<Float>, _ lane: Int
    ) -> (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>) {
        func corner(_ start: Int) -> SIMD3<Double> {
            SIMD3(Double(block[start + lane]), Double(block[start + 8 + lane]), Double(block[start + 16 + lane]))
        }
        return (corner(0), corner(24), corner(48))
    }

    /// Half the cross product of two edges: the unit normal times the area.
    private static func areaVector(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ c: SIMD3<Double>) -> SIMD3<Double> {
        cross(b - a, c - a) / 2
    }

    /// sym(n ⊗ y).
    private static func symmetric(_ n: SIMD3<Double>, _ y: SIMD3<Double>) -> SIMD8<Double> {
        SIMD8(
            n.x * y.x, n.y * y.y, n.z * y.z,
            (n.x * y.y + n.y * y.x) / 2, (n.x * y.z + n.z * y.x) / 2, (n.y * y.z + n.z * y.y) / 2, 0, 0)
    }

    /// sym(n ⊗ y ⊗ z).
    private static func symmetric(_ n: SIMD3<Double>, _ y: SIMD3<Double>, _ z: SIMD3<Double>) -> SIMD16<Double> {
        symmetric(symmetric(n, y), z)
    }

    /// sym(s ⊗ z) for a symmetric s.
    private static func symmetric(_ s: SIMD8<Double>, _ z: SIMD3<Double>) -> SIMD16<Double> {
        let (xx, yy, zz, xy, xz, yz) = (s[0], s[1], s[2], s[3], s[4], s[5])
        var result = SIMD16<Double>.zero
        result[0] = xx * z.x
        result[1] = yy * z.y
        result[2] = zz * z.z
        result[3] = (xx * z.y + 2 * xy * z.x) / 3
        result[4] = (xx * z.z + 2 * xz * z.x) / 3
        result[5] = (yy * z.x + 2 * xy * z.y) / 3
        result[6] = (yy * z.z + 2 * yz * z.y) / 3
        result[7] = (zz * z.x + 2 * xz * z.z) / 3
        result[8] = (zz * z.y + 2 * yz * z.z) / 3
        result[9] = (xy * z.z + xz * z.y + yz * z.x) / 3
        return result
    }
}
