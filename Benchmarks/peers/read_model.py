#!/usr/bin/env python3
"""Reads a model file and evaluates it, with NumPy and safetensors alone.

    read_model.py MODEL < points.txt > values.txt

One point a line, in the network's own coordinates; one line of outputs a point.
"""

import sys

import numpy as np
from safetensors import safe_open


def read(path):
    with safe_open(path, framework="np") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()


def evaluate(tensors, metadata, points):
    x = 2 * points - 1
    if "encoding.frequencies" in tensors:
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
