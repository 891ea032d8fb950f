"""How close the factory captures are to their device: ``python -m afxplugin.train.evaluate``. Needs no torch.

Test audio: the guitar and bass of the program's own song (plucked strings by modes, made by another generator than the
training signal) and any recordings named with --riff; each at a peak of -6 dBFS, at drive 0, 2.5, 5, 7.5 and 10, where
two of the captures were trained, and half way between. Per signal and setting: ESR, ESR against the distortion alone
(what the best FIR of 128 taps explains taken out of both), and the ESR of the best static waveshaper for the same pair.
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
from afxplugin.captures import AnyCapture, read_capture
from afxplugin.chain import Player
from afxplugin.devices import AMBER_TONE, OverdriveDevice
from afxplugin.errors import RateError
from afxplugin.measure.accuracy import esr, esr_without_linear
from afxplugin.measure.stems import bass_di, guitar_di
from afxplugin.train.waveshaper import fit_waveshaper

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Array = NDArray[np.float64]

PRESETS = Path(__file__).resolve().parents[2] / "presets"
TRAINED_DRIVES = (0.0, 2.5, 5.0, 7.5, 10.0)
DRIVES = (0.0, 1.25, 2.5, 3.75, 5.0, 6.25, 7.5, 8.75, 10.0)
PEAK = 10.0 ** (-6.0 / 20.0)
SONG_SECONDS = 19.2
LONGEST_S = 20.0


@dataclass(frozen=True)
class Subject:
    """A factory capture: its file under presets/, and the settings of Tone at which the device is its truth.

    More than one: it has the knob.
    """

    file: str
    tones: tuple[float, ...]

    @property
    def path(self) -> Path:
        """Where the capture is in the source tree."""
        return PRESETS / self.file


GREEN = Subject("green-overdrive/overdrive.afx", (0.0, 5.0, 10.0))
AMBER = Subject("amber-overdrive/overdrive.afx", (AMBER_TONE,))
BLEND = Subject("amber-blend/snapshots.afx", (AMBER_TONE,))


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
    def between(self) -> bool:
        """Whether Drive stands where nothing was trained."""
        return self.drive not in TRAINED_DRIVES

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


def play(capture: AnyCapture, x: Array, *, drive: float, tone: float) -> Array:
    """Output (frames,) of the capture at its own rate, started at rest; `tone` counts where it has the knob."""
    names = {control.name for control in capture.controls}
    knobs = {name: position for name, position in (("Drive", drive), ("Tone", tone)) if name in names}
    player = Player(capture, rate_hz=capture.rate_hz, method="naive", knobs=knobs, channels=1)
    return player.process(x[None].astype(np.float32))[0].astype(np.float64)


def evaluate(
    capture: AnyCapture, signals: Mapping[str, Array], subject: Subject, *, drives: Sequence[float] = DRIVES
) -> list[Figures]:
    """Figures of every signal at every setting, the device simulated at the capture's rate."""
    settings = list(itertools.product(drives, subject.tones))
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
    for place, some in (
        ("trained at", [f for f in figures if not f.between]),
        ("between", [f for f in figures if f.between]),
    ):
        if some:
            lines.append(f"worst ESR at settings {place} {100 * max(f.esr for f in some):.3f} %")
            lines.append(f"  without linear part {100 * max(f.esr_nonlinear for f in some):.2f} %")
    lines.append(f"static waveshaper worse by {min(f.static_ratio for f in figures):.1f} times or more")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures of the factory captures, or of another capture of the overdrive."""
    parser = argparse.ArgumentParser(prog="python -m afxplugin.train.evaluate", description=main.__doc__)
    parser.add_argument("--capture", type=Path, help="an .afx with the knobs Drive and Tone; default: the factory's")
    parser.add_argument("--riff", type=Path, nargs="*", default=[], help="recordings at the capture's rate")
    given = parser.parse_args(arguments)
    chosen = (
        [(each.path, each) for each in (GREEN, AMBER, BLEND)] if given.capture is None else [(given.capture, GREEN)]
    )
    for path, subject in chosen:
        capture = read_capture(path)
        print(f"{capture.name}\n{describe(evaluate(capture, make_test_audio(capture.rate_hz, given.riff), subject))}\n")


if __name__ == "__main__":
    main()
