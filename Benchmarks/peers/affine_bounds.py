#!/usr/bin/env python3
"""How small a box must be before affine arithmetic proves that a fitted network has no zero in it.

    affine_bounds.py MODEL [--cells-a-side 256] [--boxes 20000]

Needs NumPy and safetensors, and a model of a ReLU network (a fit with `"activation": {"kind": "relu", "scale": 1}`). A box is three affine symbols; cosines and sines get their best linear approximation over the
box's phases, ReLU its usual parallelogram, and what they leave over is summed up in absolute values (Sharp and Jacobson,
"Spelunking the Deep", SIGGRAPH 2022, with all symbols but the box's own truncated). Prints, for boxes of several sizes at
random places, the share that is proved to be on one side, beside the share whose values at 64 random points are.
"""

import argparse

import numpy as np

from read_model import evaluate, read


def linear_sine(phase, radius):
    """Offset, slope and error of the sine on [phase − radius, phase + radius]."""
    slope = np.cos(phase) * np.sin(radius) / np.maximum(radius, 1e-12)
    rest = [np.sin(phase - radius) + slope * radius, np.sin(phase + radius) - slope * radius]
    turning = np.arccos(np.clip(slope, -1, 1))
    for sign in (1, -1):
        for turn in (-1, 0, 1):
            step = sign * turning - phase + 2 * np.pi * (turn + np.round(phase / (2 * np.pi)))
            value = np.sin(phase + step) - slope * step
            rest.append(np.where(np.abs(step) <= radius, value, rest[0]))
    high, low = np.max(rest, 0), np.min(rest, 0)
    return (high + low) / 2, slope, (high - low) / 2


def bounds(tensors, centers, half_side):
    """Lower and upper bounds of the output over boxes, `(n)` each."""
    frequencies, amplitudes = tensors["encoding.frequencies"].astype(float), tensors["encoding.amplitudes"]
    phases = 2 * np.pi * (centers @ frequencies)
    steps = 2 * np.pi * half_side * frequencies
    radius = np.abs(steps).sum(0)
    parts = [linear_sine(phases + np.pi / 2, radius), linear_sine(phases, radius)]
    x = np.hstack([amplitudes * part[0] for part in parts])
    linear = np.concatenate([(amplitudes * part[1])[:, None, :] * steps[None] for part in parts], 2)
    error = np.hstack([amplitudes * part[2] for part in parts])
    depth = sum(name.endswith(".weight") for name in tensors)
    for i in range(depth):
        weight = tensors[f"layers.{i}.weight"].astype(float)
        x = x @ weight.T + tensors[f"layers.{i}.bias"]
        linear, error = linear @ weight.T, error @ np.abs(weight).T
        reach = np.abs(linear).sum(1) + error
        if i == depth - 1:
            return (x - reach)[:, 0], (x + reach)[:, 0]
        low, high = x - reach, x + reach
        slope = np.where(low >= 0, 1, np.where(high <= 0, 0, high / np.maximum(high - low, 1e-30)))
        offset = np.where((low < 0) & (high > 0), -slope * low / 2, 0)
        x, linear, error = slope * x + offset, slope[:, None, :] * linear, slope * error + offset


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--cells-a-side", type=int, default=256)
    parser.add_argument("--boxes", type=int, default=20_000)
    arguments = parser.parse_args()
    tensors, metadata = read(arguments.model)
    if metadata["network.activation"] != "relu" or "encoding.frequencies" not in tensors:
        parser.error("the bounds are for ReLU networks with Fourier features")
    random = np.random.default_rng(0)
    centers = random.uniform(0.05, 0.95, (arguments.boxes, 3))
    print("| box, cells a side | proved to be on one side | on one side at 64 points | median width of the bounds |")
    print("|---|---|---|---|")
    for cells in (8, 4, 2, 1, 0.5):
        half_side = cells / arguments.cells_a_side / 2
        low, high = bounds(tensors, centers, half_side)
        inside = np.zeros(len(centers), int)
        for _ in range(64):
            points = centers + random.uniform(-half_side, half_side, centers.shape)
            inside += evaluate(tensors, metadata, points)[:, 0] < 0
        proved, alike = np.mean((low > 0) | (high < 0)), np.mean((inside == 0) | (inside == 64))
        print(f"| {cells} | {100 * proved:.1f} % | {100 * alike:.1f} % | {np.median(high - low):.3g} |")


if __name__ == "__main__":
    main()
