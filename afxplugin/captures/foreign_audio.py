"""Which audio or video format a file is of, told from its first bytes."""

from __future__ import annotations

_RIFF = (b"RIFF", b"RIFX", b"RF64", b"BW64")
_HEADS = (
    (b"fLaC", "FLAC"),
    (b"OggS", "Ogg"),
    (b"caff", "CAF"),
    (b"riff\x2e\x91\xcf\x11", "W64"),
    (b".snd", "AU"),
    (b"wvpk", "WavPack"),
    (b"MAC ", "Monkey's Audio"),
    (b"MThd", "MIDI"),
    (b"DSD ", "DSF"),
    (b"FRM8", "DSDIFF"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "WMA"),
    (b"\x1a\x45\xdf\xa3", "Matroska"),
)
_BOXED = {b"M4A ": "M4A", b"M4B ": "M4A"}


def audio_format(data: bytes) -> str:
    """Return the name of the format that the bytes, or the file's first megabyte of them, begin as; "" for none."""
    after = _after_id3(data)
    if after is not None:
        return audio_format(after) or "MP3" if after else "MP3"
    if data.startswith(_RIFF):
        form = data[8:12]
        if data[:4] != b"RIFF":
            return data[:4].decode("ascii")
        return {b"WAVE": "WAV", b"AVI ": "AVI", b"WEBP": ""}.get(form, "WAV" if len(form) < 4 else "RIFF")
    if data.startswith(b"FORM") and data[8:12] in (b"AIFF", b"AIFC", b""):
        return "AIFF"
    for head, name in _HEADS:
        if data.startswith(head):
            return name
    if data[4:8] == b"ftyp":
        return _BOXED.get(data[8:12], "MP4")
    return _mpeg(data)


def _after_id3(data: bytes) -> bytes | None:
    """What follows an ID3v2 tag (id3.org, ID3v2.4 section 3.1: the size in 4 x 7 bits); None where there is none."""
    if not data.startswith(b"ID3"):
        return None
    size = 0
    for octet in data[6:10]:
        size = size << 7 | octet & 0x7F
    return data[10 + size :].lstrip(b"\0")[:64]


def _mpeg(data: bytes) -> str:
    """An MPEG audio frame of layer II or III, or AAC's ADTS; layer I would also be what a mark of UTF-16 looks like."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return ""
    version, layer = data[1] >> 3 & 3, data[1] >> 1 & 3
    if layer == 0:
        return "AAC" if data[1] & 0xF0 == 0xF0 else ""
    plausible = version != 1 and data[2] >> 4 != 15 and data[2] >> 2 & 3 != 3
    return {1: "MP3", 2: "MP2"}.get(layer, "") if plausible else ""
