"""Reading audio files, whole or block by block."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from afxplugin.audio.chunks import Chunks, read_chunks
from afxplugin.audio.heads import ALLOWED, HEAD_BYTES, refusal
from afxplugin.audio.layout import Layout, read_at, read_layout
from afxplugin.audio.signal import Audio
from afxplugin.audio.source import Source, Truncated, open_source
from afxplugin.errors import AfxError, AudioError
from afxplugin.files import open_regular, why

if TYPE_CHECKING:
    from types import TracebackType

    from numpy.typing import NDArray

    from afxplugin.audio.bext import Bext

AUDIO_SUFFIXES = (".wav", ".wave", ".bwf", ".rf64", ".aif", ".aiff", ".aifc", ".flac", ".w64", ".caf")
_BLOCK_FRAMES = 65_536


@dataclass(frozen=True)
class AudioInfo:
    """What an audio file is.

    `format` is WAV, RF64, BW64, AIFF, FLAC, W64 or CAF; `subtype` the coding of a sample in libsndfile's words (PCM_16,
    PCM_24, FLOAT, ...); `chunks` what a render keeps of it; `bext` its broadcast extension, or None; `notes` what is
    odd about the file and how it is played nevertheless.
    """

    path: Path
    rate_hz: int
    channels: int
    frames: int
    format: str
    subtype: str
    chunks: Chunks
    notes: tuple[str, ...] = ()

    @property
    def bext(self) -> Bext | None:
        """Broadcast extension of the file, or None."""
        return self.chunks.bext

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate_hz


class AudioReader:
    """An open audio file, read in blocks; a context manager.

    Where header and content disagree in the number of frames, `truncated` "fail" refuses the file and "play" plays all
    whole frames that are there, with a note in `info`. A size that says "unknown" needs no option.

    Raises:
        AudioError: the file is absent, empty, truncated, without frames, or of a format that is not read.
        RateError: its rate is outside 8 to 384 kHz.

    """

    def __init__(self, path: str | os.PathLike[str], *, truncated: Truncated = "fail") -> None:
        if truncated not in ("fail", "play"):
            raise AudioError(f"truncated is {truncated!r}; allowed: fail, play")
        self._path = Path(path)
        self._truncated = truncated
        self._stream = _open(self._path)
        try:
            layout = _known_layout(self._stream)
            self._file_bytes = layout.file_bytes
            self._source = open_source(self._stream, layout, truncated=truncated)
            self.info = _info(self._source, self._stream, layout, self._path)
        except AfxError as error:
            self._stream.close()
            raise error.about(self._path) from error.__cause__
        except OSError as error:
            self._stream.close()
            raise _unreadable(self._path, error) from error
        except BaseException:
            self._stream.close()
            raise
        self._frame = 0

    def __enter__(self) -> AudioReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def frame(self) -> int:
        """The next frame that `read` returns."""
        return self._frame

    def read(self, frames: int) -> NDArray[np.float32]:
        """Read the next block.

        Returns (channels, n) float32, C-contiguous, full scale ±1; n = `frames`, fewer at the end of the file, then 0.

        Raises:
            AudioError: the file gives fewer frames than it announced: it shrank, or its coding is damaged.

        """
        wanted = max(0, min(frames, self.info.frames - self._frame))
        if wanted == 0:
            return np.empty((self.info.channels, 0), np.float32)
        try:
            block = self._source.samples.read(wanted)
        except RuntimeError as error:
            raise self._short(self._frame, str(error)) from error
        except OSError as error:
            raise _unreadable(self._path, error) from error
        if block.shape[1] < wanted:
            raise self._short(self._frame + block.shape[1])
        self._frame += wanted
        return block

    def _short(self, frame: int, told: str = "") -> AudioError:
        if os.fstat(self._stream.fileno()).st_size < self._file_bytes:
            told = f"ended at frame {frame} of {self.info.frames}: it was shortened while it was read; render it again"
            return AudioError(told, path=self._path)
        reason = f"its coding is damaged at or after frame {frame} of {self.info.frames}{f' ({told})' if told else ''}"
        allowed = "an undamaged file"
        if self._truncated == "fail" and self.info.format == "FLAC":
            allowed = "truncated='play' (--truncated play), which plays the frames before the damage"
        return AudioError(f"{reason}; allowed: {allowed}", path=self._path)

    def seek(self, frame: int) -> None:
        """Let the next `read` start at `frame`.

        Raises:
            AudioError: `frame` lies outside the file, or the file cannot be read there.

        """
        if not 0 <= frame <= self.info.frames:
            raise AudioError(f"frame {frame} is outside the file; allowed: 0 to {self.info.frames}", path=self._path)
        try:
            self._source.samples.seek(frame)
        except (OSError, RuntimeError) as error:
            raise _unreadable(self._path, error) from error
        self._frame = frame

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._source.samples.close()
        self._stream.close()


def read_info(path: str | os.PathLike[str], *, truncated: Truncated = "fail") -> AudioInfo:
    """Read what an audio file is; `truncated` and errors as for AudioReader."""
    with AudioReader(path, truncated=truncated) as reader:
        return reader.info


def read_audio(path: str | os.PathLike[str], *, truncated: Truncated = "fail") -> Audio:
    """Read a whole audio file as float32; `truncated` and errors as for AudioReader."""
    with AudioReader(path, truncated=truncated) as reader:
        # Grown block by block: a header that announces more than there is must not make us reserve it.
        blocks = [reader.read(_BLOCK_FRAMES)]
        while blocks[-1].shape[1] == _BLOCK_FRAMES:
            blocks.append(reader.read(_BLOCK_FRAMES))
        return Audio(np.concatenate(blocks, axis=1), reader.info.rate_hz)


def _unreadable(path: Path, error: Exception) -> AudioError:
    return AudioError(f"cannot be read: {why(error)}", path=path)


def _open(path: Path) -> BinaryIO:
    try:
        # Unbuffered: its position is that of the descriptor, which libsndfile shares.
        return open_regular(path, buffering=0)
    except OSError as error:
        raise _unreadable(path, error) from error


def _known_layout(stream: BinaryIO) -> Layout:
    layout = read_layout(stream)
    if layout.file_bytes == 0:
        raise AudioError(f"empty file (0 bytes); allowed: {ALLOWED}")
    if not layout.kind:
        raise AudioError(refusal(read_at(stream, 0, HEAD_BYTES)))
    return layout


def _info(source: Source, stream: BinaryIO, layout: Layout, path: Path) -> AudioInfo:
    position = stream.tell()  # libsndfile's, where it reads the same descriptor
    chunks = read_chunks(stream, layout, source.tail, source.rate_hz)
    stream.seek(position)
    return AudioInfo(
        path=path,
        rate_hz=source.rate_hz,
        channels=source.channels,
        frames=source.frames,
        format=source.format,
        subtype=source.samples.subtype,
        chunks=chunks,
        notes=(*source.notes, *chunks.notes),
    )
