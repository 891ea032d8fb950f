"""Losses: each takes output and target (frames, lanes) and the power (lanes,) that a lane's error is set against."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

PREEMPHASIS = 0.95


def scaled_error(output: Tensor, target: Tensor, scale: Tensor) -> Tensor:
    """Mean squared error of every lane over its scale, averaged over lanes: ESR where scale is the target's power."""
    return ((output - target).square().mean(dim=0) / scale).mean()


def emphasised_error(output: Tensor, target: Tensor, scale: Tensor) -> Tensor:
    """The same after y[n] − 0.95·y[n − 1], which lets the treble count (Wright et al. 2020, section 3.2)."""
    error = output - target
    return ((error[1:] - PREEMPHASIS * error[:-1]).square().mean(dim=0) / scale).mean()


def offset_error(output: Tensor, target: Tensor, scale: Tensor) -> Tensor:
    """Squared difference of the means over the scale (Wright et al. 2020, section 3.2)."""
    return ((output - target).mean(dim=0).square() / scale).mean()
