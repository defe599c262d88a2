import Core
import Foundation
import Geometry

extension NeuralShape {
    /// What ``values(at:workers:)`` says on a regular grid in mesh coordinates, over the shape's bounds and a
    /// margin.
    ///
    /// - Parameter count: samples along the longest side, at least 2.
    /// - Throws: ``FittingError`` when the count is out of range or the grid would not fit `byteLimit`.
    public func distanceGrid(
        count: Int, byteLimit: Int = Int(clamping: ProcessInfo.processInfo.physicalMemory) / 4,
        workers: Workers = Workers()
    ) throws(FittingError) -> DistanceGrid {
        let unitBox = bounds.expanded(by: Self.extractionMargin)
        let box = BoundingBox(
            minimum: transform.meshPoint(unitBox.minimum), maximum: transform.meshPoint(unitBox.maximum))
        return try DistanceGrid(box: box, count: count, byteLimit: byteLimit) {
            values(at: $0, workers: workers)
        }
    }
}
