"""Fits 3D shapes with coordinate networks on the CPU, and answers exact signed distances to meshes.

    import shapefit as sf

    field = sf.fit("part.stl", preset="fast")      # learns the shape
    field(points)                                  # signed distances, NEGATIVE INSIDE
    field.extract().save("learnt.stl")

    sf.SignedDistance("part.stl")(points)          # exact ones, without any fit

**Sign: negative inside, everywhere.** trimesh's ``proximity.signed_distance`` and pysdf are positive inside: negate one of the two
before you compare.

Points, lengths and distances are in the mesh's own coordinates and unit. Arrays of points have any shape that ends in 3. A call
releases the interpreter's lock; results are the same bits on any number of threads.
"""

from ._batch import BatchEntry, read_batch
from ._distance import ClosestPoints, Samples, SignedDistance, sample
from ._errors import (
    FileError,
    FitInterrupted,
    InvalidArgumentError,
    MeshError,
    NoRoomError,
    NotLearntError,
    ShapefitError,
)
from ._field import Field, Grid, ReachBand, Surface, configuration, fit, load
from ._library import version
from ._mesh import MeshLike
from ._watch import Progress

__all__ = [
    "BatchEntry",
    "ClosestPoints",
    "Field",
    "FileError",
    "FitInterrupted",
    "Grid",
    "InvalidArgumentError",
    "MeshError",
    "MeshLike",
    "NoRoomError",
    "NotLearntError",
    "Progress",
    "ReachBand",
    "Samples",
    "ShapefitError",
    "SignedDistance",
    "Surface",
    "configuration",
    "fit",
    "load",
    "read_batch",
    "sample",
    "version",
]


def __getattr__(name: str) -> str:
    # The version is the library's, which is loaded when it is first asked for something.
    if name == "__version__":
        return version()
    raise AttributeError(f"module 'shapefit' has no attribute {name!r}")
