#!/usr/bin/env python3
"""Scores of small mesh pairs by trimesh, libigl and SciPy, on points that come along: a fixture for the tests.

    Benchmarks/peers/evaluation.py

writes Tests/EvaluationTests/Fixtures/evaluation.json: for each pair the two meshes, points on both surfaces with their
triangles, test points, and what the peers make of them. Distances are trimesh's exact closest points in double precision;
insides are libigl's exact winding numbers, and trimesh's ray parity has to agree. `iouOfBothBoxes` is libigl's too, at
400 000 points of the box around both meshes. A SciPy k-d tree over dense samples,
which is how these scores are often computed, has to come out slightly above.

Points whose closest point lies on an edge are left out: there the choice of the triangle, and with it the normal, is
free. Coordinates are rounded to single precision first, so that all programs see the same numbers.

The peers are installed by pip, pinned, into Benchmarks/.venv-evaluation; nothing else on the machine is changed.
"""
import json
import os
import subprocess
import sys

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ENVIRONMENT = os.path.join(FOLDER, ".venv-evaluation")
PINNED = ["trimesh==5.2.0", "libigl==2.6.3", "scipy==1.17.1", "numpy==2.4.6", "rtree==1.4.1"]
FIXTURE = os.path.join(os.path.dirname(FOLDER), "Tests", "EvaluationTests", "Fixtures", "evaluation.json")
SURFACE_COUNT = 150
TEST_COUNT = 300
BOX_COUNT = 400_000


def restart_in_environment():
    python = os.path.join(ENVIRONMENT, "bin", "python")
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PINNED], check=True)
    os.execv(python, [python, *sys.argv])


def single(values):
    import numpy

    return numpy.asarray(values, dtype=numpy.float32).astype(numpy.float64)


def bumpy_ball(seed, radius=1.0, center=(0, 0, 0)):
    """A ball of 320 triangles whose vertices are moved in and out."""
    import numpy
    import trimesh

    ball = trimesh.creation.icosphere(subdivisions=2)
    bumps = 1 + 0.03 * numpy.random.default_rng(seed).standard_normal(len(ball.vertices))
    return ball.vertices * bumps[:, None] * radius + numpy.asarray(center), ball.faces


def pairs():
    import trimesh

    torus = trimesh.creation.torus(major_radius=2.0, minor_radius=0.7, major_sections=24, minor_sections=12)
    turn = trimesh.transformations.euler_matrix(0.05, -0.04, 0.3)
    box = trimesh.creation.box(extents=(3, 2, 1))
    return {
        "two bumpy balls": (bumpy_ball(1), bumpy_ball(2, 1.01, (0.01, -0.02, 0.005))),
        "a torus and itself turned": (
            (torus.vertices, torus.faces), (trimesh.transform_points(torus.vertices, turn), torus.faces)),
        "a box and a torus": ((box.vertices, box.faces), (torus.vertices, torus.faces)),
        "a box and one that reaches far out of it": (
            (box.vertices, box.faces), (box.vertices * (4, 0.9, 0.9) + (4.2, 0.02, 0.01), box.faces)),
    }


def surface_samples(mesh, other, seed):
    """Points of `mesh` in single precision, their triangles, distances to `other` and |n · n'|."""
    import numpy
    import trimesh

    points, triangles = trimesh.sample.sample_surface(mesh, 4 * SURFACE_COUNT, seed=seed)
    points = single(points)
    closest, distances, hit = trimesh.proximity.closest_point(other, points)
    weights = trimesh.triangles.points_to_barycentric(other.triangles[hit], closest)
    keep = numpy.flatnonzero(weights.min(axis=1) > 1e-3)[:SURFACE_COUNT]
    assert len(keep) == SURFACE_COUNT, "too many points beside edges"
    alignments = numpy.abs((mesh.face_normals[triangles[keep]] * other.face_normals[hit[keep]]).sum(axis=1))
    return points[keep], triangles[keep], distances[keep], alignments


def scores(name, first, second, seed):
    import igl
    import numpy
    import scipy.spatial
    import trimesh

    a, b = [trimesh.Trimesh(single(vertices), faces, process=False) for vertices, faces in (first, second)]
    assert a.is_watertight and b.is_watertight and a.volume > 0 and b.volume > 0
    forward = surface_samples(a, b, seed)
    backward = surface_samples(b, a, seed + 1)
    diagonal = float(numpy.linalg.norm(a.bounds[1] - a.bounds[0]))

    for (points, _, distances, _), goal in ((forward, b), (backward, a)):
        dense, _ = trimesh.sample.sample_surface(goal, 400_000, seed=seed)
        nearest, _ = scipy.spatial.cKDTree(dense).query(points)
        assert (nearest >= distances - 1e-9).all() and nearest.mean() - distances.mean() < 0.004 * diagonal, name

    def share(distances, part):
        return float((distances <= part * diagonal).mean())

    def f_score(part):
        recall, precision = share(forward[2], part), share(backward[2], part)
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    low, high = a.bounds
    tests = single(numpy.random.default_rng(seed).uniform(low - 0.05, high + 0.05, (TEST_COUNT, 3)))
    insides = [igl.winding_number(mesh.vertices, mesh.faces.astype(numpy.int64), tests) >= 0.5 for mesh in (a, b)]
    for mesh, inside in zip((a, b), insides):
        assert (mesh.contains(tests) == inside).all(), name

    # Of the box around both, as many points as leave a standard error of a thousandth.
    corners = numpy.concatenate([a.bounds, b.bounds])
    everywhere = numpy.random.default_rng(seed + 2).uniform(corners.min(axis=0), corners.max(axis=0), (BOX_COUNT, 3))
    in_both = [igl.winding_number(mesh.vertices, mesh.faces.astype(numpy.int64), everywhere) >= 0.5 for mesh in (a, b)]

    def mean(index, power=1):
        return float(0.5 * ((forward[index] ** power).mean() + (backward[index] ** power).mean()))

    def listed(values):
        return [float(f"{value:.9g}") for value in numpy.asarray(values).ravel()]

    def surface(samples):
        return {"points": listed(samples[0]), "triangles": [int(index) for index in samples[1]]}

    return {
        "name": name,
        "reference": {"vertices": listed(a.vertices), "triangles": a.faces.ravel().tolist()},
        "candidate": {"vertices": listed(b.vertices), "triangles": b.faces.ravel().tolist()},
        "forward": surface(forward), "backward": surface(backward), "tests": listed(tests),
        "iou": float((insides[0] & insides[1]).sum() / (insides[0] | insides[1]).sum()),
        "iouOfBothBoxes": float((in_both[0] & in_both[1]).sum() / (in_both[0] | in_both[1]).sum()),
        "chamferL1": mean(2), "chamferL2": mean(2, 2),
        "hausdorff": float(max(forward[2].max(), backward[2].max())),
        "fScoreHalfPercent": f_score(0.005), "fScoreOnePercent": f_score(0.01), "normalConsistency": mean(3),
    }


def main():
    fixture = [scores(name, *pair, seed=10 * number) for number, (name, pair) in enumerate(pairs().items())]
    with open(FIXTURE, "w") as file:
        json.dump({"peers": PINNED, "pairs": fixture}, file, separators=(",", ":"))
        file.write("\n")
    for pair in fixture:
        print(pair["name"], {key: round(value, 5) for key, value in pair.items() if isinstance(value, float)})


if __name__ == "__main__":
    if os.path.abspath(sys.prefix) != os.path.abspath(ENVIRONMENT):
        restart_in_environment()
    main()
