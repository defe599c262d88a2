"""The library itself: its header against its functions, and a program in C."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

import shapefit as sf
from shapefit import _library

HEADER = ROOT / "Sources/CShapefit/include/shapefit.h"


def library_path() -> Path:
    return Path(_library.library()._name).resolve()


def test_every_function_of_the_header_is_there_and_called_as_declared():
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.DOTALL)
    declared = {
        name: len([a for a in arguments.split(",") if a.strip() != "void"])
        for name, arguments in re.findall(r"\b(sf_\w+)\(([^()]*)\);", text)
    }
    assert len(declared) > 35
    for name, count in declared.items():
        function = getattr(_library.library(), name)
        if name in _library._FUNCTIONS:
            assert len(function.argtypes) == count, name
    assert set(_library._FUNCTIONS) | set(_library._COUNTS) | set(_library._FREES) <= set(declared)


@pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler")
def test_a_program_in_c(tmp_path):
    library = library_path()
    program = tmp_path / "program"
    subprocess.run(
        ["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-I", HEADER.parent, Path(__file__).parent / "interface.c", "-o", program,
         library, "-lm", f"-Wl,-rpath,{library.parent}", "-Wl,--allow-shlib-undefined"], check=True,
    )  # fmt: skip
    run = subprocess.run([program, sf.version()], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.skipif(not shutil.which("c++"), reason="no C++ compiler")
def test_the_header_is_c_plus_plus_too(tmp_path):
    (tmp_path / "check.cpp").write_text('#include "shapefit.h"\nint main() { return sf_version() == nullptr; }\n')
    subprocess.run(["c++", "-Wall", "-Werror", "-fsyntax-only", "-I", HEADER.parent, tmp_path / "check.cpp"], check=True)


def test_the_version_is_the_packages():
    source = (ROOT / "Sources/Core/Version.swift").read_text()
    assert f'"{sf.version()}"' in source and sf.__version__ == sf.version()


def test_importing_loads_neither_the_library_nor_others():
    script = "import sys, shapefit; print(*sorted({'torch', 'trimesh'} & set(sys.modules)), shapefit._library.library.cache_info().currsize)"
    environment = {**os.environ, "SHAPEFIT_LIBRARY": "/nothing/there.so"}
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert run.stdout.split() == ["0"], run.stderr
    run = subprocess.run(
        [sys.executable, "-c", "import shapefit; shapefit.version()"], capture_output=True, text=True, env=environment
    )
    assert "cannot be loaded" in run.stderr and run.returncode != 0
