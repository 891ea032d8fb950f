"""Shared fixtures: the folder of real captures and goldens, where this machine has it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
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


def compile_native(
    source: Path,
    program: Path,
    *options: str,
    plugin: bool = False,
    build: Path | None = None,
    after: Sequence[str] = (),
) -> Path:
    """Compiles C++ against the core's static library, with ``plugin`` against the plugins' too; skips where it cannot.

    after: options that must follow the source, such as libraries.
    build: folder of the libraries; by default the one that was built last.
    """
    pattern = "plugin/libafx_plugin.a" if plugin else "libafx.a"
    folders = [build] if build else [p for p in ROOT.glob(".build/*") if p.name != "sanitized"]
    libraries = sorted((p for f in folders for p in f.glob(pattern)), key=lambda p: p.stat().st_mtime)
    compiler = shutil.which("g++")
    if sys.platform != "linux" or not libraries or compiler is None:
        pytest.skip(f"needs g++, glibc and {pattern}")
    native = ROOT / "afxplugin" / "native"
    newest = libraries[-1]
    archives = [str(newest), str(newest.parent.parent / "libafx.a")] if plugin else [str(newest)]
    includes = [f"-I{native / 'include'}", f"-I{native / 'plugin' / 'afx'}"]
    command = [
        compiler,
        "-std=c++17",
        "-O1",
        *options,
        *includes,
        str(source),
        *archives,
        *after,
        "-pthread",
        "-o",
        str(program),
    ]
    subprocess.run(command, check=True)
    return program


@pytest.fixture
def run_native(tmp_path: Path) -> Callable[..., str]:
    """Compiles a C++ program against the core and runs it; returns what it printed, fails with it."""

    def run(source: Path, *arguments: str, plugin: bool = False) -> str:
        program = compile_native(source, tmp_path / source.stem, plugin=plugin)
        shown = subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False)
        assert shown.returncode == 0, shown.stdout + shown.stderr
        return shown.stdout

    return run


@pytest.fixture(autouse=True, scope="session")
def _cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:  # pyright: ignore[reportUnusedFunction]
    """What is remembered between runs must not come from, or go to, the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
