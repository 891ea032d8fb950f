"""Mutated and malicious headers: read or refused, in bounded time and memory."""

from __future__ import annotations

import contextlib
import itertools
import struct
import time

import numpy as np
import pytest

from afxplugin.audio import read_audio, read_info
from afxplugin.errors import AfxError, AudioError
from tests.audio.containers import ALL, Build, codings, odd_chunk


def test_a_w64_cut_in_its_first_header(tmp_path):
    (tmp_path / "stem.w64").write_bytes(Build("W64").bytes()[:20])
    with pytest.raises(AudioError, match="supported: WAV"):
        read_info(tmp_path / "stem.w64")


def _mutated(rng):
    """A file of a random container with some of its header's words changed, cut or doubled."""
    container = ALL[rng.integers(len(ALL))]
    allowed = codings(container)
    build = Build(
        container, allowed[rng.integers(len(allowed))], int(rng.integers(1, 3)), before=[odd_chunk(container)]
    )
    raw = bytearray(build.bytes())
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(0, 120))
        value = int(rng.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF0, int(rng.integers(2**32))]))
        if rng.integers(2):
            raw[at] = value & 0xFF
        else:
            struct.pack_into("<I" if rng.integers(2) else ">I", raw, at, value)
    end = len(raw) if rng.integers(3) else int(rng.integers(8, len(raw)))
    return bytes(raw[:end])


@pytest.mark.parametrize("part", [b"LIST\0\0\0\0", b"LIST", b"data", b"data\0\0\0\0", b"\xff\xf8\xc9\x18", b"ID3\4"])
@pytest.mark.parametrize("container", ["WAV", "FLAC"])
def test_a_file_of_nothing_but_heads_takes_no_time(tmp_path, container, part):
    """A guard against guesses that multiply; generous, for busy machines."""
    head = b"fLaC" + bytes([0x80, 0, 0, 34]) + bytes(34) if container == "FLAC" else Build(container, raw=b"").bytes()
    (tmp_path / "stem").write_bytes(head[: -4 if container == "WAV" else None] + b"\x07\0\0\0" + part * 2**18)
    began = time.process_time()
    for truncated in ("fail", "play"):
        with contextlib.suppress(AfxError):
            read_info(tmp_path / "stem", truncated=truncated)
    assert time.process_time() - began < 30


def test_mutated_headers_are_read_or_refused(tmp_path):
    rng = np.random.default_rng(2026)
    path = tmp_path / "stem"
    played = 0
    for truncated, _ in itertools.product(("fail", "play"), range(1500)):
        path.write_bytes(raw := _mutated(rng))
        try:
            x = read_audio(path, truncated=truncated).x
        except AfxError:
            continue
        except Exception as error:
            raise AssertionError(raw[:120].hex()) from error
        played += 1
        assert 1 <= x.size <= len(raw)
    assert played > 500
