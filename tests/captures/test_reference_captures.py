"""Real captures of every format, against what their authors and an independent engine say they do."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from afxplugin.captures import Architecture, CaptureRateWarning, read_capture
from afxplugin.errors import CaptureFormatError


def quietly(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CaptureRateWarning)
        return read_capture(path)


def test_every_guitarml_capture(reference):
    files = sorted((reference / "captures" / "guitarml").glob("*.json"))
    assert len(files) == 13
    for path in files:
        capture = quietly(path)
        hidden, inputs = 20 if path.stem == "TS9_FullD" else 40, 2 if path.stem.endswith("Knob") else 1
        assert capture.architecture == Architecture("lstm", hidden=hidden, inputs=inputs)
        assert (capture.rate_hz, capture.rate_assumed, capture.skip) == (44100, True, 1.0)
    assert quietly(files[0].with_name("TS9_DriveKnob.json")).controls[0].name == "Drive"


def test_every_aidax_capture(reference):
    hidden = {"140923": 40, "BossDs": 20, "Cornish": 20, "ODN": 20, "RevvG3": 20, "SYN": 20, "bandm": 12, "tw40": 12}
    gains = {"ODN": -1.0, "SYN": -2.0}
    files = sorted((reference / "captures" / "aidax").glob("*.json"))
    assert len(files) == 8
    for path in files:
        capture = quietly(path)
        (size,) = (size for prefix, size in hidden.items() if path.name.startswith(prefix))
        gain_db = next((gain for prefix, gain in gains.items() if path.name.startswith(prefix)), 0.0)
        assert capture.architecture == Architecture("lstm", hidden=size)
        assert (capture.rate_hz, capture.skip, capture.output_gain_db) == (48000, 0.0, gain_db)
        assert capture.rate_assumed == ("metadata" not in json.loads(path.read_text()))


def test_aidax_self_tests(reference, play, snr):
    tested = 0
    for path in sorted((reference / "captures" / "aidax").glob("*.json")):
        document = json.loads(path.read_text())
        if "input_batch" not in document:
            continue
        y = play(quietly(path), np.array(document["input_batch"]).ravel())
        assert snr(np.array(document["output_batch"]).ravel(), y) >= 75.0, path.name
        tested += 1
    assert tested == 3


def test_nam_lstm_against_its_own_engine(reference, play, snr):
    capture = read_capture(reference / "captures" / "nam" / "lstm.nam")
    assert capture.architecture == Architecture("lstm", hidden=3)
    assert capture.weights["rec.h0"].any()
    assert capture.weights["rec.c0"].any()
    assert (capture.calibration.input_dbu, capture.calibration.output_dbu) == (18.3, 12.3)
    golden = np.load(reference / "golden" / "nam.npz")
    settle = np.zeros(capture.rate_hz)  # the engine's Reset pre-warms with silence
    y = play(capture, np.concatenate([settle, golden["x"].ravel()]))[len(settle) :]
    assert snr(golden["lstm"].ravel(), y) >= 80.0


@pytest.mark.parametrize(("name", "architecture"), [("wavenet", "WaveNet"), ("A2", "SlimmableContainer")])
def test_other_nam_architectures_are_named(reference, name, architecture):
    with pytest.raises(CaptureFormatError, match=f"NAM architecture '{architecture}' is not played; LSTM is played"):
        read_capture(reference / "captures" / "nam" / f"{name}.nam")
