#!/usr/bin/env python3
"""Writes ntk.json: covariances and tangent kernels of infinite ReLU networks by the neural-tangents library.

    python3 -m venv .venv-ntk && .venv-ntk/bin/pip install neural-tangents==0.6.5 'jax[cpu]==0.4.30' 'numpy<2' 'scipy<1.13'
    .venv-ntk/bin/python Tests/TangentKernelsTests/Fixtures/make_ntk_fixtures.py > Tests/TangentKernelsTests/Fixtures/ntk.json
"""
import importlib.metadata
import json

import jax

jax.config.update("jax_enable_x64", True)
import numpy as np  # noqa: E402
from neural_tangents import stax  # noqa: E402


def kernels(x1, x2, depth, weight_std, bias_std):
    dense = lambda: stax.Dense(1, W_std=weight_std, b_std=bias_std, parameterization="ntk")
    layers = []
    for _ in range(depth):
        layers += [dense(), stax.Relu()]
    _, _, kernel = stax.serial(*layers, dense())
    values = kernel(x1, x2, ("nngp", "ntk"))
    return values.nngp.tolist(), values.ntk.tolist()


def gaussian_features(v, frequencies):
    phase = 2 * np.pi * v @ frequencies.T
    return np.concatenate([np.cos(phase), np.sin(phase)], axis=1)


random = np.random.default_rng(7)
cases = []
for depth, weight_variance, bias_variance in [(1, 2, 0), (1, 1, 0.5), (2, 2, 0.01), (3, 1.5, 0.25), (7, 2, 0), (7, 2, 0.1)]:
    x1 = random.normal(size=(4, 5))
    x2 = np.concatenate([x1[:1], x1[1:2] + 1e-3, -x1[2:3], random.normal(size=(2, 5))])
    covariance, tangent = kernels(x1, x2, depth, weight_variance**0.5, bias_variance**0.5)
    cases.append(dict(kind="inputs", depth=depth, weightVariance=weight_variance, biasVariance=bias_variance,
                      x1=x1.tolist(), x2=x2.tolist(), covariance=covariance, tangent=tangent))

for depth, sigma in [(1, 1.0), (2, 5.0), (7, 12.0)]:
    # Multiples of 1/64 are the same in single and double precision.
    frequencies = np.round(random.normal(size=(16, 3)) * sigma * 64) / 64
    v1 = random.integers(0, 64, size=(4, 3)) / 64
    v2 = np.concatenate([v1[:2], v1[2:3] + [1 / 64, 0, 0], random.integers(0, 64, size=(2, 3)) / 64])
    covariance, tangent = kernels(
        gaussian_features(v1, frequencies), gaussian_features(v2, frequencies), depth, 2**0.5, 0.1**0.5)
    cases.append(dict(kind="coordinates", depth=depth, weightVariance=2, biasVariance=0.1,
                      frequencies=frequencies.T.tolist(), x1=v1.tolist(), x2=v2.tolist(),
                      covariance=covariance, tangent=tangent))

print(json.dumps(dict(
    library="neural-tangents " + importlib.metadata.version("neural-tangents"),
    jax=importlib.metadata.version("jax"), cases=cases)))
