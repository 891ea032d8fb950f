"""Killed batches: at whatever step, the manifest says nothing false and a resumed batch ends what was begun."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")


def kill_at_every_step(folder: Path, **options: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(what both batches make when nothing is killed, what came of each step)."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.render.kill_steps", str(folder), json.dumps(options)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    made, *steps = map(json.loads, told.stdout.splitlines())
    assert len(steps) > 20
    return made, steps


def is_true(look: dict[str, Any]) -> bool:
    """Whether every file that is called done is there with the content that was recorded."""
    return all(look["files"].get(name) == sha256 for name, sha256 in look["done"].items())


@pytest.mark.parametrize("without", [[], ["link"], ["link", "rename"]])
def test_new_renders(tmp_path: Path, without: list[str]) -> None:
    made, steps = kill_at_every_step(tmp_path, without=without)
    for told in steps:
        step = told["new"]
        assert is_true(step["killed"]), told
        assert set(step["results"]) <= {"done", "skipped"}, told
        assert step["resumed"]["files"] == step["resumed"]["done"] == made["new"]["files"], told
        assert step["resumed"]["hidden"] == [], told
    assert any("skipped" in told["new"]["results"] for told in steps)


def test_overwriting(tmp_path: Path) -> None:
    made, steps = kill_at_every_step(tmp_path, overwrite=True)
    old, new = made["old"]["files"], made["new"]["files"]
    assert not set(old.values()) & set(new.values())
    for told in steps:
        for step in (told["new"], told["old"]):
            assert is_true(step["killed"]), told
            assert is_true(step["resumed"]), told
            assert all(step["killed"]["files"][name] in (old[name], new[name]) for name in old), told
        step = told["new"]
        if "failed" in step["results"]:  # killed before the manifest said what was to be replaced
            assert step["killed"]["done"] == step["resumed"]["files"] == step["resumed"]["done"] == old, told
        else:
            assert step["resumed"]["files"] == step["resumed"]["done"] == new, told
            assert step["resumed"]["hidden"] == [], told
        # Asked for the old settings instead, it takes the old files for done, and leaves the new ones alone.
        step = told["old"]
        assert step["resumed"]["files"] == step["killed"]["files"], told
        expected = ["skipped" if step["killed"]["files"][name] == old[name] else "failed" for name in sorted(old)]
        assert step["results"] == expected, told
    assert any("skipped" in told["new"]["results"] for told in steps)
    assert any("done" in told["new"]["results"] for told in steps)
