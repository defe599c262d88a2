import Core
import NeuralFields

/// A sparse grid as tensors: for each level k, from coarse to fine, `grid.k.blocks` `(blocks, 3)`, the place x, y, z of each block of 8³
/// corners in the lattice of blocks; `grid.k.masks` `(blocks, 32)`, its 512 corners as bits, x fastest, 16 a number, lowest
/// bits first; `grid.k.coefficients` `(corners)`, in the order of blocks and bits, as whole multiples of the level's step. The text
/// `grid.levels` has lattices and steps.
extension ModelFile {
    /// A level without its numbers.
    private struct GridLevel: Codable {
        var lattice: GridLattice
        var storage: SparseGrid.Storage
    }

    private static let gridKey = "grid.levels"

    /// Whether a file has a grid.
    package static func hasGrid(_ file: SafetensorsFile) -> Bool { file.metadata[gridKey] != nil }

    /// A grid as tensors and metadata.
    ///
    /// - Precondition: a storage for each level; coefficients that are its multiples.
    package static func contents(
        _ grid: SparseGrid, storage: [SparseGrid.Storage], metadata: [String: String]
    ) -> SafetensorsFile {
        let levels = zip(grid.levels, storage).map { GridLevel(lattice: $0.lattice, storage: $1) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // Numbers and texts always have a JSON form.
        let json = (try? encoder.encode(levels)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
        var file = SafetensorsFile(tensors: [], metadata: metadata)
        file.metadata[gridKey] = json
        markAsGrid(&file)
        for (index, (level, storage)) in zip(grid.levels, storage).enumerated() {
            let corners = level.corners
            let places = corners.blocks.indices.flatMap { block -> [Int16] in
                let origin = corners.origin(ofBlock: block) / 8
                return [Int16(origin.x), Int16(origin.y), Int16(origin.z)]
            }
            let words = corners.masks.flatMap { mask in
                (0..<4).map { Int16(truncatingIfNeeded: mask >> UInt64(16 * $0)) }
            }
            let multiples = SparseGrid.multiples(level.coefficients, storage)
            file.tensors += [
                .init("grid.\(index).blocks", shape: [corners.blocks.count, 3], integers: places),
                .init("grid.\(index).masks", shape: [corners.blocks.count, 32], integers: words),
                storage.bits == 8
                    ? .init("grid.\(index).coefficients", shape: [multiples.count], bytes: multiples.map { Int8($0) })
                    : .init("grid.\(index).coefficients", shape: [multiples.count], integers: multiples),
            ]
        }
        return file
    }

    /// The grid that a file holds.
    package static func grid(
        in file: SafetensorsFile, path: String
    ) throws(NeuralFieldsError) -> (grid: SparseGrid, storage: [SparseGrid.Storage]) {
        func fail(_ reason: String) -> NeuralFieldsError {
            .invalidModelFile(path: path, reason: "is damaged: \(reason)")
        }
        try checkVersion(of: file, path: path)
        guard let json = file.metadata[gridKey],
            let described = try? JSONDecoder().decode([GridLevel].self, from: Data(json.utf8)), described.count <= 16,
            described.allSatisfy(\.storage.isValid), SparseGrid.isNested(described.map(\.lattice))
        else { throw fail("\(gridKey) does not describe a grid") }
        var levels: [SparseGrid.Level] = []
        for (index, level) in described.enumerated() {
            func integers(_ name: String) throws(NeuralFieldsError) -> [Int16] {
                guard let tensor = file["grid.\(index).\(name)"], let integers = tensor.integers else {
                    throw fail("it lacks the tensor grid.\(index).\(name) of integers")
                }
                return integers
            }
            let (places, words) = (try integers("blocks"), try integers("masks"))
            let counts = level.lattice.cornerCounts
            guard places.count % 3 == 0, words.count == 32 * (places.count / 3), places.allSatisfy({ $0 >= 0 }) else {
                throw fail("grid.\(index).blocks and masks do not belong together")
            }
            let blockCounts = (counts &+ 7) / 8
            var blocks: [Int32] = []
            for first in stride(from: 0, to: places.count, by: 3) {
                let place = SIMD3(Int(places[first]), Int(places[first + 1]), Int(places[first + 2]))
                guard all(place .< blockCounts) else {
                    throw fail("grid.\(index).blocks has a block outside the lattice")
                }
                blocks.append(Int32((place.z * blockCounts.y + place.y) * blockCounts.x + place.x))
            }
            let masks = stride(from: 0, to: words.count, by: 4).map { first in
                (0..<4).reduce(UInt64(0)) { $0 | UInt64(UInt16(bitPattern: words[first + $1])) << UInt64(16 * $1) }
            }
            guard let corners = CornerSet(counts: counts, storedBlocks: blocks, storedMasks: masks) else {
                throw fail("grid.\(index).masks has corners outside the lattice, or blocks out of order")
            }
            let multiples = try integers("coefficients")
            guard multiples.count == corners.count else {
                throw fail("grid.\(index) has \(corners.count) corners and \(multiples.count) coefficients")
            }
            let coefficients = multiples.map { Float($0) * level.storage.step }
            guard coefficients.allSatisfy(\.isFinite) else { throw fail("grid.\(index).coefficients are not finite") }
            levels.append(.init(lattice: level.lattice, corners: corners, coefficients: coefficients))
        }
        return (SparseGrid(levels: levels), described.map(\.storage))
    }
}
