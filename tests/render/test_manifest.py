"""The manifest: merged, replaced as a whole, never lost."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from afxplugin.errors import RenderError
from afxplugin.render import render
from afxplugin.render.folder_lock import WAIT_S
from afxplugin.render.job import RenderJob, RenderResult
from afxplugin.render.manifest import Manifest, finished_entry, pending_entry
from afxplugin.render.options import RenderOptions
from tests.render import material

PLAN = {
    "session_hz": 96_000, "capture_hz": 48_000, "kernel_hz": 96_000, "method": "lidl", "oversampling": 1,
    "filters": "linear", "latency_frames": 0, "pole_radius": 0.99912, "tau_ms": None, "stable": False,
    "reason": "as asked",
}  # fmt: skip


def make_job(folder: Path, name: str = "a", **options: Any) -> RenderJob:
    capture = material.random_capture(knobs=("Drive",))
    return RenderJob(
        folder / f"{name}.wav", folder / "out" / f"{name} [Amp].wav", capture,
        RenderOptions(knobs={"Drive": 0.25}, **options), preset="Crunch",
    )  # fmt: skip


def done(job: RenderJob, **facts: Any) -> RenderResult:
    told = {
        "frames": 10, "rate_hz": 96_000, "channels": 1, "peak": 0.5, "loudness_lufs": -20.0, "seconds": 0.1,
        "times_real_time": 40.0, "plan": PLAN,
    }  # fmt: skip
    return RenderResult(job.key, job.stem, job.output, "done", **{**told, **facts})


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    (tmp_path / "out").mkdir()
    return Manifest(tmp_path / "out")


def test_file_is_keyed_by_job_hash_and_holds_what_was_promised(tmp_path: Path, manifest: Manifest) -> None:
    job = make_job(tmp_path)
    manifest.update({job.key: finished_entry(job, done(job, loudness_lufs=None), "1.2.3")})
    (key, entry) = json.loads(manifest.path.read_text()).popitem()
    assert key == job.key
    assert entry["tool_version"] == "1.2.3"
    assert entry["capture"]["name"] == "Amp"
    assert len(entry["capture"]["sha256"]) == 64
    assert (entry["preset"], entry["knobs"]) == ("Crunch", {"Drive": 0.25})
    assert entry["plan"] == {**PLAN, "engine": "direct", "inserts": []}
    assert (entry["stem"], entry["output"]) == ("../a.wav", "a [Amp].wav")
    facts = {name: entry[name] for name in ("frames", "peak", "loudness_lufs", "seconds", "times_real_time")}
    assert facts == {"frames": 10, "peak": 0.5, "loudness_lufs": None, "seconds": 0.1, "times_real_time": 40.0}
    assert (entry["status"], entry["error"]) == ("done", None)


def test_second_batch_adds_and_replaces_what_is_no_longer_true(tmp_path: Path, manifest: Manifest) -> None:
    first, other = make_job(tmp_path), make_job(tmp_path, "b")
    manifest.update({job.key: finished_entry(job, done(job), "1") for job in (first, other)})
    again = make_job(tmp_path, method="cidl")
    manifest.update({again.key: pending_entry(again, "1")})
    assert set(manifest.read()) == {first.key, other.key, again.key}
    manifest.update({again.key: finished_entry(again, done(again), "1")})
    assert set(manifest.read()) == {other.key, again.key}


def test_keys_of_a_newer_version_survive(tmp_path: Path, manifest: Manifest) -> None:
    job = make_job(tmp_path)
    entry = finished_entry(job, done(job), "9").model_dump() | {"mood": "blue"}
    manifest.path.write_text(json.dumps({"newer": entry | {"output": "other.wav"}}))
    manifest.update({job.key: pending_entry(job, "1")})
    assert json.loads(manifest.path.read_text())["newer"]["mood"] == "blue"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"key": {"status": "done"}}', "[" * 200_000, "\udcff"])
def test_corrupt_file_is_told_and_kept_aside(tmp_path: Path, manifest: Manifest, text: str) -> None:
    raw = text.encode("utf-8", "surrogateescape")
    manifest.path.write_bytes(raw)
    job = make_job(tmp_path)
    with pytest.raises(RenderError, match="not a manifest of ours"):
        manifest.read()
    notice = manifest.update({job.key: pending_entry(job, "1")})
    (aside,) = manifest.folder.glob("manifest.corrupt-*.json")
    assert notice is not None
    assert aside.name in notice
    assert aside.read_bytes() == raw
    assert set(manifest.read()) == {job.key}


def test_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    with pytest.raises(RenderError, match=r"^cannot write the manifest: .*/manifest\.json$"):
        Manifest(tmp_path / "absent").update({job.key: pending_entry(job, "1")})


def test_concurrent_batches_lose_nothing(tmp_path: Path, manifest: Manifest) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from tests.render.test_manifest import Manifest, make_job, pending_entry\n"
        "here = Path(sys.argv[1])\n"
        "for k in range(15):\n"
        "    job = make_job(here, f'{sys.argv[2]}{k}')\n"
        "    Manifest(here / 'out').update({job.key: pending_entry(job, '1')})\n"
    )
    root = Path(__file__).parents[2]
    writers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name], cwd=root) for name in "xyz"]
    assert [each.wait(timeout=60) for each in writers] == [0, 0, 0]
    assert len(manifest.read()) == 45
    assert material.leftovers(manifest.folder) == []


def test_names_that_are_not_utf8_are_stored_readably_and_apart(tmp_path: Path, manifest: Manifest) -> None:
    jobs = [make_job(tmp_path, name) for name in ("gtr\udcff", "gtr\udcfe", "gtr\\xff", "gtr\ufffd")]
    manifest.update({job.key: finished_entry(job, done(job), "1") for job in jobs})
    stems = ["../gtr\\xff.wav", "../gtr\\xfe.wav", "../gtr\\\\xff.wav", "../gtr\ufffd.wav"]
    assert [manifest.read()[job.key].stem for job in jobs] == stems


def test_job_hash_depends_on_what_decides_the_sound(tmp_path: Path) -> None:
    jobs = [make_job(tmp_path), make_job(tmp_path, "b"), make_job(tmp_path, method="cidl"), make_job(tmp_path, mix=0.5)]
    assert len({job.key for job in jobs}) == len(jobs)
    assert make_job(tmp_path).key == make_job(tmp_path / "moved").key


def test_stopped_batch_does_not_wait_for_a_lock(tmp_path: Path) -> None:
    """Another program sits on the lock of the folder, and does not let go: the batch ends all the same."""
    code = (
        "import sys, time; from pathlib import Path\n"
        "from afxplugin.render.folder_lock import FolderLock\n"
        "with FolderLock(Path(sys.argv[1])).held():\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    (tmp_path / "out").mkdir()
    material.stem_file(tmp_path / "a.wav")
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "out")],
        cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        stop = threading.Event()
        timer = threading.Timer(0.3, stop.set)
        timer.start()
        began = time.monotonic()
        batch = render(tmp_path / "a.wav", capture=material.random_capture(), out=tmp_path / "out", stop=stop)
        assert time.monotonic() - began < WAIT_S / 2
        timer.join()
        assert holder.stdin is not None
        holder.stdin.close()
        assert holder.wait(timeout=60) == 0
    assert "has been locked by another batch" in str(batch.results[0].error)


@pytest.mark.parametrize("name", ["manifest.json", ".manifest.journal"])
def test_file_that_is_too_large_is_not_read(tmp_path: Path, manifest: Manifest, name: str) -> None:
    with (tmp_path / "out" / name).open("wb") as file:
        file.truncate((256 << 20) + 1)
    with pytest.raises(RenderError, match="larger than 256 MB, the most that a .* may have"):
        manifest.update({})
