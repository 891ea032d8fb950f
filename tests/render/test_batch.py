"""Batches: collisions, overwriting, resuming, stopping, and that one bad stem costs no other."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import afxplugin as afx
from afxplugin.cli.display import problem_text
from afxplugin.render import Batch, ledger, render, workers
from afxplugin.render.entry import Entry
from afxplugin.render.job import RenderJob, RenderResult
from afxplugin.render.manifest import Manifest
from afxplugin.render.naming import DEFAULT_TEMPLATE
from afxplugin.render.progress import BatchStarted, Event, Notice, StemFinished, StemStarted
from tests.render import material

AMP = material.random_capture()


def entries(folder: Path) -> dict[str, dict[str, Any]]:
    """The manifest of a folder, by output name."""
    manifest = json.loads((folder / "manifest.json").read_text())
    return {entry["output"]: entry for entry in manifest.values()}


def statuses(batch: Batch) -> list[str]:
    return [each.status for each in batch.results]


@pytest.fixture
def session(tmp_path: Path) -> Path:
    for seed, (name, channels, rate_hz) in enumerate([("bass", 1, 48_000), ("drums", 2, 96_000), ("gtr", 1, 44_100)]):
        x = material.riff(0.3, rate_hz=rate_hz, channels=channels, seed=seed)
        material.stem_file(tmp_path / f"{name}.wav", x, rate_hz=rate_hz)
    return tmp_path


def test_folder_is_rendered_beside_the_stems(session: Path) -> None:
    batch = render(session, capture=AMP)
    assert batch.complete
    out = session / "rendered"
    assert batch.manifests == (out / "manifest.json",)
    for name, channels, rate_hz in [("bass", 1, 48_000), ("drums", 2, 96_000), ("gtr", 1, 44_100)]:
        entry = entries(out)[f"{name} [Amp].wav"]
        assert (entry["status"], entry["rate_hz"], entry["channels"]) == ("done", rate_hz, channels)
        assert entry["frames"] == round(0.3 * rate_hz) == material.read(out / f"{name} [Amp].wav").shape[1]
        assert entry["plan"]["session_hz"] == rate_hz
        assert entry["stem"] == f"../{name}.wav"
    assert material.leftovers(session) == []


def test_rendering_the_folder_again_does_not_render_the_renders(session: Path) -> None:
    render(session, capture=AMP)
    batch = render(session, capture=AMP, resume=True)
    assert statuses(batch) == ["skipped"] * 3


def test_the_function_is_the_packages(session: Path) -> None:
    assert afx.render(session / "bass.wav", capture=AMP, out=session / "o").complete


def test_number_of_workers_changes_nothing(session: Path) -> None:
    for jobs in (1, 3):
        render(session, capture=AMP, out=session / str(jobs), jobs=jobs)
    for name in ("bass", "drums", "gtr"):
        one, three = (material.read(session / jobs / f"{name} [Amp].wav") for jobs in "13")
        np.testing.assert_array_equal(one, three)


def test_second_batch_adds_to_the_manifest(session: Path) -> None:
    render(session / "bass.wav", capture=AMP, out=session / "o")
    render(session / "bass.wav", capture=AMP, out=session / "o", method="lidl", template="{stem} {method} {rate}")
    assert set(entries(session / "o")) == {"bass [Amp].wav", "bass lidl 48000.wav"}


def test_template_names_the_method_that_auto_took(session: Path) -> None:
    batch = render(session / "gtr.wav", capture=AMP, template="{stem} {method} {rate}")
    assert batch.results[0].output.name == "gtr resample 44100.wav"


def test_existing_output_is_left_alone(session: Path) -> None:
    out = session / "o"
    render(session, capture=AMP, out=out)
    before = (out / "bass [Amp].wav").stat().st_mtime_ns
    batch = render(session, capture=AMP, out=out, output_gain_db=-6.0)
    assert statuses(batch) == ["failed"] * 3
    assert "exists already" in str(batch.results[0].error)
    assert (out / "bass [Amp].wav").stat().st_mtime_ns == before
    assert render(session, capture=AMP, out=out, resume=True).complete


def test_refusal_does_not_undo_what_the_manifest_says(session: Path) -> None:
    render(session, capture=AMP, out=session / "o")
    render(session, capture=AMP, out=session / "o")
    assert [entry["status"] for entry in entries(session / "o").values()] == ["done"] * 3


def test_overwriting_replaces_output_and_entry(session: Path) -> None:
    out = session / "o"
    render(session / "bass.wav", capture=AMP, out=out)
    loud = material.read(out / "bass [Amp].wav")
    assert render(session / "bass.wav", capture=AMP, out=out, output_gain_db=-20.0, overwrite=True).complete
    np.testing.assert_allclose(material.read(out / "bass [Amp].wav"), loud * 0.1, rtol=1e-5)
    assert entries(out)["bass [Amp].wav"]["options"]["output_gain_db"] == -20.0
    assert len(json.loads((out / "manifest.json").read_text())) == 1


def test_resume_renders_what_is_missing_edited_or_failed(session: Path) -> None:
    out = session / "o"
    render(session, capture=AMP, out=out)
    (out / "bass [Amp].wav").unlink()
    assert sorted(statuses(render(session, capture=AMP, out=out, resume=True))) == ["done", "skipped", "skipped"]


def test_resume_does_not_replace_what_was_made_otherwise(session: Path) -> None:
    out = session / "o"
    render(session / "bass.wav", capture=AMP, out=out)
    (batch,) = render(session / "bass.wav", capture=AMP, out=out, mix=0.5, resume=True).results
    assert batch.status == "failed"
    assert "was not made from this stem with these settings" in str(batch.error)


def test_resume_leaves_a_file_that_no_entry_explains(session: Path) -> None:
    out = session / "o"
    render(session / "bass.wav", capture=AMP, out=out)
    manifest = json.loads((out / "manifest.json").read_text())
    for entry in manifest.values():
        entry["status"] = "pending"
    (out / "manifest.json").write_text(json.dumps(manifest))
    (out / "bass [Amp].wav").write_bytes(b"not from a batch")
    for _ in range(2):
        (result,) = render(session / "bass.wav", capture=AMP, out=out, resume=True).results
        assert (result.status, str(result.error)[:14]) == ("failed", "exists already")
        assert (out / "bass [Amp].wav").read_bytes() == b"not from a batch"


def test_output_that_would_replace_its_stem_is_refused(session: Path) -> None:
    before = (session / "bass.wav").read_bytes()
    batch = render(session, capture=AMP, out=session, template="{stem}", overwrite=True)
    assert statuses(batch) == ["failed"] * 3
    assert "replace the stem itself" in str(batch.results[0].error)
    assert (session / "bass.wav").read_bytes() == before


def test_output_that_would_replace_its_stem_through_a_link_is_refused(session: Path) -> None:
    (session / "o").mkdir()
    os.link(session / "bass.wav", session / "o" / "bass [Amp].wav")
    batch = render(session / "bass.wav", capture=AMP, out=session / "o", overwrite=True)
    assert "replace the stem itself" in str(batch.results[0].error)


def test_output_that_would_replace_another_stem_is_refused(session: Path) -> None:
    shutil.copy(session / "bass.wav", session / "bass [Amp].wav")
    batch = render([session / "bass.wav", session / "bass [Amp].wav"], capture=AMP, out=session, overwrite=True)
    assert statuses(batch) == ["failed", "done"]
    assert "would replace another stem" in str(batch.results[0].error)


def test_same_output_for_two_stems_is_refused_and_the_others_go_on(session: Path) -> None:
    material.stem_file(session / "take2" / "bass.wav")
    batch = render(session, capture=AMP, out=session / "o")
    assert sorted(statuses(batch)) == ["done", "done", "failed", "failed"]
    one, other = session / "bass.wav", session / "take2" / "bass.wav"
    assert {problem_text(each) for each in batch.failed} == {
        f"two stems would be written to 'bass [Amp].wav' (the other: {there}); tell them apart with {{folder}} in the "
        f"template, such as '{{folder}} {DEFAULT_TEMPLATE}': {here}"
        for here, there in ((one, other), (other, one))
    }
    assert sorted(path.name for path in (session / "o").glob("*.wav")) == ["drums [Amp].wav", "gtr [Amp].wav"]


def test_stem_whose_path_is_the_end_of_the_others_is_named(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    material.stem_file(session / "take2" / "bass.wav")
    monkeypatch.chdir(session)
    batch = render(["bass.wav", "take2/bass.wav"], capture=AMP, out="o")
    assert [problem_text(each).rpartition(": ")[2] for each in batch.failed] == ["bass.wav", "take2/bass.wav"]


def test_folder_that_cannot_be_searched_costs_no_other(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (session / "private").mkdir()
    listed = os.scandir

    def scandir(path: str) -> Any:
        if Path(path).name == "private":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    batch = render(session, capture=AMP)
    assert statuses(batch) == ["done", "done", "done", "failed"]
    assert batch.results[3].stem == session / "private"
    assert batch.results[3].error == "cannot be searched: Permission denied"


def test_errors_give_the_reason_first_and_not_the_stem(session: Path) -> None:
    out = session / "o"
    render(session / "bass.wav", capture=AMP, out=out)
    render(session / "gtr.wav", capture=AMP, out=out, template="x")
    (session / "nan.wav").write_bytes(material.wav_bytes(rate_hz=48_000, frames=0))
    stems = [session / "bass.wav", session / "absent.wav", session / "nul\0.wav", out]
    for result in render(stems, capture=AMP, out=out).failed:
        assert not str(result.error).startswith("/")
        assert str(result.stem) not in str(result.error)


def test_bad_stems_are_told_and_the_others_are_rendered(session: Path) -> None:
    (session / "empty.wav").write_bytes(b"")
    x = material.riff(0.2)
    x[0, 77] = np.nan
    material.stem_file(session / "nan.wav", x)
    batch = render([session, session / "absent.wav"], capture=AMP, out=session / "o")
    told = {each.stem.name: each.error for each in batch.failed}
    assert set(told) == {"empty.wav", "nan.wav", "absent.wav"}
    assert "frame 77" in str(told["nan.wav"])
    assert sum(each.status == "done" for each in batch.results) == 3
    assert not batch.complete
    assert entries(session / "o")["nan [Amp].wav"]["status"] == "failed"
    assert "frame 77" in entries(session / "o")["nan [Amp].wav"]["error"]


def test_stem_that_vanishes_midway_is_told(session: Path) -> None:
    def vanish(event: Event) -> None:
        if isinstance(event, StemStarted) and event.job.stem.name == "bass.wav":
            (session / "drums.wav").unlink()

    batch = render(session, capture=AMP, jobs=1, listener=vanish)
    assert statuses(batch) == ["done", "failed", "done"]
    assert entries(session / "rendered")["drums [Amp].wav"]["status"] == "failed"


def test_missing_stem_makes_no_folder(tmp_path: Path) -> None:
    assert statuses(render(tmp_path / "a" / "x.wav", capture=AMP)) == ["failed"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x" * 300 + ".wav", "nul\0.wav", "loop.wav"])
def test_names_that_no_file_can_have_are_told(session: Path, name: str) -> None:
    (session / "loop.wav").symlink_to("loop.wav")
    batch = render([session / name, session / "bass.wav"], capture=AMP)
    assert statuses(batch) == ["failed", "done"]
    assert "cannot be read" in str(batch.results[0].error)


def test_preset_is_a_start_that_options_change(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(session / "data"))
    folder = session / "data" / "afxplugin" / "presets" / "pedal"
    folder.mkdir(parents=True)
    capture = material.capture_file(folder / "pedal.afx", material.random_capture(knobs=("Drive",)))
    (folder / "device.toml").write_text(
        "schema = 1\n[device]\nname = 'Test Pedal'\nlicence = 'CC0-1.0'\n[capture]\npath = 'pedal.afx'\n"
        f"sha256 = '{hashlib.sha256(capture.read_bytes()).hexdigest()}'\n"
        "[[preset]]\nname = 'Only Here'\nknobs = { Drive = 0.25 }\ninput_gain_db = -3\nmix = 0.75\nmethod = 'cidl'\n"
        "oversampling = 2\nfilters = 'low-latency'\n"
    )
    out = session / "o"
    assert render(session / "bass.wav", preset="test pedal/only here", out=out).complete
    assert render(
        session / "gtr.wav",
        preset="Only Here",
        out=out,
        method="auto",
        input_gain_db=1.0,
        mix=1.0,
        knobs={"drive": 1.0},
    ).complete
    plain, changed = entries(out)["bass [Only Here].wav"], entries(out)["gtr [Only Here].wav"]
    assert (plain["preset"], plain["capture"]["name"], plain["knobs"]) == ("Only Here", "Amp", {"Drive": 0.25})
    names = ("method", "oversample", "filters", "input_gain_db", "mix")
    assert [plain["options"][name] for name in names] == ["cidl", 2, "low-latency", -3.0, 0.75]
    assert [changed["options"][name] for name in names] == ["auto", 2, "low-latency", -2.0, 1.0]
    assert changed["knobs"] == {"Drive": 1.0}


def test_folder_without_audio_is_told(session: Path) -> None:
    (session / "empty").mkdir()
    batch = render([session / "empty", session / "bass.wav"], capture=AMP)
    assert statuses(batch) == ["done", "failed"]
    assert "no audio files" in str(batch.results[1].error)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="no folder that even root cannot write")
def test_folder_that_may_not_be_written_is_told(session: Path) -> None:
    batch = render(session, capture=AMP, out="/proc/self")
    assert statuses(batch) == ["failed"] * 3
    assert str(batch.results[0].error).startswith("cannot write the manifest: ")
    assert str(batch.results[0].error).endswith(": /proc/self/manifest.json")


def test_folder_that_cannot_be_made_is_told(session: Path) -> None:
    (session / "o").touch()
    batch = render(session, capture=AMP, out=session / "o" / "p")
    assert statuses(batch) == ["failed"] * 3
    assert "output folder cannot be made" in str(batch.results[0].error)


def test_corrupt_manifest_is_told_and_kept(session: Path) -> None:
    (session / "o").mkdir()
    (session / "o" / "manifest.json").write_text("{ broken")
    heard: list[Event] = []
    assert render(session / "bass.wav", capture=AMP, out=session / "o", listener=heard.append).complete
    (notice,) = (event for event in heard if isinstance(event, Notice))
    assert "kept as manifest.corrupt-" in notice.text
    (aside,) = (session / "o").glob("manifest.corrupt-*")
    assert aside.read_text() == "{ broken"


def test_lost_manifest_is_a_problem_but_no_crash(session: Path) -> None:
    out = session / "o"

    def block(event: Event) -> None:
        if isinstance(event, StemFinished):
            (out / ".manifest.lock").unlink(missing_ok=True)
            (out / ".manifest.lock").mkdir()

    batch = render(session / "bass.wav", capture=AMP, out=out, listener=block)
    assert statuses(batch) == ["done"]
    assert not batch.complete
    assert "manifest.json" in batch.problems[0]


def test_stop_removes_partial_files_and_the_manifest_says_so(tmp_path: Path) -> None:
    for name in "abcd":
        material.stem_file(tmp_path / f"{name}.wav", material.riff(5.0))
    stop = threading.Event()

    def stop_in_second(event: Event) -> None:
        if isinstance(event, StemStarted) and event.job.stem.name == "b.wav":
            stop.set()

    batch = render(tmp_path, capture=AMP, jobs=1, listener=stop_in_second, stop=stop)
    assert statuses(batch) == ["done", "interrupted", "interrupted", "interrupted"]
    assert batch.interrupted
    out = tmp_path / "rendered"
    told = [entry["status"] for _, entry in sorted(entries(out).items())]
    assert told[:2] == ["done", "interrupted"]
    assert set(told[2:]) <= {"interrupted", "pending"}  # begun and stopped at once, or never begun
    assert [path.name for path in out.glob("*.wav")] == ["a [Amp].wav"]
    assert material.leftovers(out) == []
    assert sorted(statuses(render(tmp_path, capture=AMP, resume=True))) == ["done", "done", "done", "skipped"]


@pytest.mark.parametrize("before", [False, True])
def test_stems_that_were_never_begun_cost_a_stopped_batch_nothing(
    session: Path, monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    """Their entries are pending, or what they were, and no other is made."""
    if before:
        render(session, capture=AMP)
    stop = threading.Event()
    made: list[str] = []
    true_entry = ledger.finished_entry

    def counted(job: RenderJob, result: RenderResult, version: str) -> Entry:
        made.append(job.key)
        return true_entry(job, result, version)

    def stop_at_once(event: Event) -> None:
        if isinstance(event, BatchStarted):
            stop.set()

    monkeypatch.setattr(ledger, "finished_entry", counted)
    batch = render(session, capture=AMP, overwrite=before, listener=stop_at_once, stop=stop)
    assert statuses(batch) == ["interrupted"] * 3
    assert {each.error for each in batch.results} == {"the batch was stopped before it began"}
    assert batch.as_dict()["status"] == "interrupted"
    told = entries(session / "rendered").values()
    assert [entry["status"] for entry in told] == ["done" if before else "pending"] * 3
    assert not any("withdrawn" in entry for entry in told)
    assert made == []
    resumed = render(session, capture=AMP, resume=True)
    assert statuses(resumed) == ["skipped" if before else "done"] * 3


def test_batch_that_is_stopped_while_it_is_planned_makes_no_manifest(session: Path) -> None:
    stop = threading.Event()
    stop.set()
    assert statuses(render(session, capture=AMP, stop=stop)) == ["interrupted"] * 3
    assert not (session / "rendered" / "manifest.json").exists()


def test_name_that_is_taken_midway_leaves_no_journal(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As two batches have it that resume at once: the other has written the file, and recorded it."""
    true_publish = Manifest.publish

    def publish_second(manifest: Manifest, key: str, entry: Entry, give_name: Any) -> None:
        monkeypatch.undo()
        render(session / "bass.wav", capture=AMP, resume=True)
        true_publish(manifest, key, entry, give_name)

    monkeypatch.setattr(Manifest, "publish", publish_second)
    batch = render(session / "bass.wav", capture=AMP, resume=True)
    assert statuses(batch) == ["skipped"]
    assert not (session / "rendered" / ".manifest.journal").exists()


def test_interrupted_caller_leaves_no_partial_file(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*given: Any, **options: Any) -> Any:
        del given, options
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(workers, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        render(session, capture=AMP, jobs=1)
    assert material.leftovers(session) == []
    assert {entry["status"] for entry in entries(session / "rendered").values()} <= {"done", "interrupted", "pending"}


def test_events_come_one_at_a_time_and_frame_the_batch(session: Path) -> None:
    heard: list[Event] = []
    render(session, capture=AMP, jobs=2, listener=heard.append)
    assert heard[0] == BatchStarted(3, 2)
    assert sum(isinstance(event, StemFinished) for event in heard) == 3


def test_unicode_and_very_long_names(tmp_path: Path) -> None:
    names = ["Гитара ♯1 – «соло».wav", "ギター.wav", "a" * 251 + ".wav", "é" * 125 + ".wav", " lead .wav"]
    for name in names:
        material.stem_file(tmp_path / name)
    batch = render(tmp_path, capture=material.random_capture(name="Ämp / 200 W"))
    assert batch.complete
    outputs = [each.output.name for each in batch.results]
    assert "Гитара ♯1 – «соло» [Ämp - 200 W].wav" in outputs
    assert all(len(name.encode()) <= 255 and name.endswith("[Ämp - 200 W].wav") for name in outputs)


def test_name_that_is_not_utf8(tmp_path: Path) -> None:
    stem = tmp_path / os.fsdecode(b"gtr\xff.wav")
    shutil.copy(material.stem_file(tmp_path / "x.wav"), stem)
    batch = render(stem, capture=AMP, out=tmp_path / "o")
    assert batch.complete
    assert json.loads(json.dumps(batch.as_dict()))["stems"][0]["stem"].endswith("gtr\ufffd.wav")
    assert os.fsencode(batch.results[0].output.name) == b"gtr\xff [Amp].wav"


def test_stable_is_not_what_a_forced_method_must_be_but_it_is_told(tmp_path: Path) -> None:
    capture = material.random_capture(rate_hz=48_000)
    stem = material.stem_file(tmp_path / "x.wav", rate_hz=44_100)
    (result,) = render(stem, capture=capture, method="lidl").results
    assert result.plan is not None
    assert bool(result.notes) is not result.plan["stable"]


def test_knobs_and_capture_rate_reach_the_sound_and_the_manifest(session: Path) -> None:
    capture = material.capture_file(session / "amp.afx", material.random_capture(knobs=("Drive",)))
    for name, options in {"a": {"knobs": {"drive": 0.0}}, "b": {"knobs": {"drive": 1.0}}, "c": {}}.items():
        render(session / "bass.wav", capture=capture, out=session / name, capture_rate_hz=44_100, **options)
    a, b, c = (entries(session / name)["bass [Amp].wav"] for name in "abc")
    assert (a["knobs"], b["knobs"], c["knobs"]) == ({"Drive": 0.0}, {"Drive": 1.0}, {"Drive": 0.5})
    assert a["plan"]["capture_hz"] == 44_100
    assert a["peak"] != b["peak"]
