"""Simulated devices that presets come from: the truth to hold a capture against, at any rate and knob position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from afxplugin.devices import OverdriveDevice
    from afxplugin.render.source import Source

_AUTHOR: Final = "the afxplugin authors"


def _overdrive(source: Source) -> OverdriveDevice:
    from afxplugin.devices import OverdriveDevice

    knobs = {name.casefold(): position for name, position in source.knobs.items()}
    return OverdriveDevice(drive=knobs["drive"], tone=knobs["tone"])


def _amber(source: Source) -> OverdriveDevice:
    from afxplugin.devices import AMBER_TONE, OverdriveDevice

    (drive,) = source.knobs.values()
    return OverdriveDevice(drive=drive, tone=AMBER_TONE)


# By the name of the capture, which is ours and has these knobs, in the circuit's own units.
_DEVICES: Final[dict[str, tuple[tuple[str, ...], Callable[[Source], OverdriveDevice]]]] = {
    "green overdrive": (("drive", "tone"), _overdrive),
    "amber overdrive": (("drive",), _amber),
    "amber blend": (("drive",), _amber),
}


@dataclass(frozen=True, eq=False)
class SimulatedDevice:
    """The device of a source, set as the source is set: same knobs, gains and mix."""

    source: Source

    def process(self, x: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
        """Output (channels, frames) for x (channels, frames), full scale 1.0, at ``rate_hz``; without latency.

        Takes about a third of the signal's length a channel. Raises RateError.
        """
        source = self.source
        _, build = _DEVICES[source.capture.name.casefold()]
        level_in = 10.0 ** ((source.input_gain_db + source.capture.input_gain_db) / 20.0)
        level_out = 10.0 ** (source.output_gain_db / 20.0)
        wet = build(source).process(level_in * np.asarray(x, np.float64), rate_hz)
        return source.mix * level_out * wet + (1.0 - source.mix) * x  # as the chain: dry is not made louder


def find_device(source: Source) -> SimulatedDevice | None:
    """The simulated device that a source's capture was made from; None where it is another's, or has other knobs."""
    capture = source.capture
    if capture.origin.author != _AUTHOR or capture.name.casefold() not in _DEVICES or source.knob_maps:
        return None
    names, _ = _DEVICES[capture.name.casefold()]
    if tuple(control.name.casefold() for control in capture.controls) != names:
        return None
    return SimulatedDevice(source)
