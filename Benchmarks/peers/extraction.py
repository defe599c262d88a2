"""Marching cubes on one dense gyroid: ours, scikit-image and PyMCubes in turn, in one run.

    python3 -m venv .venv-extraction
    .venv-extraction/bin/pip install -r peers/extraction-requirements.txt
    swift build -c release
    .venv-extraction/bin/python peers/extraction.py [--side 256] [--rounds 5]

Every peer gets the array in memory; reading it is not timed. Rounds alternate, so that load on the machine falls on
all alike; medians and the median of the rounds' ratios are printed.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import mcubes
import numpy
import skimage.measure

HERE = pathlib.Path(__file__).resolve().parent.parent


def gyroid(side: int, periods: float) -> numpy.ndarray:
    turns = numpy.linspace(0, 2 * numpy.pi * periods, side, dtype=numpy.float32)
    x, y, z = turns[None, None, :], turns[None, :, None], turns[:, None, None]
    return numpy.ascontiguousarray(
        numpy.sin(x) * numpy.cos(y) + numpy.sin(y) * numpy.cos(z) + numpy.sin(z) * numpy.cos(x), dtype=numpy.float32)


def timed(function):
    start = time.perf_counter()
    _, triangles = function()
    return time.perf_counter() - start, len(triangles)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--periods", type=float, default=2.55)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--binary", default=str(HERE / ".build/release/benchmark-extraction"))
    options = parser.parse_args()

    values = gyroid(options.side, options.periods)
    seconds = {"shapefit": [], "scikit-image": [], "PyMCubes": []}
    triangles = {}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "gyroid.raw"
        values.tofile(path)
        for _ in range(options.rounds):
            output = subprocess.run(
                [options.binary, "dense", str(path), str(options.side), "3"], check=True, capture_output=True, text=True)
            ours = json.loads(output.stdout)
            seconds["shapefit"].append(statistics.median(ours["seconds"]))
            triangles["shapefit"] = ours["triangles"]
            elapsed, triangles["scikit-image"] = timed(
                lambda: skimage.measure.marching_cubes(values, 0.0)[:2])
            seconds["scikit-image"].append(elapsed)
            elapsed, triangles["PyMCubes"] = timed(lambda: mcubes.marching_cubes(values, 0.0))
            seconds["PyMCubes"].append(elapsed)
    print(f"gyroid {options.side}³, {options.periods} periods a side, {options.rounds} rounds")
    for name, times in seconds.items():
        ratios = [theirs / ours for theirs, ours in zip(times, seconds["shapefit"])]
        print(
            f"{name:13} {statistics.median(times):.3f} s  {triangles[name]:9,} triangles  "
            f"{statistics.median(ratios):5.1f} × ours")


if __name__ == "__main__":
    main()
