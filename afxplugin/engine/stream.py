"""Audio devices: which there are, and a stream of one whose callback is the compiled core's.

The stream is opened through sounddevice, given the address of a C function for its callback: its ``_StreamBase`` is
made for libraries that do so (python-rtmixer, by the same author, is one). It brings a PortAudio on systems that have
none, the search for devices and the text of errors, which opening libportaudio from the core would need again. Its
version is pinned, as the class is not for everybody. No Python runs on the audio thread.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from afxplugin import _core
from afxplugin.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

Kind = Literal["input", "output"]
_INVALID_RATE: Final = -9997
_JACK: Final = "JACK Audio Connection Kit"
_ENDING_S: Final = 1.0


@dataclass(frozen=True)
class Device:
    """A device as PortAudio knows it; ``rate_hz`` is the rate that it prefers, or runs at."""

    index: int
    name: str
    host_api: str
    input_channels: int
    output_channels: int
    rate_hz: int
    is_default_input: bool
    is_default_output: bool

    def channels(self, kind: Kind) -> int:
        """How many inputs or outputs it has."""
        return self.input_channels if kind == "input" else self.output_channels

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class DevicePair:
    """Where sound comes from and where it goes to, often the same device."""

    input: Device
    output: Device


def list_devices() -> tuple[Device, ...]:
    """All devices that are there now, empty where there is none.

    Raises:
        DeviceError: sounddevice or PortAudio is not installed, or a device has gone and took PortAudio with it.
    """
    library = _library()
    if _lost_streams:
        raise DeviceError("a device that has gone holds this program's audio; allowed: to start the program again")
    _look_again(library)
    apis = [str(each["name"]) for each in library.query_hostapis()]
    default_input, default_output = library.default.device
    return tuple(
        Device(
            index=k,
            name=str(each["name"]),
            host_api=apis[int(each["hostapi"])],
            input_channels=int(each["max_input_channels"]),
            output_channels=int(each["max_output_channels"]),
            rate_hz=round(each["default_samplerate"]),
            is_default_input=k == default_input,
            is_default_output=k == default_output,
        )
        for k, each in enumerate(library.query_devices())
    )


def find_device(given: str | int | None, kind: Kind, devices: Iterable[Device]) -> Device:
    """The device of this number or name, whatever its case, or whose name holds it; None: the default.

    Raises:
        DeviceError: there is none, or there are several; the message lists those that are there.
    """
    able = [each for each in devices if each.channels(kind) > 0]
    if not able:
        raise DeviceError(f"no {kind} device is here; allowed: one that the system or a JACK server knows")
    if given is None:
        default = [each for each in able if (each.is_default_input if kind == "input" else each.is_default_output)]
        return (default or able)[0]
    text = str(given).casefold()
    by_number = [each for each in able if str(each.index) == text]
    by_name = [each for each in able if each.name.casefold() == text]
    by_part = [each for each in able if text in f"{each.name}, {each.host_api}".casefold()]
    found = by_number or by_name or by_part
    if len(found) == 1:
        return found[0]
    told = "; ".join(f"{each.index} {each.name}, {each.host_api}" for each in found or able)
    problem = f"is the name of {len(found)} {kind} devices" if found else f"is no {kind} device"
    raise DeviceError(f"{given!r} {problem}; allowed, by number or name: {told}")


def find_devices(input: str | int | None, output: str | int | None) -> DevicePair:  # noqa: A002
    """Input and output by number or name. Raises DeviceError for what is not there or does not go together."""
    devices = list_devices()
    pair = DevicePair(find_device(input, "input", devices), find_device(output, "output", devices))
    if pair.input.host_api != pair.output.host_api:
        raise DeviceError(
            f"{pair.input.name} is a device of {pair.input.host_api}, {pair.output.name} of {pair.output.host_api}; "
            "allowed: two of the same kind"
        )
    return pair


def check_devices(pair: DevicePair, *, rate_hz: int, input_channels: int, output_channels: int) -> None:
    """Raise DeviceError where a device has not so many channels or does not run at this rate."""
    library = _library()
    if pair.input.input_channels < input_channels:
        raise DeviceError(
            f"input channel {input_channels} of {pair.input.name}; it has {pair.input.input_channels}, counted from 1"
        )
    sides = (
        (library.check_input_settings, pair.input, input_channels),
        (library.check_output_settings, pair.output, output_channels),
    )
    for check, device, channels in sides:
        with _in_words(library, f"{device.name} at {rate_hz} Hz", device):
            check(device=device.index, channels=channels, dtype="float32", samplerate=rate_hz)


def check_output(device: Device, *, rate_hz: int, channels: int) -> None:
    """Raise DeviceError where a device has not so many outputs or does not run at this rate."""
    if device.output_channels < channels:
        raise DeviceError(f"output channel {channels} of {device.name}; it has {device.output_channels}")
    library = _library()
    with _in_words(library, f"{device.name} at {rate_hz} Hz", device):
        library.check_output_settings(device=device.index, channels=channels, dtype="float32", samplerate=rate_hz)


def release() -> None:
    """Lets go of the audio system until devices are next looked for, unless a stream is open.

    Do so before a JACK server ends that a long-running program has played on: its devices are looked for only once.
    """
    library = _library()
    if not _open_streams and not _lost_streams and library._initialized:
        with _quiet():
            library._terminate()


class _Stream:
    """An open and running stream; the link's callback does all its work. ``close`` ends it."""

    def __init__(
        self, link: _core.DeviceLink, *, what: str, device: Device, kind: str, device_numbers: object, **settings: Any
    ) -> None:
        library = _library()
        self._link = link  # the callback uses it for as long as the stream is open
        with _in_words(library, what, device):
            self._stream: Any = library._StreamBase(
                kind,
                device=device_numbers,
                dtype="float32",
                latency="low",
                callback=library._ffi.cast("PaStreamCallback *", _core.DeviceLink.callback),
                userdata=library._ffi.cast("void *", link.user_data),
                **settings,
            )
            _open_streams.add(id(self))
            try:
                self._stream.start()
            except BaseException:
                self.close()
                raise

    @property
    def latency_s(self) -> float:
        """From the input, or from us, to the output, as PortAudio estimated it when the stream was opened."""
        latency: float | tuple[float, float] = self._stream.latency
        return float(sum(latency)) if isinstance(latency, tuple) else float(latency)

    @property
    def is_running(self) -> bool:
        """False once the device has ended the stream."""
        return bool(self._stream.active)

    def close(self) -> None:
        """Ends the stream at once; a device that has gone is no error."""
        ending = threading.Thread(target=self._end, name="stream-end", daemon=True)
        with _quiet():
            ending.start()
            ending.join(_ENDING_S)
        if not ending.is_alive():
            _open_streams.discard(id(self))
            return
        # PortAudio waits ten minutes for a JACK server that has ended, and would again when this process ends.
        _lost_streams.append(self)
        atexit.unregister(_library()._exit_handler)

    def _end(self) -> None:
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)


class DeviceStream(_Stream):
    """An open and running stream of two devices.

    input_channels, output_channels: those of the link. ``close`` ends it.

    Raises:
        DeviceError: the devices do not open with this rate and block.
    """

    def __init__(
        self,
        pair: DevicePair,
        link: _core.DeviceLink,
        *,
        rate_hz: int,
        block_frames: int,
        input_channels: int,
        output_channels: int,
    ) -> None:
        super().__init__(
            link,
            what=f"{pair.input.name} and {pair.output.name} at {rate_hz} Hz in blocks of {block_frames}",
            device=pair.output,
            kind="duplex",
            samplerate=rate_hz,
            blocksize=_block(pair.output, block_frames),
            device_numbers=(pair.input.index, pair.output.index),
            channels=(input_channels, output_channels),
        )


class OutputStream(_Stream):
    """An open and running stream to one device: what is in the link's ring from the graph is heard.

    The link hears silence on its input. output_channels: those of the link. ``close`` ends it.

    Raises:
        DeviceError: the device does not open with this rate and block.
    """

    def __init__(
        self, device: Device, link: _core.DeviceLink, *, rate_hz: int, block_frames: int, output_channels: int
    ) -> None:
        super().__init__(
            link,
            what=f"{device.name} at {rate_hz} Hz in blocks of {block_frames}",
            device=device,
            kind="output",
            samplerate=rate_hz,
            blocksize=_block(device, block_frames),
            device_numbers=device.index,
            channels=output_channels,
        )


def _block(device: Device, block_frames: int) -> int:
    """JACK's period is what it is; to be given another, PortAudio would keep a block more."""
    return 0 if device.host_api == _JACK else block_frames


# Streams that forbid looking for devices again, which closes everything that is open.
_open_streams: set[int] = set()
# Streams that never closed: PortAudio may still hold the link's address.
_lost_streams: list[_Stream] = []


def _library() -> Any:
    try:
        library: Any = importlib.import_module("sounddevice")
    except ImportError:
        raise DeviceError(
            "devices are played through sounddevice, which is not installed; allowed: build/setup live, in a clone"
        ) from None
    except OSError:
        raise DeviceError(
            "PortAudio, which plays devices, is not installed; allowed: apt install libportaudio2 (Debian, Ubuntu), "
            "or the system's package of PortAudio 19"
        ) from None
    except Exception as error:  # its import starts PortAudio
        raise DeviceError(f"PortAudio does not start: {error}") from None
    return library


def _look_again(library: Any) -> None:
    """PortAudio lists devices when it starts. A client of JACK is left alone: its end aborts if the server has gone."""
    if library._initialized:
        if _open_streams or any(api["name"] == _JACK and api["devices"] for api in library.query_hostapis()):
            return
        release()
    try:
        with _quiet():
            library._initialize()
    except library.PortAudioError as error:
        raise DeviceError(f"PortAudio does not start: {error}") from None


@contextlib.contextmanager
def _in_words(library: Any, what: str, device: Device) -> Generator[None]:
    try:
        yield
    except library.PortAudioError as error:
        code = error.args[1] if len(error.args) > 1 else None
        allowed = f"; allowed: a rate it runs at, such as its own {device.rate_hz} Hz" if code == _INVALID_RATE else ""
        reason = str(error.args[0]).partition(": ")[2] or str(error.args[0])
        raise DeviceError(f"{what} cannot be opened: {reason[:1].lower()}{reason[1:]}{allowed}") from None


@contextlib.contextmanager
def _quiet() -> Generator[None]:
    """Sound systems write to standard error what they also return."""
    kept = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
