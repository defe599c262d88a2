import Core
import NeuralFields

/// Where in a cell distances are asked for, and how much they count.
enum GridSamples {
    /// `count` places in [0, 1)³ for each cell: a sequence of low discrepancy (multiples of the inverse powers of the root of
    /// x⁴ = x + 1; Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018), shifted at random from cell to cell.
    static func places(in elements: [GridElement], count: Int, workers: Workers) -> [SIMD3<Float>] {
        let stream = RandomStream(seed: 0x6772_6964, stream: 0)
        var places = [SIMD3<Float>](repeating: .zero, count: elements.count * count)
        places.withUnsafeMutableBufferPointer { places in
            let places = places
            workers.forEachChunk(of: elements.count, chunkSize: 1024) { chunk, _ in
                for index in chunk {
                    let element = elements[index]
                    // A cell's places depend on nothing but the cell.
                    let cell = SIMD3<UInt64>(truncatingIfNeeded: element.cell)
                    let number = UInt64(element.level) << 48 | cell.z << 32 | cell.y << 16 | cell.x
                    let shift = stream.uniforms(at: number)
                    for row in 0..<count {
                        let place = SIMD3(shift.x, shift.y, shift.z) + Float(row) * steps
                        places[index * count + row] = place - place.rounded(.down)
                    }
                }
            }
        }
        return places
    }

    private static let steps = SIMD3<Float>(0.819_172_5, 0.671_043_6, 0.549_700_5)

    /// exp(−x²) within 1e-3, from operations whose bits are the same everywhere: (1 + y + y²/2)^256 with y = −x²/256.
    static func weight(_ x: Float) -> Float {
        let square = x * x
        // NaN included.
        guard square < 16 else { return 0 }
        let small = -square / 256
        var power = 1 + small + 0.5 * small * small
        for _ in 0..<8 { power *= power }
        return power
    }
}
