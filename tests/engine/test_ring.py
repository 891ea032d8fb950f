"""The ring of audio between two processes, native and from Python."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from afxplugin._core import Ring

FOLDER = Path(__file__).parent
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="rings between processes are made on Linux only")


def test_native_ends_lose_nothing_and_allocate_nothing(run_native: Callable[[Path], str]) -> None:
    assert run_native(FOLDER / "ring.cpp").endswith("done\n")


def test_frames_come_out_as_they_went_in() -> None:
    ring = Ring(2, 100)
    assert (ring.channels, ring.capacity_frames, ring.readable, ring.writable) == (2, 128, 0, 128)
    x = np.arange(600, dtype=np.float32).reshape(2, 300)
    heard: list[np.ndarray] = []
    sent = 0
    while sent < 300:
        sent += ring.write(x[:, sent:])
        heard.append(ring.read(77))
    heard.append(ring.read(1000))
    np.testing.assert_array_equal(np.concatenate(heard, axis=1), x)
    assert (ring.frames_written, ring.frames_read, ring.underruns) == (300, 300, 0)


def test_another_process_reads_what_is_written_here() -> None:
    ring = Ring(1, 1 << 10)
    code = (
        "import sys; from afxplugin._core import Ring\n"
        "ring = Ring.attach(int(sys.argv[1])); total = 0.0\n"
        "while True:\n"
        "    assert ring.wait_readable(256, 10.0)\n"
        "    ended = ring.ended; x = ring.read(256); total += float(x.sum())\n"
        "    if ended and not x.shape[1]: break\n"
        "print(total)\n"
    )
    command = [sys.executable, "-c", code, str(ring.descriptor)]
    x = np.ones((1, 10_000), np.float32)
    with subprocess.Popen(command, pass_fds=[ring.descriptor], stdout=subprocess.PIPE, text=True) as child:
        sent = 0
        while sent < 10_000 and ring.wait_writable(1, 10.0):
            sent += ring.write(x[:, sent:])
        ring.end()
        assert child.communicate(timeout=20)[0].strip() == "10000.0"


def test_waiting_ends_with_the_time_and_with_a_close() -> None:
    ring = Ring(1, 16)
    began = time.monotonic()
    assert not ring.wait_readable(1, 0.05)
    assert time.monotonic() - began >= 0.045
    closer = threading.Timer(0.05, ring.close)
    closer.start()
    assert ring.wait_readable(1, -1.0)
    assert ring.wait_writable(17, -1.0)
    assert ring.closed
    closer.join()


@pytest.mark.parametrize(("channels", "frames"), [(0, 16), (65, 16), (1, 0), (1, 1 << 25)])
def test_sizes_that_cannot_be_are_refused(channels: int, frames: int) -> None:
    with pytest.raises(ValueError, match="allowed"):
        Ring(channels, frames)


def test_what_is_no_ring_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(100_000))
    with (tmp_path / "x").open("rb+") as file, pytest.raises(ValueError, match="is not a ring"):
        Ring.attach(file.fileno())
    with pytest.raises(ValueError, match="is needed"):
        Ring(2, 16).write(np.zeros((1, 4), np.float32))
