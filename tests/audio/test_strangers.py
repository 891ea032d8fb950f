"""Files of other kinds are named, and no library writes to the terminal."""

from __future__ import annotations

import re
import struct

import pytest

from afxplugin.audio import read_info
from afxplugin.errors import AudioError
from tests.audio.containers import Build, write

MP3 = b"\xff\xfb\x90\x64" + bytes(413)
STRANGERS = {
    "MP3 is not supported": MP3 * 9,
    "MP3 is not supported ": b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + MP3 * 9,
    "Ogg is not supported": b"OggS" + bytes(200),
    "M4A is not supported": b"\0\0\0\x20ftypM4A " + bytes(200),
    "a web page (HTML)": b"\n<!DOCTYPE html><html><body>404 Not Found</body></html>",
    "a text file": "Größe: 3 dB\n".encode() * 400,
    "a text file ": "Größe\n".encode("utf-16"),
    "a ZIP archive": b"PK\x03\x04" + bytes(99),
    "a gzip archive": b"\x1f\x8b" + bytes(99),
    "a file of zeros": bytes(5000),
    "an image (WebP)": b"RIFF\x20\0\0\0WEBPVP8 " + bytes(90),
    "AVI is not supported": b"RIFF\x20\0\0\0AVI LIST" + bytes(90),
    "a RIFF file of type 'sfbk'": b"RIFF\x20\0\0\0sfbkLIST" + bytes(90),
    "AAC is not supported": b"\xff\xf1\x50\x80" + bytes(90),
    "a git-annex pointer": b"/annex/objects/SHA256E-s290211--0.wav\n",
    "an IFF file of type '8SVX'": b"FORM\0\0\0\x208SVX" + bytes(90),
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
    "not an audio file of a known kind": b"\x01\x02\x03\x04\x80\x90" * 90,
}


@pytest.mark.parametrize("what", STRANGERS)
def test_files_of_other_kinds_are_named(tmp_path, what):
    (tmp_path / "stem.wav").write_bytes(STRANGERS[what])
    with pytest.raises(
        AudioError, match=rf"^{re.escape(what.strip())}.*; supported: WAV, RF64, AIFF, FLAC, W64, CAF: .*stem\.wav$"
    ):
        read_info(tmp_path / "stem.wav")


def test_a_capture_given_as_a_stem_is_told_the_option(tmp_path):
    (tmp_path / "amp.json").write_bytes(b'{"model": 1}')
    with pytest.raises(AudioError, match=r"^a JSON file, not audio; captures are given with --capture: "):
        read_info(tmp_path / "amp.json")


def test_mp3_in_a_wav_is_named(tmp_path):
    path = write(tmp_path, Build("WAV", fmt=struct.pack("<HHIIHHH", 0x55, 1, 48_000, 16_000, 1, 0, 0), raw=MP3))
    with pytest.raises(AudioError, match="coding 0x0055 \\(MP3\\); allowed: PCM"):
        read_info(path)


def test_no_library_writes_to_the_terminal(tmp_path, capfd):
    for number, raw in enumerate(STRANGERS.values()):
        (tmp_path / str(number)).write_bytes(raw)
        with pytest.raises(AudioError):
            read_info(tmp_path / str(number))
    cut = Build("WAV").bytes()[:50]
    (tmp_path / "cut").write_bytes(b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + cut)
    read_info(tmp_path / "cut", truncated="play")
    assert capfd.readouterr() == ("", "")
