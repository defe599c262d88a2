/// How a scan's points are to be taken.
public struct PointCloudOptions: Sendable, Equatable, Codable {
    /// Standard deviation of the positions' errors, in the points' own coordinates; nil to estimate it.
    public var noise: Float?
    /// Whether inside and outside change places.
    public var flipsNormals = false
    /// Whether points far from all others, or off the surface of their neighbours, are taken for part of the surface too.
    public var keepsOutliers = false

    public init(noise: Float? = nil, flipsNormals: Bool = false, keepsOutliers: Bool = false) {
        self.noise = noise
        self.flipsNormals = flipsNormals
        self.keepsOutliers = keepsOutliers
    }
}

/// What was found of a scan's points, and what was done to them; lengths in the points' own coordinates.
public struct PointCloudSummary: Sendable, Equatable, Codable {
    /// Where normals are from.
    public enum Normals: String, Sendable, Codable {
        /// The input's.
        case given
        /// The input's, turned around because they pointed inwards.
        case givenInwards
        /// Estimated from neighbours, and oriented by agreement.
        case estimated
    }

    /// Points that came.
    public var pointCount: Int
    /// Points left out: far from all others, or off the surface of their neighbours.
    public var outlierCount = 0
    /// Points whose normal was zero or not finite, which got their neighbours'.
    public var replacedNormalCount = 0
    public var normals = Normals.given
    /// Parts that estimated normals were oriented in, each by itself.
    public var orientedPieceCount = 0
    /// Mean distance from a point to the next.
    public var spacing: Double = 0
    /// Standard deviation of the points from the surface fitted to their neighbours.
    public var noise: Double = 0
    /// Radius of the ball in which a point counts.
    public var support: Double = 0
    /// One of so many points was used, as noise was many times the points' distance.
    public var thinning = 1
    /// Whether points were moved onto the surface fitted to their neighbours.
    public var wasSmoothed = false

    init(pointCount: Int) { self.pointCount = pointCount }
}

extension PointCloudSummary {
    /// What the points' owner should know, a line each; empty where nothing was done.
    public var notes: [String] {
        var notes: [String] = []
        switch normals {
        case .given: break
        case .givenInwards: notes.append("the normals point inwards and have been turned around")
        case .estimated:
            let pieces = orientedPieceCount == 1 ? "" : ", in \(orientedPieceCount) parts"
            notes.append(
                "there are no usable normals: they were estimated from neighbours and oriented by agreement\(pieces)")
        }
        if replacedNormalCount > 0 {
            notes.append("\(replacedNormalCount) normal(s) were zero or not finite and were taken from neighbours")
        }
        if outlierCount > 0 { notes.append("\(outlierCount) point(s) off the surface were left out") }
        if thinning > 1 {
            notes.append("noise is many times the distance from point to point: one of \(thinning) points was used")
        }
        if wasSmoothed {
            notes.append("points were moved onto the surface of their neighbours, by about \(Self.text(noise))")
        }
        return notes
    }

    /// Three digits.
    private static func text(_ value: Double) -> String {
        guard value > 0, value.isFinite else { return "\(value)" }
        var unit = 1.0
        while unit > value { unit /= 10 }
        while unit * 10 <= value { unit *= 10 }
        let digits = (value / unit * 100).rounded()
        return "\(unit >= 1 ? digits * unit / 100 : digits / (100 / unit).rounded())"
    }
}
