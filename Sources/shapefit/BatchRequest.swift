import ArgumentParser
import Core
import Jobs

/// The words of a command line that are options of a fit, with their values.
struct FitWords {
    var words: [String] = []

    /// - Parameter arguments: that were parsed already, so that what is no option of a fit is one of the batch.
    init(of arguments: [String]) {
        var index = 1
        while index < arguments.count {
            let word = arguments[index]
            index += 1
            guard word.hasPrefix("--"), word != "--threads", !word.hasPrefix("--threads=") else { continue }
            if (try? FitOptions.parse([word])) != nil {
                words.append(word)
            } else if index < arguments.count, (try? FitOptions.parse([word, arguments[index]])) != nil {
                words += [word, arguments[index]]
                index += 1
            }
        }
    }
}

/// What a batch was asked for, on the way to its plan.
struct BatchRequest {
    var meshes: [String]
    var manifests: [String]
    /// The fit's options as they were typed: a shape's own come after them.
    var words: [String]
    var options: FitOptions
    var start: String?
    var shardCount: Int?
    var evaluates: Bool
    var drawsPreview: Bool
    var keepsSurface: Bool

    func plan() throws -> BatchPlan {
        var manifest = BatchManifest()
        for mesh in meshes { try manifest.add(pattern: mesh) }
        for path in manifests { try manifest.add(list: path) }
        manifest.multiply(by: [
            ("sigma", options.sigma?.values.map(\.description) ?? []),
            ("seed", options.seed?.values.map { "\($0)" } ?? []),
        ])
        var settings: [BatchPlan.Settings] = []
        var numbers: [[String: String]: Int] = [:]
        let shapes = try manifest.sorted().map { entry -> BatchPlan.Shape in
            var overrides = entry.overrides
            let seed = try overrides.removeValue(forKey: "seed").map { text in
                guard let seed = UInt64(text) else { throw error(entry, "seed \(text): must be a whole number") }
                return seed
            }
            let number: Int
            if let known = numbers[overrides] {
                number = known
            } else {
                number = settings.count
                settings.append(try makeSettings(entry, overrides))
                numbers[overrides] = number
            }
            return BatchPlan.Shape(key: entry.key, path: entry.path, settings: number, seed: seed)
        }
        var batch = BatchPlan.Options()
        batch.evaluates = evaluates
        batch.drawsPreview = drawsPreview
        batch.keepsSurface = keepsSurface
        batch.start = try start.map { try BatchPlan.Start(model: $0, settings: settings) }
        return BatchPlan(
            program: BatchPlan.thisProgram, shardCount: shardCount, options: batch, settings: settings, shapes: shapes)
    }

    private func makeSettings(_ entry: BatchManifest.Entry, _ overrides: [String: String]) throws -> BatchPlan.Settings
    {
        // A list stands for single values here, which the overrides of each shape name.
        var own = overrides
        if own["sigma"] == nil, let sigma = options.sigma?.values.first { own["sigma"] = sigma.description }
        if let seed = options.seed?.values.first { own["seed"] = "\(seed)" }
        var words = words
        for (name, value) in own.sorted(by: { $0.key < $1.key }) where value != "false" {
            words += value == "true" ? ["--\(name)"] : ["--\(name)", value]
        }
        do {
            let options = try FitOptions.parse(words)
            return BatchPlan.Settings(
                configuration: try options.makeConfiguration(), searchesSigma: options.sigma?.isAutomatic ?? false,
                adaptsResolution: options.resolution == nil)
        } catch let error as any Error & CustomStringConvertible where ErrorText(error) != nil {
            throw error
        } catch {
            throw self.error(entry, FitOptions.message(for: error))
        }
    }

    private func error(_ entry: BatchManifest.Entry, _ reason: String) -> BatchError {
        .file(
            FileError(
                path: entry.key, reason: reason.split(whereSeparator: \.isNewline).first.map(String.init) ?? reason))
    }
}
