"""Batches that are killed at every single step at which they change something on the disk.

Run as a program: folder, then options of the batch to kill as JSON. Prints one JSON line a step: what the folder says
after the kill, and what a resumed batch makes of it.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from afxplugin.audio import publish
from afxplugin.render import render
from tests.render import material

STEPS = ("open", "write", "fsync", "link", "unlink", "replace")
STEMS = 2


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def in_child(work: Any) -> int:
    """Do something in a forked process; its wait status."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            print(f"child: {error!r}", file=sys.stderr, flush=True)
            os._exit(9)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def kill_at(step: int, without: list[str]) -> None:
    """Make this process kill itself instead of taking its step number ``step``, counted from 0.

    without: what the file system cannot do: "link", "rename" (to a name that must be free).
    """
    if "rename" in without:
        publish._rename_to_free_name = lambda *_: False
    taken = 0

    def counted(name: str) -> Any:
        true = getattr(os, name)

        def call(*given: Any, **options: Any) -> Any:
            nonlocal taken
            if name != "open" or given[1] & os.O_CREAT:
                if taken == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                taken += 1
            if name in without:
                raise PermissionError(errno.EPERM, "Operation not permitted")
            return true(*given, **options)

        return call

    for name in STEPS:
        setattr(os, name, counted(name))


def look(out: Path) -> dict[str, Any]:
    """What stands in a folder and what its manifest says of it."""
    manifest = out / "manifest.json"
    entries = json.loads(manifest.read_text()) if manifest.exists() else {}
    return {
        "files": {path.name: sha256(path) for path in sorted(out.glob("*.wav"))},
        "done": {e["output"]: e["output_file"]["sha256"] for e in entries.values() if e["status"] == "done"},
        "hidden": material.leftovers(out),
    }


def main(here: Path, options: dict[str, Any]) -> None:
    without = options.pop("without", [])
    capture = material.random_capture()
    stems = [material.stem_file(here / f"{k}.wav", material.riff(0.02, seed=k)) for k in range(STEMS)]
    old, out = here / "old", here / "out"
    old.mkdir()
    if options.get("overwrite"):
        in_child(lambda: render(stems, capture=capture, out=old, jobs=1))
    in_child(lambda: render(stems, capture=capture, out=here / "new", mix=0.5, jobs=1))
    print(json.dumps({"old": look(old), "new": look(here / "new")}), flush=True)

    def batch(step: int) -> None:
        kill_at(step, without)
        render(stems, capture=capture, out=out, mix=0.5, jobs=1, **options)

    def resume(**settings: Any) -> None:
        results = render(stems, capture=capture, out=out, jobs=1, resume=True, **settings).results
        (here / "results.json").write_text(json.dumps([each.status for each in results]))

    step, killed = 0, True
    while killed:
        told: dict[str, Any] = {"step": step}
        for settings in ({"mix": 0.5}, {}) if options.get("overwrite") else ({"mix": 0.5},):
            shutil.rmtree(out, ignore_errors=True)
            shutil.copytree(old, out)
            killed = os.WIFSIGNALED(in_child(functools.partial(batch, step)))
            found = look(out)
            assert in_child(functools.partial(resume, **settings)) == 0
            results = json.loads((here / "results.json").read_text())
            told["new" if settings else "old"] = {"killed": found, "resumed": look(out), "results": results}
        print(json.dumps(told), flush=True)
        step += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
