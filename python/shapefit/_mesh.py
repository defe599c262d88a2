"""Whatever may be given as a mesh."""

from __future__ import annotations

import os
from typing import Any, Protocol, Tuple, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arguments import path_bytes, threads
from ._errors import InvalidArgumentError
from ._library import Handle, address, call, import_worker, library


class HasFaces(Protocol):
    """A mesh as trimesh has it."""

    @property
    def vertices(self) -> Any: ...

    @property
    def faces(self) -> Any: ...


class HasTriangles(Protocol):
    """A mesh as Open3D has it."""

    @property
    def vertices(self) -> Any: ...

    @property
    def triangles(self) -> Any: ...


#: A file's path; ``(vertices, faces)``, arrays of (n, 3) and (m, 3); or an object that has them, such as a ``trimesh.Trimesh`` or an
#: ``open3d.geometry.TriangleMesh``.
MeshLike = Union[str, "os.PathLike[str]", Tuple[ArrayLike, ArrayLike], HasFaces, HasTriangles]


class MeshHandle(Handle):
    """A mesh of the library's."""

    def __init__(self, mesh: MeshLike, n_threads: int | None = None) -> None:
        if isinstance(mesh, (str, os.PathLike)):
            super().__init__("sf_mesh_free", "sf_mesh_load", path_bytes(mesh), import_worker(), threads(n_threads))
            self._given = None
            return
        vertices, faces = self._given = _arrays(mesh)
        super().__init__(
            "sf_mesh_free", "sf_mesh_create", address(vertices), len(vertices), address(faces), len(faces),
            threads(n_threads),
        )

    def given(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The arrays that it was made of; of a file what :meth:`arrays` gives."""
        return self._given or self.arrays()

    def arrays(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Vertices (n, 3) and faces (m, 3) as they are in use: without what has no area or is there twice."""
        vertices = np.empty((library().sf_mesh_vertex_count(self.pointer), 3), np.float64)
        faces = np.empty((library().sf_mesh_triangle_count(self.pointer), 3), np.int64)
        call("sf_mesh_copy", self.pointer, address(vertices), address(faces))
        return vertices, faces


def _arrays(mesh: Any) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Copies of a mesh's arrays: the caller may go on changing them."""
    if isinstance(mesh, (tuple, list)) and len(mesh) == 2:
        vertices, faces = mesh
    elif hasattr(mesh, "vertices") and hasattr(mesh, "faces"):
        vertices, faces = mesh.vertices, mesh.faces
    elif hasattr(mesh, "vertices") and hasattr(mesh, "triangles"):
        vertices, faces = mesh.vertices, mesh.triangles
    else:
        raise InvalidArgumentError(
            f"{type(mesh).__name__}: is no mesh; give a path, (vertices, faces), or an object with vertices and faces"
        )
    vertices, faces = np.asarray(vertices), np.asarray(faces)
    for name, array in (("vertices", vertices), ("faces", faces)):
        if array.ndim != 2 or array.shape[1] != 3:
            raise InvalidArgumentError(f"{name} of the shape {array.shape}: must be (n, 3)")
    if faces.dtype.kind not in "iu":
        raise InvalidArgumentError(f"faces of the type {faces.dtype}: must be whole numbers")
    return np.array(vertices, np.float64, order="C"), np.array(faces, np.int64, order="C")
