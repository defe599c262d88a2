"""What the command's batch wrote, read in Python."""

import json
import os
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


@pytest.fixture
def batch(tmp_path):
    """A batch of one shape, as files."""
    (tmp_path / "batch.json").write_text("{}")
    row = {"key": "box", "status": "ok", "members": {"json": {"offset": 2, "bytes": 3}}}
    (tmp_path / "00000.jsonl").write_text(json.dumps(row) + "\n")
    (tmp_path / "00000.tar").write_bytes(b"--abc--")
    return tmp_path


def test_a_folder_may_be_any_path(batch):
    for folder in (batch, str(batch), os.fsencode(batch)):
        (entry,) = sf.read_batch(folder)
        assert entry.key == "box" and entry.read("json") == b"abc"


def test_a_missing_tar_is_said(batch):
    (batch / "00000.tar").unlink()
    (entry,) = sf.read_batch(batch)
    for ask in (lambda: entry.read("json"), entry.field):
        with pytest.raises(sf.FileError) as error:
            ask()
        assert "00000.tar" in str(error.value) and "\n" not in str(error.value)
    os.mkdir(batch / "00000.tar")
    with pytest.raises(sf.FileError, match="00000.tar"):
        entry.read("json")


@pytest.mark.parametrize(
    "line", [b"{", b"7", b"\xff", b'{"key": "a"}', b'{"key": 1, "status": "ok"}', b'{"key": "a", "status": "ok", "members": 3}']
)
def test_a_line_that_is_none_of_an_index_is_said(batch, line):
    with open(batch / "00000.jsonl", "ab") as index:
        index.write(line + b"\n")
    entries = sf.read_batch(batch)
    assert next(entries).key == "box"
    with pytest.raises(sf.FileError, match="line 2") as error:
        next(entries)
    assert "00000.jsonl" in str(error.value) and "\n" not in str(error.value)


def test_a_member_without_a_place_is_said(batch):
    row = {"key": "box", "status": "ok", "members": {"json": {"offset": -2, "bytes": "3"}, "png": 7}}
    (batch / "00000.jsonl").write_text(json.dumps(row) + "\n")
    (entry,) = sf.read_batch(batch)
    for member in ("json", "png"):
        with pytest.raises(sf.FileError, match=member):
            entry.read(member)
