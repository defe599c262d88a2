import ArgumentParser
import Core
import Fitting
import Foundation
import Geometry
import MeshIO
import NeuralFields
import SurfaceExtraction
import TangentKernels

/// Runs `body`; an error of this package becomes one line on standard error and exit status 1.
func reportingErrors(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let error as any Error & CustomStringConvertible
        where error is MeshFileError || error is NeuralFieldsError || error is FittingError || error is FileError
        || error is SettingError || error is ExtractionError
        || error is TangentKernelsError
    {
        writeToStandardError("shapefit: error: \(error.description)\n")
        throw ExitCode.failure
    }
}

func writeToStandardError(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
}
