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
from afxplugin.captures import Architecture, Capture, Control, write_afx
from afxplugin.chain import with_eigenvalues
from afxplugin.kernel.feedback import design_feedback
from afxplugin.kernel.kernel import Kernel

MINUTES = 10
SHORT_STEMS = 500
RUNS = 3


def lstm_40(knobs: tuple[str, ...] = ()) -> Capture:
    """A seeded LSTM of 40 units at 44.1 kHz: what the network computes does not matter here."""
    rng = np.random.default_rng(0)
    inputs = 1 + len(knobs)
    shapes = {
        "rec.weight_ih_l0": (160, inputs),
        "rec.weight_hh_l0": (160, 40),
        "rec.bias_l0": (160,),
        "head.weight": (1, 40),
    }
    weights = {k: (0.15 * rng.standard_normal(s)).astype(np.float32) for k, s in shapes.items()}
    weights["head.bias"] = np.zeros(1, np.float32)
    controls = tuple(Control(name) for name in knobs)
    return Capture("bench", Architecture("lstm", 40, inputs=inputs), weights, 44_100, controls=controls, skip=1.0)


def write_noise(path: Path, *, seconds: float, rate_hz: int, channels: int) -> Path:
    """A stem of quiet noise, written in blocks."""
    rng = np.random.default_rng(1)
    block = (0.05 * rng.standard_normal((channels, rate_hz))).astype(np.float32)
    with AudioWriter(path, rate_hz=rate_hz, channels=channels, subtype="float") as writer:
        for _ in range(int(seconds)):
            writer.write(block)
        writer.write(block[:, : round(seconds % 1.0 * rate_hz)])
    return path


def afx_render(folder: Path, stems: list[Path], *options: str) -> tuple[float, float, float]:
    """Returns (CPU seconds, wall seconds, peak resident MB of all processes together) of one ``afx render``."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    command = [sys.executable, "-m", "afxplugin", "render", *map(str, stems), "--quiet", *options]
    for name, usual in [("--capture", str(folder / "bench.afx")), ("--out", str(folder / "out"))]:
        command += [] if name in options else [name, usual]
    if "--resume" not in options and "--overwrite" not in options:
        command += ["--overwrite"]
    process = psutil.Popen(command)
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


def bench_short(folder: Path) -> None:
    """Many stems of 50 ms: what a stem costs beside its sound, start-up excluded; first rendered, then found done."""
    write_afx(folder / "knobs.afx", with_eigenvalues(lstm_40(knobs=("Drive", "Bass", "Treble"))))
    for name, rate_hz in [("bench.afx", 48_000), ("knobs.afx", 96_000)]:
        stems, capture = folder / f"short {rate_hz}", ("--capture", str(folder / name))
        stems.mkdir()
        for k in range(SHORT_STEMS):
            write_noise(stems / f"{k:04}.wav", seconds=0.05, rate_hz=rate_hz, channels=1)
        for line, more in [("rendered", ("--overwrite",)), ("found done", ("--resume",))]:
            runs: list[float] = []
            for _ in range(RUNS):
                start_up = afx_render(folder, [stems / "0000.wav"], *capture, "--out", str(folder / "one"))[0]
                cpu = afx_render(folder, [stems], *capture, "--out", str(folder / f"many {rate_hz}"), *more)[0]
                runs.append(1000.0 * (cpu - start_up) / SHORT_STEMS)
            cost = statistics.median(runs)
            print(f"{SHORT_STEMS} stems of 50 ms at {rate_hz} Hz {line}: {cost:.1f} ms CPU a stem (at most 20)")


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
        bench_short(folder)
        bench_memory(folder, hour="--hour" in sys.argv[1:])


if __name__ == "__main__":
    main()
