#!/usr/bin/env python3
"""Checks exported ONNX graphs: onnx.checker accepts them, onnxruntime gives the values that we do.

    onnx_check.py FOLDER       checks every NAME.onnx in FOLDER against NAME.safetensors, which holds `points` (n, d)
                               and our `values` (n, outputs); the tests write such folders

scripts/test-tools makes .venv-tests with the packages that this and read_model.py need.

Exits with 1 when a value is off by more than 1e-4 of the largest.
"""

import sys
from pathlib import Path

TOLERANCE = 1e-4


def check(path):
    import numpy as np
    import onnx
    import onnxruntime
    from safetensors.numpy import load_file

    onnx.checker.check_model(onnx.load(path), full_check=True)
    expected = load_file(path.with_suffix(".safetensors"))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    values = session.run(["values"], {"points": expected["points"]})[0]
    assert values.shape == expected["values"].shape, f"{values.shape} instead of {expected['values'].shape}"
    error = np.abs(values - expected["values"]).max() / max(1, np.abs(expected["values"]).max())
    print(f"{path.name}: largest error {error:.2e}")
    return error <= TOLERANCE


def main():
    paths = sorted(Path(sys.argv[1]).glob("*.onnx"))
    assert paths, "no .onnx files"
    sys.exit(0 if all([check(path) for path in paths]) else 1)


if __name__ == "__main__":
    main()
