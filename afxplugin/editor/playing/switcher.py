"""Gapless playback of one looped stretch in several variants: switching keeps the place, and no step is heard.

A *head* reads one variant's loop from a place on. Everything that would be a jump (another variant, another place, new
renderings) is a second head that is faded in over 10 ms while the first fades out; their gains add up to one, for
what they play is nearly the same signal. The seam of the loop is faded in the same way, once, when a loop is made.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from afxplugin.errors import SessionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from afxplugin.editor.comparing.compared import Signal

FADE_S: Final = 0.010
MATCHING_S: Final = 0.050
_PIECE_FRAMES: Final = 1024


@dataclass(eq=False)
class _Head:
    """Reads a loop (channels, frames) from ``at`` on, made ``gain`` times as loud where loudness is matched."""

    loop: Signal
    gain: float
    at: int

    def take(self, out: Signal) -> None:
        """Fill (channels, frames), of at most a loop, and move on."""
        frames, length = out.shape[1], self.loop.shape[1]
        first = min(frames, length - self.at)
        out[:, :first] = self.loop[:, self.at : self.at + first]
        done = first
        while done < frames:
            part = min(frames - done, length)
            out[:, done : done + part] = self.loop[:, :part]
            done += part
        self.at = (self.at + frames) % length


class _Ramp:
    """A number that moves to its target in equal steps."""

    def __init__(self, value: float, step: float) -> None:
        self.value = value
        self.target = value
        self._step = step
        self._count = np.arange(1, _PIECE_FRAMES + 1, dtype=np.float32)

    @property
    def is_still(self) -> bool:
        return self.value == self.target

    def take(self, frames: int) -> NDArray[np.float32]:
        """The next values (frames,), at most a piece."""
        step = self._step if self.target > self.value else -self._step
        values = self.value + step * self._count[:frames]
        np.clip(values, min(self.value, self.target), max(self.value, self.target), out=values)
        self.value = float(values[-1]) if frames else self.value
        if abs(self.value - self.target) < 0.5 * self._step:
            self.value = self.target
        return values


class Switcher:
    """Plays one of several renderings of a stretch in a loop. ``fill`` is for one thread, all else for any.

    variants: by name, (channels, frames) float32 of one shape at ``rate_hz``, longer than two fades of 10 ms.
    gains_db: by name, the gain that matches loudness; 0 where not named. It starts silent, at the first variant.

    Raises:
        SessionError: no variant, or shapes that differ or are too short.
    """

    def __init__(
        self, variants: Mapping[str, Signal], rate_hz: int, *, gains_db: Mapping[str, float] | None = None
    ) -> None:
        self.rate_hz = rate_hz
        self._fade = max(1, round(FADE_S * rate_hz))
        self._rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(self._fade) + 1) / (self._fade + 1))).astype(np.float32)
        self._loops, self._gains = self._made(variants, gains_db or {})
        self._lock = threading.Lock()
        self._name = next(iter(self._loops))
        self._wanted: _Head | None = None
        self._now = _Head(self._loops[self._name], self._gains[self._name], 0)
        self._next: _Head | None = None
        self._faded = 0
        self._level = _Ramp(0.0, 1.0 / self._fade)
        self._matching = _Ramp(1.0, 1.0 / max(1, round(MATCHING_S * rate_hz)))
        channels = self._now.loop.shape[0]
        self._other = np.zeros((channels, _PIECE_FRAMES), np.float32)
        self._peaks = np.zeros(channels, np.float32)

    @property
    def channels(self) -> int:
        """How many channels ``fill`` fills."""
        return self._peaks.shape[0]

    @property
    def names(self) -> tuple[str, ...]:
        """What can be switched to."""
        return tuple(self._loops)

    @property
    def name(self) -> str:
        """What is heard, or about to be."""
        return self._name

    @property
    def loop_s(self) -> float:
        """Length of the loop in seconds: that of the variants less one fade."""
        return self._now.loop.shape[1] / self.rate_hz

    @property
    def position_s(self) -> float:
        """Where in the stretch ``fill`` has come to, in seconds from its begin."""
        return (self._next or self._now).at / self.rate_hz

    @property
    def is_playing(self) -> bool:
        """Whether it plays, or is about to."""
        return self._level.target > 0.0

    def play(self) -> None:
        """Be heard from where it stopped, faded in."""
        self._level.target = 1.0

    def stop(self) -> None:
        """Be silent after 10 ms; the place stays."""
        self._level.target = 0.0

    def switch(self, name: str) -> None:
        """Go on with another variant at the same place. Raises SessionError for a name that is not there."""
        with self._lock:
            if name not in self._loops:
                raise SessionError(f"{name!r} cannot be played; allowed: {', '.join(self._loops)}")
            if name == self._name:
                return
            self._name = name
            self._want()

    def seek(self, position_s: float) -> None:
        """Go on from another place; beyond the loop's end it counts on from the begin."""
        with self._lock:
            loop = self._loops[self._name]
            at = round(position_s * self.rate_hz) % loop.shape[1]
            self._wanted = _Head(loop, self._gains[self._name], at)

    def replace(self, variants: Mapping[str, Signal], gains_db: Mapping[str, float] | None = None) -> None:
        """Play other renderings from now on, at the same place where they are as long.

        What is heard stays what it was, or becomes the first where it is not there any more. Raises SessionError as
        making a Switcher does, and for another number of channels.
        """
        loops, gains = self._made(variants, gains_db or {})
        channels = next(iter(loops.values())).shape[0]
        if channels != self.channels:
            raise SessionError(f"renderings of {channels} channels are given; allowed: {self.channels}")
        with self._lock:
            self._loops, self._gains = loops, gains
            if self._name not in loops:
                self._name = next(iter(loops))
            self._want()

    def set_matched(self, matched: bool) -> None:
        """Apply the matching gains, or do not, over 50 ms."""
        self._matching.target = 1.0 if matched else 0.0

    def take_peaks(self) -> tuple[float, ...]:
        """Highest magnitude of each channel since the last call, linear."""
        peaks = tuple(float(each) for each in self._peaks)
        self._peaks.fill(0.0)
        return peaks

    def fill(self, out: Signal) -> None:
        """Fill (channels, frames) float32 with what comes next; any number of frames."""
        done, frames = 0, out.shape[1]
        while done < frames:
            if self._level.is_still and self._level.value == 0.0:
                self._settle()
                out[:, done:] = 0.0
                return
            self._look()
            count = min(frames - done, _PIECE_FRAMES)
            if self._next is not None:
                count = min(count, self._fade - self._faded)
            self._piece(out[:, done : done + count])
            done += count

    def _piece(self, out: Signal) -> None:
        frames = out.shape[1]
        matching = self._matching.value if self._matching.is_still else self._matching.take(frames)
        self._now.take(out)
        out *= 1.0 + (self._now.gain - 1.0) * matching
        if self._next is not None:
            other = self._other[:, :frames]
            self._next.take(other)
            other *= 1.0 + (self._next.gain - 1.0) * matching
            other -= out
            other *= self._rise[self._faded : self._faded + frames]
            out += other
            self._faded += frames
            if self._faded == self._fade:
                self._now, self._next = self._next, None
        if not self._level.is_still or self._level.value != 1.0:
            out *= self._level.take(frames)
        np.maximum(self._peaks, np.abs(out).max(axis=1), out=self._peaks)

    def _want(self) -> None:
        """What is named now, at the place that is heard, or that is wanted already."""
        at = -1 if self._wanted is None else self._wanted.at
        self._wanted = _Head(self._loops[self._name], self._gains[self._name], at)

    def _look(self) -> None:
        """Begin a fade to what is wanted, where none is under way: one that is would end in a jump."""
        if self._next is not None or self._wanted is None:
            return
        wanted = self._take_wanted()
        if wanted is not None:
            self._next, self._faded = self._placed(wanted), 0

    def _take_wanted(self) -> _Head | None:
        with self._lock:
            wanted, self._wanted = self._wanted, None
            return wanted

    def _settle(self) -> None:
        """While nothing is heard nothing needs a fade."""
        if self._next is not None:
            self._now, self._next = self._next, None
        if self._wanted is not None:
            wanted = self._take_wanted()
            if wanted is not None:
                self._now = self._placed(wanted)
        self._matching.value = self._matching.target

    def _placed(self, head: _Head) -> _Head:
        """At its own place, or where the one that is heard has come to."""
        head.at = (self._now.at if head.at < 0 else head.at) % head.loop.shape[1]
        return head

    def _made(
        self, variants: Mapping[str, Signal], gains_db: Mapping[str, float]
    ) -> tuple[dict[str, Signal], dict[str, float]]:
        shapes = {each.shape for each in variants.values()}
        if len(shapes) != 1:
            raise SessionError(f"renderings of shapes {sorted(shapes)} are given; allowed: one or more of one shape")
        frames = next(iter(shapes))[1]
        if frames <= 2 * self._fade:
            raise SessionError(f"renderings of {frames} frames are given; allowed: more than {2 * self._fade}")
        loops = {name: self._loop(each) for name, each in variants.items()}
        return loops, {name: 10.0 ** (gains_db.get(name, 0.0) / 20.0) for name in variants}

    def _loop(self, x: Signal) -> Signal:
        """(channels, frames) -> (channels, frames - fade): its first frames are faded in over its last."""
        length = x.shape[1] - self._fade
        loop = np.array(x[:, :length], np.float32)
        loop[:, : self._fade] = x[:, length:] + self._rise * (x[:, : self._fade] - x[:, length:])
        return loop
