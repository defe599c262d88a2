import Core
import Evaluation
import Fitting
import Geometry
import Jobs
import SurfaceExtraction

@_cdecl("sf_field_load")
public func loadField(_ path: UnsafePointer<CChar>?, _ field: UnsafeMutablePointer<OpaquePointer?>?) -> Int32 {
    call {
        let place = try required(field)
        place.pointee = try FieldHandle(NeuralShape(stored: text(path, "path"))).passed()
    }
}

@_cdecl("sf_field_read")
public func readField(
    _ bytes: UnsafePointer<UInt8>?, _ size: Int, _ name: UnsafePointer<CChar>?,
    _ field: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
    call {
        let place = try required(field)
        let bytes = Array(try required(bytes, size, "bytes"))
        let name = try name.map { try text($0, "name") } ?? "the model"
        place.pointee = try FieldHandle(NeuralShape(bytes: bytes, path: name)).passed()
    }
}

@_cdecl("sf_field_save")
public func saveField(_ field: OpaquePointer?, _ path: UnsafePointer<CChar>?) -> Int32 {
    call { try FieldHandle.at(field).shape.write(to: text(path, "path")) }
}

@_cdecl("sf_field_export")
public func exportField(
    _ field: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ resolution: Int32, _ threads: Int32
) -> Int32 {
    call {
        let path = try text(path, "path")
        let bytes = try exported(
            FieldHandle.at(field).shape, path: path, resolution: Int(resolution), workers: Workers(threads: threads))
        try AtomicFile.write(bytes.span, to: path)
    }
}

private func exported(_ shape: NeuralShape, path: String, resolution: Int, workers: Workers) throws -> [UInt8] {
    switch ModelExport.Format(rawValue: URL(fileURLWithPath: path).pathExtension.lowercased()) {
    case .onnx: return try ModelExport.onnx(of: shape)
    case .glsl: return try Array(ModelExport.glsl(of: shape).utf8)
    case let format?:
        let grid = try shape.distanceGrid(count: resolution, workers: workers)
        return try ModelExport.bytes(of: grid, as: format, path: path)
    case nil: throw ArgumentError("\(path): must end in .onnx, .glsl, .npy or .npz")
    }
}

@_cdecl("sf_field_onnx")
public func fieldOnnx(
    _ field: OpaquePointer?, _ bytes: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?,
    _ size: UnsafeMutablePointer<Int>?
) -> Int32 {
    call {
        let (place, length) = (try required(bytes), try required(size))
        let content = try ModelExport.onnx(of: FieldHandle.at(field).shape)
        place.pointee = try passed(content)
        length.pointee = content.count
    }
}

@_cdecl("sf_field_values")
public func fieldValues(
    _ field: OpaquePointer?, _ points: UnsafePointer<Double>?, _ count: Int, _ threads: Int32,
    _ values: UnsafeMutablePointer<Float>?, _ gradients: UnsafeMutablePointer<Float>?
) -> Int32 {
    call {
        let handle = try FieldHandle.at(field)
        try handle.evaluate(
            Points(points, count), into: required(values, count, "values"),
            gradients: gradients.map { UnsafeMutableBufferPointer(start: $0, count: 3 * count) },
            workers: Workers(threads: threads))
    }
}

@_cdecl("sf_field_grid")
public func fieldGrid(
    _ field: OpaquePointer?, _ resolution: Int32, _ threads: Int32, _ counts: UnsafeMutablePointer<Int64>?,
    _ origin: UnsafeMutablePointer<Double>?, _ spacing: UnsafeMutablePointer<Double>?,
    _ values: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>?
) -> Int32 {
    call {
        let (countPlace, originPlace) = (try required(counts, 3, "counts"), try required(origin, 3, "origin"))
        let (spacingPlace, place) = (try required(spacing), try required(values))
        let grid = try FieldHandle.at(field).shape.distanceGrid(
            count: Int(resolution), workers: Workers(threads: threads))
        countPlace.setRow(0, SIMD3<Int64>(truncatingIfNeeded: grid.counts))
        originPlace.setRow(0, grid.origin)
        spacingPlace.pointee = grid.spacing
        place.pointee = try passed(grid.signedDistances)
    }
}

/// Keys as of a fit's report.
private struct FieldScores: Encodable {
    let tancik2020: FitReport.Scores
    let mesh: FitReport.MeshScores
    /// In unit-cube lengths; nil for occupancy.
    let distance: DistanceAgreement?
}

@_cdecl("sf_field_evaluate")
public func evaluateField(
    _ field: OpaquePointer?, _ mesh: OpaquePointer?, _ threads: Int32,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
    call {
        let place = try required(json)
        let (handle, source) = (try FieldHandle.at(field), try MeshHandle.at(mesh))
        let workers = try Workers(threads: threads)
        let shape = handle.shape
        let reference = EvaluationReference(
            try PreparedMesh(source.mesh, frame: .given(shape.transform), workers: workers))
        let surface = try shape.extract(SurfaceExtractor(resolution: handle.usualResolution), workers: workers)
        let scores = FieldScores(
            tancik2020: FitReport.Scores(Evaluation.tancik2020(shape.unitField, against: reference, workers: workers)),
            mesh: FitReport.MeshScores(
                Evaluation.mesh(shape.transform.unitMesh(surface.mesh), against: reference, workers: workers)),
            distance: shape.givesDistances
                ? DistanceAgreement(shape.unitDistances, against: reference, workers: workers) : nil)
        place.pointee = try passed(CShapefit.json(scores))
    }
}

@_cdecl("sf_field_describe")
public func describeField(
    _ field: OpaquePointer?, _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
    call {
        let place = try required(json)
        place.pointee = try passed(CShapefit.json(FieldHandle.at(field).description))
    }
}

@_cdecl("sf_field_free")
public func freeField(_ field: OpaquePointer?) { FieldHandle.free(field) }
