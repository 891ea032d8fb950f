"""A trained model as a capture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from afxplugin.captures import Architecture, Calibration, Capture, Control, Origin
from afxplugin.errors import CaptureError
from afxplugin.kernel.linearise import linearise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from torch import Tensor

    from afxplugin.train.recurrent import RecurrentModel

UNKNOWN_LEVELS = Calibration()


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


def _plain(weight: Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(weight.detach().cpu().numpy(), dtype=np.float32)
