import ArgumentParser
import Foundation
import Geometry
import NeuralFields
import ShapeFitting
import Support
import TangentKernels

/// Runs `body`; an error of this package becomes one line on standard error and exit status 1.
func reportingErrors(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let error as any Error & CustomStringConvertible
        where error is GeometryError || error is NeuralFieldsError || error is ShapeFittingError || error is FileError
            || error is TangentKernelsError
    {
        writeToStandardError("shapefit: error: \(error.description)\n")
        throw ExitCode.failure
    }
}

func writeToStandardError(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
}
