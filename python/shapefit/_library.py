"""The C library behind the package: where it is, what its functions take, and their errors as exceptions."""

from __future__ import annotations

import ctypes
import functools
import os
from ctypes import c_char_p, c_double, c_float, c_int32, c_int64, c_size_t, c_uint64, c_void_p
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ._errors import BY_STATUS, ShapefitError

#: Names another build of the library than the one beside this file.
LIBRARY_VARIABLE = "SHAPEFIT_LIBRARY"
_FOLDER = Path(__file__).parent / "lib"

#: (context, fraction, step, loss, seconds) -> 0 to go on.
ProgressFunction = ctypes.CFUNCTYPE(c_int32, c_void_p, c_double, c_int64, c_float, c_double)

_HANDLE = c_void_p
_OUT = ctypes.POINTER(c_void_p)
_FUNCTIONS: dict[str, list[Any]] = {
    "sf_mesh_create": [c_void_p, c_size_t, c_void_p, c_size_t, c_int32, _OUT],
    "sf_mesh_load": [c_char_p, c_char_p, c_int32, _OUT],
    "sf_mesh_copy": [_HANDLE, c_void_p, c_void_p],
    "sf_mesh_write": [_HANDLE, c_char_p, c_int32],
    "sf_distance_create": [_HANDLE, c_char_p, c_float, c_int32, _OUT],
    "sf_distance_values": [_HANDLE, c_void_p, c_size_t, c_int32, c_void_p],
    "sf_distance_contains": [_HANDLE, c_void_p, c_size_t, c_int32, c_void_p],
    "sf_distance_closest": [_HANDLE, c_void_p, c_size_t, c_int32, c_void_p, c_void_p, c_void_p],
    "sf_distance_winding": [_HANDLE, c_void_p, c_size_t, c_int32, c_void_p],
    "sf_distance_sample": [_HANDLE, c_size_t, c_uint64, c_char_p, c_int32, c_void_p, c_void_p, c_void_p],
    "sf_distance_describe": [_HANDLE, _OUT],
    "sf_fit": [_HANDLE, c_char_p, c_int32, ProgressFunction, c_void_p, _OUT],
    "sf_configuration": [c_char_p, _OUT],
    "sf_field_load": [c_char_p, _OUT],
    "sf_field_read": [c_char_p, c_size_t, c_char_p, _OUT],
    "sf_field_save": [_HANDLE, c_char_p],
    "sf_field_export": [_HANDLE, c_char_p, c_int32, c_int32],
    "sf_field_onnx": [_HANDLE, _OUT, ctypes.POINTER(c_size_t)],
    "sf_field_values": [_HANDLE, c_void_p, c_size_t, c_int32, c_void_p, c_void_p],
    "sf_field_grid": [_HANDLE, c_int32, c_int32, c_void_p, c_void_p, ctypes.POINTER(c_double), _OUT],
    "sf_field_extract": [_HANDLE, c_float, c_char_p, c_int32, _OUT],
    "sf_field_evaluate": [_HANDLE, _HANDLE, c_int32, _OUT],
    "sf_field_describe": [_HANDLE, _OUT],
    "sf_surface_copy": [_HANDLE, c_void_p, c_void_p, c_void_p],
    "sf_surface_write": [_HANDLE, c_char_p, c_int32],
}
_COUNTS = [
    "sf_mesh_vertex_count",
    "sf_mesh_triangle_count",
    "sf_surface_vertex_count",
    "sf_surface_triangle_count",
]
_FREES = ["sf_mesh_free", "sf_distance_free", "sf_field_free", "sf_surface_free", "sf_free"]


@functools.cache
def library() -> ctypes.CDLL:
    """The library, loaded at the first call: ``import shapefit`` alone costs next to nothing."""
    path = os.environ.get(LIBRARY_VARIABLE) or str(_FOLDER / "libshapefit.so")
    try:
        loaded = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"the library of shapefit cannot be loaded: {error}") from None
    for name, arguments in _FUNCTIONS.items():
        function = getattr(loaded, name)
        function.argtypes, function.restype = arguments, c_int32
    for name in _COUNTS:
        function = getattr(loaded, name)
        function.argtypes, function.restype = [_HANDLE], c_size_t
    for name in _FREES:
        function = getattr(loaded, name)
        function.argtypes, function.restype = [c_void_p], None
    for name in ("sf_version", "sf_message"):
        function = getattr(loaded, name)
        function.argtypes, function.restype = [], c_char_p
    return loaded


def call(name: str, *arguments: Any) -> None:
    """Calls a function that returns a status, and raises what it says."""
    status = getattr(library(), name)(*arguments)
    if status != 0:
        message: bytes = library().sf_message()
        raise BY_STATUS.get(status, ShapefitError)(message.decode("utf-8", "replace"))


def text_from(name: str, *arguments: Any) -> str:
    """Calls a function whose last argument is a place for text."""
    place = c_void_p()
    call(name, *arguments, ctypes.byref(place))
    try:
        return ctypes.string_at(place.value or 0).decode()
    finally:
        library().sf_free(place)


class Handle:
    """An object of the library's, freed with this one."""

    def __init__(self, free: str, make: str, *arguments: Any) -> None:
        self._free = free
        self.pointer = c_void_p()
        call(make, *arguments, ctypes.byref(self.pointer))

    def __del__(self) -> None:
        pointer = getattr(self, "pointer", None)
        if pointer:
            getattr(library(), self._free)(pointer)


def version() -> str:
    """The library's version, such as ``"0.2.0"``."""
    text: bytes = library().sf_version()
    return text.decode()


def import_worker() -> bytes | None:
    """The program in which importers run that may crash on a damaged file: not this one, which would run again."""
    path = _FOLDER / "shapefit-import-worker"
    return os.fsencode(path) if path.exists() else None


def address(array: NDArray[Any]) -> int:
    """Where an array's numbers are."""
    return int(array.ctypes.data)
