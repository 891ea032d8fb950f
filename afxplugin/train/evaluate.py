"""How close the factory capture is to its device: ``python -m afxplugin.train.evaluate``. Needs no torch.

Test audio: the guitar and bass of the program's own song (plucked strings by modes, made by another generator than the
training signal) and any recordings named with --riff; each at a peak of -6 dBFS, through drive 0, 2.5, 5, 7.5, 10 by
tone 0, 5, 10. Per signal and setting: ESR, ESR against the distortion alone (what the best FIR of 128 taps explains
taken out of both), and the ESR of the best static waveshaper for the same pair.
"""

from __future__ import annotations

import argparse
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from afxplugin.audio import read_audio
from afxplugin.captures import Capture, read_capture
from afxplugin.chain import Player
from afxplugin.devices import OverdriveDevice
from afxplugin.errors import RateError
from afxplugin.measure.accuracy import esr, esr_without_linear
from afxplugin.measure.stems import bass_di, guitar_di
from afxplugin.train.waveshaper import fit_waveshaper

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Array = NDArray[np.float64]

FACTORY_CAPTURE = Path(__file__).resolve().parents[2] / "presets" / "green-overdrive" / "overdrive.afx"
DRIVES = (0.0, 2.5, 5.0, 7.5, 10.0)
TONES = (0.0, 5.0, 10.0)
PEAK = 10.0 ** (-6.0 / 20.0)
SONG_SECONDS = 19.2
LONGEST_S = 20.0


@dataclass(frozen=True)
class Figures:
    """One signal at one setting; the three ESRs are linear (0.01 is 1 %)."""

    signal: str
    drive: float
    tone: float
    esr: float
    esr_nonlinear: float
    esr_static: float

    @property
    def static_ratio(self) -> float:
        """How many times worse than the capture a static waveshaper is."""
        return self.esr_static / self.esr


def make_test_audio(rate_hz: int, riffs: Sequence[Path] = (), *, seconds: float = SONG_SECONDS) -> dict[str, Array]:
    """Test signals (frames,) by name, each at a peak of -6 dBFS; riffs must be at `rate_hz`, the first channel counts.

    Raises RateError for a riff at another rate, AudioError for one that cannot be read.
    """
    signals = {
        "guitar strings": guitar_di(rate_hz, seconds).x[0].astype(np.float64),
        "bass strings": bass_di(rate_hz, seconds).x[0].astype(np.float64),
    }
    for path in riffs:
        audio = read_audio(path)
        if audio.rate_hz != rate_hz:
            raise RateError(f"{path}: given {audio.rate_hz} Hz; needed {rate_hz} Hz, the capture's rate")
        signals[path.stem] = audio.x[0, : int(LONGEST_S * rate_hz)].astype(np.float64)
    return {name: x * (PEAK / np.max(np.abs(x))) for name, x in signals.items()}


def play(capture: Capture, x: Array, *, drive: float, tone: float) -> Array:
    """Output (frames,) of the capture at its own rate, started at rest."""
    player = Player(capture, rate_hz=capture.rate_hz, method="naive", knobs={"Drive": drive, "Tone": tone}, channels=1)
    return player.process(x[None].astype(np.float32))[0].astype(np.float64)


def evaluate(
    capture: Capture, signals: Mapping[str, Array], *, drives: Sequence[float] = DRIVES, tones: Sequence[float] = TONES
) -> list[Figures]:
    """Figures of every signal at every setting, the device simulated at the capture's rate."""
    settings = list(itertools.product(drives, tones))
    knobs = np.array(settings)
    figures: list[Figures] = []
    for name, x in signals.items():
        targets = OverdriveDevice(knobs[:, 0], knobs[:, 1]).process(np.tile(x, (len(settings), 1)), capture.rate_hz)
        for (drive, tone), target in zip(settings, targets, strict=True):
            output = play(capture, x, drive=drive, tone=tone)
            figures.append(
                Figures(
                    name,
                    drive,
                    tone,
                    esr(target=target, output=output),
                    esr_without_linear(target=target, output=output, input=x),
                    esr(target=target, output=fit_waveshaper(x, target)),
                )
            )
    return figures


def describe(figures: Sequence[Figures]) -> str:
    """Markdown table of all figures, and the worst of each kind."""
    lines = ["| signal | drive | tone | ESR % | ESR without linear part % | static waveshaper ESR % |"]
    lines.append("|---|---|---|---|---|---|")
    for f in figures:
        cells = (f.signal, f"{f.drive:g}", f"{f.tone:g}", *(f"{100 * e:.3f}" for e in (f.esr, f.esr_nonlinear)))
        lines.append(f"| {' | '.join(cells)} | {100 * f.esr_static:.2f} |")
    lines.append("")
    lines.append(f"worst ESR {100 * max(f.esr for f in figures):.3f} %")
    lines.append(f"worst ESR without linear part {100 * max(f.esr_nonlinear for f in figures):.2f} %")
    lines.append(f"static waveshaper worse by {min(f.static_ratio for f in figures):.1f} times or more")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures of a capture of the overdrive."""
    parser = argparse.ArgumentParser(prog="python -m afxplugin.train.evaluate", description=main.__doc__)
    parser.add_argument("--capture", type=Path, default=FACTORY_CAPTURE, help="an .afx with the knobs Drive and Tone")
    parser.add_argument("--riff", type=Path, nargs="*", default=[], help="recordings at the capture's rate")
    given = parser.parse_args(arguments)
    capture = read_capture(given.capture)
    print(describe(evaluate(capture, make_test_audio(capture.rate_hz, given.riff))))


if __name__ == "__main__":
    main()
