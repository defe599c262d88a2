"""Arguments: numbers of NumPy's are numbers, and what cannot be taken is said in a line that names the argument."""

import copy
import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import box, points_around, torus, write_obj

import shapefit as sf


@pytest.fixture(scope="module")
def distance():
    return sf.SignedDistance(box())


@pytest.fixture(scope="module")
def field():
    return sf.fit(box(), "fast", steps=20)


def refused(error, name):
    text = str(error.value)
    return text.startswith(name) and "\n" not in text and "JSON" not in text


# ---- NumPy's numbers


def test_numbers_of_numpy_are_taken(tmp_path, field, distance):
    points = points_around(20)
    plain = sf.fit(torus(), "fast", seed=3, steps=20, sigma=4.5, resolution=64, n_threads=2)
    same = sf.fit(
        torus(), "fast", seed=np.int64(3), steps=np.int32(20), sigma=np.float32(4.5), resolution=np.uint8(64),
        n_threads=np.int64(2),
    )  # fmt: skip
    assert same(points).tobytes() == plain(points).tobytes()
    assert sf.fit(box(), tolerance=np.float32(0.05)).report["tolerance"]["isMet"]
    assert sf.fit(box(), "instant", coefficients=np.int64(2000)).parameter_count > 0
    assert sf.fit(box(), "fast", seconds=np.float32(0.1)).configuration["budget"]["seconds"] < 1
    assert sf.configuration("fast", sigma=np.float32(4.5)) == sf.configuration("fast", sigma=4.5)

    surface = field.extract(np.int64(24), simplify=np.float32(0.5), normals=np.True_, level=np.float32(0.01))
    assert surface.normals is not None
    assert field.extract(np.int64(24), normals=np.False_).normals is None
    assert field.grid(np.int16(8)).values.shape == field.grid(8).values.shape
    field.export(tmp_path / "field.npy", resolution=np.int64(8))

    drawn = distance.sample(np.int64(10), margin=np.float32(0.25), deviation=np.float32(0.5), seed=np.uint64(2**63))
    assert drawn.points.tobytes() == distance.sample(10, margin=0.25, deviation=0.5, seed=2**63).points.tobytes()
    assert len(distance.sample(5, deviation=np.array([0.1, 0.2], np.float32)).points) == 5
    assert sf.SignedDistance(box(), winding_accuracy=np.float32(3), n_threads=np.int64(1)).sign == distance.sign


def test_a_configuration_may_hold_numbers_of_numpy():
    settings = sf.configuration("fast", steps=10)
    changed = copy.deepcopy(settings)
    changed["width"], changed["seed"] = np.int64(settings["width"]), np.uint32(settings["seed"])
    changed["labels"]["sampling"]["margin"] = np.float64(0.05)
    changed["target"]["sdf"]["scale"] = np.array(0.007)
    points = points_around(10)
    same, plain = (sf.fit(torus(), configuration=given) for given in (changed, settings))
    assert same(points).tobytes() == plain(points).tobytes()


def test_a_whole_number_may_be_written_with_a_point():
    assert sf.fit(box(), "fast", steps=2e1).configuration["budget"]["steps"] == 20


# ---- What cannot be taken


@pytest.mark.parametrize(
    "name, value",
    [
        ("sigma", np.nan), ("sigma", np.float32(np.inf)), ("sigma", [1.0]), ("tolerance", np.inf),
        ("tolerance", -np.inf), ("seconds", np.inf), ("seconds", "long"), ("steps", 2.5), ("steps", np.float32(2.5)),
        ("steps", "ten"), ("steps", np.nan), ("steps", 2**70), ("seed", 1.5), ("seed", np.nan), ("seed", 2**64),
        ("seed", -1), ("resolution", 10.5), ("resolution", 2**33), ("resolution", np.inf), ("coefficients", 1e3 + 0.5),
        ("coefficients", 2**80), ("n_threads", 2**33), ("n_threads", 1.5), ("n_threads", 0), ("n_threads", "two"),
        ("sign", "parity\0x"), ("sign", 3), ("preset", "fast\0"), ("preset", b"fast"), ("target", "sdf\0"),
        ("sigma", "auto\0"), ("sign", "\ud800"),
    ],
)  # fmt: skip
def test_settings_of_a_fit(name, value):
    with pytest.raises(sf.InvalidArgumentError) as error:
        sf.fit(box(), **{"preset": "instant", name: value})
    assert refused(error, name)
    if name != "n_threads":
        with pytest.raises(sf.InvalidArgumentError) as error:
            sf.configuration(**{"preset": "fast", name: value})
        assert refused(error, name)


def test_a_configuration_says_where_it_is_wrong():
    for change, place in (
        (lambda c: c["labels"]["sampling"].update(margin=np.nan), "configuration.labels.sampling.margin nan"),
        (lambda c: c["training"]["schedule"].update(peak=np.float32(np.inf)), "configuration.training.schedule.peak inf"),
        (lambda c: c["labels"]["sampling"]["components"][1].update(weight=object()), "configuration.labels.sampling.components.1"),
        (lambda c: c.update(width={1, 2}), "configuration.width"),
        (lambda c: c.update(frame="unit\0Cube"), "configuration.frame"),
    ):  # fmt: skip
        settings = sf.configuration("fast", steps=10)
        change(settings)
        with pytest.raises(sf.InvalidArgumentError) as error:
            sf.fit(box(), configuration=settings)
        assert refused(error, place), str(error.value)


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("simplify", {"simplify": np.nan}), ("simplify", {"simplify": "half"}), ("level", {"level": np.nan}),
        ("level", {"level": np.inf}), ("level", {"level": None}), ("resolution", {"resolution": 32.7}),
        ("resolution", {"resolution": "32"}), ("resolution", {"resolution": 2**32 + 32}), ("method", {"method": 3}),
        ("method", {"method": "marching-cubes\0"}),
    ],
)  # fmt: skip
def test_arguments_of_an_extraction(field, name, arguments):
    with pytest.raises(sf.InvalidArgumentError) as error:
        field.extract(**arguments)
    assert refused(error, name)


def test_arguments_of_a_grid(field, tmp_path):
    for n in (2**32 + 5, 2.9, "8", np.nan, 2**80, None):
        with pytest.raises(sf.InvalidArgumentError) as error:
            field.grid(n)
        assert refused(error, "n ")
        with pytest.raises(sf.InvalidArgumentError) as error:
            field.export(tmp_path / "field.npy", resolution=n)
        assert refused(error, "resolution ")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name, options",
    [
        ("deviation", {"deviation": [0.1, np.inf]}), ("deviation", {"deviation": None}),
        ("deviation", {"deviation": "wide"}), ("deviation", {"deviation": []}),
        ("margin", {"margin": np.nan}), ("margin", {"margin": "wide"}), ("margin", {"margin": 3}),
        ("count", {"count": 2.5}), ("count", {"count": -1}), ("count", {"count": 2**40}), ("count", {"count": "10"}),
        ("seed", {"seed": 1.5}), ("seed", {"seed": 2**64}), ("strategy", {"strategy": None}),
        ("strategy", {"strategy": "sobol\0"}), ("coordinates", {"coordinates": 1}),
    ],
)  # fmt: skip
def test_arguments_of_samples(distance, name, options):
    with pytest.raises(sf.InvalidArgumentError) as error:
        distance.sample(**{"count": 10, **options})
    assert refused(error, name)


@pytest.mark.parametrize(
    "name, settings",
    [
        ("sign", {"sign": "parity\0x"}), ("sign", {"sign": None}), ("sign", {"sign": "\udc80"}),
        ("winding_accuracy", {"winding_accuracy": "2"}), ("winding_accuracy", {"winding_accuracy": np.nan}),
        ("n_threads", {"n_threads": 2**33}), ("n_threads", {"n_threads": 1.5}), ("n_threads", {"n_threads": 2**32 + 1}),
    ],
)  # fmt: skip
def test_arguments_of_distances(name, settings):
    with pytest.raises(sf.InvalidArgumentError) as error:
        sf.SignedDistance(box(), **settings)
    assert refused(error, name)


def test_threads_of_a_field_are_checked(field, tmp_path):
    field.save(tmp_path / "model.safetensors")
    with pytest.raises(sf.InvalidArgumentError, match="n_threads"):
        sf.load(tmp_path / "model.safetensors", n_threads=2**32 + 1)
    read = sf.load(tmp_path / "model.safetensors", n_threads=np.int64(1))
    assert read([0.0, 0, 0]) < 0


def test_a_path_with_a_nul_is_none(field, tmp_path):
    write_obj(tmp_path / "box.obj", box())
    field.save(tmp_path / "box.safetensors")
    before = sorted(tmp_path.iterdir())
    surface = field.extract(16)
    for call in (
        lambda: field.save(f"{tmp_path}/a.safetensors\0.bak"),
        lambda: field.export(f"{tmp_path}/a.npy\0.npy", resolution=4),
        lambda: surface.save(f"{tmp_path}/a.obj\0.ply"),
        lambda: sf.load(f"{tmp_path}/box.safetensors\0x"),
        lambda: sf.SignedDistance(f"{tmp_path}/box.obj\0x"),
        lambda: sf.fit(f"{tmp_path}/box.obj\0x", "instant"),
        lambda: field.evaluate(f"{tmp_path}/box.obj\0x"),
    ):
        with pytest.raises(sf.InvalidArgumentError, match="NUL"):
            call()
    assert sorted(tmp_path.iterdir()) == before


# ---- python -m shapefit


def run(*arguments):
    return subprocess.run([sys.executable, "-m", "shapefit", *map(str, arguments)], capture_output=True, text=True)


@pytest.mark.parametrize("option", [["--tolerance", "x"], ["--tolerance", "x%"], ["--seed", "x"]], ids=" ".join)
def test_the_command_refuses_a_word_for_a_number(tmp_path, option):
    ended = run(write_obj(tmp_path / "box.obj", box()), tmp_path / "o.stl", *option)
    assert ended.returncode == 2 and "Traceback" not in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith(f"python -m shapefit: error: argument {option[0]}")
    assert os.listdir(tmp_path) == ["box.obj"]


def test_the_command_takes_a_tolerance(tmp_path):
    path = write_obj(tmp_path / "box.obj", box())
    for tolerance in ("0.05", "2%"):
        ended = run(path, tmp_path / "o.stl", "--tolerance", tolerance)
        assert ended.returncode == 0 and "IoU" in ended.stdout, ended.stderr
    ended = run(path, tmp_path / "o.stl", "--tolerance", "nan")
    assert ended.returncode == 1 and ended.stderr.startswith("shapefit: error: tolerance nan")
