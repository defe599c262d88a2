#!/usr/bin/env python3
"""Reads a model file and evaluates it, with NumPy and safetensors alone.

    read_model.py MODEL < points.txt > values.txt

One point a line, in the network's own coordinates; one line of outputs a point.
"""

import json
import sys

import numpy as np
from safetensors import safe_open


def read(path):
    with safe_open(path, framework="np") as file:
        # Weights of half precision are numbers like any other, but must not be computed with in it.
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        return {n: t.astype(np.float32) if t.dtype == np.float16 else t for n, t in tensors.items()}, file.metadata()


def grid(settings, tensors, points):
    """Features on grids of several resolutions: Müller et al., SIGGRAPH 2022, equations 3 and 4."""
    features, dimension = [], points.shape[1]
    factors = np.array([1, 2654435761, 805459861], dtype=np.uint64)[:dimension]
    for level in range(settings["levels"]):
        growth = (settings["finest"] / settings["coarsest"]) ** (level / max(settings["levels"] - 1, 1))
        cells = int(settings["coarsest"] * growth + 1e-6)
        table = tensors[f"encoding.tables.{level}"]
        position = np.clip(points, 0, 1) * cells
        cell = np.minimum(position.astype(int), cells - 1)
        total = 0
        for corner in range(2 ** dimension):
            upper = np.array([corner >> axis & 1 for axis in range(dimension)])
            node = (cell + upper).astype(np.uint64)
            if len(table) < (cells + 1) ** dimension:
                entry = np.bitwise_xor.reduce(node * factors, axis=1) % np.uint64(len(table))
            else:
                entry = node @ np.array([(cells + 1) ** axis for axis in range(dimension)], dtype=np.uint64)
            weight = np.where(upper, position - cell, 1 - (position - cell)).prod(axis=1)
            total = total + weight[:, None] * table[entry.astype(int)].astype(float)
        features.append(total)
    return np.hstack(features)


def evaluate(tensors, metadata, points):
    x = 2 * points - 1
    if "network.encoding" in metadata:
        name, settings = next(iter(json.loads(metadata["network.encoding"]).items()))
        x = {"grid": grid}[name](settings, tensors, points)
    elif "encoding.frequencies" in tensors:
        phases = 2 * np.pi * (points @ tensors["encoding.frequencies"].astype(float))
        a = tensors["encoding.amplitudes"]
        x = np.hstack([a * np.cos(phases), a * np.sin(phases)])
    w = float(metadata["network.activation_scale"])
    activate = {
        "relu": lambda z: np.maximum(z, 0),
        "sine": lambda z: np.sin(w * z),
        "gaussian": lambda z: np.exp(-((z / w) ** 2) / 2),
        "finer": lambda z: np.sin(w * (np.abs(z) + 1) * z),
    }[metadata["network.activation"]]
    depth = sum(name.endswith(".weight") for name in tensors) - 1
    for i in range(depth + 1):
        x = x @ tensors[f"layers.{i}.weight"].T.astype(float) + tensors[f"layers.{i}.bias"]
        x = activate(x) if i < depth else x
    return x


if __name__ == "__main__":
    np.savetxt(sys.stdout, evaluate(*read(sys.argv[1]), np.loadtxt(sys.stdin, ndmin=2)), fmt="%.9g")
