"""On which side of their containers samples lie that are shorter than these: the samples themselves decide.

WAVE_FORMAT_EXTENSIBLE, AIFF and CAF put them into the upper bits. `arecord -f S24_LE`, and what copies an ALSA buffer
into a file, leaves them in the lower ones, 24 to 48 dB down for whoever does not look.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from afxplugin.audio.layout import read_at
from afxplugin.audio.pcm import top_justified
from afxplugin.errors import AudioError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afxplugin.audio.coding import Coding

_BLOCK_BYTES = 3 * 2**20
_LOOKED_AT_BYTES = 16 * _BLOCK_BYTES


@dataclass
class _Seen:
    """What the samples so far allow, and whether the bits below a left-justified sample are ever used."""

    sound: bool = False
    lower_used: bool = False
    sign_extended: bool = True
    zero_extended: bool = True

    def look(self, x: NDArray[np.int32], pad: int, unused: int) -> None:
        """Look at a block of samples in the upper bytes of 32 bits, `unused` of the bits below being none of them."""
        self.sound = self.sound or bool(x.any())
        self.lower_used = self.lower_used or bool((x & np.int32((1 << (pad + unused)) - 1)).any())
        top = x >> np.int32(31 - pad)  # the sample's own sign and all above it
        self.sign_extended = self.sign_extended and bool(((top == 0) | (top == -1)).all())
        self.zero_extended = self.zero_extended and bool((x.view(np.uint32) >> np.uint32(32 - pad) == 0).all())

    @property
    def right(self) -> bool:
        """Whether they may lie in the lower bits."""
        return self.sign_extended or self.zero_extended


def settled(coding: Coding, stream: BinaryIO, start: int, end: int) -> Coding:
    """Same coding with the side on which its samples lie, after a look at them (bytes `start` to `end`).

    Raises:
        AudioError: bits and block align contradict each other, and the samples fit neither.

    """
    pad = 8 * coding.container - coding.bits
    if coding.number != "int" or pad <= 0:
        return coding
    seen = _look(coding, stream, start, end, pad)
    if not seen.sound:
        return coding
    where = f"{coding.bits}-bit samples padded to {coding.container} bytes; read from the"
    lower = replace(
        coding,
        shift=pad,
        subtype=f"PCM_{-(-coding.bits // 8) * 8}",
        notes=(*coding.notes, f"{where} lower {coding.bits} bits"),
    )
    if not coding.doubt:  # a header without contradiction: upper bits, unless they are used for nothing
        if not seen.right or not seen.lower_used:
            return coding
        return lower
    if seen.right:
        return lower
    if not seen.lower_used:
        return replace(coding, notes=(*coding.notes, f"{where} upper {coding.bits} bits"))
    if coding.packed:
        own = coding.packed // coding.channels
        told = f"{coding.doubt}: played as frames of {coding.packed} bytes, which bits and byte rate give"
        return replace(
            coding, container=own, frame_bytes=coding.packed, subtype={2: "PCM_16", 3: "PCM_24"}[own],
            notes=(*coding.notes, told),
        )  # fmt: skip
    raise AudioError(f"{coding.doubt}, and the samples use all of it; allowed: lengths that agree")


def _look(coding: Coding, stream: BinaryIO, start: int, end: int, pad: int) -> _Seen:
    seen = _Seen()
    unused = 8 * (4 - coding.container)
    block = _BLOCK_BYTES // coding.container * coding.container
    for at in range(start, end - coding.container + 1, block):
        raw = read_at(stream, at, min(block, end - at))
        seen.look(
            top_justified(raw[: len(raw) // coding.container * coding.container], coding.container, coding.order),
            pad,
            unused,
        )
        # Loud samples decide early; quiet ones have to be looked at to the end.
        if not seen.right and (seen.lower_used or at - start > _LOOKED_AT_BYTES):
            break
    return seen
