"""Integer and float samples as float32: the bytes of a file turned into (channels, frames) without a library."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from afxplugin.audio.layout import read_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afxplugin.audio.coding import Coding


class PcmSamples:
    """Samples of a file that are plain numbers; the file stays the caller's.

    `frames` is how many are there from byte `start` on.
    """

    def __init__(self, stream: BinaryIO, coding: Coding, start: int, frames: int) -> None:
        self.subtype = coding.subtype
        self.frames = frames
        self._stream, self._coding, self._start = stream, coding, start
        self._frame = 0

    def read(self, frames: int) -> NDArray[np.float32]:
        """Next block, (channels, n) float32, C-contiguous; n below `frames` only where the file has shrunk."""
        at = self._start + self._frame * self._coding.frame_bytes
        raw = read_at(self._stream, at, frames * self._coding.frame_bytes)
        x = decode(raw, self._coding)
        self._frame += x.shape[1]
        return x

    def seek(self, frame: int) -> None:
        """Let the next `read` start at a frame."""
        self._frame = frame

    def close(self) -> None:
        """Release nothing: the file is the caller's."""


def decode(raw: bytes, coding: Coding) -> NDArray[np.float32]:
    """Whole frames in `raw` as (channels, n) float32, full scale ±1.

    An integer is rounded to float32 and then divided by half its range, as in libsndfile, so the bits are the same.
    """
    frames = len(raw) // coding.frame_bytes
    x = np.empty((coding.channels, frames), np.float32)
    numbers, scale = _numbers(raw[: frames * coding.frame_bytes], coding)
    with np.errstate(over="ignore", invalid="ignore"):  # float64 beyond float32's range becomes infinite
        x[...] = numbers.reshape(frames, coding.channels).T
    if scale != 1.0:
        x *= np.float32(scale)
    return x


def top_justified(raw: bytes, container: int, order: str) -> NDArray[np.int32]:
    """Integers of 1 to 4 bytes as the upper bytes of 32 bits; one number a sample, in the order of the file."""
    numbers = np.frombuffer(raw, np.uint8).reshape(-1, container)
    wide = np.zeros((len(numbers), 4), np.uint8)
    if order == "<":
        wide[:, 4 - container :] = numbers
        return wide.view("<i4").reshape(-1).astype(np.int32, copy=False)
    wide[:, :container] = numbers
    return wide.view(">i4").reshape(-1).astype(np.int32)


def _numbers(raw: bytes, coding: Coding) -> tuple[NDArray[np.generic], float]:
    """Numbers of a file and what each is to be multiplied by."""
    order, container = coding.order, coding.container
    if coding.number == "float":
        return np.frombuffer(raw, f"{order}f{container}"), 1.0
    if coding.number == "unsigned":
        return np.frombuffer(raw, np.uint8).astype(np.int16) - np.int16(128), 2.0**-7
    if coding.shift:
        return top_justified(raw, container, order) << np.int32(coding.shift), 2.0**-31
    if container == 3:
        return top_justified(raw, container, order), 2.0**-31
    return np.frombuffer(raw, f"{order}i{container}"), 2.0 ** (1 - 8 * container)
