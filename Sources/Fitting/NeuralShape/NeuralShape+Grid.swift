import Core
import Geometry

extension NeuralShape {
    /// What `values(at:)` says on a regular grid in mesh coordinates, over the shape's bounds and a
    /// margin.
    ///
    /// - Parameters:
    ///   - count: samples along the longest side, at least 2.
    ///   - byteLimit: bytes that the distances may take.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Throws: ``FittingError`` when the count is out of range or the grid would not fit `byteLimit`.
    public func distanceGrid(
        count: Int, byteLimit: Int = Int(clamping: ProcessInfo.processInfo.physicalMemory) / 4,
        workers: Workers = Workers()
    ) throws(FittingError) -> DistanceGrid {
        let unitBox = bounds.expanded(by: Self.extractionMargin)
        let origin = transform.worldOrigin
        let box = BoundingBox(
            minimum: transform.meshPoint(unitBox.minimum, relativeTo: origin),
            maximum: transform.meshPoint(unitBox.maximum, relativeTo: origin))
        return try DistanceGrid(box: box, relativeTo: origin, count: count, byteLimit: byteLimit) { points in
            values(at: points.map { SIMD3<Double>($0) + origin }, workers: workers)
        }
    }
}
