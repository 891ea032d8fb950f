"""The safetensors container: 8 bytes of header length, a JSON header, then the tensors' bytes.

Format: github.com/huggingface/safetensors, README, "Format". Read and written here because the library promises neither
the order of the metadata (the same capture must give the same bytes) nor errors of our own tree.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import BaseModel, Field

from afxplugin.captures.document import parse_json, validated
from afxplugin.errors import CaptureFormatError, CaptureWeightError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_ALIGN = 64  # the data begin at a multiple of this, so that a memory map of the file can be used as it is
Count = Annotated[int, Field(ge=0, strict=True)]


class _Entry(BaseModel):
    dtype: str
    shape: Annotated[list[Count], Field(max_length=8)]
    data_offsets: tuple[Count, Count]


@dataclass(frozen=True)
class Container:
    """Metadata and tensors of a safetensors file; the tensors are views into the file's bytes, found when asked for."""

    metadata: Mapping[str, object]
    entries: Mapping[str, object]
    data: bytes

    def shape(self, name: str) -> tuple[int, ...]:
        """Return a tensor's stated shape. Raises CaptureFormatError if its entry is malformed."""
        return tuple(self._entry(name).shape)

    def tensor(self, name: str) -> NDArray[np.float32]:
        """Return a float32 tensor. Raises CaptureWeightError for another type or bytes that do not fit the shape."""
        entry = self._entry(name)
        if entry.dtype != "F32":
            raise CaptureWeightError(f"{name}: given {entry.dtype}, needs F32")
        begin, end = entry.data_offsets
        needed = 4 * math.prod(entry.shape)
        if end > len(self.data) or end - begin != needed:
            raise CaptureWeightError(
                f"{name}: given bytes {begin} to {end} of {len(self.data)}, needs {needed} for {tuple(entry.shape)}"
            )
        return np.frombuffer(self.data, "<f4", count=needed // 4, offset=begin).reshape(entry.shape)

    def _entry(self, name: str) -> _Entry:
        return validated(_Entry, self.entries[name], where=name)


def is_container(data: bytes) -> bool:
    """Whether the bytes begin as a safetensors file does; JSON cannot, since it has no zero bytes."""
    return len(data) >= 9 and data[4:9] == b"\0\0\0\0{"


def unpack(data: bytes) -> Container:
    """Return what a safetensors file holds. Raises CaptureFormatError for a malformed or truncated one."""
    length = int.from_bytes(data[:8], "little")
    if 8 + length > len(data):
        raise CaptureFormatError(f"truncated: the header needs {8 + length} bytes, the file has {len(data)}")
    header = parse_json(data[8 : 8 + length])
    metadata: object = header.pop("__metadata__", {})
    if not isinstance(metadata, dict):
        raise CaptureFormatError(f"__metadata__: given {type(metadata).__name__}, needs an object")
    body = data[8 + length :]
    ends = [validated(_Entry, entry, where=name).data_offsets[1] for name, entry in header.items()]
    if max(ends, default=0) != len(body):
        state = "truncated" if max(ends, default=0) > len(body) else "malformed"
        raise CaptureFormatError(f"{state}: the header tells of {max(ends, default=0)} bytes, {len(body)} follow it")
    return Container(metadata=metadata, entries=header, data=body)  # pyright: ignore[reportUnknownArgumentType]


def pack(metadata: Mapping[str, str], tensors: Mapping[str, NDArray[np.float32]]) -> bytes:
    """Return the bytes of a safetensors file, the same for the same content whatever its order."""
    header: dict[str, object] = {"__metadata__": dict(sorted(metadata.items()))}
    at, parts = 0, list[bytes]()
    for name in sorted(tensors):
        part = np.ascontiguousarray(tensors[name], "<f4").tobytes()
        shape = list(tensors[name].shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + len(part)]}
        at += len(part)
        parts.append(part)
    text = json.dumps(header, separators=(",", ":")).encode("ascii")
    text += b" " * (-(8 + len(text)) % _ALIGN)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)
