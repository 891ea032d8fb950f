"""Objects of the core under many threads: an error that says so at worst, never a crash; Ctrl-C is heard."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from afxplugin.captures import Control
from afxplugin.chain import Player
from tests.kernel.networks import make_capture

ROOT = Path(__file__).resolve().parents[2]

# Runs the calls of an object from many threads at once for a while; prints how many went well and were refused.
HAMMER = """
import sys, threading, time
from dataclasses import replace
from fractions import Fraction
import numpy as np
from afxplugin import _core
from afxplugin.captures import Control
from afxplugin.chain import Player
from afxplugin.kernel.feedback import design_feedback
from afxplugin.kernel.kernel import Kernel
from afxplugin.rates import Oversampler, Resampler
from tests.kernel.networks import make_capture

def player(channels=None):
    one = Player(make_capture("lstm", 8), rate_hz=48_000, channels=channels, mix=0.5)
    return [lambda: one.process(x), one.flush, one.reset, lambda: one.process(x[:, :7])]

def chain():
    capture = replace(make_capture("gru", 8, inputs=2), controls=(Control("Drive"),))
    model = Player(capture, rate_hz=48_000, method="resample", channels=2)._chain
    turn = lambda: model.set_position(0, 0.1)
    return [lambda: model.process(x), turn, lambda: model.reset(True), lambda: model.process(x[:, :9])]

def kernel():
    one = Kernel(make_capture("lstm", 8), design_feedback("cidl", Fraction(160, 147)), streams=2)
    return [lambda: one.process(x), one.reset_zero, one.settle, lambda: one.rest_state, one.reset_settled]

def meter():
    one = _core.Meter(48_000, 2)
    short = lambda: one.process(x[:, :99])
    return [lambda: one.process(x), one.reset, lambda: one.loudness_lufs, short, lambda: one.peak]

def resampler():
    one = Resampler(44_100, 48_000)
    return [lambda: one.process(x[0]), one.reset, lambda: one.process(x[1, :100])]

def oversampler():
    one = Oversampler(4, filters="low-latency")
    return [lambda: one.up(x[0]), lambda: one.down(x[0]), one.reset]

def ring():
    one = _core.Ring(2, 4096)
    return [lambda: one.write(x), lambda: one.read(3000), lambda: one.write(x[:, :100]), lambda: one.read(10)]

x = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 8192)).astype(np.float32)
calls = eval(sys.argv[1])
done, refused, wrong = [], [], []
end = time.monotonic() + 1.0

def work(first):
    turn = first
    while time.monotonic() < end or not done:
        try:
            calls[turn % len(calls)]()
            done.append(1)
        except Exception as error:
            (refused if "is in use by another thread; give each thread" in str(error) else wrong).append(repr(error))
        turn += 1

threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
del calls
print(len(done), len(refused), wrong[:3])
"""


def child(code: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize(
    "made",
    ["player()", "player(2)", "chain()", "kernel()", "meter()", "resampler()", "oversampler()", "ring()"],
)
def test_threads_that_share_an_object_do_not_corrupt_it(made: str) -> None:
    if made == "ring()" and sys.platform != "linux":
        pytest.skip("rings are made on Linux only")
    process = child(HAMMER, made)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, (process.returncode, err[-2000:])
    done, _, wrong = out.split(maxsplit=2)
    assert int(done) > 0
    assert wrong.strip() == "[]"


SHARED = """
import threading, time
import numpy as np
from afxplugin.chain import Player
from tests.kernel.networks import make_capture
from afxplugin.errors import RenderError
player = Player(make_capture("lstm", 64), rate_hz=44_100)
player.process(np.zeros((1, 10)))

def work():
    while True:
        try:
            return player.process(np.zeros((1, 1_000_000)))
        except RenderError:
            pass

worker = threading.Thread(target=work)
worker.start()
refused = set()
while worker.is_alive():
    time.sleep(0.005)  # or the worker would never have its turn
    for call in (lambda: player.process(np.zeros((1, 1))), player.flush, player.reset):
        try:
            call()
        except RenderError as error:
            refused.add(str(error))
print(refused)
"""


def test_a_player_in_use_says_so() -> None:
    process = child(SHARED)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err[-2000:]
    assert out.strip() == "{'this Player is in use by another thread; give each thread a Player of its own'}"


KNOBS = """
import threading
import numpy as np
from afxplugin.captures import Control
from afxplugin.chain import Player
from dataclasses import replace
from tests.kernel.networks import make_capture
capture = replace(make_capture("lstm", 24, inputs=2), controls=(Control("Drive"),))
player = Player(capture, rate_hz=44_100, channels=1)
worker = threading.Thread(target=player.process, args=(np.zeros((1, 400_000)),))
worker.start()
turns = 0
while worker.is_alive():
    player.set_knob("Drive", turns % 100 / 100)
    turns += 1
player.set_knob("Drive", 0.9)
worker.join()
x = np.random.default_rng(0).uniform(-0.5, 0.5, (1, 20_000))
player.reset()
moved = player.process(x)
wanted = Player(capture, rate_hz=44_100, channels=1, knobs={"Drive": 0.9}).process(x)
print(turns > 10, np.abs(moved - wanted).max() < 1e-4)
"""


def test_knobs_move_from_another_thread_meanwhile() -> None:
    process = child(KNOBS)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err[-2000:]
    assert out.split() == ["True", "True"]


# Each would take minutes by itself.
SLOW = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background is started deaf to it
from fractions import Fraction
import numpy as np
from afxplugin import _core
from afxplugin.captures import Control
from afxplugin.chain import Player
from dataclasses import replace
from afxplugin.kernel import linearise as room
from afxplugin.kernel.feedback import design_feedback
from afxplugin.kernel.kernel import Kernel
from tests.kernel.networks import make_capture

def restless():  # turns for ever: its state never repeats
    capture = make_capture("rnn", 128)
    angle = np.arange(0, 128, 2) * 0.1 + 1.0
    w = np.zeros((128, 128), np.float32)
    for k, a in enumerate(angle):
        w[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = 1.5 * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    return replace(capture, weights={**capture.weights, "rec.weight_hh_l0": w})

def settle():
    Kernel(restless(), design_feedback("naive", Fraction(1))).settle(most_frames=2_000_000_000)

def process():
    still = replace(make_capture("lstm", 128, layers=3), loop_eigenvalues=np.zeros((1, 768), complex))
    player = Player(still, rate_hz=44_100, start="zero")
    x = np.zeros((4, 3_000_000), np.float32)
    player.process(x)

def eigenvalues():
    room.MOST_WORK = 1 << 50
    controls = tuple(Control(f"{k}") for k in range(7))
    room.linearise(replace(make_capture("lstm", 128, layers=3, inputs=8), controls=controls), most_s=1e9)

call = eval(sys.argv[1])
print("begun", flush=True)
try:
    call()
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no signals between processes")
def test_knobs_move_while_another_thread_resets() -> None:
    capture = replace(make_capture("lstm", 8, inputs=2), controls=(Control("Drive"),))
    player = Player(capture, rate_hz=44_100)
    x = np.zeros((1, 64), np.float32)
    failed: list[BaseException] = []
    done = threading.Event()

    def turn() -> None:
        try:
            while not done.is_set():
                player.set_knob("Drive", 0.3)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=turn) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(300):
        player.process(x)
        player.reset()
    done.set()
    for thread in threads:
        thread.join()
    assert failed == []


@pytest.mark.parametrize("call", ["settle", "process", "eigenvalues"])
def test_ctrl_c_ends_what_takes_long(call: str) -> None:
    process = child(SLOW, call)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "begun\n"
        time.sleep(1.0)  # so that it is within the call
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=40)
    finally:
        process.kill()
    assert out == "interrupted\n", err[-2000:]
