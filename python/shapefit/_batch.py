"""What ``shapefit batch`` wrote."""

from __future__ import annotations

import glob
import json
import os
from typing import Any, Iterator

from ._errors import FileError, ShapefitError
from ._field import Field, _read


class BatchEntry:
    """A shape of a batch."""

    def __init__(self, tar: str, row: dict[str, Any]) -> None:
        self._tar = tar
        #: The shape's line of the index: path, status, scores, settings, transform, notes, …
        self.row = row

    @property
    def key(self) -> str:
        """The shape's name."""
        return str(self.row["key"])

    @property
    def is_fitted(self) -> bool:
        """Whether there is a model; where not, :attr:`error` says why."""
        return bool(self.row["status"] == "ok")

    @property
    def error(self) -> str | None:
        """Why there is no model, in one line."""
        return self.row.get("error")

    def read(self, member: str) -> bytes:
        """A file of the shape: ``"safetensors"``, ``"json"``, ``"png"`` or ``"obj"``, where it was kept."""
        place = (self.row.get("members") or {}).get(member)
        if place is None:
            raise FileError(f"{self._tar}::{self.key}: has no {member}")
        offset, size = (place.get(name) if isinstance(place, dict) else None for name in ("offset", "bytes"))
        if not isinstance(offset, int) or not isinstance(size, int) or offset < 0 or size < 0:
            raise FileError(f"{self._tar}::{self.key}: the index does not say where its {member} is; run the batch again")
        try:
            with open(self._tar, "rb") as file:
                file.seek(offset)
                data = file.read(size)
        except OSError as error:
            raise FileError(f"{self._tar}: cannot be read: {error.strerror}; run the batch again") from None
        if len(data) != size:
            raise FileError(f"{self._tar}: is cut short; run the batch again")
        return data

    def field(self, *, n_threads: int | None = None) -> Field:
        """The model."""
        if not self.is_fitted:
            raise ShapefitError(f"{self.key}: was not fitted: {self.error}")
        return _read(self.read("safetensors"), n_threads, f"{self._tar}::{self.key}")

    def __repr__(self) -> str:
        return f"<shapefit.BatchEntry {self.key}, {self.row['status']}>"


def read_batch(folder: str | bytes | os.PathLike[str]) -> Iterator[BatchEntry]:
    """The shapes of a batch's finished shards, in the batch's order.

    ::

        weights = {entry.key: entry.field() for entry in sf.read_batch("fields") if entry.is_fitted}
    """
    folder = os.fsdecode(folder)
    if not os.path.exists(os.path.join(folder, "batch.json")):
        raise FileError(f"{folder}: is no folder of a batch: it has no batch.json")
    return _entries(sorted(glob.glob(os.path.join(glob.escape(folder), "[0-9]*.jsonl"))))


def _entries(indices: list[str]) -> Iterator[BatchEntry]:
    for index in indices:
        try:
            with open(index, "rb") as file:
                lines = file.read().splitlines()
        except OSError as error:
            raise FileError(f"{index}: cannot be read: {error.strerror}; run the batch again") from None
        for number, line in enumerate(lines, 1):
            row = _row(line)
            if row is None:
                raise FileError(f"{index}: line {number} is damaged; delete the file and run the batch again")
            yield BatchEntry(index[: -len("jsonl")] + "tar", row)


def _row(line: bytes) -> dict[str, Any] | None:
    """A line of an index; None where it is none."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    if not isinstance(row, dict) or not isinstance(row.get("members") or {}, dict):
        return None
    return row if isinstance(row.get("key"), str) and isinstance(row.get("status"), str) else None
