"""Surfaces of scans: ours beside screened Poisson reconstruction (Open3D), at equal resolution.

    python3 -m venv .venv-scans
    .venv-scans/bin/pip install open3d
    swift build -c release --product benchmark-scans
    .venv-scans/bin/python peers/scans.py MESH... [--counts 10000,100000,1000000] [--conditions clean,noise0.2,...]
    .venv-scans/bin/python peers/scans.py MESH... --counts 10000 --keep FOLDER   # while changing our side

Points with the mesh's own normals are drawn from each mesh: clean, with noise of 0.2 and 0.5 % of the diagonal, with a fifth
missing in eight patches, with 2 % of outliers anywhere. Ours meshes a grid of 256 cells along the longest side; Poisson
(Kazhdan and Hoppe 2013) has an octree of depth 8, whose cube is 1.1 times as long as that side. Its triangles where there are
fewest points (a twentieth of the vertices by density) are cut off with --trim, as its users do for open scans.

Both get the same file; seconds are of reading, preparing and meshing, on all threads, by turns. Distances are in percent of
the diagonal, from 2 x 131072 points; the F-score at 0.5 %. Prints a row of Markdown for each. With --keep the points and what
Poisson made of them stay in a folder and are taken from there the next time, its seconds too.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import open3d

HERE = pathlib.Path(__file__).resolve().parent.parent
CONDITIONS = {
    "clean": [],
    "noise0.2": ["--noise", "0.002"],
    "noise0.5": ["--noise", "0.005"],
    "missing20": ["--missing", "0.2"],
    "outliers2": ["--outliers", "0.02"],
}


def poisson(source, target, trim):
    start = time.perf_counter()
    cloud = open3d.io.read_point_cloud(str(source))
    mesh, densities = open3d.geometry.TriangleMesh.create_from_point_cloud_poisson(cloud, depth=8, n_threads=-1)
    if trim:
        import numpy
        densities = numpy.asarray(densities)
        mesh.remove_vertices_by_mask(densities < numpy.quantile(densities, 0.05))
    seconds = time.perf_counter() - start
    open3d.io.write_triangle_mesh(str(target), mesh)
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("meshes", nargs="+")
    parser.add_argument("--counts", default="10000,100000,1000000")
    parser.add_argument("--conditions", default=",".join(CONDITIONS))
    parser.add_argument("--trim", action="store_true")
    parser.add_argument("--keep", metavar="FOLDER")
    parser.add_argument("--binary", default=str(HERE / ".build/release/benchmark-scans"))
    options = parser.parse_args()

    def run(*arguments):
        output = subprocess.run([options.binary, *map(str, arguments)], check=True, capture_output=True, text=True)
        return json.loads(output.stdout) if output.stdout.strip() else None

    print("| shape | points | condition | Chamfer %, ours | Poisson | F, ours | Poisson | normals, ours | Poisson | s, ours | Poisson |")
    print("|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    wins = faster = rows = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(options.keep or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        ours = pathlib.Path(temporary) / "ours.ply"
        for mesh in options.meshes:
            for count in map(int, options.counts.split(",")):
                for condition in options.conditions.split(","):
                    name = f"{pathlib.Path(mesh).stem}-{count}-{condition}"
                    points, theirs, scored = (folder / f"{name}{end}" for end in (".ply", "-poisson.ply", "-poisson.json"))
                    if not points.exists():
                        run("draw", mesh, points, "--count", count, *CONDITIONS[condition])
                    report = run("surface", points, ours)
                    if not scored.exists():
                        seconds = poisson(points, theirs, options.trim)
                        scored.write_text(json.dumps({**run("score", mesh, theirs), "seconds": seconds}))
                    a, b = run("score", mesh, ours), json.loads(scored.read_text())
                    seconds = b["seconds"]
                    rows += 1
                    wins += a["chamfer"] < b["chamfer"]
                    faster += report["seconds"] <= seconds
                    print(
                        f"| {pathlib.Path(mesh).stem} | {count} | {condition} | {100 * a['chamfer']:.4f} | {100 * b['chamfer']:.4f} "
                        f"| {a['fscore']:.4f} | {b['fscore']:.4f} | {a['normals']:.4f} | {b['normals']:.4f} "
                        f"| {report['seconds']:.2f} | {seconds:.2f} |", flush=True)
    print(f"Ours has the smaller Chamfer distance in {wins} of {rows}, and takes no longer in {faster}.", file=sys.stderr)


if __name__ == "__main__":
    main()
