"""Plays a switcher on an audio device: a thread keeps a ring filled, which the device's compiled callback empties."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from afxplugin import _core
from afxplugin.engine.stream import OutputStream, check_output, find_device, list_devices
from afxplugin.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afxplugin.editor.comparing.compared import Signal
    from afxplugin.editor.playing.switcher import Switcher
    from afxplugin.engine.stream import Device

BLOCK_FRAMES: Final = 256
# How far the thread is ahead: what the interpreter may keep it waiting, and how late a switch is heard.
PREFILL_S: Final = 0.08
_LOOK_S: Final = 0.1
_SILENT_S: Final = 1.0


@dataclass(frozen=True)
class PlayerStats:
    """Since the device was opened.

    underruns: blocks that came too late from us and were heard as silence for underrun_frames. xruns: what the device
    says it lost. switching_ms: how late a switch is heard.
    """

    underruns: int
    underrun_frames: int
    xruns: int
    switching_ms: float


def output_devices() -> tuple[Device, ...]:
    """Devices that can be played on, none where there are none. Raises DeviceError where audio is not installed."""
    return tuple(each for each in list_devices() if each.output_channels > 0)


def choose_output(given: str | int | None, session_hz: int) -> tuple[Device, int]:
    """A device by number or name (None: the default), and the rate in Hz at which it will play.

    The session's rate where the device runs at it, else its own. Raises DeviceError for a device that is not there.
    """
    device = find_device(given, "output", list_devices())
    channels = min(2, device.output_channels)
    try:
        check_output(device, rate_hz=session_hz, channels=channels)
    except DeviceError:
        check_output(device, rate_hz=device.rate_hz, channels=channels)
        return device, device.rate_hz
    return device, session_hz


def at_device_rate(variants: Mapping[str, Signal], session_hz: int, device_hz: int) -> dict[str, Signal]:
    """Renderings (channels, frames) brought to a device's rate, ideally and alike; slow where the rates differ.

    More than two channels become the first two.
    """
    from afxplugin.rates import resample_fft

    heard = {name: x[:2] for name, x in variants.items()}
    if session_hz == device_hz:
        return heard
    return {name: resample_fft(x, session_hz, device_hz).astype(np.float32) for name, x in heard.items()}


class LoopPlayer:
    """An open device that plays a switcher, one channel or two, from when this returns until ``close``.

    The switcher's rate is the device's. ``switcher.play`` and the like then act within ``stats.switching_ms``.

    Raises:
        DeviceError: the device does not open so.
    """

    def __init__(self, switcher: Switcher, device: Device) -> None:
        self.switcher = switcher
        self.device = device
        rate_hz = switcher.rate_hz
        blocks = max(2, -(-round(PREFILL_S * rate_hz) // BLOCK_FRAMES))
        self._prefill = blocks * BLOCK_FRAMES
        # Twice what is under way at most, for waiting on a ring looks at half of it.
        self._asked = _core.Ring(1, 2 * self._prefill + 2 * BLOCK_FRAMES)
        self._answered = _core.Ring(2, 2 * self._prefill + 2 * BLOCK_FRAMES)
        outputs = min(2, device.output_channels)
        self._link = _core.DeviceLink(
            self._asked,
            self._answered,
            input_channels=1,
            output_channels=outputs,
            first_input=0,
            block_frames=BLOCK_FRAMES,
            prefill_frames=self._prefill,
        )
        self._began_ns = time.monotonic_ns()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._feed, name="playback", daemon=True)
        self._thread.start()
        try:
            self._stream = OutputStream(
                device, self._link, rate_hz=rate_hz, block_frames=BLOCK_FRAMES, output_channels=outputs
            )
        except BaseException:
            self._end_feeding()
            raise

    @property
    def stats(self) -> PlayerStats:
        """What went wrong so far, and how late it is."""
        stats = self._link.stats()
        late_ms = 1000.0 * (self._prefill / self.switcher.rate_hz + self._stream.latency_s)
        return PlayerStats(stats.underruns, stats.underrun_frames, stats.output_underflows, late_ms)

    @property
    def heard_s(self) -> float:
        """Where in the stretch the ear is: the switcher's place less what is under way to the device."""
        if not self.switcher.is_playing:
            return self.switcher.position_s
        ahead_s = self._prefill / self.switcher.rate_hz
        return (self.switcher.position_s - ahead_s) % self.switcher.loop_s

    def take_peaks(self) -> tuple[float, float]:
        """Highest magnitudes at the device's left and right since the last call, linear."""
        _, left, right = self._link.take_peaks()
        return left, right

    def check(self) -> None:
        """Raise DeviceError where the device has gone."""
        if self._closed.is_set():
            return
        silent_ns = time.monotonic_ns() - (self._link.stats().last_callback_ns or self._began_ns)
        if not self._stream.is_running or silent_ns > _SILENT_S * 1e9:
            raise DeviceError(
                f"the device has gone ({self.device.name}, {self.device.host_api}): it was unplugged, or its server "
                "has ended; allowed: to choose another, or the same when it is back"
            )

    def close(self) -> None:
        """End it, with a fade of 10 ms where the device still plays; a second call does nothing."""
        if self._closed.is_set():
            return
        self.switcher.stop()
        played = self._link.stats().frames
        if self._stream.is_running:
            wanted = self._prefill + 2 * round(0.01 * self.switcher.rate_hz)
            deadline = time.monotonic() + 2.0 * wanted / self.switcher.rate_hz + 0.05
            while self._link.stats().frames - played < wanted and time.monotonic() < deadline:
                time.sleep(0.005)
        self._end_feeding()
        self._stream.close()

    def _end_feeding(self) -> None:
        self._closed.set()
        self._asked.close()
        self._answered.close()
        self._thread.join()

    def _feed(self) -> None:
        """Answer each block that the device asks for; the first are the prefill."""
        heard = np.zeros((self.switcher.channels, BLOCK_FRAMES), np.float32)
        both = np.zeros((2, BLOCK_FRAMES), np.float32)
        while not self._closed.is_set():
            if not self._asked.wait_readable(BLOCK_FRAMES, _LOOK_S):
                continue
            if self._closed.is_set() or self._asked.read(BLOCK_FRAMES).shape[1] == 0:
                continue
            self.switcher.fill(heard)
            both[:] = heard[:2] if heard.shape[0] > 1 else heard
            self._answered.write(both)
