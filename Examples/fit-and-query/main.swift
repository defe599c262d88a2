import Evaluation
import Fitting
import Geometry
import MeshIO
import SurfaceExtraction

// Load a mesh, learn it, write the learnt surface, and ask for the signed distance of a point.
let mesh = try MeshImport.load(path: CommandLine.arguments[1]).mesh

var configuration = Preset.fast.configuration
configuration.encoding.sigma = 4

let fitted = try Fit(configuration).run(mesh) { progress in
    print("step \(progress.step), loss \(progress.loss)")
    return true
}

let surface = try fitted.shape.extract(SurfaceExtractor(resolution: 128))
try MeshExport.write(surface.mesh, to: CommandLine.arguments[2])

let agreement = Evaluation.tancik2020(fitted.shape.unitField, against: fitted.reference)
print("IoU \(agreement.uniform.value) uniform, \(agreement.boundary.value) at the boundary")

let point = mesh.boundingBox!.center
print("signed distance of \(point): \(fitted.shape.values(at: [point])[0])")
