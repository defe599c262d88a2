"""Seconds of every stage by the number of triangles: reading, preparing, labels, and whole fits.

    swift build -c release --product benchmark-scale
    (cd .. && swift build -c release --product shapefit)
    python3 scale.py [--sizes 10000,100000,1000000,10000000] [--presets instant,fast]

Makes a wavy torus of each size (benchmark-scale), and fits it with each preset, without a picture. A process of its own
for each size and fit, so that peak memory is its own. Prints a table in Markdown.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent


def stages(binary, size, folder):
    text = subprocess.run([binary, str(size), folder], check=True, capture_output=True, text=True).stdout
    return dict(line.split("\t") for line in text.splitlines() if "\t" in line)


def fit(binary, mesh, preset, folder):
    start = time.perf_counter()
    subprocess.run(
        [binary, mesh, "--preset", preset, "--no-preview", "--quiet", "--force", "--output", folder], check=True)
    seconds = time.perf_counter() - start
    report = json.loads((pathlib.Path(folder) / (pathlib.Path(mesh).stem + ".json")).read_text())
    rows = {f"{preset}: {name}": f"{value:.2f}" for name, value in report["timings"].items() if isinstance(value, float)}
    rows[f"{preset}: whole process"] = f"{seconds:.2f}"
    rows[f"{preset}: peak MB"] = f"{report['peakMemoryBytes'] >> 20}"
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000,1000000,10000000")
    parser.add_argument("--presets", default="instant,fast")
    parser.add_argument("--stages", default=str(HERE / ".build/release/benchmark-scale"))
    parser.add_argument("--shapefit", default=str(HERE.parent / ".build/release/shapefit"))
    options = parser.parse_args()

    sizes = [int(size) for size in options.sizes.split(",")]
    columns = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            rows = stages(options.stages, size, folder)
            for preset in filter(None, options.presets.split(",")):
                rows |= fit(options.shapefit, f"{folder}/torus-{size}.ply", preset, folder)
            columns.append(rows)
            print(f"{size} triangles measured", file=sys.stderr)
            for file in pathlib.Path(folder).iterdir():
                file.unlink()
    names = list(dict.fromkeys(name for rows in columns for name in rows))
    print("| seconds | " + " | ".join(f"{size:,}".replace(",", " ") for size in sizes) + " |")
    print("|---|" + "--:|" * len(sizes))
    for name in names:
        print(f"| {name} | " + " | ".join(rows.get(name, "") for rows in columns) + " |")


if __name__ == "__main__":
    main()
