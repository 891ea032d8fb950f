"""What a file is that is not a capture, told from its content: failed downloads, audio, models of other tools."""

from __future__ import annotations

from afxplugin.captures.foreign_audio import audio_format

# Sources: the formats' own specifications; the list of signatures of the Unix tool `file`.
_HEADS = (
    (0, b"\x1f\x8b", "a gzip archive; unpack it first"),
    (0, b"BZh", "a bzip2 archive; unpack it first"),
    (0, b"\xfd7zXZ\0", "an xz archive; unpack it first"),
    (0, b"\x28\xb5\x2f\xfd", "a zstd archive; unpack it first"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first"),
    (0, b"Rar!\x1a\x07", "a RAR archive; unpack it first"),
    (257, b"ustar", "a tar archive; unpack it first"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"\x89PNG\r\n\x1a\n", "an image (PNG)"),
    (0, b"\xff\xd8\xff", "an image (JPEG)"),
    (0, b"GIF8", "an image (GIF)"),
    (8, b"WEBP", "an image (WebP)"),
    (0, b"II*\0", "an image (TIFF)"),
    (0, b"MM\0*", "an image (TIFF)"),
    (0, b"\x89HDF\r\n\x1a\n", "a Keras or HDF5 model (.h5), which holds no description that is read"),
    (0, b"\x93NUMPY", "an array of NumPy (.npy)"),
    (4, b"TFL3", "a TensorFlow Lite model"),
    (0, b"GGUF", "a GGUF model"),
    (0, b"bplist00", "a property list of macOS"),
    (0, b"SQLite format 3\0", "an SQLite database"),
    (0, b"\x7fELF", "a program (ELF)"),
    (0, b"MZ", "a program (Windows)"),
    (0, b"{\\rtf", "a document (RTF)"),
    (0, b"VST3", "a preset of a VST3 plugin"),
    (0, b"CcnK", "a preset of a VST2 plugin"),
    (
        0,
        b"version https://git-lfs.github.com/spec/",
        "a Git LFS pointer; the file itself was not fetched (git lfs pull)",
    ),
)
_TEXTS = (
    ("<!doctype html", "<html", "<head", "<body"),
    ("<?xml", "<!doctype", "<plist", "<svg"),
)
SAYS_NOTHING = ("an empty file", "nothing but zero bytes", "binary data of no known kind")  # the file's name may
_BLANKS = b"\0 \t\r\n\v\f"
_HTML = "a web page (HTML); the download did not give the file itself"


def foreign_file(data: bytes) -> str:
    """Return what a file's bytes are, as words that follow "it is"; empty where they may be a capture."""
    if not data:
        return "an empty file (0 bytes)"
    name = audio_format(data)
    if name:
        return f"{'a video' if name in ('AVI', 'MP4') else 'an audio file'} ({name})"
    if data.startswith(b"PK\x03\x04"):
        return _zip(data)
    for offset, signature, what in _HEADS:
        if data.startswith(signature, offset):
            return what
    if data[:1] == b"\x80" and data[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "a Python pickle (a PyTorch checkpoint?), which is not opened: it could run any program"
    if _is_onnx(data):
        return "an ONNX model"
    if not data[:4096].strip(_BLANKS) and not data.strip(_BLANKS):
        zeros = b"\0" in data
        return "nothing but zero bytes (an incomplete download?)" if zeros else "an empty file (only blanks)"
    return ""


def foreign_text(text: str) -> str:
    """Return what a text that is not JSON is; its start is enough."""
    start = text[:4096].lstrip("\ufeff \t\r\n\v\f")
    lowered = start.lower()
    if lowered.startswith(_TEXTS[0]) or (lowered.startswith(("<!--", "<?xml", "<!doctype")) and "<html" in lowered):
        return _HTML
    if lowered.startswith(_TEXTS[1]):
        return (
            "an XML property list" if "<plist" in lowered else "an image (SVG)" if "<svg" in lowered else "an XML file"
        )
    if ".git/annex/objects/" in lowered or lowered.startswith("/annex/objects/"):
        return "a git-annex pointer; the file itself was not fetched (git annex get)"
    strange = sum(not (c.isprintable() or c in "\t\r\n") or c == "\ufffd" for c in start)
    if not start or strange * 20 > len(start):
        return "binary data of no known kind"
    line = start.splitlines()[0][:30].strip()
    return f"plain text, not JSON (it begins with {line!r})"


def _zip(data: bytes) -> str:
    """A zip, told by the names of its members, which stand in it as they are."""
    if b"data.pkl" in data:
        return "a PyTorch checkpoint (.pt, .ckpt), which is not opened: it could run any program"
    if b"model.weights.h5" in data:
        return "a Keras model (.keras), which holds no description that is read"
    if b"manifest.json" in data and b"device.toml" in data:
        return "a pack of presets; it is installed, not opened as a capture"
    if b".npy" in data[:200]:
        return "arrays of NumPy (.npz)"
    return "a ZIP archive; unpack it first"


def _is_onnx(data: bytes) -> bool:
    """Field 1 (the version, a small number), then field 2 (the producer's name): ModelProto in onnx.proto."""
    if len(data) < 5 or data[0] != 0x08 or not 1 <= data[1] <= 32 or data[2] != 0x12:
        return False
    producer = data[4 : 4 + data[3]]
    return bool(producer) and producer.isascii() and producer.decode("ascii").isprintable()
