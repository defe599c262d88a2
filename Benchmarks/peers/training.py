#!/usr/bin/env python3
"""Trains the benchmark's networks in PyTorch, JAX and ours, by turns, and prints ratios.

    training.py [--seconds S] [--turns T] [--only N] [--single]

On first use makes its own environment in Benchmarks/.venv-training with pinned peers. Ours is
`swift build -c release --product benchmark-training` in Benchmarks. Each engine takes a batch of fresh random points a step,
encodes, and takes one Adam step on the cross-entropy. A turn runs each engine in turn, in a process of its own; ratios
are taken within a turn, and their median is printed. All use all processors; with --single each uses one, and rates are
for a second of its processor time, so that other load on the machine hardly disturbs the ratios.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent
ENVIRONMENT = FOLDER / ".venv-training"
TORCH = "torch==2.13.0"
# What torch imports; without its dependencies pip would bring gigabytes of GPU libraries along.
TORCH_NEEDS = ["filelock", "typing-extensions", "sympy", "networkx", "jinja2", "fsspec"]
JAX = "jax[cpu]==0.10.2"

# frequencies, hidden layers, width, batch: as in Sources/TrainingBenchmark/Subject.swift
SUBJECTS = [(256, 7, 256, 32768), (128, 2, 128, 16384), (64, 3, 64, 16384)]
RATE = 1e-3


def make_environment():
    if (ENVIRONMENT / "complete").exists():
        return
    subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
    pip = [str(ENVIRONMENT / "bin/pip"), "install", "--quiet"]
    subprocess.run(pip + ["numpy", "safetensors"] + TORCH_NEEDS + [JAX], check=True)
    subprocess.run(pip + ["--no-deps", TORCH], check=True)
    (ENVIRONMENT / "complete").touch()


def median_rate(step, batch, seconds, clock):
    """Samples a second; the first steps only warm up (and compile)."""
    for _ in range(3):
        step()
    rates, start = [], clock()
    while len(rates) < 3 or clock() - start < seconds:
        begin = clock()
        step()
        rates.append(batch / (clock() - begin))
    return statistics.median(rates)


def torch_rate(subject, seconds, clock):
    import math
    import torch

    frequencies, depth, width, batch = subject
    torch.manual_seed(0)
    b = 5 * torch.randn(3, frequencies)
    sizes = [2 * frequencies] + [width] * depth + [1]
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, fused=True)
    loss_function = torch.nn.BCEWithLogitsLoss()

    def step():
        points = torch.rand(batch, 3)
        targets = (((points - 0.5) ** 2).sum(1) < 0.16).float()
        phases = (2 * math.pi) * (points @ b)
        features = torch.cat([torch.cos(phases), torch.sin(phases)], 1)
        loss = loss_function(model(features)[:, 0], targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return float(loss)

    return median_rate(step, batch, seconds, clock)


def jax_rate(subject, seconds, clock):
    import jax
    import jax.numpy as jnp

    frequencies, depth, width, batch = subject
    key = jax.random.PRNGKey(0)
    b = 5 * jax.random.normal(key, (3, frequencies))
    sizes = [2 * frequencies] + [width] * depth + [1]
    parameters = [
        (jax.random.normal(jax.random.fold_in(key, i), (inputs, outputs)) * (2 / (inputs + outputs)) ** 0.5,
         jnp.zeros(outputs))
        for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:]))
    ]
    zeros = jax.tree_util.tree_map(jnp.zeros_like, parameters)

    def loss_function(parameters, points, targets):
        phases = (2 * jnp.pi) * (points @ b)
        x = jnp.concatenate([jnp.cos(phases), jnp.sin(phases)], 1)
        for w, c in parameters[:-1]:
            x = jax.nn.relu(x @ w + c)
        w, c = parameters[-1]
        y = (x @ w + c)[:, 0]
        return jnp.mean(jnp.maximum(y, 0) + jnp.log1p(jnp.exp(-jnp.abs(y))) - targets * y)

    def update(state, key):
        parameters, mean, square, t = state
        points = jax.random.uniform(jax.random.fold_in(key, t), (batch, 3))
        targets = (((points - 0.5) ** 2).sum(1) < 0.16).astype(jnp.float32)
        loss, gradient = jax.value_and_grad(loss_function)(parameters, points, targets)
        t = t + 1
        tree = jax.tree_util.tree_map
        mean = tree(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
        square = tree(lambda v, g: 0.999 * v + 0.001 * g * g, square, gradient)
        parameters = tree(
            lambda p, m, v: p - RATE * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8),
            parameters, mean, square)
        return (parameters, mean, square, t), loss

    update = jax.jit(update, donate_argnums=0)
    state = (parameters, zeros, jax.tree_util.tree_map(jnp.zeros_like, parameters), 0)

    def step():
        nonlocal state
        state, loss = update(state, key)
        return float(loss)

    return median_rate(step, batch, seconds, clock)


def run(engine, index, seconds, single):
    """Samples a second of one engine in a process of its own."""
    if engine == "ours":
        command = [str(FOLDER / ".build/release/benchmark-training"), "--rates-only", "--only", str(index),
                   "--seconds", str(seconds)]
        environment = os.environ
    else:
        command = [str(ENVIRONMENT / "bin/python"), __file__, "--engine", engine, "--only", str(index),
                   "--seconds", str(seconds)]
        # A setting for OpenBLAS says nothing about what the peers should use.
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("MKL_", "OMP_"))}
    if single:
        command.append("--single")
    return float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--only", type=int)
    parser.add_argument("--single", action="store_true")
    parser.add_argument("--engine", choices=["torch", "jax"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine:
        if options.single:
            # Before the engine is imported: both count the processors that they may use.
            os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        rate = torch_rate if options.engine == "torch" else jax_rate
        clock = time.process_time if options.single else time.perf_counter
        print(rate(SUBJECTS[options.only], options.seconds, clock))
        return
    make_environment()
    print("| network | ours, samples/s | PyTorch | JAX | ours / PyTorch | ours / JAX |")
    print("|---|---|---|---|---|---|")
    for index, subject in enumerate(SUBJECTS):
        if options.only not in (None, index):
            continue
        turns = [
            {e: run(e, index, options.seconds, options.single) for e in ("ours", "torch", "jax")}
            for _ in range(options.turns)
        ]
        median = {e: statistics.median(t[e] for t in turns) for e in turns[0]}
        ratio = {e: statistics.median(t["ours"] / t[e] for t in turns) for e in ("torch", "jax")}
        frequencies, depth, width, batch = subject
        print(f"| {frequencies} frequencies, {depth} × {width}, batch {batch} | {median['ours']:.0f} | "
              f"{median['torch']:.0f} | {median['jax']:.0f} | {ratio['torch']:.2f} | {ratio['jax']:.2f} |", flush=True)


if __name__ == "__main__":
    main()
