"""Fits, and the fields that come of them."""

from __future__ import annotations

import copy
import ctypes
import json
import math
import os
import tempfile
from ctypes import c_double, c_size_t, c_void_p
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arguments import fit_settings, json_bytes, number, path_bytes, point_array, text, threads, whole
from ._errors import FitInterrupted
from ._library import Handle, address, call, library, text_from
from ._mesh import MeshHandle, MeshLike
from ._watch import Progress, Watch

if TYPE_CHECKING:
    import torch
    import trimesh


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
    """A surface of a field, in mesh coordinates: closed, its triangles counter-clockwise seen from outside.

    It does not change: its arrays are read-only, so that :meth:`save` writes what they hold. Change copies of them, or a :meth:`to_trimesh`.
    """

    def __init__(self, handle: Handle, has_normals: bool, n_threads: int) -> None:
        self._handle, self._threads = handle, n_threads
        count = library().sf_surface_vertex_count(handle.pointer)
        self._vertices = np.empty((count, 3), np.float64)
        self._faces = np.empty((library().sf_surface_triangle_count(handle.pointer), 3), np.int64)
        self._normals = np.empty((count, 3), np.float32) if has_normals else None
        call(
            "sf_surface_copy", handle.pointer, address(self._vertices), address(self._faces),
            None if self._normals is None else address(self._normals),
        )
        for array in (self._vertices, self._faces, self._normals):
            if array is not None:
                array.flags.writeable = False

    @property
    def vertices(self) -> NDArray[np.float64]:
        """(n, 3), read-only."""
        return self._vertices

    @property
    def faces(self) -> NDArray[np.int64]:
        """(m, 3), indices of vertices, read-only."""
        return self._faces

    @property
    def normals(self) -> NDArray[np.float32] | None:
        """(n, 3) unit vectors, outwards, read-only; None unless they were asked for."""
        return self._normals

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the surface in the format that the extension names: ``obj``, ``ply``, ``stl``, ``glb``, ``gltf``, ``3mf``, …"""
        call("sf_surface_write", self._handle.pointer, path_bytes(path), self._threads)

    def to_trimesh(self) -> trimesh.Trimesh:
        """A copy as a ``trimesh.Trimesh``, vertex for vertex."""
        import trimesh

        normals = None if self.normals is None else self.normals.copy()
        return trimesh.Trimesh(self.vertices.copy(), self.faces.copy(), vertex_normals=normals, process=False)

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a Surface cannot be copied or pickled; copy or pickle its vertices and faces")

    def __repr__(self) -> str:
        return f"<shapefit.Surface of {len(self.vertices)} vertices and {len(self.faces)} faces>"


class Field:
    """A learnt shape: the signed distance at any point, **negative inside**, in the mesh's own coordinates and unit.

    Of a field that learnt occupancy (``target == "occupancy"``) values are negated logits of being inside instead of distances. Made by
    :func:`fit` and :func:`load`. Can be pickled.
    """

    def __init__(self, handle: Handle, n_threads: int | None = None) -> None:
        threads(n_threads)
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
        return np.asarray(self(points) < 0)

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
        """Every setting of the fit, as :func:`fit` takes them, as a copy; None where the model's file does not say."""
        return copy.deepcopy(self._description.get("configuration"))

    @property
    def report(self) -> dict[str, Any] | None:
        """What the fit noticed and measured, with the keys of the command's report, as a copy; None for a model that was read."""
        return copy.deepcopy(self._description.get("report"))

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
        """The surface of ``level``.

        At level 0 it is where the field is 0. What another level is depends on the field:

        - Of distances that a network learnt on a base, as of all presets but ``"instant"`` and ``"tancik2020"``, it is an offset. The surface of
          level 0 is made first, and the result is at exactly that distance from it, to a cell. It is not the place where the field's own value
          is ``level``, and its normals are those of the offset. It reaches to half the longest side.
        - Of a solved grid (``"instant"``, ``tolerance`` or ``coefficients``), of a network without a base, and of occupancy, it is where the
          field has the value ``level``.

        Parameters
        ----------
        resolution
            Cells along the longest side; None for as many as the fit's own surface has. Of a solved grid 0: at its own cells.
        level
            A distance in the mesh's unit, of occupancy a value: above 0 a larger shape, below 0 a smaller one.
        method
            ``"marching-cubes"``: closed and manifold. ``"dual-contouring"``: keeps sharp edges, may touch itself.
        simplify
            The part of the triangles to keep, above 0 to 1, where the surface bends most.
        normals
            Whether to compute them: the field's gradient, or the offset's.

        Raises
        ------
        NotLearntError
            The field has no such surface.
        """
        options = {
            "resolution": None if resolution is None else whole("resolution", resolution),
            "method": text("method", method), "simplify": number("simplify", simplify), "normals": bool(normals),
        }  # fmt: skip
        n_threads = threads(self.n_threads)
        handle = Handle(
            "sf_surface_free", "sf_field_extract", self._handle.pointer, number("level", level), json_bytes(options),
            n_threads,
        )
        return Surface(handle, bool(normals), n_threads)

    def grid(self, n: int = 128) -> Grid:
        """Values on a regular grid of ``n`` samples along the longest side, over the shape and a little beyond."""
        counts, origin, spacing, memory = np.empty(3, np.int64), np.empty(3), c_double(), c_void_p()
        call(
            "sf_field_grid", self._handle.pointer, whole("n", n), threads(self.n_threads), address(counts), address(origin),
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
        call("sf_field_save", self._handle.pointer, path_bytes(path))

    def export(self, path: str | os.PathLike[str], *, resolution: int = 128) -> None:
        """Writes the field for other programs: ``.onnx``, ``.glsl`` (small networks only), or a grid of ``resolution`` samples along the longest
        side as ``.npy`` or ``.npz``."""
        samples = whole("resolution", resolution)
        call("sf_field_export", self._handle.pointer, path_bytes(path), samples, threads(self.n_threads))

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
    return Field(Handle("sf_field_free", "sf_field_read", data, len(data), path_bytes(name)), n_threads)


def load(path: str | os.PathLike[str], *, n_threads: int | None = None) -> Field:
    """Reads a model that a fit wrote: a ``.safetensors`` file, or ``folder/00000.tar::key`` of a batch.

    Raises
    ------
    FileError
        There is no such file, or it holds no model.
    """
    return Field(Handle("sf_field_free", "sf_field_load", path_bytes(path)), n_threads)


def configuration(preset: str = "default", **settings: Any) -> dict[str, Any]:
    """Every setting that :func:`fit` would use, to be changed and given to it as ``configuration``."""
    result: dict[str, Any] = json.loads(text_from("sf_configuration", fit_settings({"preset": preset, **settings})))
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
        Called several times a second with a :class:`Progress`, in the thread that called this; ``False`` ends the fit with what was learnt.
        What it raises, or what a handler of a signal raises meanwhile, ends the fit and is raised here.

    Raises
    ------
    MeshError
        What was given has no inside, or is no mesh.
    NotLearntError
        The training diverged.
    FitInterrupted
        Ctrl-C: what was learnt is in its ``field``.
    """
    settings = fit_settings(
        {
            "preset": preset, "sigma": sigma, "tolerance": tolerance, "coefficients": coefficients, "target": target,
            "steps": steps, "seconds": seconds, "seed": seed, "resolution": resolution, "sign": sign,
            "configuration": configuration,
        }
    )  # fmt: skip
    count = threads(n_threads)
    source = MeshHandle(mesh, n_threads)
    watch = Watch(progress)
    handle = watch.run(
        lambda function: Handle("sf_field_free", "sf_fit", source.pointer, settings, count, function, None)
    )
    field = Field(handle, n_threads)
    if watch.is_interrupted:
        raise FitInterrupted(field)
    return field
