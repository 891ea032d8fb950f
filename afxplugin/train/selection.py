"""Choosing the segments that a model still gets most wrong, to train on those further."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import torch

from afxplugin.train.data import Segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from afxplugin.train.recurrent import RecurrentModel

LANES = 64
WARM_FRAMES = 256


def segment_errors(model: RecurrentModel, data: Segments) -> NDArray[np.float64]:
    """Mean squared error of every segment over its scale, (segments,), its first 256 frames not counted."""
    errors: list[NDArray[np.float64]] = []
    with torch.no_grad():
        for start in range(0, len(data.x), LANES):
            rows = slice(start, start + LANES)
            x, y = (torch.from_numpy(np.ascontiguousarray(a[rows].T)) for a in (data.x, data.y))
            output, _ = model(x, torch.from_numpy(data.knobs[rows]))
            squares = (output - y)[WARM_FRAMES:].square().mean(dim=0).numpy().astype(np.float64)
            errors.append(squares / data.scale[rows])
    return np.concatenate(errors)


def hardest(model: RecurrentModel, data: Segments, count: int) -> Segments:
    """The `count` segments with the largest errors, in their old order."""
    chosen = np.sort(np.argsort(segment_errors(model, data), kind="stable")[-count:])
    return Segments(**{f.name: getattr(data, f.name)[chosen] for f in fields(data)})


def join(parts: Sequence[Segments]) -> Segments:
    """All segments of the parts, one part after another."""
    return Segments(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Segments)})
