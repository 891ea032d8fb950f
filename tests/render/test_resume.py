"""What a repeated batch may skip, replace and must leave: only the content of the files decides."""

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

from afxplugin.captures import Capture
from afxplugin.render import RenderResult, render, render_stem
from afxplugin.render.batch import render_batch
from afxplugin.render.job import RenderJob
from afxplugin.render.manifest import Manifest
from afxplugin.render.options import RenderOptions
from afxplugin.render.plan import Destination, plan_jobs
from afxplugin.render.progress import Event, StemStarted
from afxplugin.render.source import Source
from tests.render import material

AMP = material.random_capture(knobs=("Drive",))
NAME = "gtr [Amp].wav"


@pytest.fixture
def stem(tmp_path: Path) -> Path:
    return material.stem_file(tmp_path / "gtr.wav", material.riff(0.1))


def run(stem: Path, out: Path, **options: Any) -> RenderResult:
    (result,) = render(stem, capture=AMP, out=out, **options).results
    return result


def manifest(out: Path) -> dict[str, dict[str, Any]]:
    return json.loads((out / "manifest.json").read_text())


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def identity(path: Path) -> tuple[int, ...]:
    status = path.lstat()
    return status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def edit(stem: Path) -> None:
    """Other sound of the same size, with the old time."""
    status = stem.stat()
    material.stem_file(stem, material.riff(0.1, seed=99))
    os.utime(stem, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert stem.stat().st_size == status.st_size


def test_entry_has_what_identifies_both_files(stem: Path, tmp_path: Path) -> None:
    for subtype in ("float", "24"):
        run(stem, tmp_path / subtype, subtype=subtype)
        (entry,) = manifest(tmp_path / subtype).values()
        for record, path in [("stem_file", stem), ("output_file", tmp_path / subtype / NAME)]:
            status = path.stat()
            told = {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns, "sha256": sha256(path)}
            assert entry[record] == told


def test_refused_take_stays_refused_and_leaves_the_other(stem: Path, tmp_path: Path) -> None:
    out = tmp_path / "o"
    run(stem, out, knobs={"Drive": 0.55})
    file, told = (out / NAME).read_bytes(), manifest(out)
    for options in ({"resume": True}, {"resume": True}, {}, {"resume": True}):
        result = run(stem, out, knobs={"Drive": 0.65}, **options)
        assert result.status == "failed"
        assert str(result.error).startswith("exists already")
        assert (out / NAME).read_bytes() == file
        assert manifest(out) == told
    assert run(stem, out, knobs={"Drive": 0.55}, resume=True).status == "skipped"


def test_queue_that_tries_again_leaves_another_take(stem: Path, tmp_path: Path) -> None:
    """As the editor's queue renders an entry, and again on Retry: one stem at a time, resumed."""
    destination = Destination(tmp_path / "o", resume=True)

    def play(drive: float) -> RenderResult:
        source = Source(AMP, knobs={"Drive": drive})
        batch = render_batch([stem], source, RenderOptions(knobs=source.knobs), destination, workers=1)
        return batch.results[0]

    assert play(0.55).status == "done"
    file, told = (tmp_path / "o" / NAME).read_bytes(), manifest(tmp_path / "o")
    for _ in range(3):
        assert play(0.65).status == "failed"
        assert ((tmp_path / "o" / NAME).read_bytes(), manifest(tmp_path / "o")) == (file, told)
    assert play(0.55).status == "skipped"


def test_failed_job_leaves_the_file_that_it_was_to_overwrite(stem: Path, tmp_path: Path) -> None:
    out = tmp_path / "o"
    run(stem, out)
    file, told = (out / NAME).read_bytes(), manifest(out)
    good = stem.read_bytes()
    stem.write_bytes(b"no audio")
    for options in ({"overwrite": True}, {"overwrite": True, "mix": 0.5}, {"resume": True}):
        assert run(stem, out, **options).status == "failed"
        assert (out / NAME).read_bytes() == file
        assert manifest(out) == told
    stem.write_bytes(good)
    assert run(stem, out, resume=True).status == "skipped"


def test_stems_of_one_name_size_and_time_are_told_apart(tmp_path: Path) -> None:
    stems = [material.stem_file(tmp_path / song / "gtr.wav", material.riff(0.1, seed=k)) for k, song in enumerate("ab")]
    for each in stems:
        os.utime(each, ns=(10**18, 10**18))
    out = tmp_path / "o"
    assert run(stems[0], out).status == "done"
    file, told = (out / NAME).read_bytes(), manifest(out)
    for _ in range(2):
        result = run(stems[1], out, resume=True)
        assert result.status == "failed"
        assert "another stem" in str(result.error)
        assert ((out / NAME).read_bytes(), manifest(out)) == (file, told)
    assert run(stems[0], out, resume=True).status == "skipped"


@pytest.mark.parametrize("change", ["truncated", "empty", "edited", "foreign", "folder", "dangling"])
def test_output_that_is_not_what_was_written_is_neither_done_nor_replaced(
    stem: Path, tmp_path: Path, change: str
) -> None:
    out = tmp_path / "o"
    run(stem, out)
    output, told = out / NAME, manifest(out)
    status = output.stat()
    raw = bytearray(output.read_bytes())
    raw[-1] ^= 1
    if change in ("folder", "dangling"):
        output.unlink()
        if change == "folder":
            output.mkdir()
        else:
            output.symlink_to("nowhere")
    else:
        changed = {"truncated": raw[:-4], "empty": b"", "edited": raw, "foreign": stem.read_bytes()}[change]
        output.write_bytes(bytes(changed))
        os.utime(output, ns=(status.st_atime_ns, status.st_mtime_ns))
    before = identity(output)
    for _ in range(2):
        result = run(stem, out, resume=True)
        assert result.status == "failed"
        assert "exists already" in str(result.error)
        assert identity(output) == before
        assert manifest(out) == told
    output.rmdir() if change == "folder" else output.unlink()
    assert run(stem, out, resume=True).status == "done"


@pytest.mark.parametrize("time_restored", [True, False])
def test_edited_stem_is_rendered_again(stem: Path, tmp_path: Path, time_restored: bool) -> None:
    run(stem, tmp_path / "o")
    edit(stem)
    if not time_restored:
        stem.touch()
    run(stem, tmp_path / "fresh")
    assert run(stem, tmp_path / "o", resume=True).status == "done"
    assert sha256(tmp_path / "o" / NAME) == sha256(tmp_path / "fresh" / NAME)
    assert run(stem, tmp_path / "o", resume=True).status == "skipped"


def test_edited_stem_that_cannot_be_rendered_leaves_what_stands(stem: Path, tmp_path: Path) -> None:
    out = tmp_path / "o"
    run(stem, out)
    file, told = (out / NAME).read_bytes(), manifest(out)
    x = material.riff(0.1)
    x[0, 7] = np.nan
    material.stem_file(stem, x)
    assert "NaN" in str(run(stem, out, resume=True).error)
    assert ((out / NAME).read_bytes(), manifest(out)) == (file, told)


def test_stem_that_is_overwritten_in_place_while_it_renders_gives_nothing(stem: Path, tmp_path: Path) -> None:
    def listen(event: Event) -> None:
        if isinstance(event, StemStarted):
            edit(stem)  # the reader has opened it

    def later(event: Event) -> None:
        # After its content was read for the first time: the writer opens its file between.
        if isinstance(event, StemStarted):
            monkey.setattr(render_stem._Rendering, "_stream", overwritten)  # pyright: ignore[reportPrivateUsage]

    stream: Any = render_stem._Rendering._stream  # pyright: ignore[reportPrivateUsage]

    def overwritten(*given: Any) -> None:
        stream(*given)
        edit(stem)

    assert run(stem, tmp_path / "o", listener=listen).status == "failed"
    with pytest.MonkeyPatch.context() as monkey:
        result = run(stem, tmp_path / "o", listener=later)
    assert str(result.error).startswith("the stem was changed while it was rendered")
    assert list((tmp_path / "o").glob("*.wav")) == []
    assert run(stem, tmp_path / "o", resume=True).status == "done"


def test_file_that_appears_while_a_job_may_replace_another_is_left(stem: Path, tmp_path: Path) -> None:
    out = tmp_path / "o"
    run(stem, out)
    edit(stem)

    def listen(event: Event) -> None:
        if isinstance(event, StemStarted):
            (out / NAME).write_bytes(b"mine")

    result = run(stem, out, resume=True, listener=listen)
    assert (result.status, (out / NAME).read_bytes()) == ("failed", b"mine")


@pytest.mark.parametrize("inside", [True, False])
def test_moving_stems_and_output_together_keeps_resume_working(tmp_path: Path, inside: bool) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    place = "gtr.wav" if inside else "audio/raw/gtr.wav"
    material.stem_file(before / place, material.riff(0.1))
    run(before / place, before / "o")
    shutil.copytree(before, after)  # with the times of now
    assert run(after / place, after / "o", resume=True).status == "skipped"


def test_interrupted_overwriting_goes_on_with_resume(tmp_path: Path) -> None:
    stems = [material.stem_file(tmp_path / f"{k}.wav", material.riff(0.1, seed=k)) for k in range(3)]
    out = tmp_path / "o"
    render(stems, capture=AMP, out=out)
    stop = threading.Event()

    def listen(event: Event) -> None:
        if isinstance(event, StemStarted) and event.job.stem == stems[1]:
            stop.set()

    batch = render(stems, capture=AMP, out=out, mix=0.5, overwrite=True, jobs=1, listener=listen, stop=stop)
    assert [each.status for each in batch.results] == ["done", "interrupted", "interrupted"]
    agree(out)
    batch = render(stems, capture=AMP, out=out, mix=0.5, resume=True)
    assert [each.status for each in batch.results] == ["skipped", "done", "done"]
    assert len(manifest(out)) == 3
    agree(out)


def agree(out: Path) -> None:
    """Every file has an entry that calls it done, and every such entry its file."""
    done = {
        entry["output"]: entry["output_file"]["sha256"] for entry in manifest(out).values() if entry["status"] == "done"
    }
    assert done == {path.name: sha256(path) for path in out.glob("*.wav")}


def test_names_that_are_not_utf8_have_entries_of_their_own(tmp_path: Path) -> None:
    names = [os.fsdecode(name) for name in (b"gtr\xff", b"gtr\xfe", b"gtr\\xff")]
    stems = [material.stem_file(tmp_path / "x.wav").rename(tmp_path / f"{name}.wav") for name in names]
    out = tmp_path / "o"
    assert render(stems, capture=AMP, out=out).complete
    assert len(manifest(out)) == 3
    assert [each.status for each in render(stems, capture=AMP, out=out, resume=True).results] == ["skipped"] * 3
    assert render(out, capture=AMP, out=tmp_path / "p").failed[0].error == "no audio files in this folder"


def test_capture_whose_name_is_not_utf8_does_not_spoil_the_manifest(stem: Path, tmp_path: Path) -> None:
    capture = material.random_capture(name=os.fsdecode(b"Amp\xff"))
    for status in ("done", "skipped"):
        (result,) = render(stem, capture=capture, out=tmp_path / "o", resume=True).results
        assert result.status == status
    assert [path.name for path in (tmp_path / "o").glob("manifest*")] == ["manifest.json"]


# What the version before wrote: keys with size and time of the stem, entries without the content of the files.


def job_of(stem: Path, out: Path, capture: Capture = AMP) -> RenderJob:
    options = RenderOptions(knobs={"Drive": 0.5})
    (planned,) = plan_jobs([stem], Source(capture, knobs=options.knobs), options, Destination(out))
    return planned.job


def make_old(stem: Path, out: Path) -> None:
    """Turn the manifest of a render into what the version before wrote."""
    (entry,) = manifest(out).values()
    for name in ("stem_file", "output_file"):
        del entry[name]
    (out / "manifest.json").write_text(json.dumps({job_of(stem, out).legacy_key: entry}))


@pytest.mark.parametrize("subtype", ["float", "24", "16"])
def test_manifest_of_an_older_version_is_believed_where_the_files_bear_it_out(
    stem: Path, tmp_path: Path, subtype: str
) -> None:
    out = tmp_path / "o"
    run(stem, out, subtype=subtype)
    (entry,) = manifest(out).values()
    for name in ("stem_file", "output_file"):
        del entry[name]
    options = RenderOptions(knobs={"Drive": 0.5}, subtype=subtype)
    (planned,) = plan_jobs([stem], Source(AMP, knobs=options.knobs), options, Destination(out))
    (out / "manifest.json").write_text(json.dumps({planned.job.legacy_key: entry}))
    assert run(stem, out, subtype=subtype, resume=True).status == "skipped"
    agree(out)
    assert len(manifest(out)) == 1


@pytest.mark.parametrize("change", ["truncated", "empty", "other sound", "other stem", "older stem"])
def test_manifest_of_an_older_version_is_not_believed_otherwise(stem: Path, tmp_path: Path, change: str) -> None:
    out = tmp_path / "o"
    run(stem, out)
    make_old(stem, out)
    output = out / NAME
    if change == "truncated":
        output.write_bytes(output.read_bytes()[:-400])
    elif change == "empty":
        output.write_bytes(b"")
    elif change == "other sound":
        material.stem_file(output, material.riff(0.1, seed=5))
    elif change == "other stem":
        status = stem.stat()
        stem = material.stem_file(tmp_path / "two" / "gtr.wav", material.riff(0.1, seed=5))
        os.utime(stem, ns=(status.st_atime_ns, status.st_mtime_ns))
    else:
        os.utime(stem, ns=(1, 1))
    before = output.read_bytes()
    for _ in range(2):
        assert run(stem, out, resume=True).status == "failed"
        assert output.read_bytes() == before


def test_failed_overwriting_leaves_what_an_older_version_wrote(stem: Path, tmp_path: Path) -> None:
    out = tmp_path / "o"
    run(stem, out)
    make_old(stem, out)
    told = manifest(out)
    good, status = stem.read_bytes(), stem.stat()
    stem.write_bytes(b"no audio")
    assert run(stem, out, overwrite=True).status == "failed"
    told_now = manifest(out)
    for entry in told_now.values():
        assert (entry.pop("stem_file"), entry.pop("output_file")) == (None, None)
    assert told_now == told
    stem.write_bytes(good)
    os.utime(stem, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert run(stem, out, resume=True).status == "skipped"


def test_manifest_that_may_not_be_read_is_not_put_aside(tmp_path: Path) -> None:
    out = tmp_path / "o"
    out.mkdir()
    os.mkfifo(out / "manifest.json")
    result = run(material.stem_file(tmp_path / "gtr.wav"), out)
    assert (result.status, str(result.error)) == (
        "failed",
        f"the manifest cannot be read: is a pipe, not a file: {out}/manifest.json",
    )
    assert Manifest(out).read_or_nothing() == {}
    assert [path.name for path in out.glob("manifest*")] == ["manifest.json"]
