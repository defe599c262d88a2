"""``python -m shapefit part.stl learnt.stl``: a fit without a line of Python."""

from __future__ import annotations

import argparse
import sys

import shapefit as sf


def _tolerance(word: str) -> float | str:
    """A length, or a share of the diagonal as it was written."""
    try:
        if word.endswith("%"):
            float(word[:-1])
            return word
        return float(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is neither a length nor a share such as 0.1%") from None


def main() -> int:
    """Fits the mesh, writes the surface and, beside it or where it is asked for, the model."""
    parser = argparse.ArgumentParser(prog="python -m shapefit", description="Fit a mesh and write the learnt surface.")
    parser.add_argument("mesh", help="obj, ply, stl, off, gltf, 3mf, …, or points without faces")
    parser.add_argument("surface", help="the file to write: obj, ply, stl, glb, gltf or 3mf")
    parser.add_argument("--model", help="also write the model here (.safetensors)")
    parser.add_argument("--preset", default="fast", help="instant, tiny, fast (default), default, compact or fine")
    parser.add_argument("--sigma", type=float, help="standard deviation of the frequencies")
    parser.add_argument("--tolerance", type=_tolerance, help="a length, or 0.1%% of the diagonal: a grid that keeps it")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--version", action="version", version=f"shapefit {sf.version()}")
    options = parser.parse_args()
    preset = None if options.tolerance is not None else options.preset
    try:
        field = sf.fit(options.mesh, preset, sigma=options.sigma, tolerance=options.tolerance, seed=options.seed)
        surface = field.extract()
        surface.save(options.surface)
        if options.model:
            field.save(options.model)
        scores = field.evaluate(options.mesh)
    except sf.ShapefitError as error:
        print(f"shapefit: error: {error}", file=sys.stderr)
        return 1
    for note in (field.report or {}).get("notes", []):
        print(f"shapefit: note: {note}", file=sys.stderr)
    print(f"IoU {scores['tancik2020']['uniform']:.4f} uniform, {scores['tancik2020']['boundary']:.4f} at the boundary")
    print(f"{len(surface.vertices)} vertices, {len(surface.faces)} faces  {options.surface}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
