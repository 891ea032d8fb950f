"""Reading audio files, whole or block by block, through libsndfile."""

from __future__ import annotations

import os
import stat
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np

from afxplugin.audio.chunks import Chunks, read_chunks
from afxplugin.audio.layout import Layout, read_body, read_layout
from afxplugin.audio.signal import Audio, check_rate
from afxplugin.errors import AudioError

if TYPE_CHECKING:
    from types import TracebackType

    from numpy.typing import NDArray

    from afxplugin.audio.bext import Bext

AUDIO_SUFFIXES = (".wav", ".wave", ".bwf", ".rf64", ".aif", ".aiff", ".aifc", ".flac", ".w64", ".caf")
_FORMATS = {"WAV": "WAV", "WAVEX": "WAV", "RF64": "RF64", "AIFF": "AIFF", "FLAC": "FLAC", "W64": "W64", "CAF": "CAF"}
_ALLOWED = "WAV, RF64, AIFF, FLAC, W64, CAF"
_BLOCK_FRAMES = 65_536
_LONGEST_FRAMES = 2**48  # libsndfile says 2^63 - 1 where a FLAC stream does not know its own length


@dataclass(frozen=True)
class AudioInfo:
    """What an audio file is.

    `format` is WAV, RF64, AIFF, FLAC, W64 or CAF; `subtype` the coding of a sample in libsndfile's words (PCM_16,
    PCM_24, FLOAT, ...); `chunks` what a render keeps of it; `bext` its broadcast extension, or None.
    """

    path: Path
    rate_hz: int
    channels: int
    frames: int
    format: str
    subtype: str
    chunks: Chunks

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

    Raises:
        AudioError: the file is absent, empty, truncated, without frames, or of a format that is not read.
        RateError: its rate is outside 8 to 384 kHz.

    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._stream = _open(self._path)
        self._sound: Any = None
        try:
            layout = _checked_layout(self._stream, self._path)
            self._sound = _open_sound(self._stream, self._path)
            self.info = _info(self._sound, self._stream, layout, self._path)
        except OSError as error:
            self.close()
            raise error if isinstance(error, AudioError) else _unreadable(self._path, error) from error
        except BaseException:
            self.close()
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
            block: NDArray[np.float32] = self._sound.read(wanted, dtype="float32", always_2d=True)
        except (OSError, RuntimeError) as error:
            raise _unreadable(self._path, error) from error
        if len(block) < wanted:
            raise AudioError(
                f"{self._path}: ends at frame {self._frame + len(block)} of the {self.info.frames} that it announced; "
                "it was shortened while it was read, or its coding is damaged"
            )
        self._frame += wanted
        return np.ascontiguousarray(block.T)

    def seek(self, frame: int) -> None:
        """Let the next `read` start at `frame`.

        Raises:
            AudioError: `frame` lies outside the file, or the file cannot be read there.

        """
        if not 0 <= frame <= self.info.frames:
            raise AudioError(f"{self._path}: frame {frame} is outside the file; allowed: 0 to {self.info.frames}")
        try:
            self._sound.seek(frame)
        except (OSError, RuntimeError) as error:
            raise _unreadable(self._path, error) from error
        self._frame = frame

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._sound is not None:
            self._sound.close()
        self._stream.close()


def read_info(path: str | os.PathLike[str]) -> AudioInfo:
    """Read what an audio file is; errors as for AudioReader."""
    with AudioReader(path) as reader:
        return reader.info


def read_audio(path: str | os.PathLike[str]) -> Audio:
    """Read a whole audio file as float32; errors as for AudioReader."""
    with AudioReader(path) as reader:
        # Grown block by block: a header that announces more than there is must not make us reserve it.
        blocks = [reader.read(_BLOCK_FRAMES)]
        while blocks[-1].shape[1] == _BLOCK_FRAMES:
            blocks.append(reader.read(_BLOCK_FRAMES))
        return Audio(np.concatenate(blocks, axis=1), reader.info.rate_hz)


def _unreadable(path: Path, error: Exception) -> AudioError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return AudioError(f"{path}: cannot be read: {reason}")


def _open(path: Path) -> BinaryIO:
    try:
        # O_NONBLOCK: opening a pipe by mistake must not wait for its writer.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise AudioError(f"{path}: is not a file; allowed: an audio file ({_ALLOWED})")
    # Unbuffered: its position is that of the descriptor, which libsndfile shares.
    return cast("BinaryIO", os.fdopen(descriptor, "rb", buffering=0))


def _checked_layout(stream: BinaryIO, path: Path) -> Layout:
    layout = read_layout(stream)
    if layout.file_bytes == 0:
        raise AudioError(f"{path}: is empty (0 bytes); allowed: an audio file ({_ALLOWED})")
    frame_bytes = 1
    for span in layout.spans:
        if span.id == b"fmt " and span.size >= 16 and (fmt := read_body(stream, span, most=16)) is not None:
            order = ">" if layout.kind == "RIFX" else "<"
            _, _, rate_hz, _, frame_bytes = struct.unpack_from(order + "HHIIH", fmt)
            check_rate(rate_hz, what=f"{path}: its sample rate")
    if layout.missing_bytes and layout.data is not None:
        raise AudioError(
            f"{path}: is truncated: {layout.data.size // max(frame_bytes, 1)} "
            f"{'frames' if frame_bytes > 1 else 'bytes of samples'} announced, "
            f"{max(0, layout.file_bytes - layout.data.offset) // max(frame_bytes, 1)} there"
        )
    if layout.data is not None and layout.data.size == 0:
        raise AudioError(f"{path}: has 0 frames; allowed: 1 or more")
    return layout


def _open_sound(stream: BinaryIO, path: Path) -> Any:
    import soundfile  # slow to import  # pyright: ignore[reportMissingTypeStubs]

    stream.seek(0)
    try:
        # By descriptor: libsndfile's own opening refuses names that are not UTF-8 or longer than its buffer.
        target = stream if sys.platform == "win32" else stream.fileno()
        return soundfile.SoundFile(target, closefd=False)
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        reason = str(getattr(error, "error_string", error)).rstrip(".")
        raise AudioError(f"{path}: is not an audio file that can be read ({reason}); allowed: {_ALLOWED}") from error


def _info(sound: Any, stream: BinaryIO, layout: Layout, path: Path) -> AudioInfo:
    if sound.format not in _FORMATS:
        raise AudioError(f"{path}: is of format {sound.format}; allowed: {_ALLOWED}")
    check_rate(int(sound.samplerate), what=f"{path}: its sample rate")
    frames = int(sound.frames)
    if frames < 1:
        raise AudioError(f"{path}: has 0 frames; allowed: 1 or more")
    if frames > _LONGEST_FRAMES:
        raise AudioError(f"{path}: does not say how many frames it has; allowed: a file that does (encode it again)")
    position = stream.tell()
    chunks = read_chunks(stream, layout, int(sound.samplerate))
    stream.seek(position)
    return AudioInfo(
        path=path,
        rate_hz=int(sound.samplerate),
        channels=int(sound.channels),
        frames=frames,
        format=_FORMATS[sound.format],
        subtype=str(sound.subtype),
        chunks=chunks,
    )
