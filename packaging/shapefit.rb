# A Homebrew formula that builds the command from source. Written and reviewed, not run: no Mac was at hand. `url` and `sha256` are a
# release's, filled in when there is one.
class Shapefit < Formula
  desc "Fits 3D shapes with coordinate networks, on the CPU"
  homepage "https://github.com/shapefit/shapefit"
  url "file:///path/to/shapefit-0.2.0.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "Apache-2.0"

  depends_on "pkgconf" => :build
  depends_on xcode: ["16.3", :build]
  depends_on "assimp"
  depends_on "libpng"
  depends_on macos: :sequoia

  def install
    system "swift", "build", "--disable-sandbox", "--configuration", "release", "--product", "shapefit"
    bin.install ".build/release/shapefit"
    generate_completions_from_executable(bin/"shapefit", "--generate-completion-script")
  end

  test do
    (testpath/"tetrahedron.obj").write <<~OBJ
      v 0 0 0
      v 1 0 0
      v 0 1 0
      v 0 0 1
      f 1 3 2
      f 1 2 4
      f 1 4 3
      f 2 3 4
    OBJ
    system bin/"shapefit", "tetrahedron.obj", "--preset", "instant", "--output", "learnt.stl"
    assert_predicate testpath/"learnt.stl", :exist?
  end
end
