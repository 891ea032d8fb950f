"""Graphs in tests: skipped where the host or a plugin is absent; a plugin of our own that crashes on request."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from afxplugin.engine.lookup import find_plugin
from afxplugin.engine.process import check_installed
from afxplugin.errors import PluginError

DPF = Path("/usr/share/dpf")


@pytest.fixture(scope="session")
def host() -> None:
    """DawDreamer and our plugins; tests that need them skip where they are absent."""
    try:
        check_installed()
    except PluginError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def third_party(host: None) -> Callable[[str], str]:  # noqa: ARG001
    """A plugin by name or URI, else a skip that says what to install."""

    def find(name: str) -> str:
        try:
            return find_plugin(name)
        except PluginError as error:
            pytest.skip(f"{error} (Debian: zam-plugins, mda-lv2, calf-plugins, lsp-plugins-lv2)")

    return find


@pytest.fixture(scope="session")
def fuse(host: None, tmp_path_factory: pytest.TempPathFactory) -> str:  # noqa: ARG001
    """A VST3 plugin that aborts while it plays (parameter Fuse), or while it is loaded (AFX_TEST_FUSE=load)."""
    compiler = shutil.which("g++")
    if compiler is None or not (DPF / "distrho").is_dir():
        pytest.skip("needs g++ and Debian's dpf-source")
    here = Path(__file__).parent / "fuse"
    binary = tmp_path_factory.mktemp("fuse") / "Fuse.vst3" / "Contents" / "x86_64-linux" / "Fuse.so"
    binary.parent.mkdir(parents=True)
    command = [compiler, "-std=c++17", "-shared", "-fPIC", "-w", "-DDISTRHO_PLUGIN_TARGET_VST3=1", f"-I{here}"]
    command += [f"-I{DPF / 'distrho'}", str(here / "plugin.cpp"), str(DPF / "distrho" / "DistrhoPluginMain.cpp")]
    subprocess.run([*command, "-o", str(binary), "-ldl", "-lpthread"], check=True)
    return str(binary.parents[2])


@pytest.fixture(scope="session")
def noise() -> Callable[..., NDArray[np.float32]]:
    """Seeded noise (channels, frames), loud enough that a limiter works."""

    def make(frames: int, *, channels: int = 2, peak: float = 0.3, seed: int = 0) -> NDArray[np.float32]:
        return np.random.default_rng(seed).uniform(-peak, peak, (channels, frames)).astype(np.float32)

    return make
