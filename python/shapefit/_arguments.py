"""Arguments as the library takes them. What it cannot take is said here, as C would cut or wrap it silently."""

from __future__ import annotations

import json
import math
import operator
import os
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._errors import InvalidArgumentError


def whole(name: str, value: Any, limit: int = 1 << 31) -> int:
    """A whole number, also one of NumPy's or one such as 1e4, whose magnitude is below ``limit``."""
    try:
        number = operator.index(value)
    except TypeError:
        if not isinstance(value, (float, np.floating)) or not float(value).is_integer():
            raise InvalidArgumentError(f"{name} {_shown(value)}: must be a whole number") from None
        number = int(value)
    if not -limit < number < limit:
        raise InvalidArgumentError(f"{name} is too large: must be below {limit}")
    return number


def number(name: str, value: Any, *, may_be_infinite: bool = False) -> float:
    """A number, also one of NumPy's."""
    try:
        if isinstance(value, (str, bytes)):
            raise TypeError
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        raise InvalidArgumentError(f"{name} {_shown(value)}: must be a number") from None
    if math.isnan(result) or (math.isinf(result) and not may_be_infinite):
        raise InvalidArgumentError(f"{name} {result}: must be a finite number")
    return result


def numbers(name: str, value: Any) -> list[float]:
    """One number or several."""
    try:
        several = np.asarray(value, np.float64).ravel()
    except (TypeError, ValueError):
        several = np.empty(0)
    if not several.size:
        raise InvalidArgumentError(f"{name} {_shown(value)}: must be a number or several")
    return [number(name, each) for each in several]


def text(name: str, value: Any) -> str:
    """A text that C can read to its end."""
    if not isinstance(value, str):
        raise InvalidArgumentError(f"{name} {_shown(value)}: must be a text")
    if "\0" in value:
        raise InvalidArgumentError(f"{name} {value!r}: must not hold a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidArgumentError(f"{name} {value!r}: holds what is no character") from None
    return value


def path_bytes(path: str | os.PathLike[str]) -> bytes:
    """A path that C can read to its end."""
    encoded = os.fsencode(path)
    if b"\0" in encoded:
        raise InvalidArgumentError(f"path {os.fsdecode(encoded)!r}: must not hold a NUL character")
    return encoded


def threads(n_threads: Any) -> int:
    """The library's number for ``n_threads``: None is one a processor."""
    if n_threads is None:
        return 0
    count = whole("n_threads", n_threads)
    if not 1 <= count <= 1024:
        raise InvalidArgumentError(f"n_threads {count}: must be between 1 and 1024, or None for one a processor")
    return count


def seed_number(seed: Any) -> int:
    """A seed: the library has 64 bits for it."""
    result = whole("seed", seed, 1 << 65)
    if not 0 <= result < 1 << 64:
        raise InvalidArgumentError(f"seed {result}: must be between 0 and 2^64 - 1")
    return result


def json_bytes(settings: dict[str, Any]) -> bytes:
    """Settings as JSON, with NumPy's numbers as Python's; without those that are None."""
    return json.dumps({name: _plain(name, value) for name, value in settings.items() if value is not None}).encode()


def fit_settings(settings: dict[str, Any]) -> bytes:
    """The settings of a fit as JSON."""
    checked = {name: value for name, value in settings.items() if value is not None}
    for name in checked.keys() & {"steps", "resolution", "coefficients"}:
        checked[name] = whole(name, checked[name], 1 << 63)
    if "seed" in checked:
        checked["seed"] = seed_number(checked["seed"])
    if "seconds" in checked:
        checked["seconds"] = number("seconds", checked["seconds"])
    # These two may also be words.
    for name in checked.keys() & {"sigma", "tolerance"}:
        if not isinstance(checked[name], str):
            checked[name] = number(name, checked[name])
    for name in checked.keys() & {"preset", "target", "sign"}:
        checked[name] = text(name, checked[name])
    return json_bytes(checked)


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    if isinstance(value, float):
        return number(name, value)
    if isinstance(value, str):
        return text(name, value)
    if isinstance(value, dict):
        return {text(f"{name}: a key", key): _plain(f"{name}.{key}", item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(f"{name}.{index}", item) for index, item in enumerate(value)]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return whole(name, value, 1 << 64)
    raise InvalidArgumentError(f"{name} {_shown(value)}: must be a number, a text, a list or a dictionary")


def _shown(value: Any) -> str:
    """A value in a message of one line."""
    words = " ".join(repr(value).split())
    return words if len(words) <= 60 else f"of the type {type(value).__name__}"


def point_array(points: ArrayLike) -> tuple[NDArray[np.float64], tuple[int, ...]]:
    """Points as rows of three, and the shape of what was given without its last axis."""
    array = np.asarray(points, dtype=np.float64)
    if array.ndim == 0 or array.shape[-1] != 3:
        raise InvalidArgumentError(f"points of the shape {array.shape}: the last axis must have 3 numbers, x, y and z")
    return np.ascontiguousarray(array).reshape(-1, 3), array.shape[:-1]
