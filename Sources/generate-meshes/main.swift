import Core
import Geometry
import MeshIO

// Makes the meshes in meshes/ from analytic shapes:
//
//     swift run -c release generate-meshes [folder]
//
// or a collection of many different ones, some of them no meshes at all:
//
//     swift run -c release generate-meshes --collection 200 folder
//
// The same bytes come out on every machine. Each mesh is checked before it is written: closed, manifold, facing outward.

let words = CommandLine.arguments.dropFirst()
if words.first == "--collection" {
    guard words.count == 3, let count = Int(words[words.startIndex + 1]), count >= 1 else {
        FileDescriptor.writeToStandardError("generate-meshes: --collection takes a number and a folder\n")
        exit(2)
    }
    do {
        try ShapeCollection(count: count).write(to: words[words.startIndex + 2])
    } catch {
        FileDescriptor.writeToStandardError("generate-meshes: \(error)\n")
        exit(1)
    }
    exit(0)
}

if let word = words.first, word.hasPrefix("-") || words.count > 1 {
    FileDescriptor.writeToStandardError(
        "usage: generate-meshes [folder]\n       generate-meshes --collection 200 folder\n")
    exit(word == "--help" || word == "-h" ? 0 : 2)
}

let folder = CommandLine.arguments.dropFirst().first ?? "meshes"
for (name, mesh) in [
    ("torus-knot", torusKnotMesh(TorusKnot(), steps: 180, sides: 18)),
    ("gyroid-block", gyroidBlockMesh(cells: 13)),
    ("csg-part", bracketMesh(sides: 48)),
] {
    let mesh = rounded(mesh)
    let topology = MeshTopology(mesh)
    guard topology.isWatertight, topology.nonManifoldVertexCount == 0, topology.signedVolume > 0,
        topology.duplicateTriangleCount == 0
    else {
        let flaws =
            "\(topology.boundaryEdgeCount) boundary, \(topology.nonManifoldEdgeCount) crowded and "
            + "\(topology.inconsistentEdgeCount) inconsistent edges, volume \(topology.signedVolume)"
        FileDescriptor.writeToStandardError("generate-meshes: \(name) is no closed manifold: \(flaws)\n")
        exit(1)
    }
    do {
        try MeshExport.write(mesh, to: "\(folder)/\(name).obj")
    } catch {
        FileDescriptor.writeToStandardError("generate-meshes: \(error)\n")
        exit(1)
    }
    print(
        "\(name).obj: \(topology.vertexCount) vertices, \(topology.triangleCount) triangles, genus \(topology.genus ?? -1)"
    )
}

/// Coordinates to five decimals: short files, and the last bits of a machine's arithmetic gone.
func rounded(_ mesh: TriangleMesh) -> TriangleMesh {
    TriangleMesh(
        vertices: mesh.vertices.map { vertex in
            SIMD3<Float>((SIMD3<Double>(vertex) * 1e5).rounded(.toNearestOrEven) / 1e5)
        }, triangles: mesh.triangles)
}
