"""A JACK server with its dummy driver, and a probe that plays and records on it, for tests of playing live."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from afxplugin.engine import stream

PERIOD = 128
RATE_HZ = 48_000


@dataclass
class Server:
    """A running server; ``process`` is ours to end."""

    name: str
    process: subprocess.Popen[bytes]

    @property
    def environment(self) -> dict[str, str]:
        return {"JACK_DEFAULT_SERVER": self.name, "JACK_NO_START_SERVER": "1"}

    def ports(self) -> list[str]:
        shown = subprocess.run(
            ["jack_lsp"], env={**os.environ, **self.environment}, capture_output=True, text=True, check=False
        )
        return shown.stdout.splitlines()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def jack_server() -> Generator[Server]:
    """Started under a name of its own, which this process and its children then use; skips where there is no jackd."""
    if shutil.which("jackd") is None or shutil.which("jack_lsp") is None:
        pytest.skip("needs jackd (Debian: jackd2)")
    pytest.importorskip("sounddevice", reason="needs sounddevice and PortAudio", exc_type=Exception)
    name = Path(tempfile.mktemp(prefix="afx-test-")).name
    command = ["jackd", "-n", name, "-d", "dummy", "-r", str(RATE_HZ), "-p", str(PERIOD), "-C", "2", "-P", "2"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = Server(name, process)
    kept = {key: os.environ.get(key) for key in server.environment}
    os.environ.update(server.environment)
    try:
        deadline = time.monotonic() + 10.0
        while "system:playback_1" not in server.ports():
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.skip("jackd does not start with its dummy driver here")
            time.sleep(0.05)
        yield server
    finally:
        stream.release()
        for key, value in kept.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
        server.stop()


def build_probe(folder: Path) -> Path:
    """Compiles the probe; skips where that cannot be."""
    program = folder / "jack_probe"
    source = Path(__file__).with_name("jack_probe.cpp")
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("needs g++")
    done = subprocess.run(
        [compiler, "-std=c++17", "-O1", str(source), "-l:libjack.so.0", "-pthread", "-o", str(program)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        pytest.skip(f"the probe of JACK does not build: {done.stderr.strip().splitlines()[-1]}")
    return program


def own_ports(kind: str) -> list[str]:
    """What PortAudio has registered, in the order of channels: it goes on counting from stream to stream."""
    shown = subprocess.run(["jack_lsp"], capture_output=True, text=True, check=True).stdout.splitlines()
    return sorted((p for p in shown if p.startswith(f"PortAudio:{kind}_")), key=lambda p: int(p.rpartition("_")[2]))


class Recording:
    """A probe at work; ``result`` waits for its end."""

    def __init__(
        self, program: Path, folder: Path, signal: NDArray[np.float32], frames: int, into: int | None = 1
    ) -> None:
        """``into``: the player's input channel, from 1; None: it has none, and is only listened to."""
        self._file = folder / "recording.f32"
        signal.astype(np.float32).tofile(folder / "signal.f32")
        ports = ["-" if into is None else own_ports("in")[into - 1], *own_ports("out")]
        self._process = subprocess.Popen(
            [str(program), str(folder / "signal.f32"), str(self._file), str(frames), *ports],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "connected\n"

    def result(self) -> NDArray[np.float32]:
        """(2, frames), from the frame in which the signal began."""
        self._process.communicate(timeout=30)
        assert self._process.returncode == 0
        return np.fromfile(self._file, np.float32).reshape(2, -1)


def delays(heard: NDArray[np.float32], signal: NDArray[np.float32], *, block: int = 480) -> Iterator[int]:
    """By how many frames each block of what was heard, in order, is late; blocks that are silence are passed over.

    The signal is noise: any 16 frames of it are found at one place only.
    """
    places = {signal[k : k + 16].tobytes(): k for k in range(len(signal) - 16)}
    for at in range(0, len(heard) - 16, block):
        found = places.get(heard[at : at + 16].tobytes())
        if found is not None:
            yield at - found
