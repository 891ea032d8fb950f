"""Every error that afxplugin raises on purpose; each leaf is also the builtin that a caller would expect.

    AfxError
    ├── CaptureError (ValueError)     a capture cannot be read, written or used
    │   ├── CaptureFormatError        not a capture, truncated, or of an architecture we do not play
    │   └── CaptureWeightError        shapes, sizes or numbers that cannot be right
    ├── KnobError (ValueError)        a knob that the capture or device does not have, or a value outside its range
    ├── RateError (ValueError)        a sample rate outside 8 to 384 kHz
    ├── MethodError (ValueError)      unknown method, or one that cannot be realised at these rates
    ├── BlockError (ValueError)       a block of frames of the wrong shape
    ├── PresetError (ValueError)      a device or preset file is malformed, or the preset is unknown
    ├── SessionError (ValueError)     a session of the editor is malformed, or holds what it cannot
    ├── AudioError (OSError)          an audio file cannot be read or written
    ├── PluginError (OSError)         a plugin or one of its presets is missing or cannot be loaded
    ├── DeviceError (OSError)         an audio device is missing, does not open as asked, or has gone
    ├── GraphError (RuntimeError)     a graph cannot be built or played
    └── RenderError (RuntimeError)    a stem or batch cannot be rendered as asked

A message says what is wrong, what was given and what is allowed; the file that it is about comes last, so that a narrow
line cuts the path and not the reason.
"""

from __future__ import annotations

import os

from afxplugin.files import shown


class AfxError(Exception):
    """Root of everything raised on purpose.

    reason: what is wrong, without the file. path: the file that it is about, or None. ``str`` gives "reason: path".
    """

    def __init__(self, reason: str = "", *, path: str | os.PathLike[str] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = None if path is None else os.fspath(path)

    def __str__(self) -> str:
        if self.path is None:
            return self.reason
        return f"{self.reason}: {shown(self.path)}"

    def about(self, path: str | os.PathLike[str]) -> AfxError:
        """Return the same error, about a file where it names none yet."""
        return self if self.path is not None else type(self)(self.reason, path=path)


class CaptureError(AfxError, ValueError):
    """A capture cannot be read, written or used."""


class CaptureFormatError(CaptureError):
    """Not a capture, truncated, or of an architecture that is not played."""


class CaptureWeightError(CaptureError):
    """Shapes, sizes or numbers that cannot be right."""


class KnobError(AfxError, ValueError):
    """A knob that does not exist, or a position outside its range."""


class RateError(AfxError, ValueError):
    """A sample rate outside what the program handles."""


class MethodError(AfxError, ValueError):
    """An unknown method, or one that cannot be realised at these rates."""


class BlockError(AfxError, ValueError):
    """A block of frames of the wrong shape."""


class PresetError(AfxError, ValueError):
    """A device or preset file is malformed, or a preset is unknown."""


class SessionError(AfxError, ValueError):
    """A session of the editor is malformed, or asked for what it cannot hold."""


class AudioError(AfxError, OSError):
    """An audio file cannot be read or written."""


class PluginError(AfxError, OSError):
    """A plugin or one of its presets is missing or cannot be loaded."""


class DeviceError(AfxError, OSError):
    """An audio device is missing, does not open as asked, or has gone."""


class GraphError(AfxError, RuntimeError):
    """A graph cannot be built or played."""


class RenderError(AfxError, RuntimeError):
    """A stem or batch cannot be rendered as asked."""
