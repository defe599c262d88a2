"""Answers at the edges: faces of meshes of which something was left out, and exports at points that are none."""

import numpy as np
import pytest

import shapefit as sf
from conftest import torus


def triangle_holds(corners: np.ndarray, point: np.ndarray) -> bool:
    a, b, c = corners
    normal = np.cross(b - a, c - a)
    areas = [np.cross(y - x, point - x) @ normal for x, y in ((a, b), (b, c), (c, a))]
    return abs((point - a) @ normal) < 1e-5 * (normal @ normal) ** 0.5 and min(areas) > -1e-5 * (normal @ normal)


@pytest.mark.parametrize("place", [0, 3, 11])
def test_faces_are_those_that_were_given(place):
    vertices = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], float)
    faces = np.array(
        [[0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4], [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6],
         [1, 3, 5], [3, 7, 5]]
    )  # fmt: skip
    # One face stands there a second time, the other way round: it is left out.
    doubled = np.insert(faces, place, faces[place][::-1], axis=0)
    points = np.random.default_rng(1).uniform(-1, 2, (200, 3))
    closest = sf.SignedDistance((vertices, doubled)).closest_point(points)
    for position, face in zip(closest.positions, closest.faces):
        assert triangle_holds(vertices[doubled[face]], position)


FIELDS = {
    "instant": {"preset": "instant"},
    "tiny": {"preset": "tiny", "steps": 5},
    "occupancy": {"preset": "fast", "steps": 5, "target": "occupancy"},
}


@pytest.mark.parametrize("settings", FIELDS.values(), ids=FIELDS.keys())
def test_a_point_that_is_none_does_not_spoil_a_batch(settings, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    field = sf.fit(torus(), **settings)
    field.export(tmp_path / "a.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "a.onnx"))
    points = np.random.default_rng(2).uniform(-2, 2, (50, 3)).astype(np.float32)
    points[7, 1] = np.nan
    values = session.run(None, {session.get_inputs()[0].name: points})[0].reshape(-1)
    assert np.isnan(values[7])
    others = np.arange(50) != 7
    np.testing.assert_allclose(values[others], field(points[others]), atol=2e-4 * max(1, np.abs(values[others]).max()))


@pytest.mark.parametrize("settings", [{"sigma": 3.0}, {"steps": 5}, {"seconds": 1.0}])
def test_what_a_grid_would_pass_over_is_refused(settings):
    with pytest.raises(sf.InvalidArgumentError, match=next(iter(settings))):
        sf.fit(torus(), "instant", **settings)


def test_levels_of_occupancy_are_whole():
    field = sf.fit(torus(), "fast", steps=60, target="occupancy")
    surface = field.extract(48, level=10)
    np.testing.assert_allclose(field(surface.vertices), 10, rtol=0.05)


def test_misspelt_settings_are_named():
    settings = sf.configuration("tiny", steps=5)
    assert sf.fit(torus(), configuration=settings).parameter_count > 0
    settings["training"]["lerning"] = 1
    with pytest.raises(sf.InvalidArgumentError, match="training.lerning"):
        sf.fit(torus(), configuration=settings)
