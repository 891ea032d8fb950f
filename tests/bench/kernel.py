"""The kernel against torch.nn: time per frame as a multiple, one core, one thread, in one run; medians over rounds.

Usage: python tests/bench/kernel.py [ROUNDS]
"""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from afxplugin.kernel.feedback import design_feedback
from afxplugin.kernel.kernel import Kernel
from tests.kernel.networks import ISAS, make_capture

if TYPE_CHECKING:
    from collections.abc import Callable

    from afxplugin.captures import Capture, Cell

try:
    import torch  # pyright: ignore[reportMissingImports]
except ImportError:
    sys.exit("torch is not installed; it comes with the train extra: build/setup train")

FRAMES = 48_000  # a second: torch is quicker on short calls, but stems are not short
ROWS: list[tuple[Cell, int]] = [*(("lstm", hidden) for hidden in (8, 16, 20, 24, 32, 40, 64)), ("gru", 40)]
DELAY = Fraction(160, 147)


@dataclass(frozen=True)
class Contender:
    """Something that processes FRAMES frames of some streams."""

    name: str
    streams: int
    run: Callable[[], object]

    def ns_per_frame(self) -> float:
        """CPU time of one call over all its frames, in ns: other programs do not count."""
        started = time.thread_time()
        self.run()
        return (time.thread_time() - started) / (FRAMES * self.streams) * 1e9


def torch_network(cell: Cell, hidden: int) -> Contender:
    """torch's own recurrent layer, batch 1, without gradients."""
    layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[cell](1, hidden)
    x = torch.randn(FRAMES, 1, 1)

    def run() -> None:
        with torch.inference_mode():
            layer(x)

    return Contender("torch", 1, run)


def kernel(capture: Capture, *, streams: int, method: str, isa: str) -> Contender:
    """The kernel at a method; naive runs at the capture's own rate."""
    feedback = design_feedback(method, Fraction(1) if method == "naive" else DELAY)
    compiled = Kernel(capture, feedback, streams=streams, isa=isa)
    x = (0.1 * np.random.default_rng(1).standard_normal((streams, FRAMES))).astype(np.float32)
    return Contender(f"{isa} {method} x{streams}", streams, lambda: compiled.process(x))


def medians(contenders: list[Contender], rounds: int) -> dict[str, float]:
    """Median ns per frame of each, measured in turn so that all see the same machine."""
    for contender in contenders:
        contender.run()
    times = [[c.ns_per_frame() for c in contenders] for _ in range(rounds)]
    return {c.name: statistics.median(column) for c, column in zip(contenders, zip(*times, strict=True), strict=True)}


def main(rounds: int) -> None:
    """Prints a Markdown table."""
    torch.set_num_threads(1)
    isas = [isa for isa in ISAS if isa != "baseline"] or ISAS
    print(f"torch {torch.__version__}, one thread, batch 1, {FRAMES} frames, medians of {rounds} rounds\n")
    print("| network | set | torch ns/frame | one stream | four streams | CIDL's state read, one / four streams |")
    print("|---|---|---|---|---|---|")
    for cell, hidden in ROWS:
        capture = make_capture(cell, hidden)
        settings = [(isa, method, streams) for isa in isas for method in ("naive", "cidl") for streams in (1, 4)]
        ours = [kernel(capture, isa=isa, method=method, streams=streams) for isa, method, streams in settings]
        ns = medians([torch_network(cell, hidden), *ours], rounds)
        for isa in isas:
            naive, cidl = ([ns[f"{isa} {method} x{streams}"] for streams in (1, 4)] for method in ("naive", "cidl"))
            reads = " / ".join(f"{100.0 * (c / n - 1.0):+.1f} %" for n, c in zip(naive, cidl, strict=True))
            multiples = " | ".join(f"{ns['torch'] / n:.1f}x ({n:.0f} ns)" for n in naive)
            print(f"| {cell.upper()}-{hidden} | {isa} | {ns['torch']:.0f} | {multiples} | {reads} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
