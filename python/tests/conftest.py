"""Meshes with closed forms, and the command beside which results are laid."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
MAJOR, MINOR = 1.0, 0.35


def torus(steps: int = 48, sides: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Around the z axis, counter-clockwise seen from outside."""
    u, v = np.meshgrid(np.arange(steps) * 2 * np.pi / steps, np.arange(sides) * 2 * np.pi / sides, indexing="ij")
    ring = MAJOR + MINOR * np.cos(v)
    vertices = np.stack([ring * np.cos(u), ring * np.sin(u), MINOR * np.sin(v)], -1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(steps), np.arange(sides), indexing="ij")

    def at(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (a % steps) * sides + b % sides

    quads = np.stack([at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)], -1).reshape(-1, 4)
    return vertices, np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def torus_distance(points: np.ndarray) -> np.ndarray:
    ring = np.hypot(points[..., 0], points[..., 1]) - MAJOR
    return np.hypot(ring, points[..., 2]) - MINOR


def box(side: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    vertices = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float) * side - side / 2
    faces = [
        [0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4],
        [1, 5, 7], [1, 7, 3],
    ]  # fmt: skip
    return vertices, np.array(faces)


def box_distance(points: np.ndarray, side: float = 2.0) -> np.ndarray:
    beyond = np.abs(points) - side / 2
    return np.linalg.norm(np.maximum(beyond, 0), axis=-1) + np.minimum(beyond.max(-1), 0)


def points_around(count: int, seed: int = 0, reach: float = 2.0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-reach, reach, (count, 3))


def write_obj(path: Path, mesh: tuple[np.ndarray, np.ndarray]) -> Path:
    lines = [f"v {x!r} {y!r} {z!r}" for x, y, z in mesh[0].tolist()]
    lines += [f"f {a} {b} {c}" for a, b, c in (mesh[1] + 1).tolist()]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def command() -> str:
    """The built command; tests that need it do without where there is none."""
    path = os.environ.get("SHAPEFIT_COMMAND", str(ROOT / ".build/release/shapefit"))
    if not shutil.which(path):
        pytest.skip("the command is not built")
    return path


@pytest.fixture(scope="session")
def torus_field():
    """A short fit, shared."""
    import shapefit as sf

    return sf.fit(torus(), "fast", steps=120, seed=3)
