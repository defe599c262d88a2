"""Fits, and the fields that come of them."""

from __future__ import annotations

import ctypes
import json
import math
import os
import signal
import tempfile
import threading
from ctypes import c_double, c_size_t, c_void_p
from types import FrameType
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._errors import FitInterrupted, ShapefitError
from ._library import Handle, ProgressFunction, address, call, check_seed, library, point_array, text_from, threads
from ._mesh import MeshHandle, MeshLike

if TYPE_CHECKING:
    import torch
    import trimesh


class Progress(NamedTuple):
    """How far a fit is."""

    #: In [0, 1].
    fraction: float
    step: int
    #: NaN while there is none.
    loss: float
    #: Of training so far.
    seconds: float


class ReachBand(NamedTuple):
    """How far a field's distances were from the true ones at points whose distance from the surface is in [lower, upper)."""

    lower: float
    #: ``math.inf`` for all that is farther.
    upper: float
    #: Mean error.
    mean: float
    #: Largest error.
    largest: float


class Grid(NamedTuple):
    """Values on a regular grid."""

    #: (nz, ny, nx), **negative inside**.
    values: NDArray[np.float32]
    #: (4, 4): ``affine @ (i, j, k, 1)`` is the place (x, y, z, 1) of ``values[k, j, i]``.
    affine: NDArray[np.float64]


class Surface:
    """A surface of a field, in mesh coordinates: closed, its triangles counter-clockwise seen from outside."""

    def __init__(self, handle: Handle, has_normals: bool, n_threads: int) -> None:
        self._handle, self._threads = handle, n_threads
        count = library().sf_surface_vertex_count(handle.pointer)
        #: (n, 3).
        self.vertices: NDArray[np.float64] = np.empty((count, 3), np.float64)
        #: (m, 3), indices of vertices.
        self.faces: NDArray[np.int64] = np.empty((library().sf_surface_triangle_count(handle.pointer), 3), np.int64)
        #: (n, 3) unit vectors, outwards; None unless they were asked for.
        self.normals: NDArray[np.float32] | None = np.empty((count, 3), np.float32) if has_normals else None
        call(
            "sf_surface_copy", handle.pointer, address(self.vertices), address(self.faces),
            None if self.normals is None else address(self.normals),
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the surface in the format that the extension names: ``obj``, ``ply``, ``stl``, ``glb``, ``gltf``, ``3mf``, …"""
        call("sf_surface_write", self._handle.pointer, os.fsencode(path), self._threads)

    def to_trimesh(self) -> trimesh.Trimesh:
        """The same as a ``trimesh.Trimesh``, vertex for vertex."""
        import trimesh

        return trimesh.Trimesh(self.vertices, self.faces, vertex_normals=self.normals, process=False)

    def __repr__(self) -> str:
        return f"<shapefit.Surface of {len(self.vertices)} vertices and {len(self.faces)} faces>"


class Field:
    """A learnt shape: the signed distance at any point, **negative inside**, in the mesh's own coordinates and unit.

    Of a field that learnt occupancy (``target == "occupancy"``) values are negated logits of being inside instead of distances. Made by
    :func:`fit` and :func:`load`. Can be pickled.
    """

    def __init__(self, handle: Handle, n_threads: int | None = None) -> None:
        self._handle = handle
        #: Threads of all questions; None for one a processor.
        self.n_threads = n_threads
        self._description: dict[str, Any] = json.loads(text_from("sf_field_describe", handle.pointer))

    def __reduce__(self) -> tuple[Any, ...]:
        with tempfile.TemporaryDirectory(prefix="shapefit-") as folder:
            path = os.path.join(folder, "model.safetensors")
            self.save(path)
            with open(path, "rb") as file:
                return _read, (file.read(), self.n_threads)

    # -- Questions

    def __call__(self, points: ArrayLike) -> NDArray[np.float32]:
        """The signed distance at each of ``points`` (…, 3): (…), **negative inside**; NaN where a point is not finite.

        How far it is from the true distance says :attr:`reach`.
        """
        rows, shape = point_array(points)
        values = np.empty(len(rows), np.float32)
        call(
            "sf_field_values", self._handle.pointer, address(rows), len(rows), threads(self.n_threads), address(values),
            None,
        )
        return values.reshape(shape)

    def values_and_gradients(self, points: ArrayLike) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Values (…) and :meth:`gradients` (…, 3) in one go."""
        rows, shape = point_array(points)
        values = np.empty(len(rows), np.float32)
        gradients = np.empty((len(rows), 3), np.float32)
        call(
            "sf_field_values", self._handle.pointer, address(rows), len(rows), threads(self.n_threads), address(values),
            address(gradients),
        )
        return values.reshape(shape), gradients.reshape(*shape, 3)

    def gradients(self, points: ArrayLike) -> NDArray[np.float32]:
        """How the value changes with the point, at each of ``points`` (…, 3): (…, 3), outwards, of length 1 where a distance is exact."""
        return self.values_and_gradients(points)[1]

    def contains(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Whether each of ``points`` (…, 3) is inside: (…)."""
        return self(points) < 0

    # -- What it is

    @property
    def bounds(self) -> NDArray[np.float64]:
        """(2, 3): the smallest and the largest coordinates of the shape."""
        return np.array(self._description["bounds"])

    @property
    def reach(self) -> list[ReachBand]:
        """How far distances are from the true ones, by how far from the surface, as measured after the fit; empty where nothing was measured."""
        bands = self._description.get("reach") or []
        return [ReachBand(b["lower"], b.get("upper", math.inf), b["mean"], b["largest"]) for b in bands]

    @property
    def target(self) -> str:
        """``"sdf"``, or ``"occupancy"``: values are then negated logits and no distances."""
        return str(self._description["target"])

    @property
    def parameter_count(self) -> int:
        """Numbers that were learnt."""
        return int(self._description["parameters"])

    @property
    def configuration(self) -> dict[str, Any] | None:
        """Every setting of the fit, as :func:`fit` takes them; None where the model's file does not say."""
        return self._description.get("configuration")

    @property
    def report(self) -> dict[str, Any] | None:
        """What the fit noticed and measured, with the keys of the command's report; None for a model that was read."""
        return self._description.get("report")

    def evaluate(self, mesh: MeshLike) -> dict[str, Any]:
        """How well the field and its surface agree with a mesh, usually the one that was fitted.

        ``tancik2020``: IoU of the field at 2^18 uniform points and at 2^18 close to the surface. ``mesh``: the same of the surface, its Chamfer and
        Hausdorff distances in the mesh's unit, and normal consistency. ``distance``: errors of the field's distances, in lengths of the unit cube.
        """
        n_threads = threads(self.n_threads)
        handle = MeshHandle(mesh, self.n_threads)
        scores: dict[str, Any] = json.loads(
            text_from("sf_field_evaluate", self._handle.pointer, handle.pointer, n_threads)
        )
        return scores

    # -- What is made of it

    def extract(
        self,
        resolution: int | None = None,
        *,
        level: float = 0.0,
        method: str = "marching-cubes",
        simplify: float = 1.0,
        normals: bool = False,
    ) -> Surface:
        """The surface where the field has the value ``level``.

        Parameters
        ----------
        resolution
            Cells along the longest side; None for as many as the fit's own surface has. Of a solved grid 0: at its own cells.
        level
            A distance in the mesh's unit: above 0 a larger shape, below 0 a smaller one.
        method
            ``"marching-cubes"``: closed and manifold. ``"dual-contouring"``: keeps sharp edges, may touch itself.
        simplify
            The part of the triangles to keep, above 0 to 1, where the surface bends most.
        normals
            Whether to compute them, from the field's gradient.

        Raises
        ------
        NotLearntError
            The field has no such surface.
        """
        options: dict[str, Any] = {"method": method, "simplify": simplify, "normals": normals}
        if resolution is not None:
            options["resolution"] = int(resolution)
        n_threads = threads(self.n_threads)
        handle = Handle(
            "sf_surface_free", "sf_field_extract", self._handle.pointer, level, json.dumps(options).encode(), n_threads
        )
        return Surface(handle, normals, n_threads)

    def grid(self, n: int = 128) -> Grid:
        """Values on a regular grid of ``n`` samples along the longest side, over the shape and a little beyond."""
        counts, origin, spacing, memory = np.empty(3, np.int64), np.empty(3), c_double(), c_void_p()
        call(
            "sf_field_grid", self._handle.pointer, int(n), threads(self.n_threads), address(counts), address(origin),
            ctypes.byref(spacing), ctypes.byref(memory),
        )
        try:
            size = int(counts.prod())
            numbers = (ctypes.c_float * size).from_address(memory.value or 0)
            values = np.array(numbers, np.float32).reshape(counts[::-1])
        finally:
            library().sf_free(memory)
        affine = np.diag([spacing.value] * 3 + [1.0])
        affine[:3, 3] = origin
        return Grid(values, affine)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model (safetensors): the same bytes as of the command with the same settings."""
        call("sf_field_save", self._handle.pointer, os.fsencode(path))

    def export(self, path: str | os.PathLike[str], *, resolution: int = 128) -> None:
        """Writes the field for other programs: ``.onnx``, ``.glsl`` (small networks only), or a grid of ``resolution`` samples along the longest
        side as ``.npy`` or ``.npz``."""
        call("sf_field_export", self._handle.pointer, os.fsencode(path), int(resolution), threads(self.n_threads))

    def to_torch(self) -> torch.nn.Module:
        """The field as a PyTorch module from points (n, 3) to values (n, 1), **negative inside**, in mesh coordinates.

        It is PyTorch's own operations: differentiable any number of times with respect to the points and to what was learnt, on any device. Values are
        those of the field to single precision's rounding; give points in single precision.
        """
        from ._torch import module_of

        return module_of(self._onnx())

    def _onnx(self) -> bytes:
        memory, size = c_void_p(), c_size_t()
        call("sf_field_onnx", self._handle.pointer, ctypes.byref(memory), ctypes.byref(size))
        try:
            return ctypes.string_at(memory.value or 0, size.value)
        finally:
            library().sf_free(memory)

    def __repr__(self) -> str:
        return f"<shapefit.Field of {self.parameter_count} parameters, target {self.target}, negative inside>"


def _read(data: bytes, n_threads: int | None = None, name: str = "the model") -> Field:
    return Field(Handle("sf_field_free", "sf_field_read", data, len(data), name.encode()), n_threads)


def load(path: str | os.PathLike[str], *, n_threads: int | None = None) -> Field:
    """Reads a model that a fit wrote: a ``.safetensors`` file, or ``folder/00000.tar::key`` of a batch.

    Raises
    ------
    FileError
        There is no such file, or it holds no model.
    """
    return Field(Handle("sf_field_free", "sf_field_load", os.fsencode(path)), n_threads)


def configuration(preset: str = "default", **settings: Any) -> dict[str, Any]:
    """Every setting that :func:`fit` would use, to be changed and given to it as ``configuration``."""
    text = text_from("sf_configuration", json.dumps({"preset": preset, **settings}).encode())
    result: dict[str, Any] = json.loads(text)
    return result


def fit(
    mesh: MeshLike,
    preset: str | None = None,
    *,
    sigma: float | str | None = None,
    tolerance: float | str | None = None,
    coefficients: int | None = None,
    target: str | None = None,
    steps: int | None = None,
    seconds: float | None = None,
    seed: int | None = None,
    resolution: int | None = None,
    sign: str | None = None,
    configuration: dict[str, Any] | None = None,
    n_threads: int | None = None,
    progress: Callable[[Progress], bool | None] | None = None,
) -> Field:
    """Learns a shape. The same settings and seed give the same bits on any number of threads, and as of the command.

    Parameters
    ----------
    mesh
        A path, ``(vertices, faces)``, a ``trimesh.Trimesh`` or an ``open3d.geometry.TriangleMesh``. A file may also hold points without faces.
    preset
        ``"instant"`` (a second or two: a grid that is solved), ``"tiny"`` (ten kilobytes), ``"fast"`` (some seconds), ``"default"`` (half a minute),
        ``"compact"`` (a minute), ``"fine"`` (four minutes), ``"tancik2020"`` (the paper's recipe, an hour).
    sigma
        Standard deviation of the frequencies, in cycles a side of the unit cube; ``"auto"`` searches for it.
    tolerance
        How far the surface may be from the mesh and the mesh from it, anywhere: a length in the mesh's unit, or ``"0.1%"`` of its diagonal. A grid is
        then solved that keeps it; ``field.report["tolerance"]`` has the proof, or why it could not be kept.
    coefficients
        About so many of a solved grid, instead of a network.
    target
        ``"sdf"`` or ``"occupancy"``.
    steps, seconds
        How long to train: one of the two.
    seed
        Of everything random.
    resolution
        Cells along the longest side of the field's own surface.
    sign
        How inside is told from outside, as :class:`SignedDistance` takes it.
    configuration
        Every setting, as :func:`configuration` gives them, instead of a preset.
    n_threads
        None for one a processor.
    progress
        Called several times a second with a :class:`Progress`; ``False`` ends the fit with what was learnt.

    Raises
    ------
    MeshError
        What was given has no inside, or is no mesh.
    NotLearntError
        The training diverged.
    FitInterrupted
        Ctrl-C: what was learnt is in its ``field``.
    """
    if seed is not None:
        check_seed(seed)
    given = {
        "preset": preset, "sigma": sigma, "tolerance": tolerance, "coefficients": coefficients, "target": target,
        "steps": steps, "seconds": seconds, "seed": seed, "resolution": resolution, "sign": sign,
        "configuration": configuration,
    }  # fmt: skip
    settings = json.dumps({key: value for key, value in given.items() if value is not None}).encode()
    number = threads(n_threads)
    source = MeshHandle(mesh, n_threads)
    watch = _Watch(progress)
    try:
        with watch:
            handle = Handle("sf_field_free", "sf_fit", source.pointer, settings, number, watch.function, None)
    except ShapefitError:
        # What was raised meanwhile is why the fit ended.
        if watch.error is not None:
            raise watch.error from None
        if watch.is_interrupted:
            raise KeyboardInterrupt from None
        raise
    if watch.error is not None:
        raise watch.error
    field = Field(handle, n_threads)
    if watch.is_interrupted:
        raise FitInterrupted(field)
    return field


class _Watch:
    """What a running fit calls: the caller's ``progress``, and whether Ctrl-C was pressed.

    An exception would be swallowed on its way through C: it is kept, the fit is told to stop, and it is raised afterwards. Python's own answer to
    Ctrl-C is an exception that can come between any two instructions, so a fit in the main thread has a handler that only takes note.
    """

    def __init__(self, progress: Callable[[Progress], bool | None] | None) -> None:
        self._progress = progress
        self.function = ProgressFunction(self._called)
        self.error: BaseException | None = None
        self.is_interrupted = False
        self._former: Any = None

    def __enter__(self) -> None:
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._former = signal.signal(signal.SIGINT, self._take_note)

    def __exit__(self, *_: object) -> None:
        if self._former is not None:
            signal.signal(signal.SIGINT, self._former)

    def _take_note(self, _number: int, _frame: FrameType | None) -> None:
        self.is_interrupted = True

    def _called(self, _context: int | None, fraction: float, step: int, loss: float, seconds: float) -> int:
        try:
            if self._progress is not None and self._progress(Progress(fraction, step, loss, seconds)) is False:
                return 1
        except BaseException as error:
            self.error = error
            return 1
        return 1 if self.is_interrupted else 0

