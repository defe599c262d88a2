"""The examples of docs/python.md, one after the other, as a reader would type them."""

import re

import numpy as np
from conftest import ROOT, torus, write_obj


def test_every_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_obj(tmp_path / "part.obj", torus())
    text = (ROOT / "docs/python.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 6
    names: dict = {"points": np.random.default_rng(0).uniform(-1, 1, (100, 3)), "__name__": "docs"}
    for block in blocks:
        needed = re.findall(r"^import (trimesh|torch|open3d)", block, flags=re.MULTILINE)
        if any(not _there(module) for module in needed):
            continue
        exec(compile(block, "docs/python.md", "exec"), names)
    assert (tmp_path / "learnt.stl").stat().st_size > 1000


def _there(module: str) -> bool:
    try:
        __import__(module)
    except ImportError:
        return False
    return True
