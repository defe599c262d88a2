#!/usr/bin/env python3
"""Bounds on the Hausdorff distance between two meshes: `shapefit evaluate --certified` beside CGAL, by turns.

    Benchmarks/peers/hausdorff.py REFERENCE CANDIDATE [--turns 3] [--relative-error 0.01]

CGAL comes from the system's packages (Debian: libcgal-dev libmetis-dev libtbb-dev, and a C++ compiler); hausdorff.cpp is
compiled beside this file. Its error is a length: the larger distance times the relative error. Both are timed from
meshes in memory, trees included.
"""
import argparse
import json
import os
import subprocess

FOLDER = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(FOLDER))
PROGRAM = os.path.join(FOLDER, ".hausdorff")
COMPILE = ["c++", "-O3", "-march=native", "-std=c++17", "-DCGAL_LINKED_WITH_TBB", "-DCGAL_METIS_ENABLED",
           "-DUSE_PARALLEL_BEHD", os.path.join(FOLDER, "hausdorff.cpp"), "-ltbb", "-lgmp", "-lmpfr", "-lmetis", "-o", PROGRAM]


def run(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def largest_coordinate(path):
    """Of an OBJ file's vertices."""
    with open(path, encoding="utf-8") as file:
        return max(abs(float(word)) for line in file if line.startswith("v ") for word in line.split()[1:4])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("reference")
    parser.add_argument("candidate")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--relative-error", type=float, default=0.01)
    options = parser.parse_args()
    if not os.path.exists(PROGRAM):
        subprocess.run(COMPILE, check=True)
    subprocess.run(["swift", "build", "-c", "release", "--product", "shapefit"], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL)
    ours_command = [os.path.join(ROOT, ".build", "release", "shapefit"), "evaluate", options.reference, options.candidate,
                    "--certified", "--relative-error", str(options.relative_error), "--json"]
    rows = []
    for _ in range(options.turns):
        scores = run(ours_command)
        bounds = scores["certified"]
        ours = {side: (bounds[side]["lower"], bounds[side]["upper"]) for side in ("forward", "backward")}
        ours["seconds"] = scores["certifiedSeconds"]
        error = options.relative_error * max(ours["forward"][0], ours["backward"][0])
        pair = [options.reference, options.candidate, repr(error)]
        rows.append((ours, *(run([PROGRAM, *pair, mode]) for mode in ("sequential", "parallel"))))
    seconds = [sorted(row[k]["seconds"] for row in rows)[len(rows) // 2] for k in range(3)]
    ours, cgal, _ = rows[0]
    print("| | forward | backward | seconds | CGAL / ours |\n|---|---|---|---|---|")
    interval = lambda bounds: "{:.7g} to {:.7g}".format(*bounds)
    print(f"| ours | {interval(ours['forward'])} | {interval(ours['backward'])} | {seconds[0]:.2f} | |")
    for name, time in (("sequential", seconds[1]), ("parallel", seconds[2])):
        print(f"| CGAL, {name} | {cgal['forward']:.7g} ± {error:.2g} | {cgal['backward']:.7g} ± {error:.2g} "
              f"| {time:.2f} | {time / seconds[0]:.1f} |")
    for side in ("forward", "backward"):
        lower, upper = ours[side]
        # Coordinates are single precision here and double precision there.
        rounding = largest_coordinate(options.reference) * 2 ** -23
        inside = lower - rounding <= cgal[side] <= upper + rounding
        print(f"{side}: CGAL's figure is {'in' if inside else 'NOT in'} our interval, to the rounding of coordinates ({rounding:.1g})")


if __name__ == "__main__":
    main()
