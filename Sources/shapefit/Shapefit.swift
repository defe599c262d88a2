import ArgumentParser
import Fitting
import Geometry
import MeshIO

/// The command and its subcommands; fitting is what it does when none is named.
@main
struct Shapefit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shapefit",
        abstract: "Fit a 3D shape with a Fourier-featured coordinate network, on the CPU.",
        discussion: """
            `shapefit bunny.obj --sigma 5` learns the mesh's inside and outside, extracts the surface again and says \
            how well the two agree. Files are written into output/ unless --output names another folder.
            """,
        subcommands: [
            FitCommand.self, EvaluateCommand.self, ExtractCommand.self, QueryCommand.self, RenderCommand.self,
            InfoCommand.self, SampleCommand.self, ExportCommand.self, SweepCommand.self, NTKCommand.self, ImageCommand.self,
            SignalCommand.self,
        ],
        defaultSubcommand: FitCommand.self)

    static func main() {
        // Meshes are read in a process of their own, which is this program again.
        ImportWorker.runIfRequested()
        main(nil)
    }
}
