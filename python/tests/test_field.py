"""Fits and fields: the command's own bits, the way back, and everything that can interrupt them."""

import copy
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest
from conftest import box, points_around, torus, torus_distance, write_obj

import shapefit as sf


def test_values_are_distances(torus_field):
    points = points_around(4000, reach=1.5)
    error = np.abs(torus_field(points) - torus_distance(points))
    assert error.mean() < 0.01 and error.max() < 0.1
    assert torus_field.reach[0].mean < 0.01 and torus_field.reach[-1].upper == np.inf
    assert torus_field.contains([[1.0, 0, 0], [0, 0, 0]]).tolist() == [True, False]


def test_answers_to_one_point_are_arrays(torus_field):
    inside = torus_field.contains([1.0, 0, 0])
    assert type(inside) is np.ndarray and inside.shape == () and inside.dtype == bool and inside
    assert type(torus_field([1.0, 0, 0])) is np.ndarray and torus_field.contains(np.empty((0, 3))).shape == (0,)


def test_what_a_field_says_of_itself_is_the_callers(torus_field):
    for name in ("configuration", "report"):
        given, kept = (copy.deepcopy(getattr(torus_field, name)) for _ in range(2))
        mine = getattr(torus_field, name)
        next(iter(value for value in mine.values() if isinstance(value, dict))).clear()
        mine.clear()
        assert getattr(torus_field, name) == given == kept


def test_a_level_is_an_offset_of_the_surface():
    field = sf.fit(box(), "fast", steps=60)
    surface = sf.SignedDistance((field.extract(48).vertices, field.extract(48).faces))
    grown = field.extract(48, level=0.3)
    assert np.abs(surface(grown.vertices) - 0.3).max() < 0.03
    with pytest.raises(sf.InvalidArgumentError, match="half its longest side"):
        field.extract(48, level=1.1)
    # Of a solved grid it is where the field has the value.
    solved = sf.fit(box(), "instant", coefficients=3000)
    assert np.abs(solved(solved.extract(48, level=0.3).vertices) - 0.3).max() < 0.01
    assert len(solved.extract(48, level=1.5).faces) > 100


def test_gradients_are_differences(torus_field):
    points = points_around(200, reach=1.2)
    values, gradients = torus_field.values_and_gradients(points)
    assert values.tobytes() == torus_field(points).tobytes() and gradients.shape == (200, 3)
    step = 1e-3
    for axis in range(3):
        offset = np.eye(3)[axis] * step
        difference = (torus_field(points + offset) - torus_field(points - offset)) / (2 * step)
        # Creases of the base are where a difference looks across.
        assert np.quantile(np.abs(difference - gradients[:, axis]), 0.9) < 0.05


def test_the_command_writes_the_same_bytes(command, tmp_path):
    path = write_obj(tmp_path / "torus.obj", torus())
    settings = ["--preset", "fast", "--steps", "60", "--seed", "7", "--sigma", "3", "--no-preview", "--no-evaluate"]
    subprocess.run([command, path, "--output", tmp_path / "out", "--quiet", *settings], check=True)
    for mesh, n_threads in ((path, None), (torus(), 1)):
        field = sf.fit(mesh, "fast", steps=60, seed=7, sigma=3, n_threads=n_threads)
        field.save(tmp_path / "own.safetensors")
        assert (tmp_path / "own.safetensors").read_bytes() == (tmp_path / "out/torus.safetensors").read_bytes()
        field.extract().save(tmp_path / "own.obj")
        assert (tmp_path / "own.obj").read_bytes() == (tmp_path / "out/torus.obj").read_bytes()


def test_a_solved_grid_keeps_a_tolerance():
    field = sf.fit(box(), tolerance=0.02)
    assert field.report["tolerance"]["isMet"]
    surface = field.extract()
    assert np.abs(surface.vertices).max() < 1.02
    assert field.parameter_count > 0 and field.target == "sdf"


def test_a_surface_is_closed_and_has_the_genus(torus_field):
    surface = torus_field.extract(48, normals=True)
    edges = np.concatenate([surface.faces[:, [0, 1]], surface.faces[:, [1, 2]], surface.faces[:, [2, 0]]])
    assert {tuple(e) for e in edges.tolist()} == {tuple(e) for e in edges[:, ::-1].tolist()}
    assert len(surface.vertices) - len(edges) // 2 + len(surface.faces) == 0
    np.testing.assert_allclose(np.linalg.norm(surface.normals, axis=1), 1, atol=1e-3)
    assert np.abs(torus_distance(surface.vertices)).max() < 0.05
    assert torus_field.extract(48, level=0.1).vertices[:, 2].max() > surface.vertices[:, 2].max() + 0.05
    assert len(torus_field.extract(48, simplify=0.2).faces) < len(surface.faces) // 3
    assert len(torus_field.extract(48, method="dual-contouring").faces) > 100


def test_trimesh_takes_the_surface(torus_field):
    pytest.importorskip("trimesh")
    surface = torus_field.extract(48)
    mesh = surface.to_trimesh()
    assert mesh.is_watertight and mesh.euler_number == 0 and mesh.volume > 0
    assert (mesh.faces == surface.faces).all()


def test_a_surface_is_what_is_saved(torus_field, tmp_path):
    surface = torus_field.extract(24, normals=True)
    for name in ("vertices", "faces", "normals"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(surface, name)[0] = 0
        with pytest.raises(AttributeError):
            setattr(surface, name, None)
    for again in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="vertices and faces") as error:
            again(surface)
        assert "\n" not in str(error.value)
    pytest.importorskip("trimesh")
    mesh = surface.to_trimesh()
    mesh.vertices[0] += 1
    mesh.faces[0] = mesh.faces[1]
    assert mesh.vertices.flags.writeable and not np.shares_memory(mesh.vertices, surface.vertices)
    mesh = surface.to_trimesh()
    mesh.vertex_normals
    mesh.apply_scale(2)


@pytest.mark.parametrize("extension", ["obj", "ply", "stl", "glb", "3mf"])
def test_a_surface_that_was_written_is_read_back(torus_field, tmp_path, extension):
    surface = torus_field.extract(32)
    surface.save(tmp_path / f"surface.{extension}")
    distance = sf.SignedDistance(tmp_path / f"surface.{extension}")
    assert distance.is_watertight and len(distance.mesh()[1]) == len(surface.faces)


def test_a_grid_says_where_it_is(torus_field):
    grid = torus_field.grid(20)
    k, j, i = 3, 7, 11
    place = grid.affine @ [i, j, k, 1]
    np.testing.assert_allclose(grid.values[k, j, i], torus_field(place[:3]), atol=1e-6)
    assert max(grid.values.shape) == 20 and (grid.values[0] > 0).all()


def test_a_model_comes_back(torus_field, tmp_path):
    torus_field.save(tmp_path / "model.safetensors")
    points = points_around(500)
    read = sf.load(tmp_path / "model.safetensors")
    assert read(points).tobytes() == torus_field(points).tobytes()
    assert read.configuration == torus_field.configuration and read.report is None
    assert read.reach == torus_field.reach and read.bounds.tolist() == torus_field.bounds.tolist()
    read.save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "model.safetensors").read_bytes()
    copy = pickle.loads(pickle.dumps(torus_field))
    assert copy(points).tobytes() == torus_field(points).tobytes()


def test_other_programs_get_the_field(torus_field, tmp_path):
    for name in ("field.onnx", "field.npy", "field.npz"):
        torus_field.export(tmp_path / name, resolution=16)
    assert np.load(tmp_path / "field.npy").shape == torus_field.grid(16).values.shape
    assert np.load(tmp_path / "field.npz")["affine"].shape == (4, 4)
    with pytest.raises(sf.InvalidArgumentError, match="must end in"):
        torus_field.export(tmp_path / "field.xyz")
    onnxruntime = pytest.importorskip("onnxruntime")
    points = points_around(300).astype(np.float32)
    session = onnxruntime.InferenceSession(tmp_path / "field.onnx")
    np.testing.assert_allclose(session.run(None, {"points": points})[0][:, 0], torus_field(points), atol=2e-5)


@pytest.mark.parametrize(
    "settings",
    [
        {"preset": "fast", "steps": 40},
        {"preset": "fast", "steps": 40, "target": "occupancy"},
        {"preset": "instant", "coefficients": 4000},
    ],
)
def test_torch_computes_the_same(settings):
    torch = pytest.importorskip("torch")
    field = sf.fit(torus(), **settings)
    module = field.to_torch()
    points = torch.tensor(points_around(300, reach=1.2), dtype=torch.float32, requires_grad=True)
    values = module(points)
    assert values.shape == (300, 1)
    expected, gradients = field.values_and_gradients(points.detach().numpy())
    scale = np.abs(expected).max()
    np.testing.assert_allclose(values[:, 0].detach(), expected, atol=2e-5 * max(1, scale))
    values.sum().backward()
    close = np.isclose(points.grad.numpy(), gradients, atol=1e-2 * max(1, np.abs(gradients).max()))
    assert close.mean() > 0.97
    assert any(parameter.grad is not None for parameter in module.parameters())
    # A loss of the gradient itself, as of an eikonal term, has one too.
    (gradient,) = torch.autograd.grad(module(points).sum(), points, create_graph=True)
    ((gradient.norm(dim=1) - 1) ** 2).mean().backward()


def test_evaluation_has_the_commands_keys(torus_field):
    scores = torus_field.evaluate(torus())
    assert scores["tancik2020"]["uniform"] > 0.97 and scores["mesh"]["normalConsistency"] > 0.9
    assert scores["distance"]["bands"][0]["mean"] < 0.01


def test_a_report_says_what_was_noticed():
    vertices, faces = torus()
    field = sf.fit((vertices, faces[:-9]), "instant")
    assert any("watertight" in note or "closed" in note or "open" in note for note in field.report["notes"])
    assert field.report["input"]["triangles"] == len(faces) - 9 and field.report["timings"]["total"] > 0


def test_settings_are_checked():
    for settings, words in (
        ({"preset": "best"}, "no preset best"),
        ({"sigma": "much"}, "sigma"),
        ({"sigma": -1}, "sigma"),
        ({"tolerance": "wide"}, "tolerance"),
        ({"steps": 5, "seconds": 5}, "not both"),
        ({"target": "colour"}, "target"),
        ({"seed": -1}, "seed"),
        ({"preset": "fast", "configuration": {}}, "configuration"),
        ({"configuration": {"width": 3}}, "configuration"),
        ({"resolution": -3}, "resolution"),
    ):
        with pytest.raises(sf.InvalidArgumentError, match=words):
            sf.fit(torus(), **settings)
    changed = sf.configuration("fast", sigma=4)
    changed["width"] = 24
    changed["budget"] = {"steps": 10}
    assert sf.fit(torus(), configuration=changed).configuration["width"] == 24


def test_a_field_says_what_it_cannot(torus_field, tmp_path):
    with pytest.raises(sf.InvalidArgumentError, match="iso-level"):
        torus_field.extract(level=1e6)
    with pytest.raises(sf.InvalidArgumentError, match="method"):
        torus_field.extract(method="magic")
    with pytest.raises(sf.InvalidArgumentError):
        torus_field.extract(10**9)
    with pytest.raises(sf.InvalidArgumentError):
        torus_field.grid(1)
    with pytest.raises(sf.FileError):
        torus_field.save(tmp_path / "no/such/folder.safetensors")
    with pytest.raises(sf.FileError, match="no such file"):
        sf.load(tmp_path / "nothing.safetensors")
    (tmp_path / "junk.safetensors").write_bytes(b"\xff" * 400)
    with pytest.raises(sf.FileError):
        sf.load(tmp_path / "junk.safetensors")
    assert np.isnan(torus_field([[np.nan, 0, 0], [1e300, 0, 0]])).all()


def test_progress_is_told_and_can_stop():
    seen = []
    field = sf.fit(torus(), "fast", seconds=60, progress=lambda state: seen.append(state) or len(seen) < 3)
    assert field.report["training"]["wasStopped"] and len(seen) >= 3
    assert seen[1].fraction >= seen[0].fraction and field([1.0, 0, 0]) < 0.2


def test_an_error_in_progress_is_raised():
    def progress(state):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        sf.fit(torus(), "fast", seconds=60, progress=progress)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_interrupting_keeps_what_was_learnt():
    timer = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(sf.FitInterrupted) as stop:
        sf.fit(torus(), "fast", seconds=60)
    assert isinstance(stop.value, KeyboardInterrupt)
    field = stop.value.field
    assert field.report["training"]["wasStopped"] and field.extract(32).faces.shape[0] > 100
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_script_that_is_interrupted_ends():
    script = "import shapefit as sf, numpy as np; from conftest import torus; print('go', flush=True); sf.fit(torus(), 'fast', seconds=60)"
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=os.path.dirname(__file__), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.readline()
    threading.Timer(1.5, process.send_signal, (signal.SIGINT,)).start()
    _, errors = process.communicate(timeout=50)
    assert process.returncode in (130, -signal.SIGINT, 1) and b"FitInterrupted" in errors


def test_a_fit_in_another_thread_lets_python_run():
    counted, result = [0], []
    thread = threading.Thread(target=lambda: result.append(sf.fit(torus(), "fast", seconds=1)))
    thread.start()
    while thread.is_alive():
        counted[0] += 1
    assert counted[0] > 10_000 and result[0]([1.0, 0, 0]) < 0.2


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
def test_a_child_of_a_fork_can_go_on(torus_field):
    points = points_around(50_000)
    distance = sf.SignedDistance(torus())
    expected = distance(points).tobytes(), torus_field(points).tobytes()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        # A pool waits for ever for a child that has died.
        for values, learnt, own in pool.map_async(_in_child, [(distance, torus_field, points)] * 4).get(timeout=120):
            assert (values, learnt) == expected
            assert own == _own_fit()


def _own_fit() -> bytes:
    return sf.fit(torus(), "fast", steps=25, n_threads=2)(points_around(10)).tobytes()


def _in_child(job):
    distance, field, points = job
    return distance(points).tobytes(), field(points).tobytes(), _own_fit()


def test_a_broken_file_does_not_take_python_along(tmp_path):
    (tmp_path / "broken.fbx").write_bytes(b"Kaydara FBX Binary  \x00\x1a\x00" + bytes(range(256)) * 9)
    with pytest.raises(sf.ShapefitError):
        sf.SignedDistance(tmp_path / "broken.fbx")
    script = textwrap.dedent(
        """
        import sys, shapefit as sf
        print("once", flush=True)
        try:
            sf.SignedDistance(sys.argv[1])
        except sf.ShapefitError:
            print("refused")
        """
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "broken.fbx")], capture_output=True, text=True, timeout=60
    )
    assert run.stdout.split() == ["once", "refused"], run.stderr
