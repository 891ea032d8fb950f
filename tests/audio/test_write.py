"""Writing: what other programs find in the file, integers and dither, RF64, and what failures leave behind."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from afxplugin.audio import AudioWriter, read_audio, read_info, remove_abandoned, wav
from afxplugin.errors import AudioError, RateError
from tests.audio import riff


def _noise(channels=2, frames=1001):
    return np.random.default_rng(2).uniform(-0.9, 0.9, (channels, frames)).astype(np.float32)


def _render(path, x, *, block=300, **options):
    with AudioWriter(path, rate_hz=options.pop("rate_hz", 48_000), channels=x.shape[0], **options) as writer:
        for start in range(0, x.shape[1], block):
            writer.write(x[:, start : start + block])
    return writer


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
@pytest.mark.parametrize(
    ("subtype", "name", "bits"), [("float", "FLOAT", 32), ("24", "PCM_24", 24), ("16", "PCM_16", 16)]
)
def test_other_readers_find_the_same_samples(tmp_path, channels, subtype, name, bits):
    x = _noise(channels)
    writer = _render(tmp_path / "out.wav", x, subtype=subtype, rate_hz=96_000)
    y, rate_hz = soundfile.read(tmp_path / "out.wav", always_2d=True, dtype="float64")
    assert (rate_hz, writer.frames, writer.clipped_samples) == (96_000, 1001, 0)
    assert soundfile.info(tmp_path / "out.wav").subtype == name
    # Rounding is half a step at most, triangular dither one step.
    np.testing.assert_allclose(y.T, x, rtol=0, atol=0 if bits == 32 else 1.5 / 2 ** (bits - 1))
    chunks = dict(riff.walk((tmp_path / "out.wav").read_bytes()))
    assert len(chunks[b"data"]) == 1001 * channels * bits // 8
    if bits == 32:
        assert chunks[b"data"] == x.T.astype("<f4").tobytes()


def test_float64_is_rounded_to_float32_and_never_clipped(tmp_path):
    x = np.array([[1.5, -7.25, 1e-12, np.pi, 1e300]])
    _render(tmp_path / "out.wav", x)
    np.testing.assert_array_equal(read_audio(tmp_path / "out.wav").x[0, :4], x[0, :4].astype(np.float32))
    assert np.isposinf(read_audio(tmp_path / "out.wav").x[0, 4])


@pytest.mark.parametrize("subtype", ["24", "16"])
def test_integers_clip_at_both_ends_and_count_it(tmp_path, subtype):
    x = np.array([[1.5, -1.5, 0.5, 40.0, 0.0, -0.5]], np.float32)
    writer = _render(tmp_path / "out.wav", x, subtype=subtype)
    y = read_audio(tmp_path / "out.wav").x[0]
    step = 2.0 ** (1 - int(subtype))
    assert writer.clipped_samples == 3
    assert (y[0], y[1], y[3]) == (np.float32(1 - step), -1.0, np.float32(1 - step))


def test_dither_makes_the_error_independent_of_the_signal(tmp_path):
    # A triangular dither of two steps leaves an error of mean 0 and variance (1/12 + 1/6) steps, whatever the signal
    # (Lipshitz, Wannamaker, Vanderkooy 1992); rounding alone would give 0 to 1/4 on these constant levels.
    step = 2.0**-15
    for level in (0.0, 0.25, 0.5, 0.81):
        x = np.full((1, 200_000), (100 + level) * step, np.float32)
        _render(tmp_path / "out.wav", x, subtype="16", overwrite=True)
        error = (read_audio(tmp_path / "out.wav").x - x).astype(np.float64) / step
        assert np.mean(error) == pytest.approx(0, abs=0.005)  # four standard errors
        assert np.var(error) == pytest.approx(0.25, abs=0.005)


def test_dither_is_reproducible_and_differs_between_stems(tmp_path):
    x = _noise(2, 500)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    _render(tmp_path / "a/one.wav", x, subtype="16", block=500)
    _render(tmp_path / "b/one.wav", x, subtype="16", block=7)
    _render(tmp_path / "a/two.wav", x, subtype="16")
    assert (tmp_path / "a/one.wav").read_bytes() == (tmp_path / "b/one.wav").read_bytes()
    assert (tmp_path / "a/one.wav").read_bytes() != (tmp_path / "a/two.wav").read_bytes()


def test_rf64_when_the_file_passes_the_limit(tmp_path, monkeypatch):
    x = _noise(1, 1001)
    path = tmp_path / "out.wav"
    _render(path, x, subtype="24")
    small, y = riff.walk(path.read_bytes()), read_audio(path).x
    monkeypatch.setattr(wav, "LARGEST_RIFF", 3000)
    _render(path, x, subtype="24", overwrite=True)
    assert path.read_bytes()[:4] == b"RF64"
    assert riff.walk(path.read_bytes())[1:] == small[1:]  # the first is JUNK, and now ds64
    assert (read_info(path).format, read_info(path).frames) == ("RF64", 1001)
    np.testing.assert_array_equal(read_audio(path).x, y)


@pytest.mark.parametrize(("channels", "subtype"), [(2, "float"), (1, "24")])
def test_rf64_of_5_gb_is_right_to_the_last_frame(tmp_path, channels, subtype):
    # A sparse file: only the header and the last frames are really on the disk.
    frame_bytes = channels * wav.BITS[subtype] // 8
    frames = 5 * 2**30 // frame_bytes + 1
    header = wav.wav_header(rate_hz=96_000, channels=channels, subtype=subtype, frames=frames)
    pattern = bytes(range(1, 4 * frame_bytes + 1))
    with (tmp_path / "large.wav").open("wb") as stream:
        stream.write(header)
        stream.seek(len(header) + (frames - 4) * frame_bytes)
        stream.write(pattern + bytes(frames * frame_bytes % 2))
    assert header[:4] == b"RF64"
    info = read_info(tmp_path / "large.wav")
    assert (info.format, info.frames, info.channels) == ("RF64", frames, channels)
    with soundfile.SoundFile(tmp_path / "large.wav") as sound:
        assert sound.frames == frames
        sound.seek(frames - 4)
        last = sound.read(10, dtype="int32", always_2d=True) if subtype == "24" else sound.read(10, dtype="float32")
    if subtype == "24":
        assert (last.astype("<i4").tobytes()) == b"".join(b"\0" + pattern[i : i + 3] for i in range(0, 12, 3))
    else:
        assert last.tobytes() == pattern


def test_the_header_keeps_its_length_whatever_the_size():
    sizes = {
        len(wav.wav_header(rate_hz=48_000, channels=2, subtype="float", frames=frames)) for frames in (0, 10**6, 10**10)
    }
    assert len(sizes) == 1


def test_nothing_has_the_name_until_the_file_is_whole(tmp_path):
    path = tmp_path / "out.wav"
    writer = AudioWriter(path, rate_hz=48_000, channels=2)
    writer.write(_noise())
    assert not path.exists()
    writer.close()
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.wav"]
    writer.close()
    with pytest.raises(AudioError, match="is closed"):
        writer.write(_noise())
    assert read_info(path).frames == 1001


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_error_leaves_nothing(tmp_path, error):
    with pytest.raises(error), AudioWriter(tmp_path / "out.wav", rate_hz=48_000, channels=2) as writer:  # noqa: PT012
        writer.write(_noise())
        raise error
    assert list(tmp_path.iterdir()) == []


def test_an_error_leaves_the_file_that_was_there(tmp_path):
    path = tmp_path / "out.wav"
    path.write_bytes(b"precious")
    with pytest.raises(RuntimeError), AudioWriter(path, rate_hz=48_000, channels=2, overwrite=True) as writer:  # noqa: PT012
        writer.write(_noise())
        raise RuntimeError
    assert path.read_bytes() == b"precious"


def test_refuses_to_overwrite_unless_told(tmp_path):
    path = tmp_path / "out.wav"
    _render(path, _noise())
    with pytest.raises(AudioError, match="exists already; allowed: another name, or to overwrite it"):
        AudioWriter(path, rate_hz=48_000, channels=2)
    _render(path, _noise(1, 7), overwrite=True)
    assert read_info(path).frames == 7
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.wav"]


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_of_two_writers_of_one_name_the_second_fails(tmp_path, monkeypatch, links):
    if not links:
        monkeypatch.setattr(os, "link", _no_links)
    first = AudioWriter(tmp_path / "out.wav", rate_hz=48_000, channels=1)
    second = AudioWriter(tmp_path / "out.wav", rate_hz=48_000, channels=1)
    first.write(_noise(1, 10))
    second.write(_noise(1, 20))
    first.close()
    with pytest.raises(AudioError, match="exists already"):
        second.close()
    assert read_info(tmp_path / "out.wav").frames == 10
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.wav"]


def _no_links(source, target):
    raise PermissionError(1, "Operation not permitted", str(source), None, str(target))


def test_longest_name_that_the_file_system_takes(tmp_path):
    name = "é" * 125 + "n.wav"
    _render(tmp_path / name, _noise())
    assert read_info(tmp_path / name).frames == 1001


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("n" * 300 + ".wav", "too long"),
        ("absent/out.wav", "No such file"),
        ("folder", "is a folder"),
        ("\0.wav", "null"),
    ],
)
def test_targets_that_cannot_be_written(tmp_path, name, message):
    (tmp_path / "folder").mkdir()
    with pytest.raises(AudioError, match=message):
        AudioWriter(tmp_path / name, rate_hz=48_000, channels=2)
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize("write_bytes", [4096, 60_000])
def test_a_full_disk_leaves_nothing(tmp_path, write_bytes):
    """A limit on the size of files makes the system refuse a write in its middle, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(AudioError, match=r"cannot be written: File too large: .*out\.wav"):
            _render(tmp_path / "out.wav", _noise(1, 20_000), block=write_bytes // 4)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_only_when_the_file_is_finished(tmp_path, monkeypatch):
    def no_space(_descriptor):
        raise OSError(28, "No space left on device")

    writer = AudioWriter(tmp_path / "out.wav", rate_hz=48_000, channels=1)
    writer.write(_noise(1))
    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(AudioError, match="No space left"):
        writer.close()
    assert list(tmp_path.iterdir()) == []


def test_numbers_that_are_none_are_kept_by_float_and_refused_by_integers(tmp_path):
    x = np.array([[0.0, np.nan, np.inf]], np.float32)
    _render(tmp_path / "float.wav", x)
    np.testing.assert_array_equal(read_audio(tmp_path / "float.wav").x, x)
    with pytest.raises(AudioError, match="not finite"):
        _render(tmp_path / "int.wav", x, subtype="24")
    assert not (tmp_path / "int.wav").exists()


@pytest.mark.parametrize("x", [np.zeros(5), np.zeros((1, 5)), np.zeros((5, 2))])
def test_blocks_of_another_shape_are_refused(tmp_path, x):
    with (
        pytest.raises(AudioError, match=r"allowed: \(2, frames\)"),
        AudioWriter(tmp_path / "out.wav", rate_hz=48_000, channels=2) as writer,
    ):
        writer.write(x)
    assert list(tmp_path.iterdir()) == []


def test_refuses_rates_channels_and_subtypes_that_cannot_be(tmp_path):
    with pytest.raises(RateError):
        AudioWriter(tmp_path / "out.wav", rate_hz=7_000_000, channels=1)
    with pytest.raises(AudioError, match="allowed: 1 to 1024"):
        AudioWriter(tmp_path / "out.wav", rate_hz=48_000, channels=0)
    with pytest.raises(AudioError, match="allowed: float, 24, 16"):
        AudioWriter(tmp_path / "out.wav", rate_hz=48_000, channels=1, subtype="32")  # pyright: ignore[reportArgumentType]
    assert list(tmp_path.iterdir()) == []


KILLED = """
import sys, time, numpy as np
from afxplugin.audio import AudioWriter
writer = AudioWriter(sys.argv[1], rate_hz=48000, channels=1)
writer.write(np.zeros((1, 1000)))
print("ready", flush=True)
time.sleep(60)
"""


def test_what_a_killed_writer_left_is_removed_once_nobody_writes_it(tmp_path):
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path / "out.wav")], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        assert len(list(tmp_path.iterdir())) == 1
        assert remove_abandoned(tmp_path) == 0
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert remove_abandoned(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []
    assert remove_abandoned(tmp_path / "absent") == 0
