"""Shared fixtures: the folder of real captures and goldens, where this machine has it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of real captures, audio and goldens, read in place; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("AFX_REFERENCE", ROOT.parent / "shared" / "reference"))
    if not folder.is_dir():
        pytest.skip(f"no reference data at {folder} (set AFX_REFERENCE)")
    return folder


@pytest.fixture
def run_native(tmp_path: Path) -> Callable[[Path], str]:
    """Compiles a C++ program against the core's static library and runs it; returns what it printed, fails with it."""
    libraries = sorted(ROOT.glob(".build/*/libafx.a"), key=lambda p: p.stat().st_mtime)
    compiler = shutil.which("g++")
    if sys.platform != "linux" or not libraries or compiler is None:
        pytest.skip("needs g++, glibc and the core's static library in .build")
    include = ROOT / "afxplugin" / "native" / "include"

    def run(source: Path) -> str:
        program = tmp_path / source.stem
        command = [compiler, "-std=c++17", "-O1", f"-I{include}", str(source), str(libraries[-1]), "-o", str(program)]
        subprocess.run(command, check=True)
        shown = subprocess.run([str(program)], capture_output=True, text=True, check=False)
        assert shown.returncode == 0, shown.stdout + shown.stderr
        return shown.stdout

    return run
