#!/usr/bin/env python3
"""Runs the first steps of the published recipe in PyTorch and in ours from the same weights and samples, and compares losses.

    loss_curve.py MESH [--steps N] [--exact-steps N] [--trace FOLDER] [--write FILE]

On first use makes the environment of training.py in Benchmarks/.venv-training. Ours is `swift build -c release --product
trace-training` in Benchmarks; its traces (430 MB for 1 000 steps) go to a temporary folder, or stay in --trace.

Three curves: ours, PyTorch's in single precision, and PyTorch's in double precision for the first --exact-steps. What two
single-precision engines differ by is noise if each differs as much from the double-precision curve.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from training import ENVIRONMENT, FOLDER, make_environment

BATCH = 32768
PEAK, TENFOLD = 5e-4, 5000


def trace(mesh, steps, folder):
    program = FOLDER / ".build/release/trace-training"
    subprocess.run([program, "--mesh", mesh, "--steps", str(steps), "--output", folder], check=True)


def torch_losses(folder, steps, precision):
    """The loss before each step."""
    import math

    import numpy as np
    import torch
    from safetensors.torch import load_file

    tensors = {name: tensor.to(precision) for name, tensor in load_file(f"{folder}/initial.safetensors").items()}
    frequencies, amplitudes = tensors["encoding.frequencies"], tensors["encoding.amplitudes"]
    depth = sum(name.endswith(".weight") for name in tensors)
    layers = [
        torch.nn.Parameter(tensors[f"layers.{i}.{kind}"].clone()) for i in range(depth) for kind in ("weight", "bias")
    ]
    optimizer = torch.optim.Adam(layers, lr=PEAK)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.1 ** (step / TENFOLD))
    loss_function = torch.nn.BCEWithLogitsLoss()
    points = np.load(f"{folder}/points.npy", mmap_mode="r")
    inside = np.load(f"{folder}/inside.npy", mmap_mode="r")
    losses = []
    for step in range(steps):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        phases = (2 * math.pi) * (torch.from_numpy(points[rows].copy()).to(precision) @ frequencies)
        x = torch.cat([amplitudes * torch.cos(phases), amplitudes * torch.sin(phases)], 1)
        for i in range(depth):
            x = torch.nn.functional.linear(x, layers[2 * i], layers[2 * i + 1])
            x = torch.relu(x) if i < depth - 1 else x
        loss = loss_function(x[:, 0], torch.from_numpy(inside[rows].copy()).to(precision))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if step % 100 == 99:
            print(f"  {precision} step {step + 1}: {losses[-1]:.6f}", file=sys.stderr, flush=True)
    return np.array(losses)


def compare(arguments, folder):
    import numpy as np
    import torch

    ours = np.load(f"{folder}/losses.npy").astype(float)[: arguments.steps]
    exact_steps = min(arguments.exact_steps, arguments.steps)
    exact = torch_losses(folder, exact_steps, torch.float64)
    theirs = torch_losses(folder, arguments.steps, torch.float32)
    print("| steps | mean loss, ours | PyTorch | largest relative difference | ours from double | PyTorch from double |")
    print("|---|---|---|---|---|---|")
    bounds = [0, 1, 10, 50, 100, 200, 500, 1000]
    for first, end in zip(bounds, bounds[1:]):
        a, b, c = ours[first:end], theirs[first:end], exact[first:end]
        if len(a) == 0:
            break
        row = f"| {first + 1} to {first + len(a)} | {a.mean():.7f} | {b.mean():.7f} | {np.max(np.abs(a - b) / b):.1e} |"
        if len(c) == len(a):
            row += f" {np.max(np.abs(a - c) / c):.1e} | {np.max(np.abs(b - c) / c):.1e} |"
        else:
            row += " | |"
        print(row)
    if arguments.write:
        np.savetxt(arguments.write, np.column_stack([ours, theirs]), fmt="%.7g", header="ours PyTorch")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mesh")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--exact-steps", type=int, default=100)
    parser.add_argument("--trace", help="keep the trace in this folder, or use the one that is there")
    parser.add_argument("--write", help="write both curves as text")
    arguments = parser.parse_args()

    make_environment()
    python = ENVIRONMENT / "bin/python"
    if Path(sys.prefix).resolve() != ENVIRONMENT.resolve():
        os.execv(python, [python, os.path.abspath(__file__)] + sys.argv[1:])
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.trace or temporary
        os.makedirs(folder, exist_ok=True)
        if not os.path.exists(f"{folder}/losses.npy"):
            trace(arguments.mesh, arguments.steps, folder)
        compare(arguments, folder)


if __name__ == "__main__":
    main()
