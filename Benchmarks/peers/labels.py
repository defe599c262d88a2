#!/usr/bin/env python3
"""Labels of meshes by this package, Open3D and libigl: the same points, in one run, on one machine.

    Benchmarks/peers/labels.py [--points N] [--rounds N] [--agreement] [MESH.obj ...]

Without a mesh it takes meshes/bunny.obj (scripts/get-meshes). Each mesh is joined, put into the unit cube and written
for all three; each is measured closed as it is, and once more with every triangle in its lowest tenth removed, as an
open mesh. Rounds alternate between the programs, and the table gives medians of millions of points a second.

--agreement compares the signs instead: boundary points with s = 0.002 against libigl's fast winding number, and each
disagreement against libigl's exact one.

The peers are installed by pip, pinned, into Benchmarks/.venv-labels; nothing else on the machine is changed.
"""
import argparse
import glob
import os
import statistics
import subprocess
import sys
import tempfile
import time

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ENVIRONMENT = os.path.join(FOLDER, ".venv-labels")
PINNED = ["open3d==0.20.0", "libigl==2.6.3", "numpy==2.2.6", "scipy==1.15.3"]
# Shared libraries that Open3D's wheel loads and a bare Debian or Ubuntu lacks.
SYSTEM_PACKAGES = ["libusb-1.0-0", "libgl1", "libglvnd0", "libglx0", "libx11-6", "libxcb1", "libxau6", "libxdmcp6",
                   "libbsd0", "libmd0", "libgomp1", "libegl1"]


def enter_environment():
    """Makes the environment where it is missing and starts this script again inside it."""
    python = os.path.join(ENVIRONMENT, "bin", "python")
    if os.environ.get("LABELS_ENVIRONMENT") == ENVIRONMENT:
        return
    complete = os.path.join(ENVIRONMENT, "complete")
    if not os.path.exists(complete):
        print("installing", *PINNED, "into", ENVIRONMENT, file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PINNED], check=True)
        libraries = os.path.join(ENVIRONMENT, "system")
        os.makedirs(libraries, exist_ok=True)
        subprocess.run(["apt-get", "download", *SYSTEM_PACKAGES], cwd=libraries, check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for package in glob.glob(os.path.join(libraries, "*.deb")):
            subprocess.run(["dpkg", "-x", package, libraries], check=True)
        open(complete, "w").close()
    folders = glob.glob(os.path.join(ENVIRONMENT, "system", "**", "*-linux-gnu"), recursive=True)
    environment = dict(os.environ, LABELS_ENVIRONMENT=ENVIRONMENT, LD_LIBRARY_PATH=":".join(folders))
    os.execve(python, [python, os.path.abspath(__file__), *sys.argv[1:]], environment)


enter_environment()
import igl  # noqa: E402
import numpy as np  # noqa: E402
import open3d as o3d  # noqa: E402


def load(path):
    """Vertices (v, 3) float32 in the unit cube, longest side 0.9, and triangles (t, 3)."""
    vertices, triangles = [], []
    for line in open(path):
        words = line.split()
        if words and words[0] == "v":
            vertices.append([float(word) for word in words[1:4]])
        elif words and words[0] == "f":
            corners = [int(word.split("/")[0]) - 1 for word in words[1:]]
            triangles += [[corners[0], corners[k - 1], corners[k]] for k in range(2, len(corners))]
    vertices, joined = np.unique(np.array(vertices), axis=0, return_inverse=True)
    triangles = joined.reshape(-1)[np.array(triangles)]
    a, b, c = triangles.T
    triangles = triangles[(a != b) & (b != c) & (c != a)]
    used, packed = np.unique(triangles, return_inverse=True)
    vertices, triangles = vertices[used], packed.reshape(-1, 3)
    lower, upper = vertices.min(0), vertices.max(0)
    unit = (vertices - (lower + upper) / 2) * 0.9 / (upper - lower).max() + 0.5
    return unit.astype(np.float32), triangles.astype(np.int64)


def opened(vertices, triangles):
    """Without the triangles that reach below a tenth of the height."""
    height = vertices[:, 1]
    limit = height.min() + 0.1 * (height.max() - height.min())
    return vertices, triangles[(height[triangles] > limit).all(1)]


def boundary_points(vertices, triangles, count, deviation, generator):
    a, b, c = (vertices[triangles[:, k]].astype(float) for k in range(3))
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    chosen = generator.choice(len(triangles), count, p=areas / areas.sum())
    u, v = generator.random((2, count))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    surface = a[chosen] + u[:, None] * (b - a)[chosen] + v[:, None] * (c - a)[chosen]
    return (surface + generator.normal(0, deviation, (count, 3))).astype(np.float32)


class Ours:
    def __init__(self, folder, vertices, triangles):
        self.folder = folder
        self.mesh = os.path.join(folder, "mesh.obj")
        with open(self.mesh, "w") as file:
            file.writelines("v %.9g %.9g %.9g\n" % tuple(v) for v in vertices)
            file.writelines("f %d %d %d\n" % tuple(t + 1) for t in triangles)

    def run(self, measure, points, kind):
        """The rate in millions a second, the printed lines, and the labels."""
        source, target = os.path.join(self.folder, "points"), os.path.join(self.folder, "labels")
        points.tofile(source)
        binary = os.path.join(FOLDER, ".build", "release", "benchmark-labels")
        text = subprocess.run([binary, self.mesh, "--points", source, "--write", target, "--repeats", "1",
                               "--measure", measure], check=True, capture_output=True, text=True).stdout
        lines = dict(line.split(None, 1) for line in text.splitlines())
        return float(lines[measure].split()[0]), lines, np.fromfile(target, kind)


def rate(count, work):
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start) / 1e6


def measure(name, vertices, triangles, count, rounds, is_open):
    generator = np.random.default_rng(1)
    uniform = generator.random((count, 3), dtype=np.float32)
    boundary = boundary_points(vertices, triangles, count, 0.01, generator)
    many = generator.random((10 * count, 3), dtype=np.float32)
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(vertices, triangles.astype(np.uint32))
    doubles = vertices.astype(float)
    fast = igl.SIGNED_DISTANCE_TYPE_FAST_WINDING_NUMBER

    def libigl(points):
        # Builds its trees in every call: under a second, to be spread over enough points.
        return rate(len(points), lambda: igl.signed_distance(points.astype(float), doubles, triangles, fast))

    def open3d(points):
        return rate(len(points), lambda: scene.compute_signed_distance(points))

    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(folder, vertices, triangles)
        print(f"\n{name}{', open' if is_open else ''}: {len(triangles)} triangles,",
              "sign by " + ours.run("distance", uniform[:10], np.float32)[1]["sign"])
        rows = [("signed distance, uniform", "libigl 2.6.3 fast winding number", lambda: libigl(uniform), "distance", uniform),
                ("signed distance, boundary 0.01", "libigl 2.6.3 fast winding number", lambda: libigl(boundary), "distance", boundary)]
        if not is_open:
            rows += [("signed distance, uniform", "Open3D 0.20.0", lambda: open3d(uniform), "distance", uniform),
                     ("signed distance, boundary 0.01", "Open3D 0.20.0", lambda: open3d(boundary), "distance", boundary),
                     ("occupancy, uniform", "Open3D 0.20.0", lambda: rate(len(many), lambda: scene.compute_occupancy(many)),
                      "occupancy", many)]
        print("| measure | peer | peer, million/s | ours, million/s | ratio |\n|---|---|---|---|---|")
        for label, peer, work, kind, points in rows:
            theirs, mine = [], []
            for _ in range(rounds):
                theirs.append(work())
                mine.append(ours.run(kind, points, np.float32 if kind == "distance" else np.uint8)[0])
            ratio = statistics.median(m / t for m, t in zip(mine, theirs))
            print(f"| {label} | {peer} | {statistics.median(theirs):.3f} | {statistics.median(mine):.2f} | {ratio:.1f} |",
                  flush=True)


def agree(name, vertices, triangles, count):
    points = boundary_points(vertices, triangles, count, 0.002, np.random.default_rng(2))
    with tempfile.TemporaryDirectory() as folder:
        _, lines, distances = Ours(folder, vertices, triangles).run("distance", points, np.float32)
    doubles, queries = vertices.astype(float), points.astype(float)
    inside = np.signbit(distances)
    theirs = igl.fast_winding_number(doubles, triangles, queries) >= 0.5
    differ = np.flatnonzero(inside != theirs)
    print(f"| {name} | {lines['sign']} | {100 * (1 - len(differ) / count):.4f} % | {len(differ)} |", end=" ")
    if len(differ):
        exact = igl.winding_number(doubles, triangles, queries[differ])
        right = np.count_nonzero((exact >= 0.5) == inside[differ])
        print(f"ours right in {right}, their largest distance {np.abs(distances[differ]).max():.2g} |", flush=True)
        for index, number in list(zip(differ, exact))[:5]:
            print("    ", points[index], "distance", distances[index], "exact winding number", number, file=sys.stderr)
    else:
        print("|", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--agreement", action="store_true")
    parser.add_argument("meshes", nargs="*", default=[os.path.join(os.path.dirname(FOLDER), "meshes", "bunny.obj")])
    options = parser.parse_args()
    subprocess.run(["swift", "build", "-c", "release", "--product", "benchmark-labels"], cwd=FOLDER, check=True,
                   stdout=subprocess.DEVNULL)
    if options.agreement:
        print("| mesh | sign by | agreement | different | exact winding number |\n|---|---|---|---|---|")
    for path in options.meshes:
        name = os.path.splitext(os.path.basename(path))[0]
        vertices, triangles = load(path)
        if options.agreement:
            agree(name, vertices, triangles, 1_000_000)
        else:
            measure(name, vertices, triangles, options.points, options.rounds, False)
            measure(name, *opened(vertices, triangles), options.points, options.rounds, True)


main()
