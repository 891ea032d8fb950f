"""``.vstpreset`` files of plugins made with DPF, written without a host: their state is plain text.

File (Steinberg's VST3 SDK, PresetFile): ``VST3``, version (int32), class id (32 hexadecimal digits), offset of the
chunk list (int64); the chunks; the list: ``List``, count (int32), then id (4 bytes), offset (int64), size (int64) of
each. All numbers are little-endian. The class id is the plugin's 16 bytes in order; DPF makes them of the words
"DPF ", "clas", the plugin's unique id and 0, each a native uint32. State (DPF): strings that end in a zero byte, keys
and values in turn, between markers; the byte 0xFE ends it.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from afxplugin.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

AFX_ID: Final = "afxP"
AFX_LIVE_ID: Final = "afxL"
_HEADER: Final = struct.Struct("<4si32sq")
_ENTRY: Final = struct.Struct("<4sqq")


def vst3_preset(unique_id: str, *, state: Mapping[str, str], parameters: Mapping[str, float]) -> bytes:
    """The file of a DPF plugin.

    unique_id: four characters. state: by key. parameters: values by symbol, in the plugin's units.
    Raises PluginError for text with a zero byte, which the state cannot hold.
    """
    component = _state(state, parameters)
    chunks = {b"Comp": component}
    offset = _HEADER.size
    entries: list[bytes] = []
    for name, content in chunks.items():
        entries.append(_ENTRY.pack(name, offset, len(content)))
        offset += len(content)
    header = _HEADER.pack(b"VST3", 1, class_id(unique_id).encode("ascii"), offset)
    return header + b"".join(chunks.values()) + b"List" + struct.pack("<i", len(entries)) + b"".join(entries)


def class_id(unique_id: str) -> str:
    """The class id of a DPF plugin as 32 hexadecimal digits.

    Raises:
        PluginError: the unique id is not of four ASCII characters.
    """
    if len(unique_id) != 4 or not unique_id.isascii():
        raise PluginError(f"a unique id {unique_id!r} is given; four ASCII characters are allowed")
    words = [int.from_bytes(text.encode("ascii"), "big") for text in ("DPF ", "clas", unique_id)]
    return struct.pack("<4I", *words, 0).hex().upper()


def _state(state: Mapping[str, str], parameters: Mapping[str, float]) -> bytes:
    strings: list[str] = []
    if state:
        strings += ["__dpf_state_begin__", *(text for pair in state.items() for text in pair), "__dpf_state_end__"]
    if parameters:
        values = [text for symbol, value in parameters.items() for text in (symbol, _number(value))]
        strings += ["__dpf_parameters_begin__", *values, "__dpf_parameters_end__"]
    if any("\0" in text for text in strings):
        raise PluginError("a state with a zero byte is given; text without one is allowed")
    return b"".join(text.encode("utf-8", "surrogateescape") + b"\0" for text in strings) + b"\xfe"


def _number(value: float) -> str:
    # Twelve digits bring a float32 back exactly; DPF reads whole numbers as integers.
    return f"{value:.12g}"
