"""What a file is that is not a capture, told from its content: failed downloads, audio, models of other tools."""

from __future__ import annotations

from afxplugin.audio.heads import audio_format, known_head, known_text

SAYS_NOTHING = ("an empty file", "nothing but zero bytes", "binary data of no known kind")  # the file's name may
_BLANKS = b"\0 \t\r\n\v\f"


def foreign_file(data: bytes) -> str:
    """Return what a file's bytes are, as words that follow "it is"; empty where they may be a capture."""
    if not data:
        return "an empty file (0 bytes)"
    name = audio_format(data)
    if name:
        return f"{'a video' if name in ('AVI', 'MP4') else 'an audio file'} ({name})"
    known = known_head(data)
    if known is not None:
        return _zipped(data) or str(known)
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
    known = known_text(text)
    if known is not None:
        return str(known)
    start = text[:4096].lstrip("\ufeff \t\r\n\v\f")
    strange = sum(not (c.isprintable() or c in "\t\r\n") or c == "\ufffd" for c in start)
    if not start or strange * 20 > len(start):
        return "binary data of no known kind"
    line = start.splitlines()[0][:30].strip()
    return f"plain text, not JSON (it begins with {line!r})"


def _zipped(data: bytes) -> str:
    """What a ZIP archive holds, told by the names of its members, which stand in it as they are; empty if unknown."""
    if not data.startswith(b"PK\x03\x04"):
        return ""
    if b"data.pkl" in data:
        return "a PyTorch checkpoint (.pt, .ckpt), which is not opened: it could run any program"
    if b"model.weights.h5" in data:
        return "a Keras model (.keras), which holds no description that is read"
    if b"manifest.json" in data and b"device.toml" in data:
        return "a pack of presets; it is installed, not opened as a capture"
    if b".npy" in data[:200]:
        return "arrays of NumPy (.npz)"
    return ""


def _is_onnx(data: bytes) -> bool:
    """Field 1 (the version, a small number), then field 2 (the producer's name): ModelProto in onnx.proto."""
    if len(data) < 5 or data[0] != 0x08 or not 1 <= data[1] <= 32 or data[2] != 0x12:
        return False
    producer = data[4 : 4 + data[3]]
    return bool(producer) and producer.isascii() and producer.decode("ascii").isprintable()
