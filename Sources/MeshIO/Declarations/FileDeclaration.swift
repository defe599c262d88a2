import Core

/// What a file that Assimp reads says of itself, as far as that can be told without reading its geometry.
package struct FileDeclaration {
    /// Faces that the scene must have at least: each polygon is one, however many triangles it becomes.
    package var leastFaces = 0
    /// The unit of its coordinates; nil where it does not say one that is known.
    package var unit: LengthUnit?
    /// What of the file Assimp passes over, a clause each.
    package var notes: [String] = []

    /// Of a Collada document, a 3DS or a DXF file; nil for other formats, and where it cannot be told, as in a document of
    /// other encodings.
    ///
    /// - Parameters:
    ///   - bytes: the file's.
    ///   - path: whose extension tells the format.
    /// - Throws: where the file contradicts itself, or holds what would be read as another shape.
    package init?(_ bytes: [UInt8], path: String) throws(MeshFileError) {
        let file = SourceFile(path: path, bytes: bytes)
        let declared: FileDeclaration? =
            switch MeshFormat.fileExtension(of: path) {
            case "dae": try ColladaDeclaration(file)?.declaration()
            case "3ds": try ObjectChunks(file).declaration()
            case "dxf": try DrawingDeclaration(file).declaration()
            default: nil
            }
        guard let declared else { return nil }
        self = declared
    }

    init(leastFaces: Int) { self.leastFaces = leastFaces }
}
