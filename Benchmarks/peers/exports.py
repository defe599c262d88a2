#!/usr/bin/env python3
"""Compares what a model's exports compute with what shapefit says, at points of twice the shape's box.

    exports.py MODEL [--points 1000000] [--shapefit .build/release/shapefit] [--only onnx,glsl,npz]

ONNX in onnxruntime, GLSL in a fragment shader (render_glsl.py: Mesa's llvmpipe where there is no graphics processor), npz sample by
sample. Prints the largest difference of each in lengths of the unit cube. Needs numpy, and onnxruntime for ONNX
(scripts/test-tools makes .venv-tests with both).
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--shapefit", default=str(HERE.parents[1] / ".build/release/shapefit"))
    parser.add_argument("--only", default="onnx,glsl,npz")
    options = parser.parse_args()

    def shapefit(*arguments):
        return subprocess.run([options.shapefit, *arguments], check=True, capture_output=True, text=True).stdout

    box = json.loads(shapefit("info", options.model, "--json"))["boundingBox"]
    low, high = np.array(box["minimum"]), np.array(box["maximum"])
    unit = (high - low).max() / 0.9
    with tempfile.TemporaryDirectory() as folder:
        def query(points):
            np.save(f"{folder}/points.npy", points)
            shapefit("query", options.model, f"{folder}/points.npy", "--force", "--output", f"{folder}/values.npy")
            return np.load(f"{folder}/values.npy")

        def export(form, *more):
            path = f"{folder}/model.{form}"
            shapefit("export", options.model, "--output", path, "--force", *more)
            return path

        def report(name, values, expected):
            print(f"{name}: {len(values)} values, largest difference {np.abs(values - expected).max() / unit:.2e}")

        random = np.random.default_rng(1)
        points = ((low + high) / 2 + (high - low) * (2 * random.random((options.points, 3)) - 1)).astype(np.float32)
        expected = query(points)
        if "onnx" in options.only:
            import onnxruntime

            session = onnxruntime.InferenceSession(export("onnx"), providers=["CPUExecutionProvider"])
            name = session.get_inputs()[0].name
            parts = [session.run(None, {name: part})[0].ravel() for part in np.array_split(points, len(points) // 65536 + 1)]
            report("ONNX", np.concatenate(parts), expected)
        if "npz" in options.only:
            grid = np.load(export("npz"))
            distances = grid["grid_signed_distance"]
            z, y, x = np.indices(distances.shape).reshape(3, -1)
            places = np.stack([x, y, z, np.ones_like(x)]).T @ grid["affine"].T
            report("npz", distances.ravel(), query(places[:, :3].astype(np.float64)))
        if "glsl" in options.only:
            points.tofile(f"{folder}/points")
            subprocess.run(
                [sys.executable, HERE / "render_glsl.py", export("glsl"), f"{folder}/points", f"{folder}/values"], check=True)
            report("GLSL", np.fromfile(f"{folder}/values", "<f4"), expected)


if __name__ == "__main__":
    main()
