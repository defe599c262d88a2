import Foundation
import Testing

/// The arrows between targets, as docs/architecture.md draws them, held against Package.swift and every import.
@Suite struct ArchitectureTests {
    /// What each target may see at most. A target that is not named here is an entry point and may see all of them.
    static let rows: [String: Set<String>] = [
        "CKernels": [], "CAssimp": [], "CPNG": [],
        "Core": [],
        "Geometry": ["Core", "CKernels"],
        "MeshIO": ["Core", "Geometry", "CAssimp"],
        "SurfaceExtraction": ["Core", "Geometry"],
        "NeuralFields": ["Core", "CKernels"],
        "Interchange": ["Core", "NeuralFields"],
        "Evaluation": ["Core", "Geometry"],
        "Fitting": ["Core", "Geometry", "SurfaceExtraction", "NeuralFields", "Interchange", "Evaluation", "CKernels"],
        "TangentKernels": ["Core", "NeuralFields"],
        "Pictures": ["Core", "Geometry", "CPNG"],
        "Jobs": [
            "Core", "Geometry", "MeshIO", "SurfaceExtraction", "NeuralFields", "Interchange", "Evaluation", "Fitting",
            "TangentKernels", "Pictures",
        ],
        "CShapefit": [
            "Core", "Geometry", "MeshIO", "SurfaceExtraction", "NeuralFields", "Evaluation", "Fitting", "Jobs",
        ],
    ]

    /// Without those of C.
    static let swiftTargets = rows.keys.filter { !["CKernels", "CAssimp", "CPNG"].contains($0) }.sorted()

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../..").standardizedFileURL

    @Test(arguments: rows.keys.sorted()) func aTargetImportsNoMoreThanItsRowAllows(_ target: String) throws {
        let allowed = try #require(Self.rows[target])
        let own = Set(Self.rows.keys)
        for (file, imports) in try Self.imports(of: target) {
            let tooMuch = imports.intersection(own).subtracting(allowed)
            #expect(tooMuch.isEmpty, "\(file) imports \(tooMuch.sorted())")
        }
    }

    /// An edge that nothing uses makes every client build what it does not need; an edge that is missing works by luck.
    @Test(arguments: swiftTargets)
    func thePackageDeclaresWhatIsImportedAndNothingElse(_ target: String) throws {
        let own = Set(Self.rows.keys)
        let declared = try Self.declaredDependencies(of: target)
        let imported = try Self.imports(of: target).reduce(into: Set<String>()) { $0.formUnion($1.imports) }
            .intersection(own)
        #expect(declared == imported)
        #expect(declared.isSubset(of: try #require(Self.rows[target])))
    }

    /// A process that loads a library may fork, and a child's first thread cannot wait for a `Mutex`: see `IdleObjects`.
    @Test(arguments: swiftTargets)
    func librariesLockNothingThatAForkedChildCouldWaitFor(_ target: String) throws {
        for file in try Self.files(of: target) {
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                let code = line.drop { $0 == " " }
                #expect(code.hasPrefix("//") || !code.contains(/\bMutex\b/), "\(file.lastPathComponent): \(line)")
            }
        }
    }

    /// Libraries have other callers than the command: no text of theirs speaks of its options.
    @Test(arguments: swiftTargets)
    func librariesNameNoOptions(_ target: String) throws {
        for file in try Self.files(of: target) {
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                let code = line.drop { $0 == " " }
                // Slurm's programs are asked in their own words.
                if code.hasPrefix("//") || code.contains(/sbatch|SBATCH|squeue/) { continue }
                #expect(!code.contains(/(?:^|[" ])--[a-z][a-z-]+\b(?!:)/), "\(file.lastPathComponent): \(code)")
            }
        }
    }

    /// Foundation proper brings 44 MB of tables into a statically linked program: Core hands on what is left without them.
    @Test func onlyOneFileSeesFoundation() throws {
        for target in try FileManager.default.contentsOfDirectory(atPath: Self.root.path + "/Sources") {
            for file in try Self.files(of: target) where file.pathExtension == "swift" {
                let text = try String(contentsOf: file, encoding: .utf8)
                let sees = text.split(separator: "\n").contains {
                    $0.firstMatch(of: /^ *(@\w+ )?import Foundation/) != nil
                }
                #expect(sees == (file.lastPathComponent == "Platform.swift"), "\(target)/\(file.lastPathComponent)")
            }
        }
    }

    /// Files of one idea: none of the library's grows past 400 lines.
    @Test(arguments: rows.keys.sorted()) func filesStayShort(_ target: String) throws {
        for file in try Self.files(of: target) {
            let lines = try String(contentsOf: file, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 401, "\(file.lastPathComponent) has \(lines.count) lines")
        }
    }

    private static func files(of target: String) throws -> [URL] {
        let folder = root.appendingPathComponent("Sources/\(target)")
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        #expect(!names.isEmpty)
        return names.filter { $0.hasSuffix(".swift") }.sorted().map { folder.appendingPathComponent($0) }
    }

    private static func imports(of target: String) throws -> [(file: String, imports: Set<String>)] {
        try files(of: target).map { file in
            let text = try String(contentsOf: file, encoding: .utf8)
            let names = text.matches(of: /(?m)^(?:@\w+ )?(?:public |package |private )?import (\w+)/)
                .map { String($0.output.1) }
            return (file.lastPathComponent, Set(names))
        }
    }

    private static func declaredDependencies(of target: String) throws -> Set<String> {
        let manifest = try String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
        let start = try #require(manifest.range(of: "name: \"\(target)\"", range: targetsRange(of: manifest)))
        let end = manifest[start.upperBound...].range(of: "name: \"", options: [])?.lowerBound ?? manifest.endIndex
        // A package's product is named inside its declaration, which ends the text too early only for the last dependency.
        let text = manifest[start.upperBound..<end]
        let own = Set(rows.keys)
        return Set(text.matches(of: /"(\w+)"/).map { String($0.output.1) }).intersection(own)
    }

    private static func targetsRange(of manifest: String) -> Range<String.Index> {
        let start = manifest.range(of: "\n    targets: [")?.lowerBound ?? manifest.startIndex
        return start..<manifest.endIndex
    }
}
