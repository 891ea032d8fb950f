"""One stem from end to end: length, start, channels, formats, levels, and everything that can be wrong with it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from afxplugin.audio import read_info
from afxplugin.chain import Player
from afxplugin.render.job import RenderJob, RenderResult
from afxplugin.render.options import RenderOptions
from afxplugin.render.progress import Event, StemFinished, StemProgress, StemStarted
from afxplugin.render.render_stem import BLOCK_FRAMES, render_stem
from tests.render import material

if TYPE_CHECKING:
    from afxplugin.captures import Capture

AMP = material.random_capture()
WIRE = material.identity_capture()


def job_for(stem: Path, capture: Capture = AMP, **options: Any) -> RenderJob:
    (stem.parent / "out").mkdir(exist_ok=True)
    return RenderJob(stem, stem.parent / "out" / "y.wav", capture, RenderOptions(**options))


def failed(job: RenderJob) -> str:
    """Why a job failed; nothing of it stays on the disk."""
    result = render_stem(job)
    assert result.status == "failed"
    assert result.error is not None
    assert list(job.output.parent.iterdir()) == []
    return result.error


@pytest.mark.parametrize("frames", [1, 17, BLOCK_FRAMES - 1, BLOCK_FRAMES, 48_001])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
def test_length_and_start_are_the_stems(tmp_path: Path, frames: int, rate_hz: int) -> None:
    x = material.riff(1.2, rate_hz=rate_hz)[:, :frames]
    job = job_for(material.stem_file(tmp_path / "x.wav", x, rate_hz=rate_hz), WIRE)
    result = render_stem(job)
    assert (result.status, result.error) == ("done", None)
    assert (result.frames, result.rate_hz, result.channels) == (frames, rate_hz, 1)
    y = material.read(job.output)
    assert y.shape == (1, frames)
    if rate_hz == 48_000:
        np.testing.assert_allclose(y, x, atol=1e-6)


@pytest.mark.parametrize(("method", "oversample"), [("resample", 1), ("resample", 4), ("cidl", 1), ("lidl", 2)])
def test_impulse_stays_where_it_was(tmp_path: Path, method: str, oversample: int) -> None:
    x = np.zeros((1, 9_000), np.float32)
    x[0, 4_321] = 1.0
    stem = material.stem_file(tmp_path / "x.wav", x, rate_hz=96_000)
    job = job_for(stem, WIRE, method=method, oversample=oversample)
    assert render_stem(job).status == "done"
    assert int(np.argmax(np.abs(material.read(job.output)))) == 4_321


def test_output_is_the_players_with_its_latency_taken_out(tmp_path: Path) -> None:
    x = material.riff(1.0, rate_hz=44_100, channels=2)
    job = job_for(material.stem_file(tmp_path / "x.wav", x, rate_hz=44_100), method="resample")
    render_stem(job)
    player = Player(AMP, rate_hz=44_100, method="resample")
    whole = np.concatenate([player.process(x), player.flush()], axis=1)
    np.testing.assert_array_equal(material.read(job.output), whole[:, player.latency_frames :])


@pytest.mark.parametrize("channels", [2, 6])
def test_every_channel_gets_the_bits_it_would_get_alone(tmp_path: Path, channels: int) -> None:
    x = material.riff(0.5, channels=channels)
    render_stem(job := job_for(material.stem_file(tmp_path / "x.wav", x)))
    y = material.read(job.output)
    for channel in range(channels):
        alone = job_for(material.stem_file(tmp_path / f"{channel}.wav", x[channel : channel + 1]))
        alone = replace(alone, output=tmp_path / "out" / f"{channel}.wav")
        render_stem(alone)
        np.testing.assert_array_equal(material.read(alone.output)[0], y[channel])


@pytest.mark.parametrize("suffix", ["wav", "aiff", "flac", "w64", "caf"])
def test_formats_in(tmp_path: Path, suffix: str) -> None:
    x = np.round(material.riff(0.2, channels=2) * 2**15) / 2**15  # what 16 bits hold exactly
    stem = material.stem_file(tmp_path / f"x.{suffix}", x.astype(np.float32), subtype="PCM_16")
    render_stem(job := job_for(stem, WIRE))
    np.testing.assert_allclose(material.read(job.output), x, atol=1e-7)
    assert read_info(job.output).format == "WAV"


def test_tail_goes_on_after_the_end(tmp_path: Path) -> None:
    x = material.riff(0.3)
    render_stem(plain := job_for(material.stem_file(tmp_path / "x.wav", x)))
    short = material.read(plain.output)
    tail = replace(job_for(plain.stem, tail_s=0.5), overwrite=True)
    assert render_stem(tail).frames == x.shape[1] + 24_000
    longer = material.read(tail.output)
    np.testing.assert_array_equal(longer[:, : x.shape[1]], short)
    assert np.ptp(longer[:, -100:]) < 1e-4


def test_result_states_levels_and_plan(tmp_path: Path) -> None:
    x = material.riff(1.0)
    result = render_stem(job_for(material.stem_file(tmp_path / "x.wav", x), WIRE))
    assert result.peak == pytest.approx(float(np.abs(x).max()), abs=1e-6)
    assert result.loudness_lufs is not None
    assert -40.0 < result.loudness_lufs < -10.0
    assert result.plan is not None
    assert set(result.plan) == {
        "session_hz", "capture_hz", "kernel_hz", "method", "oversampling", "filters", "latency_frames", "pole_radius",
        "tau_ms", "stable", "reason", "engine", "inserts",
    }  # fmt: skip


def test_silence_has_no_loudness(tmp_path: Path) -> None:
    stem = material.stem_file(tmp_path / "x.wav", np.zeros((1, 48_000), np.float32))
    result = render_stem(job_for(stem, WIRE))
    assert (result.status, result.peak, result.loudness_lufs) == ("done", 0.0, None)


@pytest.mark.parametrize(("subtype", "stored"), [("float", "FLOAT"), ("24", "PCM_24"), ("16", "PCM_16")])
def test_subtypes(tmp_path: Path, subtype: str, stored: str) -> None:
    render_stem(job := job_for(material.stem_file(tmp_path / "x.wav"), subtype=subtype))
    assert read_info(job.output).subtype == stored


def test_clipping_is_told(tmp_path: Path) -> None:
    job = job_for(material.stem_file(tmp_path / "x.wav"), WIRE, subtype="16", output_gain_db=40.0)
    result = render_stem(job)
    assert "samples were clipped" in " ".join(result.notes)


@pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (np.inf, "infinite")])
def test_sample_that_is_no_number_is_told_with_its_place(tmp_path: Path, value: float, word: str) -> None:
    x = material.riff(0.5, channels=2)
    x[1, 17_000] = x[0, 18_000] = value
    error = failed(job_for(material.stem_file(tmp_path / "x.wav", x)))
    assert "frame 17000 (0.3542 s), channel 2 of 2" in error
    assert word in error
    assert "--nan zero" in error


def test_nan_zero_plays_silence_there(tmp_path: Path) -> None:
    x = material.riff(0.5, channels=2)
    x[1, 17_000:17_003] = np.nan
    result = render_stem(job := job_for(material.stem_file(tmp_path / "x.wav", x), WIRE, nan="zero"))
    assert result.status == "done"
    assert result.notes == ("3 samples that were not finite were played as silence",)
    np.testing.assert_allclose(material.read(job.output), np.nan_to_num(x), atol=1e-6)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"not audio at all", "a text file, not audio"),
        (material.wav_bytes(rate_hz=48_000, frames=0), "0 frames"),
        (material.wav_bytes(rate_hz=48_000, frames=100, announced=5_000), "truncated"),
        (material.wav_bytes(rate_hz=0, frames=100), "0 Hz; allowed: 8000 to 384000 Hz"),
        (material.wav_bytes(rate_hz=7_000_000, frames=100), "7000000 Hz; allowed: 8000 to 384000 Hz"),
    ],
)
def test_stem_that_cannot_be_read_is_told(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "x.wav").write_bytes(content)
    error = failed(job_for(tmp_path / "x.wav"))
    assert why in error
    assert "x.wav" not in error  # the result names the stem already


def test_stem_that_is_gone_is_told(tmp_path: Path) -> None:
    assert "No such file" in failed(job_for(tmp_path / "gone.wav"))


def test_stem_that_shrinks_while_it_is_played_is_told(tmp_path: Path) -> None:
    stem = material.stem_file(tmp_path / "x.wav", material.riff(4.0))
    job = job_for(stem)

    def shrink(event: Event) -> None:
        if isinstance(event, StemStarted):
            os.truncate(stem, 40_000)

    result = render_stem(job, shrink)
    assert result.status == "failed"
    assert "it was shortened while it was read; render it again" in str(result.error)
    assert list(job.output.parent.iterdir()) == []


def test_method_that_cannot_be_realised_is_told(tmp_path: Path) -> None:
    stem = material.stem_file(tmp_path / "x.wav", rate_hz=44_100)
    assert "apdl" in failed(job_for(stem, method="apdl")).lower()


def test_output_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    job = RenderJob(material.stem_file(tmp_path / "x.wav"), tmp_path / "absent" / "y.wav", AMP)
    assert "cannot be written" in str(render_stem(job).error)


def test_full_disk_leaves_nothing(tmp_path: Path) -> None:
    stem = material.stem_file(tmp_path / "x.wav", material.riff(2.0))
    job_for(stem)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from tests.render.test_render_stem import job_for, render_stem\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "result = render_stem(job_for(Path(sys.argv[1])))\n"
        "print(result.status, result.error)\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, str(stem)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert shown.stdout.startswith("failed")
    assert "File too large" in shown.stdout
    assert list((tmp_path / "out").iterdir()) == []


def test_stop_ends_it_within_a_block(tmp_path: Path) -> None:
    job = job_for(material.stem_file(tmp_path / "x.wav", material.riff(3.0)))
    stop = threading.Event()

    def stop_at_once(event: Event) -> None:
        if isinstance(event, StemStarted):
            stop.set()

    assert render_stem(job, stop_at_once, stop).status == "interrupted"
    assert list(job.output.parent.iterdir()) == []


def test_events_tell_the_whole_way(tmp_path: Path) -> None:
    heard: list[Event] = []
    x = material.riff(30.0, channels=2)
    result = render_stem(job := job_for(material.stem_file(tmp_path / "x.wav", x)), heard.append)
    assert heard[0] == StemStarted(job, x.shape[1], 48_000)
    assert heard[-1] == StemFinished(result)
    done = [event.frames_done for event in heard if isinstance(event, StemProgress)]
    assert done == sorted(done)
    assert all(0 < each <= x.shape[1] for each in done)


def test_broadcast_chunk_is_kept_with_a_line_of_history(tmp_path: Path) -> None:
    body = b"take 7".ljust(256, b"\0") + bytes(82) + (123_456).to_bytes(8, "little") + bytes(256)
    raw = material.wav_bytes(rate_hz=48_000, frames=200)
    chunk = b"bext" + len(body).to_bytes(4, "little") + body
    raw = raw[:4] + (len(raw) - 8 + len(chunk)).to_bytes(4, "little") + raw[8:36] + chunk + raw[36:]
    (tmp_path / "x.wav").write_bytes(raw)
    result: RenderResult = render_stem(job := job_for(tmp_path / "x.wav"))
    assert result.error is None
    bext = read_info(job.output).bext
    assert bext is not None
    assert (bext.description, bext.time_reference) == ("take 7", 123_456)
    assert "afxplugin" in bext.coding_history
    assert "Amp" in bext.coding_history
