"""What a render costs beside its network: CPU time, stems in parallel, memory. Ratios of one run, whole processes.

Usage: python tests/bench/render.py [--hour]     (--hour: an hour of stereo at 96 kHz too, minutes and 6 GB of disk)
"""

from __future__ import annotations

import contextlib
import resource
import statistics
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import psutil

from afxplugin.audio import AudioWriter
from afxplugin.captures import Architecture, Capture, write_afx
from afxplugin.kernel.feedback import design_feedback
from afxplugin.kernel.kernel import Kernel

MINUTES = 10
RUNS = 3


def lstm_40() -> Capture:
    """A seeded LSTM of 40 units at 44.1 kHz: what the network computes does not matter here."""
    rng = np.random.default_rng(0)
    shapes = {
        "rec.weight_ih_l0": (160, 1),
        "rec.weight_hh_l0": (160, 40),
        "rec.bias_l0": (160,),
        "head.weight": (1, 40),
    }
    weights = {k: (0.15 * rng.standard_normal(s)).astype(np.float32) for k, s in shapes.items()}
    weights["head.bias"] = np.zeros(1, np.float32)
    return Capture("bench", Architecture("lstm", 40), weights, 44_100, skip=1.0)


def write_noise(path: Path, *, seconds: float, rate_hz: int, channels: int) -> Path:
    """A stem of quiet noise, written in blocks."""
    rng = np.random.default_rng(1)
    block = (0.05 * rng.standard_normal((channels, rate_hz))).astype(np.float32)
    with AudioWriter(path, rate_hz=rate_hz, channels=channels, subtype="float") as writer:
        for _ in range(round(seconds)):
            writer.write(block)
    return path


def afx_render(folder: Path, stems: list[Path], *options: str) -> tuple[float, float, float]:
    """Returns (CPU seconds, wall seconds, peak resident MB of all processes together) of one ``afx render``."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    command = [sys.executable, "-m", "afxplugin", "render", *map(str, stems), "--capture", str(folder / "bench.afx")]
    process = psutil.Popen([*command, "--out", str(folder / "out"), "--overwrite", "--quiet", *options])
    peak = 0
    while process.poll() is None:
        with contextlib.suppress(psutil.NoSuchProcess):
            peak = max(peak, sum(p.memory_info().rss for p in [process, *process.children(recursive=True)]))
        time.sleep(0.02)
    wall = time.perf_counter() - started
    if process.returncode != 0:
        raise SystemExit(f"afx render failed with {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall, peak / 2**20


def kernel_seconds(seconds: int) -> float:
    """CPU time of the bare kernel over the frames that the render's network sees."""
    kernel = Kernel(lstm_40(), design_feedback("naive", Fraction(1)))
    x = (0.05 * np.random.default_rng(1).standard_normal((1, 44_100))).astype(np.float32)
    started = time.process_time()
    for _ in range(seconds):
        kernel.process(x)
    return time.process_time() - started


def bench_cpu(folder: Path) -> None:
    """Direct rendering against the bare kernel, start-up (a stem of one second) excluded."""
    long = write_noise(folder / "long.wav", seconds=60 * MINUTES, rate_hz=48_000, channels=1)
    short = write_noise(folder / "short.wav", seconds=1, rate_hz=48_000, channels=1)
    ratios: list[float] = []
    for _ in range(RUNS):
        kernel = kernel_seconds(60 * MINUTES)
        start_up = afx_render(folder, [short])[0]
        cpu = afx_render(folder, [long], "--jobs", "1")[0] - start_up
        ratios.append(cpu / kernel)
        print(f"  kernel {kernel:6.2f} s, render {cpu:6.2f} s beyond {start_up:.2f} s to start: {cpu / kernel:.3f}x")
    print(
        f"{MINUTES} minutes mono, 48 kHz through a 44.1 kHz LSTM-40: {statistics.median(ratios):.3f}x (at most 1.35x)"
    )


def bench_graph(folder: Path) -> None:
    """Rendering through the plugin in its host against rendering directly, start-up excluded on both sides."""
    long, short = folder / "long.wav", folder / "short.wav"
    ratios: list[float] = []
    most = 0.0
    for _ in range(RUNS):
        seconds: dict[str, float] = {}
        for engine in ("direct", "graph"):
            options = ("--jobs", "1", "--engine", engine)
            start_up = afx_render(folder, [short], *options)[0]
            cpu, _, peak = afx_render(folder, [long], *options)
            seconds[engine] = cpu - start_up
            most = max(most, peak)
        ratios.append(seconds["graph"] / seconds["direct"])
        print(f"  direct {seconds['direct']:6.2f} s, graph {seconds['graph']:6.2f} s: {ratios[-1]:.3f}x")
    print(
        f"{MINUTES} minutes mono through the graph: {statistics.median(ratios):.3f}x direct (at most 1.15x), "
        f"{most:.0f} MB with its child (at most 450)"
    )


def bench_jobs(folder: Path) -> None:
    """Four stems of five minutes, start-up included, on two cores against one."""
    stems = [write_noise(folder / f"stem {k}.wav", seconds=300, rate_hz=48_000, channels=1) for k in range(4)]
    ratios: list[float] = []
    for _ in range(RUNS):
        one = afx_render(folder, stems, "--jobs", "1")[1]
        two = afx_render(folder, stems, "--jobs", "2")[1]
        ratios.append(one / two)
        print(f"  one job {one:6.2f} s, two jobs {two:6.2f} s: {one / two:.2f}x")
    print(f"four stems, two jobs against one: {statistics.median(ratios):.2f}x (at least 1.8x)")


def bench_memory(folder: Path, *, hour: bool) -> None:
    """Peak resident memory of all processes."""
    minutes = 60 if hour else 3
    stem = write_noise(folder / "stereo.wav", seconds=60 * minutes, rate_hz=96_000, channels=2)
    cpu, wall, peak = afx_render(folder, [stem], "--jobs", "1")
    print(f"{minutes} minutes of stereo at 96 kHz: {peak:.0f} MB resident (at most 300), {cpu:.0f} s CPU, {wall:.0f} s")


def main() -> None:
    """All of them, in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_afx(folder / "bench.afx", lstm_40())
        bench_cpu(folder)
        bench_graph(folder)
        bench_jobs(folder)
        bench_memory(folder, hour="--hour" in sys.argv[1:])


if __name__ == "__main__":
    main()
