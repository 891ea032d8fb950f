"""Two batches at a time into one folder, each a process of its own: nothing is lost, and nothing false is recorded."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.render import material

ROOT = Path(__file__).parents[2]
STEMS = 30
BATCH = """
import json, sys
from pathlib import Path
from afxplugin.render import render
from tests.render import material
here, options = Path(sys.argv[1]), json.loads(sys.argv[2])
stems = sorted((here / "stems").iterdir())
print("ready", flush=True)
sys.stdin.readline()
batch = render(stems, capture=material.random_capture(), out=here / "out", **options)
print(json.dumps([[each.status, each.error] for each in batch.results] + [list(batch.problems)]))
"""


@pytest.fixture
def stems(tmp_path: Path) -> Path:
    for k in range(STEMS):
        material.stem_file(tmp_path / "stems" / f"{k:02}.wav", material.riff(0.05, seed=k))
    return tmp_path


def at_once(here: Path, *batches: dict[str, Any]) -> list[list[tuple[str, str | None]]]:
    """The results (status, error) of batches that begin together."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", BATCH, str(here), json.dumps(options)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for options in batches
    ]  # fmt: skip
    for each in running:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in running:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    told: list[list[tuple[str, str | None]]] = []
    for each in running:
        out, _ = each.communicate(timeout=300)
        assert each.returncode == 0
        *results, problems = json.loads(out)
        assert problems == []
        told.append([(status, error) for status, error in results])
    return told


def agree(out: Path) -> None:
    """Every file has an entry that calls it done with its content, and there is no other entry and nothing hidden."""
    entries = json.loads((out / "manifest.json").read_text()).values()
    told = {entry["output"]: (entry["status"], (entry["output_file"] or {}).get("sha256")) for entry in entries}
    files = {path.name: ("done", hashlib.sha256(path.read_bytes()).hexdigest()) for path in out.glob("*.wav")}
    assert told == files
    assert len(files) == len(entries) == STEMS
    assert material.leftovers(out) == []


def test_equal_batches_that_resume_share_the_work(stems: Path) -> None:
    one, two = at_once(stems, {"resume": True}, {"resume": True})
    for results in zip(one, two, strict=True):
        assert Counter(status for status, _ in results) == {"done": 1, "skipped": 1}
    agree(stems / "out")


def test_loser_is_told_that_the_file_is_another_batchs(stems: Path) -> None:
    one, two = at_once(stems, {}, {})
    for results in zip(one, two, strict=True):
        assert Counter(status for status, _ in results) == {"done": 1, "failed": 1}
        (error,) = [error for status, error in results if status == "failed"]
        assert "exists already" in str(error)
    agree(stems / "out")


def test_loser_with_other_settings_leaves_what_the_winner_recorded(stems: Path) -> None:
    one, two = at_once(stems, {"resume": True}, {"resume": True, "mix": 0.5})
    for results in zip(one, two, strict=True):
        assert Counter(status for status, _ in results) == {"done": 1, "failed": 1}
    agree(stems / "out")


def test_of_two_that_overwrite_the_last_is_recorded(stems: Path) -> None:
    for results in at_once(stems, {"overwrite": True}, {"overwrite": True, "mix": 0.5}):
        assert {status for status, _ in results} == {"done"}
    agree(stems / "out")
