"""Automation: files and their mistakes by line, knobs that move on the frame, without clicks, as part of the job."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.audio import AudioInfo, read_info
from afxplugin.captures import read_capture
from afxplugin.chain import Player, with_eigenvalues
from afxplugin.errors import AfxError, KnobError, RenderError
from afxplugin.measure.stems import guitar_di
from afxplugin.render import render
from afxplugin.render.automation import Automation, KnobEvent, read_automation
from afxplugin.render.job import RenderJob
from afxplugin.render.options import RenderOptions
from afxplugin.render.player import open_player
from afxplugin.render.render_stem import render_stem
from tests.conftest import ROOT
from tests.render import material

AMP = with_eigenvalues(material.random_capture(knobs=("Drive", "Tone")))
CSV = "time_s,knob,value\n0,Drive,0.25\n# a remark\n\n0.5, drive ,1\n0.25,Tone,0\n"
JSON = """\
[
  {"time_s": 0, "knob": "Drive", "value": 0.25},
  {"time_s": 0.5,
   "knob": "drive", "value": 1}, {"time_s": 0.25, "knob": "Tone", "value": 0.0}
]
"""


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_csv_and_json_say_the_same(tmp_path: Path) -> None:
    from_csv = read_automation(written(tmp_path / "a.csv", CSV))
    from_json = read_automation(written(tmp_path / "a.txt", JSON))
    assert [(e.time_s, e.knob, e.value) for e in from_csv.events] == [
        (0.0, "Drive", 0.25), (0.25, "Tone", 0.0), (0.5, "drive", 1.0),
    ]  # fmt: skip
    assert [e.line for e in from_csv.events] == [2, 6, 5]
    assert [e.line for e in from_json.events] == [2, 4, 3]
    assert from_csv.as_dict()["sha256"] == from_json.as_dict()["sha256"]
    assert from_csv.as_dict()["events"] == 3
    assert from_csv.as_dict()["knobs"] == ["Drive", "Tone", "drive"]
    swapped = read_automation(written(tmp_path / "b.csv", "\ufeffVALUE,Time_s,knob\r\n0.25,0,Drive\r\n"))
    assert swapped.events == (KnobEvent(0.0, "Drive", 0.25, 2),)
    assert read_automation(written(tmp_path / "c.json", " [ ] \n")).events == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: nothing there; needed: the header time_s,knob,value, or a list in JSON"),
        ("0,Drive,1\n", "line 1: header '0,Drive,1'; needed: time_s,knob,value"),
        ("time_s,knob,value\n0,Drive\n", "line 2: 2 columns; needed: 3"),
        ("time_s,knob,value\n\n0,Drive,loud\n", "line 3: value: given 'loud'; needed: a finite number"),
        ("time_s,knob,value\n0,Drive,nan\n", "line 2: value: given 'nan'; needed: a finite number"),
        ("time_s,knob,value\n-1,Drive,1\n", "line 2: time_s: given -1; allowed: 0 to"),
        ("time_s,knob,value\n1e99,Drive,1\n", "line 2: time_s: given 1e"),
        ("time_s,knob,value\n0,,1\n", "line 2: knob: given ''; needed: a name"),
        ('time_s,knob,value\n0,"Drive\n,1\n', "not readable as CSV"),
        (b"time_s,knob,value\n0,\xff,1\n", "automation cannot be read"),
        ('{"time_s": 0}', "line 1: an object; needed: a list of objects"),
        ("[\n\n7]", "line 3: 7; needed: an object"),
        ("[\n{},\n]", "line 2: keys ''; needed: time_s, knob, value"),
        ('[{"time_s": 0, "knob": "x", "value": 1},\n]', "line 2: not readable as JSON"),
        ('[{"time_s": 0, "knob": "x", "value": 1}\n{}]', "line 2: needed: a comma, or the end"),
        (
            '[{"time_s": 0, "knob": "x", "value": 1}]\n[',
            "line 1: needed: a comma, or the end of the list and of the file",
        ),
        ('[{"time_s": 0, "knob": 3, "value": 1}]', "line 1: knob: given '3'; needed: a name"),
        ('[{"time_s": true, "knob": "x", "value": 1}]', "line 1: time_s: given 'True'; needed: a finite number"),
        ('[\n{"time_s": 0, "knob": "x", "value": 1, "more": 1}]', "line 2: keys 'knob, more, time_s, value'"),
        ("[" * 100_000, "line 1: not readable as JSON"),
        ("[\n[" + "[]," * 1_000 + "[]]]", "line 2: not readable as JSON"),
        ("time_s,knob,value\n" + "," * 1_001, "line 2: longer than 1000 characters"),
    ],
)
def test_mistakes_are_named_with_line_and_file(tmp_path: Path, text: str | bytes, message: str) -> None:
    file = written(tmp_path / "a.csv", text)
    with pytest.raises(RenderError) as caught:
        read_automation(file)
    assert message in caught.value.reason
    assert str(caught.value) == f"{caught.value.reason}: {file}"


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for name, what in (("pipe.csv", "a pipe"), (".", "a folder")):
        with pytest.raises(RenderError) as caught:
            read_automation(tmp_path / name)
        assert caught.value.reason == f"automation cannot be read: is {what}, not a file"


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_damaged_files_raise_our_errors_alone(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    octets = bytearray(data.draw(st.sampled_from([CSV, JSON])).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    file = written(tmp_path_factory.getbasetemp() / "damaged.csv", bytes(octets))
    try:
        automation = read_automation(file)
        automation.check(AMP)
    except AfxError as error:
        assert "damaged" in str(error)  # noqa: PT017


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("0.5,Gain,1", r"^line 2: knob 'Gain': there is none; it has Drive, Tone: .*a\.csv$"),
        ("0.5,Drive,2", r"^line 2: knob Drive: given 2, allowed 0 to 1: .*a\.csv$"),
    ],
)
def test_knobs_are_checked_before_anything_is_written(tmp_path: Path, row: str, message: str) -> None:
    stem, amp = material.stem_file(tmp_path / "x.wav"), material.capture_file(tmp_path / "amp.afx", AMP)
    file = written(tmp_path / "a.csv", f"time_s,knob,value\n{row}\n")
    with pytest.raises(KnobError, match=message):
        render(stem, capture=amp, automate=file, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def job_for(stem: Path, automation: Automation | None, capture: Any = AMP, **options: Any) -> RenderJob:
    (stem.parent / "out").mkdir(exist_ok=True)
    options = {"knobs": {"Drive": 0.5, "Tone": 0.5}, **options}
    return RenderJob(
        stem, stem.parent / "out" / "y.wav", capture, RenderOptions(automation=automation, **options), overwrite=True
    )


EVENTS = (
    KnobEvent(0.0, "tone", 0.9, 1),
    KnobEvent(0.1, "DRIVE", 1.0, 2),
    KnobEvent(0.1, "Tone", 0.1, 3),
    KnobEvent(0.45, "Drive", 0.0, 4),
)


def test_knobs_move_on_their_frames(tmp_path: Path) -> None:
    """At the capture's own rate nothing is late: the render is the player's, its knobs set between the frames."""
    x = material.riff(0.5)
    stem = material.stem_file(tmp_path / "x.wav", x)
    job = job_for(stem, Automation("a", EVENTS))
    assert render_stem(job).status == "done"
    player = Player(AMP, rate_hz=48_000, knobs={"Drive": 0.5, "Tone": 0.9})
    expected = [player.process(x[:, :4_800])]
    player.set_knob("Drive", 1.0)
    player.set_knob("Tone", 0.1)
    expected.append(player.process(x[:, 4_800:21_600]))
    player.set_knob("Drive", 0.0)
    expected.append(player.process(x[:, 21_600:]))
    np.testing.assert_array_equal(material.read(job.output), np.concatenate(expected, axis=1))


def test_nothing_depends_on_how_blocks_fall(tmp_path: Path) -> None:
    stem = material.stem_file(tmp_path / "x.wav", material.riff(0.5, rate_hz=44_100), rate_hz=44_100)
    job = job_for(stem, Automation("a", EVENTS), method="resample", oversample=2)
    info: AudioInfo = read_info(stem)
    x = material.read(stem)
    outputs = []
    for size in (1, 17, 1_000, x.shape[1]):
        with open_player(job, info) as player:
            parts = [player.process(x[:, at : at + size]) for at in range(0, x.shape[1], size)]
            outputs.append(np.concatenate([*parts, player.flush()], axis=1))
    assert outputs[0].shape[1] == x.shape[1] + player.latency_frames
    for other in outputs[1:]:
        np.testing.assert_array_equal(other, outputs[0])


@pytest.mark.parametrize(("method", "oversample"), [("resample", 1), ("resample", 4), ("cidl", 2)])
def test_late_paths_move_knobs_when_the_frame_is_heard(tmp_path: Path, method: str, oversample: int) -> None:
    """A step half way: before it the output is that of the old position, 20 ms after it that of the new one."""
    x = material.riff(0.5, rate_hz=96_000)
    stem = material.stem_file(tmp_path / "x.wav", x, rate_hz=96_000)
    y = []
    for events, drive in [((KnobEvent(0.25, "Drive", 1.0, 1),), 0.0), ((), 0.0), ((), 1.0)]:
        job = job_for(
            stem, Automation("a", events), method=method, oversample=oversample, knobs={"Drive": drive, "Tone": 0.5}
        )
        assert render_stem(job).status == "done"
        y.append(material.read(job.output)[0])
    moved, old, new = y
    differs = np.abs(moved - old) > 1e-4 * np.max(np.abs(old - new))
    first = int(np.argmax(differs))
    assert 24_000 - 40 <= first <= 24_000 + 200
    settled = slice(24_000 + 96_000 // 20, None)  # the memory of the network takes its time after the 20 ms
    assert np.max(np.abs(moved - new)[settled]) < 1e-3 * np.max(np.abs(old - new))


def above_10_khz(y: Any, rate_hz: int) -> float:
    """Energy above 10 kHz, the ends left out."""
    spectrum = np.fft.rfft(y * np.hanning(len(y)))
    return float(np.sum(np.abs(spectrum[np.fft.rfftfreq(len(y), 1 / rate_hz) > 10_000]) ** 2))


@pytest.mark.parametrize("knob", ["Drive", "Tone"])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_a_sweep_of_the_factory_device_does_not_click(tmp_path: Path, knob: str, rate_hz: int) -> None:
    """Above 10 kHz, what an automated sweep has more than one whose knob moves every 16 frames, and all it has."""
    capture = read_capture(ROOT / "presets" / "green-overdrive" / "overdrive.afx")
    x = guitar_di(rate_hz, 5.0).x.astype(np.float32)
    stem = material.stem_file(tmp_path / "x.wav", x, rate_hz=rate_hz)
    steps = 250  # one every 20 ms
    sweep = tuple(KnobEvent(5.0 * k / steps, knob, 10.0 * k / steps, k) for k in range(steps + 1))
    heard = []
    for events, at in [(sweep, 0.0), *(((), position) for position in (0.0, 5.0, 10.0))]:
        job = job_for(
            stem, Automation("a", events), capture, knobs={"Drive": 5.0, "Tone": 5.0, knob: at}, method="cidl"
        )
        assert render_stem(job).status == "done"
        heard.append(material.read(job.output)[0].astype(np.float64))
    assert all(np.isfinite(y).all() for y in heard)
    loudest = max(above_10_khz(y, rate_hz) for y in heard[1:])
    assert above_10_khz(heard[0], rate_hz) <= loudest
    player = Player(capture, rate_hz=rate_hz, method="cidl", knobs={"Drive": 5.0, "Tone": 5.0, knob: 0.0}, channels=1)
    fine = []
    for at in range(0, x.shape[1], 16):
        player.set_knob(knob, 10.0 * at / x.shape[1])
        fine.append(player.process(x[:, at : at + 16])[0])
    residual = above_10_khz(heard[0] - np.concatenate(fine), rate_hz)
    assert residual <= 1e-6 * loudest  # one click of 1 % of full scale has more


def test_job_and_manifest_know_of_it(tmp_path: Path) -> None:
    stem, amp = material.stem_file(tmp_path / "x.wav"), material.capture_file(tmp_path / "amp.afx", AMP)
    file = written(tmp_path / "moves.csv", CSV)
    plain = job_for(stem, None)
    assert "automation" not in plain.options.as_dict()
    keys = {job_for(stem, a).key for a in (None, read_automation(file), Automation("moves.csv", EVENTS))}
    assert len(keys) == 3
    batch = render(stem, capture=amp, automate=file, tail_s=0.5, out=tmp_path / "out")
    assert batch.complete
    (entry,) = json.loads((tmp_path / "out" / "manifest.json").read_text()).values()
    assert entry["options"]["automation"] == read_automation(file).as_dict()
    assert render(stem, capture=amp, automate=file, tail_s=0.5, out=tmp_path / "out", resume=True).complete
    written(file, CSV.replace("0.25", "0.35"))
    assert not render(stem, capture=amp, automate=file, tail_s=0.5, out=tmp_path / "out", resume=True).complete
