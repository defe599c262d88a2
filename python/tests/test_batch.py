"""What the command's batch wrote, read in Python."""

import subprocess

import pytest
from conftest import box, points_around, torus, write_obj

import shapefit as sf


def test_a_batch_is_read(command, tmp_path):
    write_obj(tmp_path / "box.obj", box())
    write_obj(tmp_path / "torus.obj", torus())
    (tmp_path / "nothing.obj").write_text("v 0 0 0\n")
    subprocess.run(
        [command, "batch", tmp_path / "*.obj", "--output", tmp_path / "fields", "--preset", "instant", "--coefficients", "3000",
         "--no-preview", "--no-evaluate"], capture_output=True,
    )  # fmt: skip
    entries = {entry.key: entry for entry in sf.read_batch(tmp_path / "fields")}
    assert set(entries) == {"box", "torus", "nothing"}
    assert not entries["nothing"].is_fitted and entries["nothing"].error
    field = entries["torus"].field()
    assert field([1.0, 0, 0]) < 0 < field([0.0, 0, 0])
    stored = sf.load(f"{tmp_path}/fields/00000.tar::torus")
    points = points_around(50)
    assert stored(points).tobytes() == field(points).tobytes()
    with pytest.raises(sf.ShapefitError, match="not fitted"):
        entries["nothing"].field()
    with pytest.raises(sf.FileError, match="has no png"):
        entries["torus"].read("png")


def test_a_folder_that_is_no_batch_is_said(tmp_path):
    with pytest.raises(sf.FileError, match="batch.json"):
        sf.read_batch(tmp_path)
