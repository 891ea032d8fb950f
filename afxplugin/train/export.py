"""A trained model as a capture, and a capture as the factory device that presets name."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from afxplugin.audio import replace_file
from afxplugin.captures import Architecture, Calibration, Capture, Control, Origin, write_afx
from afxplugin.errors import CaptureError
from afxplugin.kernel.linearise import linearise

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from afxplugin.train.recurrent import RecurrentModel

UNKNOWN_LEVELS = Calibration()
DEVICE_TOML = """\
schema = 1

[device]
name = "Green Overdrive"
description = "Simulated op-amp drive stage, diode clipper and passive tone; made by python -m afxplugin.train.factory"
licence = "CC0-1.0"

[capture]
path = "{path}"
sha256 = "{sha256}"

[[preset]]
name = "Crunch"
knobs = {{ Drive = 5.5, Tone = 6.0 }}
output_gain_db = 0.0

[[preset]]
name = "Clean Push"
knobs = {{ Drive = 1.5, Tone = 7.0 }}
output_gain_db = 1.5

[[preset]]
name = "Lead"
knobs = {{ Drive = 9.0, Tone = 5.0 }}
output_gain_db = -1.5
"""


def build_capture(
    model: RecurrentModel,
    *,
    name: str,
    rate_hz: int,
    controls: tuple[Control, ...],
    training: Mapping[str, object],
    calibration: Calibration = UNKNOWN_LEVELS,
) -> Capture:
    """The model's weights as a Capture, both biases of the recurrence added, with the eigenvalues of its loop.

    Raises CaptureError unless the model takes one input per control after the audio.
    """
    if model.rec.input_size != 1 + len(controls):
        raise CaptureError(f"given {len(controls)} controls for {model.rec.input_size} inputs; one fewer is needed")
    rec = model.rec.state_dict()
    weights = {
        "rec.weight_ih_l0": _plain(rec["weight_ih_l0"]),
        "rec.weight_hh_l0": _plain(rec["weight_hh_l0"]),
        "rec.bias_l0": _plain(rec["bias_ih_l0"] + rec["bias_hh_l0"]),
        "head.weight": _plain(model.head.weight),
        "head.bias": _plain(model.head.bias),
    }
    capture = Capture(
        name=name,
        architecture=Architecture("lstm", model.rec.hidden_size, 1, model.rec.input_size),
        weights=weights,
        rate_hz=rate_hz,
        controls=controls,
        skip=model.skip,
        calibration=calibration,
        training=training,
        origin=Origin(format="afx", licence="CC0-1.0", author="the afxplugin authors"),
    )
    return replace(capture, loop_eigenvalues=linearise(capture))


def write_device(folder: Path, capture: Capture, *, file_name: str = "overdrive.afx") -> None:
    """Write the capture and the device.toml that names it by its sha256 into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    write_afx(folder / file_name, capture)
    sha256 = hashlib.sha256((folder / file_name).read_bytes()).hexdigest()
    replace_file(folder / "device.toml", DEVICE_TOML.format(path=file_name, sha256=sha256).encode())


def _plain(weight: Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(weight.detach().cpu().numpy(), dtype=np.float32)
