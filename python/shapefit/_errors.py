"""What can go wrong, as exceptions. Each message is one line that names the thing, what is wrong and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._field import Field


class ShapefitError(Exception):
    """Anything that shapefit says went wrong."""


class InvalidArgumentError(ShapefitError, ValueError):
    """A setting or an argument is of the wrong kind or out of its range."""


class MeshError(ShapefitError, ValueError):
    """What was given is not a mesh, or not one that has an inside."""


class FileError(ShapefitError, OSError):
    """A file is not there, cannot be read or cannot be written."""


class NotLearntError(ShapefitError):
    """A training diverged or learnt nothing; a field has no surface."""


class NoRoomError(ShapefitError, MemoryError):
    """What was asked for would not fit the memory."""


class FitInterrupted(KeyboardInterrupt):
    """Ctrl-C ended a fit. What had been learnt until then is in ``field``.

    A ``KeyboardInterrupt``, so that a script that does not ask ends as it would otherwise::

        try:
            field = sf.fit("part.stl", preset="fine")
        except sf.FitInterrupted as stop:
            field = stop.field
    """

    def __init__(self, field: Field) -> None:
        super().__init__("the fit was interrupted; what was learnt is in .field")
        self.field = field


# By the status numbers of shapefit.h.
BY_STATUS: dict[int, type[ShapefitError]] = {
    1: InvalidArgumentError,
    2: MeshError,
    3: FileError,
    4: NotLearntError,
    5: NoRoomError,
    6: ShapefitError,
}
