"""Exact distances to meshes."""

from __future__ import annotations

import json
from typing import Any, NamedTuple, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arguments import json_bytes, number, numbers, point_array, seed_number, text, threads, whole
from ._errors import InvalidArgumentError
from ._library import Handle, address, call, text_from
from ._mesh import MeshHandle, MeshLike


class ClosestPoints(NamedTuple):
    """Closest points of a mesh, in the order that trimesh has them."""

    #: (…, 3), on the mesh; NaN where a query is not finite.
    positions: NDArray[np.float64]
    #: (…), never negative.
    distances: NDArray[np.float32]
    #: (…), which of the faces that were given (of a file: which of :meth:`SignedDistance.mesh`); of several as close the first. -1 where
    #: a query is not finite.
    faces: NDArray[np.int64]


class Samples(NamedTuple):
    """Labelled points, for training elsewhere."""

    #: (n, 3).
    points: NDArray[np.float64]
    #: (n), **negative inside**, exact for the points as they are here.
    signed_distance: NDArray[np.float32]
    #: (n), whether a point is inside.
    inside: NDArray[np.bool_]


class SignedDistance:
    """A mesh as a field of exact signed distances, **negative inside** (trimesh and pysdf: positive inside).

    Distances are exact to single precision. Closed parts of the mesh that are inside out are turned round first; ``notes`` says so.

    Parameters
    ----------
    mesh
        A path, ``(vertices, faces)``, a ``trimesh.Trimesh`` or an ``open3d.geometry.TriangleMesh``. Open meshes, overlapping parts and soups have
        an inside too, by the winding number.
    sign
        How inside is told from outside: ``"automatic"``, ``"pseudonormal"``, ``"parity"`` or ``"winding"``. Distances do not depend on it.
    winding_accuracy
        From how many radii of a cluster of triangles the winding number takes it as one: at least 1; ``math.inf`` sums all triangles.
    n_threads
        For this and all questions; None for one a processor. Answers are the same bits for any number.

    Raises
    ------
    MeshError
        The mesh has no triangle with an area, a face refers to a vertex that is not there, or a vertex is not finite.
    FileError
        There is no such file.
    """

    def __init__(
        self, mesh: MeshLike, *, sign: str = "automatic", winding_accuracy: float = 2.0, n_threads: int | None = None
    ) -> None:
        self._threads = threads(n_threads)
        method = text("sign", sign).encode()
        accuracy = number("winding_accuracy", winding_accuracy, may_be_infinite=True)
        self._mesh = MeshHandle(mesh, n_threads)
        self._settings = {"sign": sign, "winding_accuracy": accuracy, "n_threads": n_threads}
        self._handle = Handle(
            "sf_distance_free", "sf_distance_create", self._mesh.pointer, method, accuracy, self._threads
        )
        self._description: dict[str, Any] = json.loads(text_from("sf_distance_describe", self._handle.pointer))

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_again, (*self._mesh.given(), self._settings)

    def __call__(self, points: ArrayLike) -> NDArray[np.float32]:
        """The signed distance at each of ``points`` (…, 3): (…), **negative inside**, in the mesh's unit; NaN where a point is not finite."""
        rows, shape = point_array(points)
        values = np.empty(len(rows), np.float32)
        call("sf_distance_values", self._handle.pointer, address(rows), len(rows), self._threads, address(values))
        return values.reshape(shape)

    def contains(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Whether each of ``points`` (…, 3) is inside: (…), the same as the sign of the distance and faster."""
        rows, shape = point_array(points)
        inside = np.empty(len(rows), np.uint8)
        call("sf_distance_contains", self._handle.pointer, address(rows), len(rows), self._threads, address(inside))
        return inside.view(np.bool_).reshape(shape)

    def closest_point(self, points: ArrayLike) -> ClosestPoints:
        """The point of the mesh closest to each of ``points`` (…, 3)."""
        rows, shape = point_array(points)
        positions = np.empty((len(rows), 3), np.float64)
        distances = np.empty(len(rows), np.float32)
        faces = np.empty(len(rows), np.int64)
        call(
            "sf_distance_closest", self._handle.pointer, address(rows), len(rows), self._threads, address(positions),
            address(distances), address(faces),
        )
        return ClosestPoints(positions.reshape(*shape, 3), distances.reshape(shape), faces.reshape(shape))

    def winding_number(self, points: ArrayLike) -> NDArray[np.float32]:
        """The generalized winding number at each of ``points`` (…, 3): (…), 1 inside a closed mesh, 0 outside, in between near holes."""
        rows, shape = point_array(points)
        numbers = np.empty(len(rows), np.float32)
        call("sf_distance_winding", self._handle.pointer, address(rows), len(rows), self._threads, address(numbers))
        return numbers.reshape(shape)

    def sample(
        self,
        count: int = 100_000,
        *,
        strategy: str = "near-surface",
        deviation: float | Sequence[float] = 0.01,
        margin: float = 0.05,
        coordinates: str = "mesh",
        seed: int = 0,
    ) -> Samples:
        """Labelled points. A point depends on its number and on ``seed`` only.

        Parameters
        ----------
        count
            Points.
        strategy
            ``"uniform"`` or ``"sobol"`` in the box, ``"surface"``, or ``"near-surface"``: with noise.
        deviation
            Standard deviation of that noise, in lengths of the unit cube, in which the mesh's longest side is 0.9; of several every point takes one
            at random.
        margin
            How far the box reaches beyond the mesh's, in the same lengths.
        coordinates
            ``"mesh"``, or ``"unit"`` for the unit cube: points and distances.
        """
        count, seed = whole("count", count), seed_number(seed)
        if count < 0:
            raise InvalidArgumentError(f"count {count}: must not be negative")
        if not 0 <= number("margin", margin) <= 2:
            raise InvalidArgumentError(f"margin {margin}: must be between 0 and 2")
        options = {
            "strategy": text("strategy", strategy), "deviations": numbers("deviation", deviation), "margin": margin,
            "coordinates": text("coordinates", coordinates),
        }  # fmt: skip
        points = np.empty((count, 3), np.float64)
        distances = np.empty(count, np.float32)
        inside = np.empty(count, np.uint8)
        call(
            "sf_distance_sample", self._handle.pointer, count, seed, json_bytes(options), self._threads,
            address(points), address(distances), address(inside),
        )
        return Samples(points, distances, inside.view(np.bool_))

    def mesh(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Vertices (n, 3) and faces (m, 3) as they were read or given, same places joined, faces without area and doubles left out."""
        return self._mesh.arrays()

    @property
    def bounds(self) -> NDArray[np.float64]:
        """(2, 3): the smallest and the largest coordinates."""
        return np.array(self._description["bounds"])

    @property
    def sign(self) -> str:
        """How inside is told from outside here; never ``"automatic"``."""
        return str(self._description["sign"])

    @property
    def is_watertight(self) -> bool:
        """Whether the mesh is closed and its triangles agree on which side is out."""
        return bool(self._description["watertight"])

    @property
    def notes(self) -> list[str]:
        """What was noticed of the mesh and done about it, a line each."""
        return list(self._description["notes"])

    def __repr__(self) -> str:
        return f"<shapefit.SignedDistance, sign by {self.sign}, negative inside>"


def _made_again(vertices: Any, faces: Any, settings: dict[str, Any]) -> SignedDistance:
    return SignedDistance((vertices, faces), **settings)


def sample(mesh: MeshLike, count: int = 100_000, *, n_threads: int | None = None, **options: Any) -> Samples:
    """Labelled points of a mesh; ``options`` are those of :meth:`SignedDistance.sample`."""
    return SignedDistance(mesh, n_threads=n_threads).sample(count, **options)
