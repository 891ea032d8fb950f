"""How well the stability rule tells good loops from bad ones, on every real LSTM capture there is.

Usage: python tests/bench/stability.py CAPTURE_FOLDER RIFF.wav...

For each capture and interpolated delay line: decay time of the linearised loop against that of the capture itself, and
the SNR of the played riffs against the capture at its own rate. Then, for several values of the rule's two
constants, what would have been accepted and refused of the methods that auto chooses among.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from afxplugin.audio import read_audio
from afxplugin.captures import Capture, read_capture
from afxplugin.chain import Player, plan_rates, with_eigenvalues
from afxplugin.errors import CaptureError, MethodError
from afxplugin.measure.accuracy import snr_db
from afxplugin.rates.fft import resample_fft

RATIOS = ((160, 147), (147, 160), (320, 147))
AUTO_METHODS = ("lidl", "lagrange2", "cidl", "lagrange4", "lagrange5")  # what auto chooses among
DRIFT_MS = 1_000.0  # captures that forget more slowly drift, so that no two runs of them can be compared
METHODS = ("lidl", "lagrange2", "cidl", "lagrange4", "lagrange5", "lagrange7", "apdl")


@dataclass(frozen=True)
class Case:
    """One loop: what the rule sees, and how it really sounds."""

    name: str
    ratio: float
    method: str
    radius: float
    tau_ms: float
    capture_tau_ms: float
    snr_db: float


def played(capture: Capture, x: NDArray[np.float64], rate_hz: int, method: str) -> NDArray[np.float64]:
    """x (riffs, frames) at rate_hz from zero state."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        y = Player(capture, rate_hz=rate_hz, method=method, start="zero").process(x)
    return np.nan_to_num(y.astype(np.float64), nan=1e6, posinf=1e6, neginf=-1e6)


def cases(capture: Capture, riffs: NDArray[np.float64]) -> list[Case]:
    """Every ratio and method for one capture; riffs (count, frames) are taken to be at its rate.

    One second of each, so that every conversion has a whole number of frames and none stretches the sound.
    """
    capture = with_eigenvalues(capture)
    riffs = riffs[:, : capture.rate_hz]
    own = plan_rates(capture, capture.rate_hz, method="naive")
    base = played(capture, riffs, capture.rate_hz, "naive")
    found: list[Case] = []
    for num, den in RATIOS:
        rate_hz = round(capture.rate_hz * num / den)
        up = np.stack([resample_fft(x, capture.rate_hz, rate_hz) for x in riffs])
        for method in METHODS:
            try:
                plan = plan_rates(capture, rate_hz, method=method)
            except MethodError:
                continue
            y = played(capture, up, rate_hz, method)
            back = np.stack([resample_fft(c, rate_hz, capture.rate_hz) for c in y])
            frames = min(base.shape[1], back.shape[1])
            cut = slice(2_000, frames - 2_000)
            snr = float(np.mean([snr_db(target=t[cut], output=b[cut]) for t, b in zip(base, back, strict=True)]))
            found.append(Case(capture.name, num / den, method, plan.pole_radius, plan.tau_ms, own.tau_ms, snr))
    return found


def report(found: list[Case]) -> None:
    """The cases that matter (refused or bad), then a table of the rule's constants."""
    print(f"{'capture':34} {'ratio':>6} {'method':>10} {'radius':>8} {'tau ms':>9} {'own ms':>8} {'SNR dB':>7}")
    for c in sorted(found, key=lambda c: c.snr_db):
        if c.tau_ms > 1.2 * max(c.capture_tau_ms, 50.0) or c.snr_db < 15.0:
            print(
                f"{c.name[:34]:34} {c.ratio:6.3f} {c.method:>10} {c.radius:8.5f} {c.tau_ms:9.1f} "
                f"{c.capture_tau_ms:8.1f} {c.snr_db:7.1f}"
            )
    found = [c for c in found if c.method in AUTO_METHODS and c.capture_tau_ms < DRIFT_MS]
    print(
        f"\n{'tolerance':>9} {'floor ms':>8} {'accepted':>8} {'worst SNR accepted':>19} "
        f"{'refused':>8} {'best SNR refused':>17}"
    )
    for tolerance in (1.0, 1.2, 1.5, 2.0, 4.0):
        for floor_ms in (0.0, 20.0, 50.0, 200.0):
            accepted = [
                c.snr_db for c in found if c.radius < 1 and c.tau_ms <= tolerance * max(c.capture_tau_ms, floor_ms)
            ]
            refused = [
                c.snr_db
                for c in found
                if not (c.radius < 1 and c.tau_ms <= tolerance * max(c.capture_tau_ms, floor_ms))
            ]
            print(
                f"{tolerance:9.1f} {floor_ms:8.0f} {len(accepted):8d} {min(accepted, default=np.nan):19.1f} "
                f"{len(refused):8d} {max(refused, default=np.nan):17.1f}"
            )


def main(folder: Path, riff_paths: list[Path]) -> None:
    """Reads what can be played and reports."""
    riffs = np.stack([0.5 * read_audio(p).x[0, 20_000:72_920].astype(np.float64) for p in riff_paths])
    found: list[Case] = []
    for path in sorted(folder.rglob("*")):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                capture = read_capture(path)
        except (CaptureError, OSError):
            continue
        found += cases(capture, riffs)
    report(found)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(p) for p in sys.argv[2:]])
