"""What a file is by its first bytes, in words for whoever gave one that is not read."""

from __future__ import annotations

ALLOWED = "WAV, RF64, AIFF, FLAC, W64, CAF"
HEAD_BYTES = 4096
_ID3_HEADER = 10
_LFS = "a Git LFS pointer, not the file it stands for"

# First bytes and what they are the first bytes of.
_MAGICS = (
    (b"OggS", "an Ogg file"),
    (b".snd", "an AU file"),
    (b"ADIF", "an AAC file"),
    (b"Creative Voice File", "a VOC file"),
    (b"MAC ", "a Monkey's Audio file"),
    (b"wvpk", "a WavPack file"),
    (b"MPCK", "a Musepack file"),
    (b"TTA1", "a True Audio file"),
    (b"DSD ", "a DSF file"),
    (b"FRM8", "a DSDIFF file"),
    (b"MThd", "a MIDI file"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file"),
    (b"\x1a\x45\xdf\xa3", "a Matroska or WebM file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"version https://git-lfs", _LFS),
)
_NOT_AUDIO = (
    "a ZIP", "a gzip", "a 7z", "a RAR", "an xz", "a PDF", "a picture", "a file of zeros", "an HTML", "an XML", "a text",
)  # fmt: skip

_MARKS = (b"\xff\xfe", b"\xfe\xff")  # of UTF-16


def counted(count: int, noun: str) -> str:
    """Count and noun: "1 frame", "2 frames"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def id3_bytes(head: bytes) -> int:
    """Length of the ID3v2 tag that a file begins with (10 bytes of `head` suffice), or 0 (id3.org, ID3v2.4, 3.1)."""
    if len(head) < _ID3_HEADER or head[:3] != b"ID3" or head[3] == 0xFF or any(byte > 0x7F for byte in head[6:10]):
        return 0
    body = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    footer = _ID3_HEADER if head[5] & 0x10 else 0
    return _ID3_HEADER + body + footer


def describe_head(head: bytes) -> str | None:
    """Name what a file is by its first bytes (up to HEAD_BYTES of them), or None where they are of nothing known.

    For files that are not read: the containers in ALLOWED have no name here, save RIFF and FORM of other contents.
    """
    for magic, name in _MAGICS:
        if head.startswith(magic):
            return name
    if head[:2] in _MARKS and (text := _text(head)):  # before MPEG, which these two bytes may begin as well
        return text
    if id3_bytes(head) or is_mpeg_audio(head):
        return "an MP3 file"
    if head[4:8] == b"ftyp":
        return "an MP4 or M4A file"
    if head[:2] == b"\xff\xf1" or head[:2] == b"\xff\xf9":
        return "an AAC file"
    for magic, family, own in ((b"RIFF", "a RIFF file", b"WAVE"), (b"FORM", "an IFF file", b"AIF")):
        if head.startswith(magic) and len(head) >= 12 and not head[8:].startswith(own):
            return f"{family} of type {head[8:12].decode('ascii', 'replace').strip()!r}"
    return _text(head)


def refusal(head: bytes) -> str:
    """Why a file that begins with these bytes is not read, and what is."""
    what = describe_head(head)
    if what is None:
        return f"not an audio file of a known kind; supported: {ALLOWED}"
    if what == "a JSON file":
        return "a JSON file, not audio; captures are given with --capture"
    if what == _LFS:
        return f"{what}; supported: {ALLOWED}"
    if what.startswith(_NOT_AUDIO):
        return f"{what}, not audio; supported: {ALLOWED}"
    name = what.split(" ", 1)[1]
    name = name.removesuffix(" file") if " of type " not in name else f"{what} "
    return f"{name.strip()} is not supported; supported: {ALLOWED}"


def is_mpeg_audio(head: bytes) -> bool:
    """Whether a file begins with the header of an MPEG audio frame, layers 1 to 3 (ISO 11172-3, 2.4.1.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer, bitrate, rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer != 0 and bitrate != 15 and rate != 3


def _text(head: bytes) -> str | None:
    if not head.strip(b"\0"):
        return "a file of zeros" if head else None
    try:
        text = head.decode("utf-16" if head[:2] in _MARKS else "utf-8", "ignore")
    except UnicodeDecodeError:
        return None
    # A cut letter at the end is ignored above, so lost bytes are counted instead.
    if len(head) - len(text.encode("utf-8")) > 3 and head[:2] not in _MARKS:
        return None
    if any(ord(letter) < 32 and letter not in "\t\r\n\f" for letter in text):
        return None
    start = text.lstrip("\ufeff \t\r\n").lower()
    if start.startswith(("<!doctype html", "<html")):
        return "an HTML page"
    if start.startswith("<"):
        return "an XML file"
    return "a JSON file" if start.startswith(("{", "[")) else "a text file"
