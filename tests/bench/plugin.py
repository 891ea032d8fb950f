"""What the plugin costs beside its network: its engine at blocks of 64 frames against the bare kernel over the same.

Usage: python tests/bench/plugin.py [ROUNDS]. One process, both in turn, medians; the capture's own rate, LSTM-40.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from afxplugin.plugin.document import PluginSettings, capture_document
from tests.bench.render import lstm_40
from tests.conftest import compile_native

BLOCK = 64


def ratio(program: Path, document: Path, channels: int, rounds: int) -> float:
    """Median time of the engine over that of the kernel."""
    command = [str(program), str(document), str(channels), str(BLOCK), str(rounds)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(float, line.split())) for line in shown.splitlines()]
    engine, kernel = (statistics.median(column) for column in zip(*rows, strict=True))
    print(f"{channels} channel(s): kernel {kernel:.0f} ns a frame, engine {engine:.0f} ns: {engine / kernel:.3f}x")
    return engine / kernel


def main(rounds: int) -> None:
    """Mono and stereo."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        document = folder / "state.json"
        document.write_text(capture_document(lstm_40(), PluginSettings()))
        source = Path(__file__).with_suffix(".cpp")
        program = compile_native(source, folder / "plugin", "-O2", plugin=True)
        worst = max(ratio(program, document, channels, rounds) for channels in (1, 2))
    print(f"LSTM-40 in AFX at its own rate, block {BLOCK}: at most {worst:.3f}x (at most 1.1x)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 25)
