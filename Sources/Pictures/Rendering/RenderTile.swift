import Core
import Geometry

/// The hits of the rays of a few neighboring pixels, ready to be lit.
struct RenderTile {
    private let columns: Range<Int>
    private let rows: Range<Int>
    private let renderer: MeshRenderer
    private let lighting: Lighting
    /// Samples that hit the mesh, those of a pixel next to each other.
    private var samples: [Sample] = []
    /// Where the samples of each pixel, row by row, start in `samples`; one more for the end.
    private var starts: [Int] = [0]

    private struct Sample {
        var hit: RayHit
        var normal: SIMD3<Float>
        /// From the surface to the camera.
        var view: SIMD3<Float>
        var isOutside: Bool
        var openness: Float = 1
        var keyVisibility: Float = 1
    }

    /// Farther surfaces do not darken, in diagonals of the mesh.
    private static let occlusionReach: Float = 0.35
    /// Secondary rays start this far off the surface, in diagonals: more than single precision's error of a hit.
    private static let offset: Float = 2e-4
    /// How dark full occlusion is: some light always comes back from what occludes.
    private static let deepest: Float = 0.18
    private static let insideTint = SIMD3<Float>(0.42, 0.50, 0.66)

    init(columns: Range<Int>, rows: Range<Int>, width: Int, height: Int, renderer: MeshRenderer, camera: Camera) {
        self.columns = columns
        self.rows = rows
        self.renderer = renderer
        lighting = Lighting(camera)
        trace(camera, width: width, height: height)
    }

    private mutating func trace(_ camera: Camera, width: Int, height: Int) {
        let side = renderer.samplesPerSide
        let perPixel = side * side
        var rays: [Ray] = []
        rays.reserveCapacity(columns.count * rows.count * perPixel)
        for y in rows {
            for x in columns {
                for sample in 0..<perPixel {
                    let px = Float(x) + (Float(sample % side) + 0.5) / Float(side)
                    let py = Float(y) + (Float(sample / side) + 0.5) / Float(side)
                    rays.append(camera.ray(through: SIMD2(2 * px / Float(width) - 1, 1 - 2 * py / Float(height))))
                }
            }
        }
        let hits = renderer.hierarchy.firstHits(of: rays, workers: .single)
        let diagonal = renderer.hierarchy.boundingBox?.diagonal ?? 0
        var shadowRays: [Ray] = []
        var occlusionRays: [Ray] = []
        for pixel in 0..<columns.count * rows.count {
            let (x, y) = (columns.lowerBound + pixel % columns.count, rows.lowerBound + pixel / columns.count)
            let stream = RandomStream(seed: UInt64(y * width + x), stream: 0x7265_6e64)
            // Samples of a pixel share out the hemisphere and the light's disc: a shuffle apart for each pixel.
            let turn = stream.words(at: .max)
            for sample in 0..<perPixel {
                let index = pixel * perPixel + sample
                guard hits[index].isHit else { continue }
                let view = normalized(-rays[index].direction)
                var face = renderer.normals.faceNormal(at: hits[index])
                let isOutside = dot(face, view) >= 0
                var normal = renderer.normals.normal(at: hits[index])
                if !isOutside { (face, normal) = (-face, -normal) }
                samples.append(Sample(hit: hits[index], normal: normal, view: view, isOutside: isOutside))
                let jitter = stream.uniforms(at: UInt64(sample))
                let origin = rays[index].point(at: hits[index].t) + face * (Self.offset * diagonal)
                let first = Stratum(number: sample, of: side, rotatedBy: turn.x)
                let second = Stratum(number: sample, of: side, rotatedBy: turn.y)
                occlusionRays.append(
                    Ray(origin: origin, direction: cosineDirection(around: normal, first.place(jitter.x, jitter.y))))
                shadowRays.append(Ray(origin: origin, direction: keyDirection(second.place(jitter.z, jitter.w))))
            }
            starts.append(samples.count)
        }
        let occluded = anyHits(occlusionRays, far: Self.occlusionReach * diagonal)
        let shadowed = anyHits(shadowRays, far: .infinity)
        for index in samples.indices {
            if occluded[index] { samples[index].openness = Self.deepest }
            if shadowed[index] { samples[index].keyVisibility = 0 }
        }
    }

    private func anyHits(_ rays: [Ray], far: Float) -> [Bool] {
        var hits = [Bool](repeating: false, count: rays.count)
        var span = hits.mutableSpan
        renderer.hierarchy.anyHits(of: rays.span, far: far, into: &span, workers: .single)
        return hits
    }

    /// Calls `write` with the colour of every pixel.
    func shade(_ material: SurfaceMaterial, _ write: (_ x: Int, _ y: Int, _ colour: Colour) -> Void) {
        let perPixel = renderer.samplesPerSide * renderer.samplesPerSide
        for pixel in 0..<columns.count * rows.count {
            let own = starts[pixel]..<starts[pixel + 1]
            var sum = renderer.background.rgb * Float(perPixel - own.count)
            for sample in samples[own] {
                var albedo = material.albedo(sample.hit)
                if !sample.isOutside { albedo.rgb *= Self.insideTint }
                let light = lighting.shade(
                    albedo, gloss: sample.isOutside ? material.gloss : 0, normal: sample.normal, view: sample.view,
                    openness: sample.openness, keyVisibility: sample.keyVisibility)
                // Cut off here and not in the mean, so that a bright silhouette stays smooth.
                sum += pointwiseMin(light, SIMD3(repeating: 1))
            }
            write(
                columns.lowerBound + pixel % columns.count, rows.lowerBound + pixel / columns.count,
                Colour(linear: sum / Float(perPixel)))
        }
    }

    /// A direction around a normal, the more frequent the nearer to it, as light that arrives from everywhere counts.
    private func cosineDirection(around normal: SIMD3<Float>, _ place: SIMD2<Float>) -> SIMD3<Float> {
        let disc = unitDisc(place)
        let axis: SIMD3<Float> = normal.x.magnitude > 0.8 ? SIMD3(0, 1, 0) : SIMD3(1, 0, 0)
        let across = normalized(cross(normal, axis))
        let along = cross(normal, across)
        let height = max(1 - (disc * disc).sum(), 1e-4).squareRoot()
        return disc.x * across + disc.y * along + height * normal
    }

    private func keyDirection(_ place: SIMD2<Float>) -> SIMD3<Float> {
        let disc = unitDisc(place) * Lighting.keyRadius
        return lighting.keyDirection + disc.x * lighting.keyAxes.0 + disc.y * lighting.keyAxes.1
    }

    /// A place in the unit square as one in the unit disc, areas kept (Shirley and Chiu, "A low distortion map between
    /// disk and square", 1997).
    private func unitDisc(_ place: SIMD2<Float>) -> SIMD2<Float> {
        let offset = 2 * place - 1
        guard offset != .zero else { return .zero }
        let wide = offset.x.magnitude > offset.y.magnitude
        let radius = wide ? offset.x : offset.y
        // In turns: an eighth at the diagonals.
        let turns = wide ? 0.125 * offset.y / offset.x : 0.25 - 0.125 * offset.x / offset.y
        let (sine, cosine) = Self.sineAndCosine(ofTurns: turns)
        return radius * SIMD2(cosine, sine)
    }

    /// Of a turn's −1/8 … 3/8, by series: within 1e-4, all that a random direction needs.
    private static func sineAndCosine(ofTurns turns: Float) -> (Float, Float) {
        let isSteep = turns > 0.125
        let angle = (isSteep ? 0.25 - turns : turns) * 2 * .pi
        let square = angle * angle
        let sine = angle * (1 - square / 6 * (1 - square / 20))
        let cosine = 1 - square / 2 * (1 - square / 12 * (1 - square / 30))
        return isSteep ? (cosine, sine) : (sine, cosine)
    }
}

/// One of side × side equal squares of the unit square, which the samples of a pixel share out.
private struct Stratum {
    let corner: SIMD2<Float>
    let size: Float

    init(number: Int, of side: Int, rotatedBy turn: UInt32) {
        let shifted = (number + Int(turn % UInt32(side * side))) % (side * side)
        corner = SIMD2(Float(shifted % side), Float(shifted / side))
        size = 1 / Float(side)
    }

    func place(_ u: Float, _ v: Float) -> SIMD2<Float> { (corner + SIMD2(u, v)) * size }
}
