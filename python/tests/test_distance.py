"""Exact distances: closed forms, plain loops, and the programs of others."""

import copy
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, box, box_distance, points_around, torus, torus_distance

import shapefit as sf


def test_a_box_has_its_closed_form():
    points = points_around(5000)
    np.testing.assert_allclose(sf.SignedDistance(box())(points), box_distance(points), atol=2e-6)


def test_inside_is_negative():
    distance = sf.SignedDistance(torus())
    assert distance([1.0, 0, 0]) < 0 < distance([0.0, 0, 0])
    assert distance.contains([[1.0, 0, 0], [0, 0, 0]]).tolist() == [True, False]


def test_any_shape_of_points():
    distance = sf.SignedDistance(torus())
    points = points_around(24)
    flat = distance(points)
    assert flat.shape == (24,) and flat.dtype == np.float32
    assert distance(points.reshape(2, 3, 4, 3)).tolist() == flat.reshape(2, 3, 4).tolist()
    assert distance(points[0]).shape == ()
    assert distance(np.empty((0, 3))).shape == (0,)
    assert distance(points.astype(np.float32)[::2]).tolist() == distance(points.astype(np.float32))[::2].tolist()
    assert distance.closest_point(points.reshape(4, 6, 3)).positions.shape == (4, 6, 3)


@pytest.mark.parametrize("seed", range(4))
def test_a_soup_agrees_with_a_plain_loop(seed):
    random = np.random.default_rng(seed)
    soup = random.normal(size=(90, 3)), np.arange(90).reshape(30, 3)
    points = points_around(400, seed)
    closest = sf.SignedDistance(soup).closest_point(points)
    naive = np.array([[_distance_to_triangle(p, soup[0][face]) for face in soup[1]] for p in points])
    np.testing.assert_allclose(closest.distances, naive.min(1), atol=1e-5)
    picked = naive[np.arange(len(points)), closest.faces]
    np.testing.assert_allclose(picked, naive.min(1), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(points - closest.positions, axis=1), naive.min(1), atol=1e-5)


def _distance_to_triangle(p, corners):
    a, b, c = corners
    ab, ac = b - a, c - a
    gram = np.array([[ab @ ab, ab @ ac], [ab @ ac, ac @ ac]])
    s, t = np.linalg.solve(gram, [ab @ (p - a), ac @ (p - a)])
    if s >= 0 and t >= 0 and s + t <= 1:
        return np.linalg.norm(p - (a + s * ab + t * ac))

    def to_segment(u, v):
        part = np.clip((p - u) @ (v - u) / ((v - u) @ (v - u)), 0, 1)
        return np.linalg.norm(p - (u + part * (v - u)))

    return min(to_segment(a, b), to_segment(b, c), to_segment(c, a))


def test_faces_are_numbered_as_they_were_given():
    vertices, faces = box()
    # Without area, doubled, and doubled with other corners first.
    padded = np.concatenate([[[0, 0, 1]], faces[:3], faces[:1], [[5, 5, 5]], faces[3:], np.roll(faces[-1:], 1, 1)])
    points = points_around(300)
    plain, found = (sf.SignedDistance((vertices, f)).closest_point(points) for f in (faces, padded))
    assert plain.distances.tolist() == found.distances.tolist()
    assert (padded[found.faces] == faces[plain.faces]).all()


def test_what_is_not_finite_stays_nan():
    distance = sf.SignedDistance(torus())
    points = [[np.nan, 0, 0], [1, 0, 0], [0, np.inf, 0], [1e300, 0, 0]]
    values = distance(points)
    assert np.isnan(values).tolist() == [True, False, True, True]
    assert distance.contains(points).tolist() == [False, True, False, False]
    closest = distance.closest_point(points)
    assert closest.faces[0] == -1 and np.isnan(closest.positions[0]).all()
    assert np.isnan(distance.winding_number(points)[0])


def test_the_winding_number_counts():
    numbers = sf.SignedDistance(torus()).winding_number([[1.0, 0, 0], [0, 0, 0], [5, 5, 5]])
    np.testing.assert_allclose(numbers, [1, 0, 0], atol=0.02)


def test_a_mesh_that_is_inside_out_is_turned_and_it_is_said():
    vertices, faces = torus()
    distance = sf.SignedDistance((vertices, faces[:, ::-1]))
    assert distance([1.0, 0, 0]) < 0
    assert any("turned" in note or "inside out" in note for note in distance.notes), distance.notes


def test_the_same_bits_on_any_number_of_threads():
    points = points_around(20_000)
    answers = {n: sf.SignedDistance(torus(), n_threads=n)(points).tobytes() for n in (1, 2, 5)}
    assert len(set(answers.values())) == 1


def test_far_from_the_origin_nothing_is_lost():
    vertices, faces = box()
    offset = np.array([4.5e6, 5.2e6, 100.0])
    points = points_around(1000)
    distance = sf.SignedDistance((vertices + offset, faces))
    np.testing.assert_allclose(distance(points + offset), box_distance(points), atol=1e-5)
    np.testing.assert_allclose(distance.bounds, [offset - 1, offset + 1])


def test_samples_are_labelled_and_repeatable():
    first, again = (sf.sample(torus(), 2000, seed=5, deviation=[0.01, 0.001]) for _ in range(2))
    assert first.points.tobytes() == again.points.tobytes()
    np.testing.assert_allclose(first.signed_distance, torus_distance(first.points), atol=0.01)
    assert (first.inside == (first.signed_distance < 0)).all()
    more = sf.sample(torus(), 3000, seed=5, deviation=[0.01, 0.001])
    assert more.points[:2000].tobytes() == first.points.tobytes()
    unit = sf.sample(torus(), 100, strategy="uniform", margin=0, coordinates="unit")
    assert unit.points.min() >= 0.05 - 1e-6 and unit.points.max() <= 0.95 + 1e-6


def test_pickled_it_gives_the_same():
    vertices, faces = torus()
    distance = sf.SignedDistance((vertices, np.concatenate([[[0, 0, 1]], faces])), sign="winding")
    copy = pickle.loads(pickle.dumps(distance))
    points = points_around(100)
    assert copy(points).tobytes() == distance(points).tobytes() and copy.sign == "winding"
    assert copy.closest_point(points).faces.tolist() == distance.closest_point(points).faces.tolist()


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_is_of_the_mesh_that_was_given(again):
    vertices, faces = box()
    faces = faces.astype(np.int64)
    distance, points = sf.SignedDistance((vertices, faces)), points_around(50)
    expected = distance(points)
    vertices *= 3
    faces[:] = faces[:, ::-1]
    assert distance(points).tobytes() == expected.tobytes() == again(distance)(points).tobytes()


@pytest.mark.parametrize(
    "mesh, error, words",
    [
        ("no-such-file.stl", sf.FileError, "no such file"),
        (__file__, sf.InvalidArgumentError, "not a mesh format"),
        (7, sf.InvalidArgumentError, "is no mesh"),
        ((np.zeros((3, 2)), [[0, 1, 2]]), sf.InvalidArgumentError, "must be (n, 3)"),
        ((np.eye(3), [[0.0, 1.0, 2.0]]), sf.InvalidArgumentError, "whole numbers"),
        ((np.eye(3), [[0, 1, 3]]), sf.InvalidArgumentError, "vertex 3 of 3"),
        ((np.eye(3), [[0, 1, -1]]), sf.InvalidArgumentError, "vertex -1 of 3"),
        ((np.eye(3), [[0, 1, 2**40]]), sf.InvalidArgumentError, "of 3"),
        ((np.eye(3), np.empty((0, 3), int)), sf.MeshError, "no faces"),
        ((np.empty((0, 3)), np.empty((0, 3), int)), sf.MeshError, "no geometry"),
        ((np.zeros((3, 3)), [[0, 1, 2]]), sf.MeshError, "degenerate"),
        ((np.array([[0, 0, 0], [1, 0, 0], [np.nan, 1, 0]]), [[0, 1, 2]]), sf.MeshError, "NaN, infinite"),
        ((np.eye(3) * 1e300, [[0, 1, 2]]), sf.MeshError, "NaN, infinite"),
    ],
)
def test_what_is_no_mesh_is_said_in_a_line(mesh, error, words):
    with pytest.raises(error) as caught:
        sf.SignedDistance(mesh)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_arguments_out_of_range_are_said():
    for settings in ({"sign": "guess"}, {"winding_accuracy": 0.5}, {"winding_accuracy": np.nan}, {"n_threads": 0}):
        with pytest.raises(ValueError):
            sf.SignedDistance(box(), **settings)
    distance = sf.SignedDistance(box())
    for points in (np.zeros((4, 2)), 5.0, np.zeros(0)):
        with pytest.raises(sf.InvalidArgumentError, match="last axis"):
            distance(points)
    for options in ({"strategy": "best"}, {"margin": -1}, {"deviation": np.nan}, {"count": -1}, {"seed": -1}):
        with pytest.raises(sf.InvalidArgumentError):
            sf.sample(box(), **{"count": 10, **options})


# ---- The programs of others, on a torus, the meshes of this checkout and those of the folder SHAPEFIT_MESHES. trimesh is positive inside.

MESHES = [None, *sorted((ROOT / "meshes").glob("*.obj"))]
if more := os.environ.get("SHAPEFIT_MESHES"):
    MESHES += sorted(Path(more).glob("*.obj"))


@pytest.fixture(scope="module", params=MESHES, ids=lambda path: path.stem if path else "torus")
def peer(request):
    """A mesh and points around it: half near its surface, half in twice its box."""
    trimesh = pytest.importorskip("trimesh")
    if request.param is None:
        mesh = trimesh.Trimesh(*torus(), process=False)
    else:
        mesh = trimesh.load(request.param, force="mesh", process=False)
    near = trimesh.sample.sample_surface(mesh, 1000, seed=1)[0]
    random = np.random.default_rng(0)
    side = mesh.extents.max()
    near += random.normal(scale=0.02 * side, size=near.shape)
    far = mesh.bounds.mean(0) + random.uniform(-side, side, (1000, 3))
    return mesh, np.concatenate([near, far]).astype(np.float32).astype(float), side


def agree(ours, theirs, mesh, side):
    """The same lengths to the last digits of 32 bits, and the same sides where the mesh has sides."""
    np.testing.assert_allclose(abs(ours), abs(theirs), atol=4e-6 * side)
    if mesh.is_watertight:
        # Where sheets cross or fold over, sides are a matter of the rule; mechanical1 does.
        clear = abs(ours) > 1e-5 * side
        assert ((ours < 0) == (theirs < 0))[clear].mean() > 0.999


def test_trimesh_agrees(peer):
    trimesh = pytest.importorskip("trimesh")
    pytest.importorskip("rtree")
    mesh, points, side = peer
    points = points[::20]
    agree(sf.SignedDistance(mesh)(points), -trimesh.proximity.signed_distance(mesh, points), mesh, side)
    positions, distances, _ = trimesh.proximity.closest_point(mesh, points)
    ours = sf.SignedDistance(mesh).closest_point(points)
    np.testing.assert_allclose(ours.distances, distances, atol=4e-6 * side)
    # One of two places that are equally near is as good as the other.
    same = np.linalg.norm(ours.positions - positions, axis=1) < 1e-4 * side
    assert same.mean() > 0.97


def test_libigl_agrees(peer):
    igl = pytest.importorskip("igl")
    mesh, points, side = peer
    vertices, faces = np.asarray(mesh.vertices), np.asarray(mesh.faces)
    if mesh.is_watertight:
        theirs = igl.signed_distance(points, vertices, faces)[0]
    else:
        # Of a mesh with openings its signed distance has a percent of error in the lengths too.
        theirs = np.sqrt(igl.point_mesh_squared_distance(points, vertices, faces)[0])
    agree(sf.SignedDistance(mesh)(points), theirs, mesh, side)


def test_open3d_agrees(peer):
    open3d = pytest.importorskip("open3d")
    mesh, points, side = peer
    theirs = open3d.geometry.TriangleMesh(
        open3d.utility.Vector3dVector(mesh.vertices), open3d.utility.Vector3iVector(mesh.faces.astype(np.int32))
    )
    scene = open3d.t.geometry.RaycastingScene()
    scene.add_triangles(open3d.t.geometry.TriangleMesh.from_legacy(theirs))
    distances = scene.compute_signed_distance(points.astype(np.float32)).numpy()
    agree(sf.SignedDistance(theirs)(points), distances, mesh, side)
