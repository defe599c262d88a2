#!/usr/bin/env python3
"""IoU against seconds and against bytes: networks and solved grids, a table and a plot.

    Benchmarks/budgets.py meshes/bunny.obj [more meshes] [--output docs/budgets.svg] [--networks fast,default]
                          [--coefficients 16000,64000,256000]

Every row is a run of `shapefit` of its own, from the mesh file to the written files, without evaluation and picture; seconds are the
processor's, of all cores together, which other work on the machine changes least. IoU is that of the written mesh near the surface (`tancik2020`, boundary), on points that no fit has seen; bytes are the model file's.
"""
import argparse
import json
import math
import os
import resource
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.path.join(ROOT, ".build", "release", "shapefit")
COLOURS = {"network": "#b3541e", "grid": "#1f6f8b"}


def measure(mesh, options):
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([PROGRAM, mesh, "--no-preview", "--no-evaluate", "--quiet", "--output", folder, *options],
                       check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        name = os.path.splitext(os.path.basename(mesh))[0]
        with open(os.path.join(folder, name + ".json"), encoding="utf-8") as file:
            model = json.load(file)["model"]
        scores = json.loads(subprocess.run(
            [PROGRAM, "evaluate", mesh, os.path.join(folder, name + ".obj"), "--json"], check=True,
            capture_output=True, text=True).stdout)
    return {
        "seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "bytes": model["bytes"],
        "numbers": model["parameters"],
        "uniform": scores["mesh"]["iouUniform"],
        "boundary": scores["mesh"]["iouBoundary"],
    }


def panel(rows, key, label, left):
    """One plot as SVG: the share that IoU misses over `key`, both axes by powers of ten."""
    width, height, top = 330, 250, 40
    xs = [math.log10(row[key]) for row in rows]
    ys = [math.log10(1 - row["boundary"]) for row in rows]
    x0, x1 = math.floor(min(xs) * 2) / 2, math.ceil(max(xs) * 2) / 2
    y0, y1 = math.floor(min(ys) * 4) / 4, math.ceil(max(ys) * 4) / 4
    place = lambda x, y: (left + (x - x0) / (x1 - x0) * width, top + (y1 - y) / (y1 - y0) * height)
    parts = [f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" stroke="#999"/>']
    for tick in range(math.ceil(x0), math.floor(x1) + 1):
        x, _ = place(tick, y0)
        parts.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{top + height}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{top + height + 16}" text-anchor="middle">{10 ** tick:{",.0f" if tick >= 0 else "g"}}</text>')
    for missing in (0.05, 0.02, 0.01, 0.005, 0.002, 0.001):
        if y0 <= math.log10(missing) <= y1:
            _, y = place(x0, math.log10(missing))
            parts.append(f'<line x1="{left}" y1="{y:.1f}" x2="{left + width}" y2="{y:.1f}" stroke="#ddd"/>')
            parts.append(f'<text x="{left - 5}" y="{y + 4:.1f}" text-anchor="end">{1 - missing:.3f}</text>')
    for mesh in sorted({row["mesh"] for row in rows}):
        for kind in ("network", "grid"):
            line = sorted((row for row in rows if row["mesh"] == mesh and row["kind"] == kind), key=lambda row: row[key])
            points = [place(math.log10(row[key]), math.log10(1 - row["boundary"])) for row in line]
            if len(points) > 1:
                path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
                parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[kind]}" stroke-width="1.5"/>')
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{COLOURS[kind]}"/>' for x, y in points]
            if points:
                x, y = points[-1]
                parts.append(f'<text x="{x - 8:.1f}" y="{y + 5:.1f}" text-anchor="end" fill="{COLOURS[kind]}">{mesh}</text>')
    parts.append(f'<text x="{left + width / 2}" y="{top + height + 36}" text-anchor="middle">{label}</text>')
    return parts


def draw(rows, path):
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 830 345" font-family="sans-serif" font-size="12">',
             '<rect width="830" height="345" fill="white"/>',
             '<text x="60" y="24">IoU of the written mesh near the surface: '
             f'<tspan fill="{COLOURS["network"]}">networks</tspan> and <tspan fill="{COLOURS["grid"]}">solved grids</tspan></text>']
    parts += panel(rows, "seconds", "processor seconds from file to file", 60)
    parts += panel(rows, "bytes", "bytes of the model file", 475)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(parts + ["</svg>"]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("meshes", nargs="+")
    parser.add_argument("--output", default=os.path.join(ROOT, "docs", "budgets.svg"))
    parser.add_argument("--networks", default="fast,default")
    parser.add_argument("--coefficients", default="16000,64000,256000")
    options = parser.parse_args()
    settings = [("network", preset, ["--preset", preset]) for preset in options.networks.split(",") if preset]
    settings += [("grid", f"grid {count}", ["--preset", "instant", "--coefficients", count])
                 for count in options.coefficients.split(",") if count]
    rows = []
    print("| mesh | | numbers | bytes | processor seconds | IoU of the mesh, uniform / boundary |\n|---|---|---|---|---|---|")
    for mesh in options.meshes:
        for kind, name, arguments in settings:
            row = measure(mesh, arguments)
            row.update(kind=kind, mesh=os.path.splitext(os.path.basename(mesh))[0])
            rows.append(row)
            print(f"| {row['mesh']} | {name} | {row['numbers']} | {row['bytes']} | {row['seconds']:.1f} "
                  f"| {row['uniform']:.4f} / {row['boundary']:.4f} |", flush=True)
    draw(rows, options.output)


if __name__ == "__main__":
    main()
