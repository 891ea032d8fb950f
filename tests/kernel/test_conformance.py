"""Real captures against outputs of independent implementations: equations, published renders, stability."""

from __future__ import annotations

import csv
import warnings
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from scipy.signal import resample

from afxplugin.captures import CaptureRateWarning, read_capture
from afxplugin.kernel.feedback import design_feedback
from afxplugin.kernel.kernel import Kernel
from afxplugin.kernel.linearise import linearise, loop_radius_reference
from afxplugin.kernel.reference import process_plain
from tests.kernel.networks import ISAS, signal, snr_db

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from afxplugin.captures import Capture

DELAYS = {
    "44100": Fraction(1),
    "48000": Fraction(160, 147),
    "88200": Fraction(2),
    "96000": Fraction(320, 147),
    "44100_of_48000": Fraction(147, 160),
}
NAMES = [
    "BlackstarHT40_AmpHighGain", "BlackstarHT40_AmpClean", "RockmanAcoustic_Pedal", "XComp_Pedal", "BluesJrAmp_VolKnob",
    "TS9_FullD",
]  # fmt: skip
NUMBER_OF_GOLDENS = 27  # per capture
MODEL = "BlackstarHT40_AmpHighGain"
TRIM = 2000  # frames, at both ends


def read_quietly(path: Path) -> Capture:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CaptureRateWarning)
        return read_capture(path)


def half_knobs(capture: Capture) -> list[float]:
    return [0.5] * (capture.architecture.inputs - 1)


@pytest.mark.parametrize("name", NAMES)
def test_goldens(reference: Path, name: str, isa: str) -> None:
    """80 dB, 75 for high Lagrange orders, or 6 dB less than a plain float32 loop reaches where that is lower."""
    goldens = np.load(reference / "golden" / "methods.npz")
    capture = read_quietly(reference / "captures" / "guitarml" / f"{name}.json")
    keys = [key for key in goldens if key.startswith(f"{name}/")]
    assert len(keys) == NUMBER_OF_GOLDENS
    for key in keys:
        _, session, method = key.split("/")
        x, golden = goldens[f"x_{session.split('_')[0]}"], goldens[key]
        feedback = design_feedback("naive" if method == "base" else method, DELAYS[session])
        y = Kernel(capture, feedback, isa=isa).process(x[None], half_knobs(capture))[0]
        wanted = 75.0 if method in ("lagrange4", "lagrange5") else 80.0
        if snr_db(golden, y) < wanted:
            plain = process_plain(capture, feedback, x, half_knobs(capture), dtype=np.float32)
            wanted = min(wanted, snr_db(golden, plain) - 6.0)
        assert snr_db(golden, y) >= wanted, key


def recurrent_captures(reference: Path) -> list[Path]:
    folder = reference / "captures"
    return [
        *sorted((folder / "guitarml").iterdir()),
        *sorted((folder / "aidax").iterdir()),
        folder / "nam" / "lstm.nam",
    ]


def test_every_capture_at_its_own_rate(reference: Path) -> None:
    """At least 90 dB from float64, and instruction sets 80 dB from each other."""
    riff, _ = soundfile.read(reference / "audio" / "input_riff2.wav", dtype="float32")
    x = np.asarray(riff[20_000:26_000], np.float32)
    for path in recurrent_captures(reference):
        capture = read_quietly(path)
        feedback = design_feedback("naive", Fraction(1))
        exact = process_plain(capture, feedback, x, half_knobs(capture))
        outputs = [Kernel(capture, feedback, isa=isa).process(x[None], half_knobs(capture))[0] for isa in ISAS]
        for isa, y in zip(ISAS, outputs, strict=True):
            assert snr_db(exact, y) >= 90.0, (path.name, isa)
            assert snr_db(outputs[0], y) >= 80.0, (path.name, isa)


class Published:
    """The ICASSP 2025 page's protocol: int16/32767, FFT resampling, the model at another rate, FFT resampling back."""

    def __init__(self, reference: Path, clip: str, direction: str) -> None:
        self.folder = reference / "audio" / "icassp25"
        samples, _ = soundfile.read(self.folder / f"{clip}.wav", dtype="int16")
        self.x = np.asarray(samples, np.float64) / 32767.0
        self.delay = Fraction(48_000, 44_100) if direction == "up" else Fraction(44_100, 48_000)
        self.prefix = f"{MODEL}_{direction}_{clip}_"
        self.capture = read_quietly(reference / "captures" / "guitarml" / f"{MODEL}.json")
        self.base = self.run("naive", Fraction(1), self.x)

    def run(self, method: str, delay: Fraction, x: NDArray[np.floating]) -> NDArray[np.float64]:
        return Kernel(self.capture, design_feedback(method, delay)).process(x[None])[0].astype(np.float64)

    def output(self, method: str) -> NDArray[np.float64]:
        """At the session rate, as the network left it."""
        return self.run(method, self.delay, np.array(resample(self.x, int(self.x.size * self.delay)), dtype=np.float64))

    def wav(self, name: str) -> NDArray[np.float64]:
        """As long as the clip: all but the base have one frame more."""
        samples, _ = soundfile.read(self.folder / f"{self.prefix}{name}.wav", dtype="float64")
        return np.asarray(samples[: self.x.size], np.float64)

    def fidelity_db(self, at_session_rate: NDArray[np.float64]) -> float:
        """SNR in the session's domain against the resampled base output, the first frames dropped."""
        base = np.asarray(resample(self.base, at_session_rate.size))
        return snr_db(base[TRIM:], at_session_rate[TRIM:])


def trimmed_snr_db(wav: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    return snr_db(wav[TRIM:-TRIM], y[TRIM:-TRIM])


@pytest.mark.parametrize("clip", ["clip-4", "clip-5"])
@pytest.mark.parametrize(("direction", "floor_db"), [("up", 65.0), ("down", 60.0)])
def test_published_renders(reference: Path, clip: str, direction: str, floor_db: float) -> None:
    published = Published(reference, clip, direction)
    assert trimmed_snr_db(published.wav("base"), published.base) >= 90.0
    for name in ("L1", "L2", "L3", "L4", "L5", "STN1"):
        y = published.output("stn" if name == "STN1" else f"lagrange{name[1]}")
        wav = published.wav(name)
        loose = name in ("L1", "STN1") and direction == "down"
        assert trimmed_snr_db(wav, np.asarray(resample(y, wav.size))) >= (42.0 if loose else floor_db), name
        theirs = np.asarray(resample(wav, y.size))
        assert published.fidelity_db(y) == pytest.approx(published.fidelity_db(theirs), abs=1.2), name


def test_pole_radii(reference: Path) -> None:
    sessions = {"up48": DELAYS["48000"], "up96": DELAYS["96000"], "dn": DELAYS["44100_of_48000"]}
    with (reference / "golden" / "pole_radius.csv").open() as table:
        for row in csv.DictReader(table):
            name = row.pop("model")
            eigenvalues = linearise(read_quietly(reference / "captures" / "guitarml" / f"{name}.json"))
            for configuration, radius in row.items():
                session, _, kind = configuration.partition("-")
                method = {"": "naive", "AP": "apdl"}.get(kind, f"lagrange{kind[-1:]}")
                feedback = design_feedback(method, sessions.get(session, Fraction(1)))
                assert loop_radius_reference(eigenvalues, feedback) == pytest.approx(float(radius), abs=1e-3), (
                    name,
                    kind,
                )


def test_real_networks_keep_their_bits_among_streams(reference: Path, isa: str) -> None:
    capture = read_quietly(reference / "captures" / "guitarml" / f"{MODEL}.json")
    x = signal(600, streams=6)
    feedback = design_feedback("cidl", DELAYS["96000"])
    together = Kernel(capture, feedback, streams=6, isa=isa).process(x)
    for stream in range(6):
        assert np.array_equal(Kernel(capture, feedback, isa=isa).process(x[stream : stream + 1])[0], together[stream])
