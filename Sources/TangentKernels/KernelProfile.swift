import Core
import NeuralFields

/// A kernel as a function of distance along an axis, and its Fourier spectrum: what σ does, in two curves.
public struct KernelProfile: Sendable, Codable {
    /// |Δ|, from 0 to ½ of the unit cube's side.
    public let distances: [Double]
    /// h_γ(Δ) / h_γ(0) of the mapping alone; empty for the encoding 2v − 1.
    public let mapping: [Double]
    /// K(Δ) / K(0), with the network.
    public let composed: [Double]
    /// Cycles a side, 0 … .
    public let frequencies: [Double]
    /// The part of the composed kernel's power at each frequency.
    public let spectrum: [Double]

    /// The distance at which the composed kernel has fallen half way to what it tends to where features have nothing in
    /// common. nil where it does not fall that far in the range of ``distances``, or is no function of the distance.
    public let halfWidth: Double?

    private static let sampleCount = 512

    /// - Complexity: O(sampleCount² + sampleCount · frequencies).
    public init(_ kernel: CoordinateKernel) {
        let count = Self.sampleCount
        let direction = (0..<kernel.encoding.inputDimension).map { Float($0 == 0 ? 1 : 0) }
        let distances = (0...count).map { 0.5 * Double($0) / Double(count) }
        let composed = kernel.profile(distances: distances, direction: direction)
        mapping =
            FourierKernel(kernel.encoding).map { fourier in
                fourier.profile(distances: distances, direction: direction).map { $0 / fourier.variance }
            } ?? []
        self.distances = distances
        self.composed = composed
        let half = (1 + kernel.uncorrelatedValue) / 2
        halfWidth = mapping.isEmpty ? nil : zip(distances, composed).first { $1 < half }?.0
        // The even function on [−½, ½], tapered to zero (Hann) so that its cut ends add no frequencies of their own.
        let tapered = zip(distances, composed).map { $1 * 0.5 * (1 + cos(2 * .pi * $0)) }
        frequencies = (0...count / 2).map(Double.init)
        let power = frequencies.map { frequency in
            zip(distances, tapered).enumerated().reduce(0.0) { sum, item in
                let weight = item.offset == 0 || item.offset == count ? 1.0 : 2.0
                return sum + weight * item.element.1 * cos(2 * .pi * frequency * item.element.0)
            }
        }
        let total = power.reduce(0) { $0 + abs($1) }
        spectrum = power.map { abs($0) / max(total, .leastNormalMagnitude) }
    }
}
