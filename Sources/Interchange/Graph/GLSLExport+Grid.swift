import NeuralFields

/// Sparse grids as functions of GLSL 1.30 or ES 3.00: a level's coefficients are arrays of integers, found by counting the bits before a
/// corner's in its block.
extension GLSLExport {
    /// The most integers that a grid's arrays may have. Mesa's llvmpipe, beside other work, took 45 s to compile 13 000 and was not done with
    /// 21 000 after ten minutes.
    static let wordLimit = 20_000

    /// `float functionName(vec3 p)`, after comments: the grid's value in the frame's coordinates.
    ///
    /// - Parameters:
    ///   - grid: whose function is written.
    ///   - frame: the caller's coordinates, and values that are scaled.
    ///   - functionName: the function's; those of its parts begin with it.
    ///   - comments: lines before it.
    /// - Throws: `NeuralFieldsError.invalidSetting` for a grid that is too large.
    public static func text(
        of grid: ExportGrid, frame: ExportFrame, functionName: String = "shape", comments: [String] = []
    ) throws(NeuralFieldsError) -> String {
        guard case .scaled(let factor) = frame.output, frame.base == nil else {
            throw .invalidSetting(name: "format", value: "glsl", remedy: "takes grids of distances; use onnx")
        }
        let levels = zip(grid.grid.levels, grid.storage).enumerated().map { index, level in
            GLSLGridLevel(level: level.0, storage: level.1, name: "\(functionName)_\(index)")
        }
        let words = levels.reduce((grid.surroundings?.samples.count ?? 0) / 2) { $0 + $1.wordCount }
        guard words <= wordLimit else {
            let fitting = grid.grid.coefficientCount * wordLimit / words
            let rounded = max(fitting * 9 / 10 / 1000, 1) * 1000
            throw .invalidSetting(
                name: "format", value: "glsl",
                remedy:
                    "takes grids of about \(rounded) coefficients, and this has \(grid.grid.coefficientCount); fit with so many, or use onnx or npz"
            )
        }
        func vector(_ values: SIMD3<Float>) -> String { "vec3(\(values.x), \(values.y), \(values.z))" }
        func vector(_ values: [Float]) -> String { "vec3(\(values.map { "\($0)" }.joined(separator: ", ")))" }
        let name = functionName
        let sum = levels.map { "\($0.name)(q)" }.joined(separator: " + ")
        let around =
            grid.surroundings == nil
            ? "least" : "max(least, \(name)_base(v) + (g - \(name)_base(q)) * max(1.0 - e / \(grid.blendLength), 0.0))"
        return head(comments) + "// Needs GLSL 1.30 or GLSL ES 3.00.\n" + GLSLGridLevel.bitCount(name)
            + levels.map { $0.function(bitCount: name + "_bits") }.joined()
            + (grid.surroundings.map { GLSLLattice(lattice: $0, name: name).function } ?? "") + """
                float \(name)(vec3 p) {
                    vec3 v = (p - \(vector(frame.center))) * \(frame.scale) + \(vector(frame.offset));
                    vec3 q = clamp(v, \(vector(grid.lower)), \(vector(grid.upper)));
                    float g = \(sum);
                    float e = length(v - q), least = sqrt(g * g + e * e);
                    return (e == 0.0 ? g : \(around)) * \(factor);
                }

                """
    }
}

/// One level: `<name>(vec3 q)`, its trilinear function, zero where it has no coefficients.
private struct GLSLGridLevel {
    let level: SparseGrid.Level
    let storage: SparseGrid.Storage
    let name: String

    private var blockCounts: SIMD3<Int> { (level.lattice.cornerCounts &+ 7) / 8 }

    /// Integers of all its arrays.
    var wordCount: Int {
        let (blocks, all) = (level.corners.blocks.count, blockCounts.x * blockCounts.y * blockCounts.z)
        return (all + 1) / 2 + blocks * (16 + 8) + (level.corners.count + perWord - 1) / perWord
    }

    private var perWord: Int { 32 / storage.bits }

    static func bitCount(_ name: String) -> String {
        """
        int \(name)_bits(uint x) {
            x -= (x >> 1u) & 0x55555555u;
            x = (x & 0x33333333u) + ((x >> 2u) & 0x33333333u);
            return int((((x + (x >> 4u)) & 0x0f0f0f0fu) * 0x01010101u) >> 24u);
        }

        """
    }

    private func array(_ suffix: String, _ words: [UInt32]) -> String {
        // An array has at least one element.
        let words = words.isEmpty ? [0] : words
        let list = words.map { "0x" + String($0, radix: 16) + "u" }.joined(separator: ",")
        return "const uint \(name)_\(suffix)[\(words.count)] = uint[\(words.count)](\(list));\n"
    }

    /// Numbers of `bits` bits each, the first in the lowest.
    private static func packed(_ numbers: [Int], bits: Int) -> [UInt32] {
        let perWord = 32 / bits
        let mask = UInt32(1) << UInt32(bits) - 1
        return stride(from: 0, to: numbers.count, by: perWord).map { start in
            (start..<min(start + perWord, numbers.count)).reduce(UInt32(0)) { word, index in
                word | (UInt32(truncatingIfNeeded: numbers[index]) & mask) << UInt32(bits * (index - start))
            }
        }
    }

    func function(bitCount: String) -> String {
        let corners = level.corners
        var slots = [Int](repeating: 0xffff, count: blockCounts.x * blockCounts.y * blockCounts.z)
        for (slot, block) in corners.blocks.enumerated() { slots[Int(block)] = slot }
        let masks = corners.masks.flatMap { [UInt32(truncatingIfNeeded: $0), UInt32(truncatingIfNeeded: $0 >> 32)] }
        var firsts: [UInt32] = []
        var count: UInt32 = 0
        for mask in corners.masks {
            firsts.append(count)
            count += UInt32(mask.nonzeroBitCount)
        }
        let multiples = SparseGrid.multiples(level.coefficients, storage).map { Int($0) }
        let (lattice, bits) = (level.lattice, storage.bits)
        let last = lattice.cellCounts &- 1
        let inverse = 1 / lattice.spacing
        return array("slots", Self.packed(slots, bits: 16)) + array("masks", masks) + array("firsts", firsts)
            + array("values", Self.packed(multiples, bits: bits)) + """
                float \(name)_at(ivec3 i) {
                    ivec3 b = i >> 3, r = i & 7;
                    int k = (b.z * \(blockCounts.y) + b.y) * \(blockCounts.x) + b.x;
                    int s = int(\(name)_slots[k >> 1] >> uint(16 * (k & 1))) & 65535;
                    if (s == 65535) return 0.0;
                    uint low = \(name)_masks[16 * s + 2 * r.z], high = \(name)_masks[16 * s + 2 * r.z + 1];
                    bool upper = r.y > 3;
                    uint word = upper ? high : low, bit = uint(8 * (r.y & 3) + r.x);
                    if (((word >> bit) & 1u) == 0u) return 0.0;
                    int n = int(\(name)_firsts[8 * s + r.z]) + \(bitCount)(word & ((1u << bit) - 1u))
                        + (upper ? \(bitCount)(low) : 0);
                    int c = int(\(name)_values[n / \(perWord)] >> uint(\(bits) * (n % \(perWord)))) & \(1 << bits - 1);
                    return \(storage.step) * float(c >= \(1 << (bits - 1)) ? c - \(1 << bits) : c);
                }

                float \(name)(vec3 q) {
                    vec3 u = (q - vec3(\(lattice.origin.x), \(lattice.origin.y), \(lattice.origin.z))) * vec3(\(inverse.x), \(inverse.y), \(inverse.z));
                    vec3 c = clamp(floor(u), vec3(0.0), vec3(\(Float(last.x)), \(Float(last.y)), \(Float(last.z))));
                    vec3 t = u - c;
                    ivec3 i = ivec3(c);
                    vec4 a = vec4(\(name)_at(i), \(name)_at(i + ivec3(0, 1, 0)), \(name)_at(i + ivec3(0, 0, 1)), \(name)_at(i + ivec3(0, 1, 1)));
                    vec4 b = vec4(\(name)_at(i + ivec3(1, 0, 0)), \(name)_at(i + ivec3(1, 1, 0)), \(name)_at(i + ivec3(1, 0, 1)), \(name)_at(i + ivec3(1, 1, 1)));
                    vec4 x = mix(a, b, t.x);
                    vec2 y = mix(x.xz, x.yw, t.y);
                    return mix(y.x, y.y, t.z);
                }

                """
    }
}
