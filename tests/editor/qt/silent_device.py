"""An audio device that nobody hears: what a player of the editor does, without a sound system."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from afxplugin.editor.playing.player import PlayerStats
from afxplugin.editor.playing.switcher import Switcher
from afxplugin.engine.stream import Device
from afxplugin.errors import DeviceError

DEVICE = Device(0, "Silent", "test", 0, 2, 48_000, False, True)


class SilentPlayer:
    """Takes what the switcher plays when it is told that time passes. opened: all that were made."""

    opened: ClassVar[list[SilentPlayer]] = []

    def __init__(self, switcher: Switcher, device: Device) -> None:
        self.switcher, self.device = switcher, device
        self.closed = False
        self.gone = False
        self.peaks = (0.0, 0.0)
        SilentPlayer.opened.append(self)

    @property
    def stats(self) -> PlayerStats:
        return PlayerStats(0, 0, 0, 80.0)

    @property
    def heard_s(self) -> float:
        return self.switcher.position_s

    def pass_time(self, seconds: float) -> np.ndarray:
        """What is heard in this time, (channels, frames)."""
        out = np.zeros((self.switcher.channels, round(seconds * self.switcher.rate_hz)), np.float32)
        self.switcher.fill(out)
        self.peaks = (float(abs(out[0]).max()), float(abs(out[-1]).max()))
        return out

    def take_peaks(self) -> tuple[float, float]:
        return self.peaks

    def check(self) -> None:
        if self.gone:
            raise DeviceError("the device has gone (Silent, test)")

    def close(self) -> None:
        self.closed = True


def choose_output(given: str | int | None, session_hz: int) -> tuple[Device, int]:
    del given
    return DEVICE, session_hz


def no_output(given: str | int | None, session_hz: int) -> tuple[Device, int]:
    del given, session_hz
    raise DeviceError("no output device is here; allowed: one that the system or a JACK server knows")
