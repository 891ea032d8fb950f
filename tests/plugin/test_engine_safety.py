"""The audio thread neither allocates nor locks; sanitizers find nothing in the engine, whatever it is fed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from afxplugin.captures import Capture, CaptureBlend, Control, blend_captures, write_afx
from afxplugin.chain import with_eigenvalues
from tests.conftest import ROOT, compile_native
from tests.kernel.networks import make_capture
from tests.plugin.conftest import document_of

HERE = Path(__file__).parent
ROUNDS = 40
MOVES = {"frames": [0, 17, 17, 600], "knobs": [0, 0, 0, 0], "positions": [1.0, 9.0, 2.0, 5.0]}


@pytest.fixture
def document(tmp_path: Path, overdrive: Capture) -> str:
    path = tmp_path / "document.json"
    path.write_text(document_of(overdrive, moves=MOVES))
    return str(path)


def test_the_audio_thread_neither_allocates_nor_locks(run_native: Callable[..., str], document: str) -> None:
    assert "the counter counts" in run_native(HERE / "realtime.cpp", document, plugin=True)


def test_nor_does_it_with_a_blend(run_native: Callable[..., str], tmp_path: Path) -> None:
    document = tmp_path / "blend.json"
    document.write_text(document_of(small_blend()))
    assert "the counter counts" in run_native(HERE / "realtime.cpp", str(document), plugin=True)


@pytest.fixture(scope="session")
def sanitized() -> Path:
    """Folder of the core and the engine, built with AddressSanitizer and UndefinedBehaviorSanitizer."""
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    if not all(shutil.which(tool, path=tools) for tool in ("cmake", "ninja")):
        pytest.skip("needs cmake and ninja to build the core with sanitizers")
    build = ROOT / ".build" / "sanitized"
    source = str(ROOT / "afxplugin" / "native")
    for command in (
        ["cmake", "-S", source, "-B", str(build), "-G", "Ninja", "-DAFX_SANITIZE=ON"],
        ["cmake", "--build", str(build), "--target", "afx_plugin"],
    ):
        done = subprocess.run(command, env={**os.environ, "PATH": tools}, capture_output=True, text=True, check=False)
        if "The plugins are left out" in done.stderr:
            pytest.skip("needs dpf-source and nlohmann-json3-dev")
        assert done.returncode == 0, done.stdout + done.stderr
    return build


DRIVE = Control("Drive", high=10.0, default=5.0, breakpoints=((0.0, 0.0), (10.0, 1.0)))


def small_blend() -> CaptureBlend:
    captures = [make_capture("lstm", 8, seed=1), make_capture("gru", 12, seed=2), make_capture("rnn", 8, seed=3)]
    return blend_captures("three", captures, [(0.0,), (0.5,), (1.0,)], [DRIVE], delay_frames=[0, 3, 1])


@pytest.mark.parametrize("kind", ["conditioned", "blend"])
def test_sanitizers_find_nothing(tmp_path: Path, sanitized: Path, kind: str) -> None:
    conditioned = replace(make_capture("lstm", 8, inputs=2), controls=(DRIVE,))
    capture = with_eigenvalues(conditioned if kind == "conditioned" else small_blend())
    document, file = tmp_path / "document.json", tmp_path / "small.afx"
    document.write_text(document_of(capture, moves=MOVES))
    write_afx(file, capture)
    flags = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    program = compile_native(HERE / "fuzz.cpp", tmp_path / "fuzz", *flags, plugin=True, build=sanitized)
    shown = subprocess.run(
        [str(program), str(document), str(file), str(ROUNDS)], capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "survived" in shown.stdout
