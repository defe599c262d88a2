@main struct Shapefit { static func main() {} }
