/// The way back from Assimp's axes and units to the file's own.
///
/// Some of Assimp's importers turn what they read to "y up, right-handed"; most leave it. A mesh that is fitted here goes
/// out again in the coordinates of the file it came from, so those turns are undone. Assimp 5.2 has a setting for that
/// in one importer only (Collada's up axis); for others this table, read off their sources, says what they do.
///
/// Not undone: IFC's conversion to metres, a 3DS file's own master scale.
enum FileAxes {
    /// Applied after a scene's root transform.
    static func restoration(forImporter name: String) -> NodeTransform {
        if turnToYUp.contains(name) {
            // They map (x, y, z) to (x, z, −y).
            return NodeTransform(rows: (SIMD3(1, 0, 0), SIMD3(0, 0, -1), SIMD3(0, 1, 0)), translation: .zero)
        }
        if mirrorAlongZ.contains(name) {
            return NodeTransform(rows: (SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, -1)), translation: .zero)
        }
        return .identity
    }

    /// Takes the place of the root's transform.
    ///
    /// Collada's visual scene has no transform of its own; what the importer puts there is the length of the file's unit
    /// in metres.
    static func rootTransform(_ transform: NodeTransform, importer name: String) -> NodeTransform {
        name == "Collada Importer" ? .identity : transform
    }

    private static let turnToYUp: Set<String> = [
        "Discreet 3DS Importer", "ASE Importer", "Drawing Interchange Format (DXF) Importer",
        "Inter-Quake Model Importer", "Quake II Mesh Importer", "Quake III Mesh Importer", "Doom 3 / MD5 Mesh Importer",
        "Return To Castle Wolfenstein Mesh Importer",
    ]

    /// Left-handed formats; turning them around keeps their triangles' orientation as well as it was.
    private static let mirrorAlongZ: Set<String> = [
        "Direct3D XFile Importer", "LightWave/Modo Object Importer", "LightWave Scene Importer",
        "BlitzBasic 3D Importer", "Unreal Mesh Importer", "MMD Importer",
    ]
}
