import Core
import Geometry

/// A learnt shape as a field over the unit cube: what extraction and evaluation look at. Mesh coordinates are asked of
/// ``NeuralShape``.
///
/// With a base the values are signed distances in unit-cube lengths, for occupancy away from the surface only: near it they grow
/// with the negated logit. Without a base they are what ``FieldTarget/fieldValue(ofOutput:)`` says: distances near the
/// surface, flattened away from it, or negated logits.
public struct UnitField: DifferentiableField {
    public let base: ShapeBase?
    public let correction: any Correction

    public init(base: ShapeBase?, correction: any Correction) {
        self.base = base
        self.correction = correction
    }

    /// Points that go through base and correction together: some ten kilobytes of each, and whole tiles of a network but for
    /// the last.
    private static let chunkSize = 4096

    public func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        guard let base else { return correction.evaluate(points, into: &values, workers: workers) }
        precondition(values.count == points.count, "room for every value")
        points.withUnsafeBufferPointer { points in
            values.withUnsafeMutableBufferPointer { values in
                let values = values
                workers.forEachChunk(of: points.count, chunkSize: Self.chunkSize) { range, _ in
                    evaluate(
                        base, UnsafeBufferPointer(rebasing: points[range]),
                        into: UnsafeMutableBufferPointer(rebasing: values[range]))
                }
            }
        }
    }

    private func evaluate(
        _ base: ShapeBase, _ points: UnsafeBufferPointer<SIMD3<Float>>, into values: UnsafeMutableBufferPointer<Float>
    ) {
        var valueSpan = values.mutableSpan
        base.lattice.evaluate(points.span, into: &valueSpan, workers: .single)
        let near = base.band.reached(by: values)
        guard !near.isEmpty else { return }
        let corrections = correction.values(at: near.map { points[$0] })
        for (slot, index) in near.enumerated() {
            values[index] = base.band.value(base: values[index], correction: corrections[slot])
        }
    }

    public func evaluate(
        _ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>,
        gradients: inout MutableSpan<SIMD3<Float>>, workers: Workers
    ) {
        guard let base else {
            return correction.evaluate(points, into: &values, gradients: &gradients, workers: workers)
        }
        precondition(values.count == points.count && gradients.count == points.count, "room for every value")
        points.withUnsafeBufferPointer { points in
            values.withUnsafeMutableBufferPointer { values in
                gradients.withUnsafeMutableBufferPointer { gradients in
                    let (values, gradients) = (values, gradients)
                    workers.forEachChunk(of: points.count, chunkSize: Self.chunkSize) { range, _ in
                        evaluate(
                            base, UnsafeBufferPointer(rebasing: points[range]),
                            into: UnsafeMutableBufferPointer(rebasing: values[range]),
                            gradients: UnsafeMutableBufferPointer(rebasing: gradients[range]))
                    }
                }
            }
        }
    }

    private func evaluate(
        _ base: ShapeBase, _ points: UnsafeBufferPointer<SIMD3<Float>>, into values: UnsafeMutableBufferPointer<Float>,
        gradients: UnsafeMutableBufferPointer<SIMD3<Float>>
    ) {
        var valueSpan = values.mutableSpan
        var gradientSpan = gradients.mutableSpan
        base.lattice.evaluate(points.span, into: &valueSpan, gradients: &gradientSpan, workers: .single)
        let near = base.band.reached(by: values)
        guard !near.isEmpty else { return }
        let (corrections, slopes) = correction.valuesAndGradients(at: near.map { points[$0] })
        for (slot, index) in near.enumerated() {
            gradients[index] = base.band.gradient(
                base: values[index], baseGradient: gradients[index], correction: corrections[slot],
                correctionGradient: slopes[slot])
            values[index] = base.band.value(base: values[index], correction: corrections[slot])
        }
    }
}

extension CorrectionBand {
    /// The numbers of the bases that a correction can change.
    fileprivate func reached(by bases: UnsafeMutableBufferPointer<Float>) -> [Int] {
        var indices: [Int] = []
        indices.reserveCapacity(bases.count)
        for index in bases.indices where abs(bases[index]) < end { indices.append(index) }
        return indices
    }
}

extension Correction {
    fileprivate func values(at points: [SIMD3<Float>]) -> [Float] {
        [Float](unsafeUninitializedCapacity: points.count) { buffer, count in
            buffer.initialize(repeating: 0)
            var span = buffer.mutableSpan
            evaluate(points.span, into: &span, workers: .single)
            count = points.count
        }
    }

    fileprivate func valuesAndGradients(at points: [SIMD3<Float>]) -> (values: [Float], gradients: [SIMD3<Float>]) {
        var values = [Float](repeating: 0, count: points.count)
        var gradients = [SIMD3<Float>](repeating: .zero, count: points.count)
        var valueSpan = values.mutableSpan
        var gradientSpan = gradients.mutableSpan
        evaluate(points.span, into: &valueSpan, gradients: &gradientSpan, workers: .single)
        return (values, gradients)
    }
}
