"""Reading the members of a stranger's zip file: every one is checked, what the file says of itself twice must agree.

A member's name never becomes a path here. Names are checked all the same, for a pack with such names was made to harm
somebody.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from afxplugin.captures.document import MAX_BYTES as MAX_CAPTURE_BYTES
from afxplugin.errors import PresetError
from afxplugin.presets.device_file import DEVICE_NAME
from afxplugin.presets.names import CAPTURE_SUFFIXES, file_name_flaw, name_key, text_flaw
from afxplugin.presets.pack import MANIFEST_NAME, MAX_MANIFEST_BYTES, MAX_MEMBERS
from afxplugin.presets.toml_file import MAX_BYTES as MAX_TOML_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_TOTAL_BYTES = 512 << 20
MAX_RATIO = 200  # real captures shrink to a half or a tenth
_MAX_DIRECTORY_BYTES = 1 << 20
_MAX_NAME_BYTES = 300
_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")
_ENCRYPTED, _HAS_DESCRIPTOR = 0x1, 0x8
_DOS_FOLDER = 0x10
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, RuntimeError, NotImplementedError,
    ValueError, IndexError, OSError,
)  # fmt: skip


def read_members(data: bytes) -> dict[str, bytes]:
    """The content of all members of a pack by name. Raises PresetError with what is wrong, and which member."""
    _check_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            _check_infos(infos)
            _check_places(data, infos, archive.start_dir)
            members: dict[str, bytes] = {}
            for info in infos:
                with archive.open(info) as file:
                    content = file.read(info.file_size + 1)
                if len(content) != info.file_size:
                    raise _refused(f"not of the {info.file_size} bytes that it is said to have", info.filename)
                members[info.filename] = content
    except PresetError:
        raise
    except _BROKEN as error:
        raise PresetError(f"not a sound zip file: {error}") from error
    return members


def _refused(reason: str, member: str) -> PresetError:
    return PresetError(f"{reason}: member {member[:80]!r}")


def _check_directory(data: bytes) -> None:
    """Refuse what would cost memory or time before its members can be counted."""
    if len(data) < _END.size or not data.startswith(b"PK"):
        raise PresetError("not a pack: not a zip file")
    signature, *disks, here, entries, directory_bytes, directory_at, _ = _END.unpack(data[-_END.size :])
    if signature != b"PK\5\6":
        raise PresetError("not a sound zip file: truncated, or with something after its end")
    if data[-_END.size - 20 :][:4] == b"PK\6\7":
        raise PresetError("a ZIP64 file; a pack needs no ZIP64")
    if any(disks) or here != entries:
        raise PresetError("not a sound zip file: a part of one in several files")
    if entries > MAX_MEMBERS or directory_bytes > _MAX_DIRECTORY_BYTES:
        raise PresetError(f"{entries} members; a pack has at most {MAX_MEMBERS}")
    if directory_at + directory_bytes != len(data) - _END.size:
        raise PresetError("not a sound zip file: its directory is not where it is said to be")


def _check_infos(infos: Sequence[zipfile.ZipInfo]) -> None:
    total, seen = 0, set[str]()
    for count, info in enumerate(infos, 1):
        _check_name(info)
        name = info.filename
        if name_key(name) in seen:
            raise _refused("given twice, or in another spelling", name)
        seen.add(name_key(name))
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or info.external_attr & _DOS_FOLDER:
            raise _refused(f"{'a symbolic link' if kind == stat.S_IFLNK else 'no plain file'}, not allowed", name)
        if info.flag_bits & _ENCRYPTED or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _refused("encrypted, or packed in another way than deflate", name)
        most = MAX_TOML_BYTES if name.endswith(".toml") else MAX_CAPTURE_BYTES
        most = MAX_MANIFEST_BYTES if name == MANIFEST_NAME else most
        if info.file_size > most:
            raise _refused(f"{info.file_size} bytes; at most {most} are allowed", name)
        if info.file_size > MAX_RATIO * max(info.compress_size, 1) and info.file_size > 1 << 16:
            raise _refused(f"{info.file_size} bytes out of {info.compress_size}, as no capture packs", name)
        total += info.file_size
        if total > MAX_TOTAL_BYTES or count > MAX_MEMBERS:
            raise PresetError(f"more than {MAX_TOTAL_BYTES >> 20} MB or {MAX_MEMBERS} members")


def _check_name(info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    if flaw := text_flaw(name):
        raise _refused(f"a name with {flaw}", name)
    if len(name.encode("utf-8", "replace")) > _MAX_NAME_BYTES:
        raise _refused(f"a name of more than {_MAX_NAME_BYTES} bytes", name)
    if "\\" in name or name.startswith("/") or re.match(r"[A-Za-z]:", name):
        raise _refused("an absolute path, or one of another system, is not allowed", name)
    if ".." in name.split("/"):
        raise _refused("leads out of the pack", name)
    if info.filename != name:
        raise _refused(f"said to be called {info.filename[:80]!r} too", name)
    if name == MANIFEST_NAME:
        return
    parts = name.split("/")
    fine = len(parts) == 2 and all(part and not part.startswith(".") for part in parts)
    if not fine or (parts[1] != DEVICE_NAME and PurePosixPath(parts[1]).suffix.lower() not in CAPTURE_SUFFIXES):
        raise _refused(f"has no place in a pack; FOLDER/{DEVICE_NAME} and FOLDER/CAPTURE have", name)
    for part in parts:
        if flaw := file_name_flaw(part):
            raise _refused(flaw, name)


def _check_places(data: bytes, infos: Sequence[zipfile.ZipInfo], directory_at: int) -> None:
    """Hold the header before each member's data against the directory; members follow each other without a gap."""
    at = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset != at:
            raise _refused("not a sound zip file: not where the member before it ends", info.filename)
        header = _LOCAL.unpack_from(data, at)
        signature, flags, method, crc, packed, size = header[0], header[2], header[3], *header[6:9]
        name_bytes, extra_bytes = header[9:]
        later = bool(flags & _HAS_DESCRIPTOR)
        told = (
            (0, 0, 0) if later and (crc, packed, size) == (0, 0, 0) else (info.CRC, info.compress_size, info.file_size)
        )
        name = data[at + _LOCAL.size :][:name_bytes].decode("utf-8" if flags & 0x800 else "cp437", "replace")
        same = (signature, flags, method, name) == (b"PK\3\4", info.flag_bits, info.compress_type, info.orig_filename)
        if not same or (crc, packed, size) != told:
            raise _refused("not a sound zip file: its header differs from the directory", info.filename)
        at += _LOCAL.size + name_bytes + extra_bytes + info.compress_size
        if later:
            at += _descriptor_bytes(data, at, info)
    if at != directory_at:
        raise PresetError("not a sound zip file: something is between its members and its directory")


def _descriptor_bytes(data: bytes, at: int, info: zipfile.ZipInfo) -> int:
    """The length of what some programs write behind a member in the place of a full header before it."""
    plain = struct.pack("<3L", info.CRC, info.compress_size, info.file_size)
    for descriptor in (b"PK\7\10" + plain, plain):
        if data.startswith(descriptor, at):
            return len(descriptor)
    raise _refused("not a sound zip file: what follows it differs from the directory", info.filename)
