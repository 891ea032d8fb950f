"""What a file is by its first bytes: audio of any kind, and what is given in its place."""

from __future__ import annotations

from dataclasses import dataclass

ALLOWED = "WAV, RF64, AIFF, FLAC, W64, CAF"
READ_FORMATS = ("WAV", "RF64", "BW64", "RIFX", "AIFF", "FLAC", "W64", "CAF")  # as ``audio_format`` names them
HEAD_BYTES = 4096
_ID3_HEADER = 10
_MARKS = (b"\xff\xfe", b"\xfe\xff")  # of UTF-16
_UNPACK = "unpack it first"

# Sources of both tables: the formats' own specifications; the list of signatures of the Unix tool `file`.
_RIFF = (b"RIFF", b"RIFX", b"RF64", b"BW64")
_FORMS = {b"WAVE": "WAV", b"AVI ": "AVI", b"WEBP": ""}
_BOXED = {b"M4A ": "M4A", b"M4B ": "M4A"}
_AUDIO = (
    (b"fLaC", "FLAC"),
    (b"OggS", "Ogg"),
    (b"caff", "CAF"),
    (b"riff\x2e\x91\xcf\x11", "W64"),
    (b".snd", "AU"),
    (b"ADIF", "AAC"),
    (b"Creative Voice File", "VOC"),
    (b"wvpk", "WavPack"),
    (b"MAC ", "Monkey's Audio"),
    (b"MPCK", "Musepack"),
    (b"TTA1", "True Audio"),
    (b"MThd", "MIDI"),
    (b"DSD ", "DSF"),
    (b"FRM8", "DSDIFF"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "WMA"),
    (b"\x1a\x45\xdf\xa3", "Matroska"),
)
_OTHERS = (
    (0, b"PK\x03\x04", "a ZIP archive", _UNPACK),
    (0, b"PK\x05\x06", "a ZIP archive", _UNPACK),
    (0, b"\x1f\x8b", "a gzip archive", _UNPACK),
    (0, b"BZh", "a bzip2 archive", _UNPACK),
    (0, b"\xfd7zXZ\0", "an xz archive", _UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "a zstd archive", _UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (257, b"ustar", "a tar archive", _UNPACK),
    (0, b"%PDF-", "a PDF document", ""),
    (0, b"\x89PNG\r\n\x1a\n", "an image (PNG)", ""),
    (0, b"\xff\xd8\xff", "an image (JPEG)", ""),
    (0, b"GIF8", "an image (GIF)", ""),
    (8, b"WEBP", "an image (WebP)", ""),
    (0, b"II*\0", "an image (TIFF)", ""),
    (0, b"MM\0*", "an image (TIFF)", ""),
    (0, b"\x89HDF\r\n\x1a\n", "a Keras or HDF5 model (.h5)", "it holds no description that is read"),
    (0, b"\x93NUMPY", "an array of NumPy (.npy)", ""),
    (4, b"TFL3", "a TensorFlow Lite model", ""),
    (0, b"GGUF", "a GGUF model", ""),
    (0, b"bplist00", "a property list of macOS", ""),
    (0, b"SQLite format 3\0", "an SQLite database", ""),
    (0, b"\x7fELF", "a program (ELF)", ""),
    (0, b"MZ", "a program (Windows)", ""),
    (0, b"{\\rtf", "a document (RTF)", ""),
    (0, b"VST3", "a preset of a VST3 plugin", ""),
    (0, b"CcnK", "a preset of a VST2 plugin", ""),
    (0, b"version https://git-lfs", "a Git LFS pointer", "the file itself was not fetched (git lfs pull)"),
)
_WEB_PAGE = ("<!doctype html", "<html", "<head", "<body")
_MARKUP = ("<?xml", "<!doctype", "<plist", "<svg")


@dataclass(frozen=True)
class Known:
    """What a file is ("a ZIP archive") and, where there is any, what to do about it ("unpack it first")."""

    what: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.what}; {self.advice}" if self.advice else self.what


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


def audio_format(head: bytes) -> str:
    """Name the audio or video format that a file begins as, read here or not; "" for none.

    Behind an ID3v2 tag it is told from what follows, and is MP3 where nothing of that is in `head`.
    """
    tag = id3_bytes(head)
    if tag:
        return audio_format(head[tag:].lstrip(b"\0")[:64]) or "MP3"
    if head.startswith(_RIFF):
        form = head[8:12]
        if head[:4] != b"RIFF":
            return head[:4].decode("ascii")
        return _FORMS.get(form, "WAV" if len(form) < 4 else "RIFF")
    if head.startswith(b"FORM") and head[8:12] in (b"AIFF", b"AIFC", b""):
        return "AIFF"
    for magic, name in _AUDIO:
        if head.startswith(magic):
            return name
    if head[4:8] == b"ftyp":
        return _BOXED.get(head[8:12], "MP4")
    return _mpeg(head)


def format_file(name: str) -> str:
    """``an MP3 file``, ``a WMA file``: a name that ``audio_format`` gives, with its article."""
    article = "an" if name.startswith(("A", "O")) or name in ("MP2", "MP3", "MP4", "M4A") else "a"
    return f"{article} {name} file"


def known_head(head: bytes) -> Known | None:
    """Tell an archive, image, document or other file that is neither audio nor text; None for what is not known."""
    return next((Known(what, advice) for at, magic, what, advice in _OTHERS if head.startswith(magic, at)), None)


def known_text(text: str) -> Known | None:
    """Tell markup and pointers of git-annex from other text by its start; None for what is not known."""
    start = text[:HEAD_BYTES].lstrip("\ufeff \t\r\n\v\f").lower()
    page = start.startswith(("<!--", "<?xml", "<!doctype")) and "<html" in start
    if page or start.startswith(_WEB_PAGE):
        return Known("a web page (HTML)", "the download did not give the file itself")
    if start.startswith(_MARKUP):
        plist, svg = "<plist" in start, "<svg" in start
        return Known("an XML property list" if plist else "an image (SVG)" if svg else "an XML file")
    if ".git/annex/objects/" in start or start.startswith("/annex/objects/"):
        return Known("a git-annex pointer", "the file itself was not fetched (git annex get)")
    return None


def describe_head(head: bytes) -> str | None:
    """Name what a file that is not read is by its first bytes (up to HEAD_BYTES), None where they are nothing known."""
    known = known_head(head)
    if known is not None:
        return known.what
    for magic, family in ((b"RIFF", "a RIFF file"), (b"FORM", "an IFF file")):
        if head.startswith(magic) and len(head) >= 12 and audio_format(head) in ("RIFF", ""):
            return f"{family} of type {head[8:12].decode('ascii', 'replace').strip()!r}"
    name = audio_format(head)
    if name:
        return None if name in READ_FORMATS else format_file(name)
    return _text(head)


def refusal(head: bytes) -> str:
    """Why a file that begins with these bytes is not read, and what is."""
    name = audio_format(head)
    if name not in ("", "RIFF", *READ_FORMATS):
        return f"{name} is not supported; supported: {ALLOWED}"
    what = describe_head(head)
    if what is None:
        return f"not an audio file of a known kind; supported: {ALLOWED}"
    if what == "a JSON file":
        return "a JSON file, not audio; captures are given with --capture"
    return f"{what}, not audio that is read; supported: {ALLOWED}"


def _mpeg(head: bytes) -> str:
    """An MPEG audio frame of layer II or III (ISO 11172-3, 2.4.1.3), or AAC's ADTS.

    The header of layer I may also be the mark of UTF-16 that a text begins with.
    """
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return ""
    version, layer, bitrate, rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    if layer == 0:
        return "AAC" if head[1] & 0xF0 == 0xF0 else ""
    plausible = version != 1 and bitrate != 15 and rate != 3
    return {1: "MP3", 2: "MP2"}.get(layer, "") if plausible else ""


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
    known = known_text(text)
    if known is not None:
        return known.what
    start = text.lstrip("\ufeff \t\r\n")
    return "an XML file" if start[:1] == "<" else "a JSON file" if start.startswith(("{", "[")) else "a text file"
