/// Writes a lattice of distances as functions of the OpenGL Shading Language 1.30 or ES 3.00.
///
/// Samples are an array of integers: four in each where they fit 8 bits, else two.
struct GLSLLattice {
    let lattice: ExportLattice
    /// The functions' names begin with it.
    let name: String

    /// `float <name>_base(vec3 v)`: the lattice at a point of the unit cube.
    var function: String {
        let perWord = lattice.samples.allSatisfy { Int8(exactly: $0) != nil } ? 4 : 2
        let bits = 32 / perWord
        let words = stride(from: 0, to: lattice.samples.count, by: perWord).map { start -> String in
            var word: UInt32 = 0
            for index in start..<min(start + perWord, lattice.samples.count) {
                let mask: UInt32 = perWord == 4 ? 0xff : 0xffff
                let sample = UInt32(bitPattern: Int32(lattice.samples[index])) & mask
                word |= sample << UInt32(bits * (index - start))
            }
            return "0x" + String(word, radix: 16) + "u"
        }
        let counts = lattice.counts
        return """
            const uint \(name)_samples[\(words.count)] = uint[\(words.count)](\(words.joined(separator: ",")));

            float \(name)_sample(int x, int y, int z) {
                ivec3 i = clamp(ivec3(x, y, z), ivec3(0), ivec3(\(counts[0] - 1), \(counts[1] - 1), \(counts[2] - 1)));
                int n = (i.z * \(counts[1]) + i.y) * \(counts[0]) + i.x;
                int s = int(\(name)_samples[n / \(perWord)] >> uint(\(bits) * (n % \(perWord)))) & \(1 << bits - 1);
                return \(lattice.step) * float(s >= \(1 << (bits - 1)) ? s - \(1 << bits) : s);
            }

            vec4 \(name)_weights(float t, float cell, float last) {
                if (cell < \(Float(lattice.outerCellCount)) || cell > last) return vec4(0.0, 1.0 - t, t, 0.0);
                vec4 w = vec4(((2.0 - t) * t - 1.0) * t, (3.0 * t - 5.0) * t * t + 2.0,
                              ((4.0 - 3.0 * t) * t + 1.0) * t, (t - 1.0) * t * t) * 0.5;
                if (cell == \(Float(lattice.outerCellCount))) w = vec4(0.0, w.y + 2.0 * w.x, w.z - w.x, w.w);
                if (cell == last) w = vec4(w.x, w.y - w.w, w.z + 2.0 * w.w, 0.0);
                return w;
            }

            float \(name)_base(vec3 v) {
                vec3 lower = \(vector(lattice.lower)), upper = \(vector(lattice.upper));
                vec3 q = clamp(v, \(vector(lattice.minimum)), \(vector(lattice.maximum)));
                vec3 u = \(Float(lattice.outerCellCount)) + (clamp(q, lower, upper) - lower) * \(1 / lattice.spacing)
                    + (min(q - lower, 0.0) + max(q - upper, 0.0)) * \(vector(lattice.outerSpacing.map { 1 / $0 }));
                vec3 c = floor(clamp(u, vec3(0.0), \(vector(counts.map { Float($0 - 2) }))));
                vec3 last = \(vector(counts.map { Float($0 - 2 - lattice.outerCellCount) }));
                vec4 wx = \(name)_weights(u.x - c.x, c.x, last.x);
                vec4 wy = \(name)_weights(u.y - c.y, c.y, last.y);
                vec4 wz = \(name)_weights(u.z - c.z, c.z, last.z);
                ivec3 i = ivec3(c);
                float b = 0.0;
                for (int z = 0; z < 4; z++)
                    for (int y = 0; y < 4; y++)
                        b += wz[z] * wy[y] * dot(wx, vec4(
                            \(name)_sample(i.x - 1, i.y + y - 1, i.z + z - 1), \(name)_sample(i.x, i.y + y - 1, i.z + z - 1),
                            \(name)_sample(i.x + 1, i.y + y - 1, i.z + z - 1), \(name)_sample(i.x + 2, i.y + y - 1, i.z + z - 1)));
                vec3 d = v - q, m = \(vector(lattice.center));
                float o = max(b, 0.0);
                return dot(d, d) > 0.0 ? max(sqrt(dot(d, d) + o * o), o + length(v - m) - length(q - m)) : b;
            }

            """
    }

    private func vector(_ values: [Float]) -> String {
        "vec3(\(values.map { "\($0)" }.joined(separator: ", ")))"
    }
}

/// Writes a corrected base.
struct GLSLBase {
    let base: ExportBase
    /// Of the function that is written; the others begin with it.
    let name: String

    /// `float <name>(vec3 p)` from `<name>_base` and the network's `<name>_correction`; `place` is p in the unit cube.
    func combination(place: String) -> String {
        """
        float \(name)(vec3 p) {
            vec3 v = \(place);
            float b = \(name)_base(v);
            if (abs(b) >= \(base.end)) return b * \(base.outputFactor);
            float t = clamp((\(base.end) - abs(b)) * \(1 / (base.end - base.full)), 0.0, 1.0);
            float c = clamp(\(name)_correction(v) * \(base.correctionFactor), \(-base.bound), \(base.bound));
            return (b + t * t * (3.0 - 2.0 * t) * c) * \(base.outputFactor);
        }

        """
    }
}
