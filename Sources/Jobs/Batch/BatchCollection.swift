import Core
import Fitting
import Geometry
import Pictures
import SurfaceExtraction

/// The results of a batch in one place: `summary/index.jsonl` with every row, `summary/summary.json`, pictures of the worst, and
/// `summary/index.html` with small pictures of many.
package struct BatchCollection: Sendable {
    package var folder: String
    package var workers: Workers

    /// Small pictures on the page at most, beside those of the worst.
    static let thumbnailLimit = 400
    /// As many where they have to be drawn from the models.
    static let drawnLimit = 60

    package init(folder: String, workers: Workers = Workers()) {
        self.folder = folder
        self.workers = workers
    }

    package var summaryFolder: String { folder + "/summary" }

    /// Joins what is finished.
    package func run() throws(BatchError) -> BatchSummary {
        let (plan, shapeCount) = try BatchPlan.read(folder: folder)
        do {
            try? FileManager.default.removeItem(atPath: summaryFolder)
            try makeFolder(summaryFolder + "/worst")
            let rows = try join(plan.shardCount)
            let summary = BatchSummary(shapeCount: shapeCount, rows: rows)
            try AtomicFile.write(summary.json(), to: summaryFolder + "/summary.json")
            var pictures: [String: Image] = [:]
            for (number, row) in summary.worst.enumerated() {
                guard let picture = picture(of: row) else { continue }
                let name = row.key.map { $0 == "/" ? "_" : String($0) }.joined()
                let rank = number < 9 ? "0\(number + 1)" : "\(number + 1)"
                try PNGFile.write(picture, to: "\(summaryFolder)/worst/\(rank)-\(name).png")
                pictures[row.key] = picture
            }
            let fitted = rows.filter { $0.status == .ok }
            let limit = fitted.contains { $0.members?["png"] != nil } ? Self.thumbnailLimit : Self.drawnLimit
            let step = max(1, (fitted.count + limit - 1) / limit)
            var thumbnails: [(row: BatchRow, picture: Image)] = []
            for index in stride(from: 0, to: fitted.count, by: step) {
                let row = fitted[index]
                guard let picture = pictures[row.key] ?? picture(of: row) else { continue }
                thumbnails.append((row, Self.thumbnail(of: picture)))
            }
            let page = BatchPage(
                title: folder.split(separator: "/").last.map(String.init) ?? folder, program: plan.program,
                summary: summary, failed: rows.filter { $0.status == .failed }, fittedCount: fitted.count,
                worst: summary.worst.map { ($0, pictures[$0.key].map(Self.thumbnail)) }, thumbnails: thumbnails)
            try AtomicFile.write(try page.html(), to: summaryFolder + "/index.html")
            return summary
        } catch {
            throw .file(error)
        }
    }

    private func makeFolder(_ path: String) throws(FileError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw FileError(path: path, reason: "cannot be made")
        }
    }

    /// Writes `index.jsonl` and returns its rows, in the list's order.
    private func join(_ shardCount: Int) throws(FileError) -> [BatchRow] {
        let path = summaryFolder + "/index.jsonl"
        var rows: [BatchRow] = []
        var text: [UInt8] = []
        for shard in 0..<shardCount {
            let files = ShardFiles(folder: folder, number: shard)
            guard files.isFinished else { continue }
            let shardRows = try ShardIndex.read(path: files.index)
            rows += shardRows
            for row in shardRows { text += Array(row.line().utf8) }
        }
        try AtomicFile.write(text.span, to: path)
        return rows
    }

    /// The picture that was kept, or one of the model's surface.
    private func picture(of row: BatchRow) -> Image? {
        guard let shard = row.shard else { return nil }
        let tar = ShardFiles(folder: folder, number: shard).tar
        guard let reader = try? TarReader(path: tar) else { return nil }
        if let member = reader.member(named: row.key + ".png"), let bytes = try? reader.bytes(of: member),
            let image = try? PNGFile.decode(bytes, name: member.name)
        {
            return image
        }
        guard let shape = try? NeuralShape(stored: "\(tar)::\(row.key)"),
            let mesh = try? shape.extract(SurfaceExtractor(resolution: 96), workers: workers).mesh,
            let box = mesh.boundingBox
        else { return nil }
        let unit = UnitCubeTransform(fitting: box).unitMesh(mesh)
        let camera = Camera(
            from: Camera.View.threeQuarter.direction, up: .y, fitting: unit.vertices, aspectRatio: 1)
        return MeshRenderer(unit, workers: workers).images(from: camera, width: 320, height: 320, workers: workers)
            .first
    }

    /// The middle of a comparison's three panels, or the whole picture, in 144 pixels.
    static func thumbnail(of image: Image) -> Image {
        let isSheet = image.width > 2 * image.height
        let panel =
            isSheet
            ? image.cropped(
                columns: (image.width / 3)..<(2 * image.width / 3), rows: (image.height / 12)..<(image.height * 5 / 6))
            : image
        return panel.reduced(toWidth: 144)
    }
}
