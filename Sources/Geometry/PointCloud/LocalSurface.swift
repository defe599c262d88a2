import CKernels
import Core

/// The sphere that best fits the oriented points around a place, and how far that place is from it.
///
/// Algebraic point set surfaces in closed form (Guennebaud and Gross, SIGGRAPH 2007; Guennebaud, Germann and Gross,
/// "Dynamic sampling and rendering of algebraic point set surfaces", Eurographics 2008, section 3): the algebraic sphere
/// u₀ + u·x + u₄ x·x whose gradient agrees best with the normals. Spheres and planes come out without error whatever the
/// support.
package struct LocalSurface {
    /// From the place, which is at distance `distance` outside (or, negative, inside).
    package var distance: Float
    /// Outwards, of unit length.
    package var normal: SIMD3<Float>
    /// How much of the place's surroundings has points: about 1 on a covered surface, less beside its rim or away from it, 0
    /// where no ball of support reaches.
    package var coverage: Float
    /// Of the fitted sphere, positive where the surface bulges outwards.
    package var curvature: Float
    /// Points that count, about.
    package var count: Float
    /// From the place to their weighted mean.
    package var meanOffset: SIMD3<Float>

    /// Nil where no point's ball holds the place, or normals around it cancel.
    ///
    /// - Parameter left: area and normal of a point at the very place that is to be left out.
    init?(_ sums: ck_point_sums, leavingOut left: (area: Float, normal: SIMD3<Float>)? = nil) {
        let whole = Double(sums.weight)
        var weight = whole
        var normalSum = SIMD3(Double(sums.normal.0), Double(sums.normal.1), Double(sums.normal.2))
        if let left {
            weight -= Double(left.area)
            normalSum -= Double(left.area) * SIMD3<Double>(left.normal)
        }
        guard weight > 1e-4 * whole, whole > 0 else { return nil }
        let mean = SIMD3(Double(sums.offset.0), Double(sums.offset.1), Double(sums.offset.2)) / weight
        let normalMean = normalSum / weight
        let square = Double(sums.squared) / weight
        let spread = square - dot(mean, mean)
        let support = Double(sums.support) / whole
        var curvature = 0.0
        if spread > 1e-3 * support {
            curvature = 0.5 * (Double(sums.offset_normal) / weight - dot(mean, normalMean)) / spread
            // No sphere that would fit into the support: that is noise.
            let limit = 0.5 / support.squareRoot()
            curvature = min(max(curvature, -limit), limit)
        }
        let gradient = normalMean - 2 * curvature * mean
        let value = -(dot(gradient, mean) + curvature * square)
        let slope = length(gradient)
        guard slope > 0.1 else { return nil }
        let root = max(slope * slope - 4 * value * curvature, 0).squareRoot()
        distance = Float(2 * value / (slope + root))
        normal = SIMD3<Float>(gradient / slope)
        count = sums.count
        meanOffset = SIMD3<Float>(mean)
        self.curvature = root > 0 ? Float(2 * curvature / root) : 0
        coverage = Float(whole / (Double.pi / 5 * support))
    }
}

extension ck_point_weights {
    /// Balls, and all points that do not face the other way: where the surface is thin, those of its other side do.
    package static let usual = ck_point_weights(shrinking: 1, height: 1, full_cosine: 0, least_cosine: -0.5)

    /// For points with noise: higher than wide, so that a point does not choose neighbours at its own height. Only points that
    /// face about the same way count: beside an edge a high spheroid holds much of the other side.
    ///
    /// - Parameter slimness: how many times as high as wide, at least 1.
    static func high(shrinking: Float, slimness: Float) -> ck_point_weights {
        ck_point_weights(shrinking: shrinking, height: 1 / (slimness * slimness), full_cosine: 0.7, least_cosine: 0.2)
    }
}

extension PointTree {
    /// The local surface at each of `places`, `(n)`, as seen from the side that `facing` says.
    ///
    /// - Parameters:
    ///   - own: the slot whose point stands at each place and is left out; nil for none.
    package func localSurfaces(
        at places: [SIMD3<Float>], facing: [SIMD3<Float>], leavingOut own: [Int]? = nil,
        weights: ck_point_weights = .usual,
        workers: Workers
    ) -> [LocalSurface?] {
        [LocalSurface?](unsafeUninitializedCapacity: places.count) { results, count in
            let results = results
            withKernelTree { tree in
                workers.forEachChunk(of: places.count, chunkSize: Self.chunkSize) { range, _ in
                    withUnsafeTemporaryAllocation(of: ck_point_sums.self, capacity: range.count) { sums in
                        guard let start = sums.baseAddress else { return }
                        Self.withFloats(range, { places[$0] }) { points in
                            Self.withFloats(range, { facing[$0] }) { directions in
                                ck_points_sums(tree, points, directions, range.count, weights, start)
                            }
                        }
                        for index in range {
                            let left = own.map { (area: area($0[index]), normal: normal($0[index])) }
                            results.initializeElement(
                                at: index, to: LocalSurface(start[index - range.lowerBound], leavingOut: left))
                        }
                    }
                }
            }
            count = places.count
        }
    }

}
