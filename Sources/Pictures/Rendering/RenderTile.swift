import Core
import Geometry

/// The hits of the rays of a few neighboring pixels, ready to be lit.
struct RenderTile {
    /// The pixels that are drawn.
    private let inner: (columns: Range<Int>, rows: Range<Int>)
    /// Those whose rays are traced: a frame of neighbours more, over which light is smoothed.
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
        var position: SIMD3<Float>
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
    /// Pixels to each side over which shadow and occlusion are averaged. A pixel's nine samples alone leave a grain that
    /// shows on smooth surfaces; over 25 pixels it is a fifth of that, and shadows are softer than this anyway.
    private static let smoothing = 2
    private static let insideTint = SIMD3<Float>(0.42, 0.50, 0.66)

    init(columns: Range<Int>, rows: Range<Int>, width: Int, height: Int, renderer: MeshRenderer, camera: Camera) {
        inner = (columns, rows)
        let margin = Self.smoothing
        self.columns = max(columns.lowerBound - margin, 0)..<min(columns.upperBound + margin, width)
        self.rows = max(rows.lowerBound - margin, 0)..<min(rows.upperBound + margin, height)
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
                let position = rays[index].point(at: hits[index].t)
                samples.append(
                    Sample(hit: hits[index], position: position, normal: normal, view: view, isOutside: isOutside))
                let jitter = stream.uniforms(at: UInt64(sample))
                let origin = position + face * (Self.offset * diagonal)
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
        smooth(diagonal: diagonal)
    }

    /// A pixel's surface, where its samples agree about it.
    private struct Patch {
        var position: SIMD3<Float>
        var normal: SIMD3<Float>
        var openness: Float
        var keyVisibility: Float
    }

    /// Replaces what random rays said of each sample by the mean over neighbouring pixels that see the same surface.
    ///
    /// Pixels at silhouettes and creases, whose samples lie on several surfaces, keep their own. A pixel's result depends
    /// on its neighbours' samples alone, not on the tile.
    private mutating func smooth(diagonal: Float) {
        let patches = (0..<columns.count * rows.count).map(patch)
        for y in inner.rows {
            for x in inner.columns {
                let pixel = index(x, y)
                guard let own = patches[pixel] else { continue }
                var sum = SIMD2<Float>.zero
                var count: Float = 0
                for otherY in max(y - Self.smoothing, rows.lowerBound)..<min(y + Self.smoothing + 1, rows.upperBound) {
                    for otherX in max(
                        x - Self.smoothing, columns.lowerBound)..<min(
                            x + Self.smoothing + 1, columns.upperBound)
                    {
                        guard let other = patches[index(otherX, otherY)], dot(own.normal, other.normal) > 0.9,
                            abs(dot(own.normal, other.position - own.position)) < 5e-3 * diagonal
                        else { continue }
                        sum += SIMD2(other.openness, other.keyVisibility)
                        count += 1
                    }
                }
                for sample in starts[pixel]..<starts[pixel + 1] {
                    samples[sample].openness = sum.x / count
                    samples[sample].keyVisibility = sum.y / count
                }
            }
        }
    }

    private func index(_ x: Int, _ y: Int) -> Int {
        (y - rows.lowerBound) * columns.count + x - columns.lowerBound
    }

    /// nil where not all samples hit, or their normals differ much.
    private func patch(_ pixel: Int) -> Patch? {
        let own = samples[starts[pixel]..<starts[pixel + 1]]
        guard let first = own.first, own.count == renderer.samplesPerSide * renderer.samplesPerSide else { return nil }
        var sum = Patch(position: .zero, normal: .zero, openness: 0, keyVisibility: 0)
        for sample in own {
            guard dot(sample.normal, first.normal) > 0.7 else { return nil }
            sum.position += sample.position
            sum.normal += sample.normal
            sum.openness += sample.openness
            sum.keyVisibility += sample.keyVisibility
        }
        let count = Float(own.count)
        return Patch(
            position: sum.position / count, normal: normalized(sum.normal), openness: sum.openness / count,
            keyVisibility: sum.keyVisibility / count)
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
        for number in 0..<inner.columns.count * inner.rows.count {
            let x = inner.columns.lowerBound + number % inner.columns.count
            let y = inner.rows.lowerBound + number / inner.columns.count
            let pixel = index(x, y)
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
            write(x, y, Colour(linear: sum / Float(perPixel)))
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
