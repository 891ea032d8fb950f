"""Writing a WAV file block by block: whole under its name, or not there at all."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from afxplugin.audio.bext import history_line
from afxplugin.audio.chunks import Chunks
from afxplugin.audio.file_facts import FileFacts, read_facts
from afxplugin.audio.publish import create_hidden, publish
from afxplugin.audio.samples import float_samples
from afxplugin.audio.signal import check_rate
from afxplugin.audio.wav import BITS, Subtype, encode_float, encode_integer, wav_header
from afxplugin.errors import AudioError
from afxplugin.files import why

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from numpy.typing import NDArray

__all__ = ["AudioWriter"]

_MOST_CHANNELS = 1024


class AudioWriter:
    """A WAV file being written; a context manager that finishes the file, or removes it after an error.

    The samples go to a hidden temporary file in the same folder, which takes the name `path` when all are on the disk.
    Past 4 GB the file is RF64. Samples are ±1 at full scale: `float` keeps them as they are (32 bits), `24` and `16`
    are dithered and clipped. The dither is seeded with the file's name, rate and channel count: a render repeated under
    the same name has the same bits, and different stems carry independent noise. `chunks` of the source are kept, at
    the new rate where it differs; the coding history of its broadcast extension gets a line that ends in `history`.
    `frames`, where they are known beforehand, save `close` from reading the file again for its hash.

    Raises:
        AudioError: the folder cannot be written, the name is too long, `path` exists and `overwrite` is false (its
            cause is then FileExistsError), or the channel count is not 1 to 1024.
        RateError: the rate is outside 8 to 384 kHz.

    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        rate_hz: int,
        channels: int,
        subtype: Subtype = "float",
        chunks: Chunks | None = None,
        history: str = "afxplugin",
        overwrite: bool = False,
        frames: int | None = None,
    ) -> None:
        check_rate(rate_hz)
        if not 1 <= channels <= _MOST_CHANNELS:
            raise AudioError(f"cannot have {channels} channels; allowed: 1 to {_MOST_CHANNELS}", path=path)
        if subtype not in BITS:
            raise AudioError(f"cannot have samples of subtype {subtype!r}; allowed: {', '.join(BITS)}", path=path)
        self.path = Path(path)
        self._rate_hz, self._channels, self._overwrite = rate_hz, channels, overwrite
        self._subtype: Subtype = subtype
        line = history_line(rate_hz=rate_hz, bits=BITS[subtype], channels=channels, text=history)
        self._chunks = (chunks or Chunks(rate_hz)).at_rate(rate_hz).with_history(line)
        self._dither = np.random.Generator(np.random.PCG64(_seed(self.path.name, rate_hz, channels)))
        self._frames = 0
        self._clipped = 0
        self._announced = frames
        self._digest = None if frames is None else hashlib.sha256()
        _check_target(self.path, overwrite=overwrite)
        try:
            self._descriptor, self._hidden = create_hidden(self.path.parent)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            self._write_bytes(self._header(frames or 0))
        except BaseException:
            self.abort()
            raise

    def __enter__(self) -> AudioWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    @property
    def frames(self) -> int:
        """Frames written so far."""
        return self._frames

    @property
    def clipped_samples(self) -> int:
        """Samples so far that were beyond the range of 24 or 16 bits; always 0 for float."""
        return self._clipped

    def write(self, x: NDArray[np.float32] | NDArray[np.float64]) -> None:
        """Append a block (channels, n) of float32 or float64.

        Raises:
            BlockError: the samples are integers, or of another type that is not floating point; nothing stays either.
            AudioError: the shape is wrong, a sample is not a number where integers are written, the disk is full, or
                the file is closed; whatever the reason, nothing stays on the disk.

        """
        try:
            if self._descriptor < 0:
                raise AudioError(
                    "the file is closed, nothing can be added; allowed: writing before close()", path=self.path
                )
            x = float_samples(x)
            if x.ndim != 2 or x.shape[0] != self._channels:
                raise AudioError(
                    f"given a block of shape {x.shape}; allowed: ({self._channels}, frames)", path=self.path
                )
            self._write_bytes(self._encode(x.T))
        except BaseException:
            self.abort()
            raise
        self._frames += x.shape[1]

    def close(self, publisher: Callable[[Path, FileFacts], None] | None = None) -> None:
        """Finish the file and give it its name; a second call, or one after `abort`, does nothing.

        `publisher` gives it its name instead: it is called with the path of the finished temporary file and with what
        identifies its content.

        Raises:
            AudioError: the disk is full, or another program made a file of this name meanwhile (then its cause is
                FileExistsError); nothing stays behind.

        """
        if self._descriptor < 0:
            return
        try:
            self._finish()
            if publisher is None:
                publish(self._hidden, self.path, overwrite=self._overwrite)
            else:
                publisher(self._hidden, self._facts())
        except FileExistsError as error:
            raise _exists(self.path) from error
        except OSError as error:
            raise error if isinstance(error, AudioError) else self._unwritable(error) from error
        finally:
            self.abort()

    def abort(self) -> None:
        """Give up: close and remove the temporary file; after `close` or a second time it does nothing."""
        if self._descriptor < 0:
            return
        os.close(self._descriptor)
        self._descriptor = -1
        self._hidden.unlink(missing_ok=True)

    def _finish(self) -> None:
        frame_bytes = self._channels * BITS[self._subtype] // 8
        if self._frames * frame_bytes % 2:
            self._write_bytes(b"\0")
        if self._frames != self._announced:
            self._digest = None  # of another header
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            self._write_bytes(self._header(self._frames))
        os.fsync(self._descriptor)

    def _facts(self) -> FileFacts:
        if self._digest is None:
            return read_facts(self._hidden)
        status = os.fstat(self._descriptor)
        return FileFacts(status.st_size, status.st_mtime_ns, self._digest.hexdigest())

    def _encode(self, x: NDArray[np.float32] | NDArray[np.float64]) -> bytes:
        if self._subtype == "float":
            return encode_float(x)
        if not np.isfinite(x).all():
            raise AudioError(
                f"a sample that is not finite cannot be written in {self._subtype} bits; allowed: numbers",
                path=self.path,
            )
        raw, clipped = encode_integer(x, bits=BITS[self._subtype], dither=self._dither)
        self._clipped += clipped
        return raw

    def _header(self, frames: int) -> bytes:
        return wav_header(
            rate_hz=self._rate_hz,
            channels=self._channels,
            subtype=self._subtype,
            frames=frames,
            chunks=self._chunks.items,
            channel_mask=self._chunks.channel_mask,
        )

    def _write_bytes(self, raw: bytes) -> None:
        if self._digest is not None:
            self._digest.update(raw)
        rest = memoryview(raw)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> AudioError:
        return AudioError(f"cannot be written: {why(error)}", path=self.path)


def _exists(path: Path) -> AudioError:
    return AudioError("exists already; allowed: another name, or to overwrite it", path=path)


def _check_target(path: Path, *, overwrite: bool) -> None:
    """Refuse at once what would otherwise fail only after the last sample."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise AudioError(f"cannot be written: {why(error)}", path=path) from error
    if stat.S_ISDIR(mode):
        raise AudioError("is a folder; allowed: the name of a file", path=path)
    if not overwrite:
        raise _exists(path) from FileExistsError(path)


def _seed(name: str, rate_hz: int, channels: int) -> int:
    text = f"{rate_hz} {channels} {name}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(text).digest()[:16], "little")
