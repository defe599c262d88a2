"""Signed distances from Python: shapefit's SignedDistance beside Open3D, libigl, pysdf and trimesh on the same points.

    pip install dist/shapefit-*.whl open3d libigl pysdf trimesh rtree
    python Benchmarks/peers/signed_distance.py meshes/bunny.obj [--points 1000000] [--turns 3]

Each program builds its structure once (not counted in the rates) and is then asked by turns; the best turn counts, and those that are slow
get fewer points. Rates are of whole calls with NumPy arrays in and out. `agrees` is the largest difference of two distances over the points that both were asked,
in parts of the mesh's diagonal, and the number of points with another sign. pysdf and trimesh are positive inside: they are negated.
What is not installed is left out.
"""

from __future__ import annotations

import argparse
import importlib
import time

import numpy as np

import shapefit as sf


def shapefit(vertices, faces):
    return sf.SignedDistance((vertices, faces))


def open3d(vertices, faces):
    o3d = importlib.import_module("open3d")
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(
        o3d.core.Tensor(vertices.astype(np.float32)), o3d.core.Tensor(np.ascontiguousarray(faces, np.uint32))
    )
    return lambda points: scene.compute_signed_distance(points.astype(np.float32)).numpy()


def libigl(vertices, faces):
    igl = importlib.import_module("igl")
    kind = igl.SIGNED_DISTANCE_TYPE_FAST_WINDING_NUMBER
    return lambda points: igl.signed_distance(points, vertices, faces, kind)[0]


def pysdf(vertices, faces):
    module = importlib.import_module("pysdf")
    made = module.SDF(vertices.astype(np.float32), faces.astype(np.uint32))
    return lambda points: -made(points.astype(np.float32))


def trimesh(vertices, faces):
    module = importlib.import_module("trimesh")
    importlib.import_module("rtree")
    query = module.proximity.ProximityQuery(module.Trimesh(vertices, faces, process=False))
    return lambda points: -query.signed_distance(points)


#: With the part of the points that each is asked.
PEERS = {shapefit: 1.0, open3d: 0.3, libigl: 0.1, pysdf: 1.0, trimesh: 0.002}


def rates(name: str, makers: dict, points: np.ndarray, turns: int, diagonal: float) -> None:
    best = dict.fromkeys(makers, 0.0)
    answers = {}
    for _ in range(turns):
        for peer, ask in makers.items():
            some = np.ascontiguousarray(points[: max(1, int(len(points) * PEERS[peer]))])
            start = time.perf_counter()
            answers[peer] = ask(some)
            best[peer] = max(best[peer], len(some) / (time.perf_counter() - start))
    ours = answers[shapefit]
    for peer, rate in best.items():
        difference = np.abs(np.abs(ours[: len(answers[peer])]) - np.abs(answers[peer]))
        signs = int(((ours[: len(answers[peer])] < 0) != (answers[peer] < 0)).sum())
        agreement = "" if peer is shapefit else f"{np.nanmax(difference) / diagonal:.1e}, {signs} of {len(answers[peer])}"
        ratio = "" if peer is shapefit else f"{best[shapefit] / rate:.1f}"
        print(f"| {name} | {peer.__name__} | {rate / 1e6:.3f} | {ratio} | {agreement} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("meshes", nargs="+")
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--without", nargs="*", default=[], help="peers to leave out")
    options = parser.parse_args()
    for path in options.meshes:
        vertices, faces = sf.SignedDistance(path).mesh()
        diagonal = float(np.linalg.norm(vertices.max(0) - vertices.min(0)))
        makers = {}
        for peer in PEERS:
            if peer.__name__ in options.without:
                continue
            try:
                start = time.perf_counter()
                makers[peer] = peer(vertices, faces)
                print(f"{peer.__name__}: ready in {time.perf_counter() - start:.3f} s, import included", flush=True)
            except ImportError:
                print(f"{peer.__name__}: not installed")
        print(f"\n{path}, {len(faces)} triangles\n")
        print("| points | program | million a second | shapefit is times as fast | agrees |\n|---|---|---:|---:|---|")
        for name, strategy in (("uniform in the box", "uniform"), ("near the surface", "near-surface")):
            sampled = sf.sample((vertices, faces), options.points, strategy=strategy, deviation=0.01, seed=1)
            rates(name, makers, sampled.points, options.turns, diagonal)
        print()


if __name__ == "__main__":
    main()
