"""A program that changes a folder of presets over and over, ended or failed at every single step of the change.

    python -m tests.presets.interrupted OPERATION kill|full FOLDER MATERIAL

FOLDER is copied for each try. Prints a JSON list with an entry for each step: how the operation ended, which presets
are found afterwards, what is wrong, and which files there are once a next writer has opened the folder.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from afxplugin.errors import AfxError
from afxplugin.presets import PresetStore
from afxplugin.presets.addition import Addition, add_draft, draft_preset
from afxplugin.presets.folder import PresetFolder
from afxplugin.presets.index import Index
from afxplugin.presets.install_pack import import_pack
from afxplugin.presets.knob_map import KnobMap
from afxplugin.presets.removal import remove_named

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_STEPS = 400


def operations(folder: Path, material: Path) -> dict[str, Callable[[], object]]:
    """What can be done, by name; each is what a command of ``afx preset`` does."""
    store, own = store_of(folder), PresetFolder(folder)

    def add(*arguments: Any, **settings: Any) -> None:
        add_draft(store, draft_preset(store, Addition(*arguments, **settings)), own)

    def remove_device() -> None:
        with own.locked():
            device = store.device("Green Overdrive")
            own.remove_device(device.path, device.capture_path)

    def remove_preset() -> None:
        with own.locked():
            own.remove_preset(store.find("Green Overdrive/Mine"))

    return {
        "import": lambda: import_pack(store, material / "three.afxpack", own),
        "add": lambda: add(
            "New One", "Hot", material / "green.afx", knobs=(KnobMap("Gain"),), about={"licence": "MIT"},
            settings={"knobs": {"Gain": 3.0}},
        ),
        "add to": lambda: add("Green Overdrive", "Another"),
        "remove": remove_device,
        "remove preset": remove_preset,
        "remove several": lambda: remove_named(store, ["green overdrive", "Brown", "Red/One", "Red/Two"], own),
    }  # fmt: skip


def store_of(folder: Path) -> PresetStore:
    """A store that remembers nothing between looks."""
    return PresetStore([folder], own=folder, index=Index(Path(os.devnull) / "none"))


class Fault:
    """What happens at the step of this number, from 0, among those that change files."""

    def __init__(self, kind: str, step: int) -> None:
        self.kind, self.left = kind, step
        self.reached = False
        sys.addaudithook(self.seen)
        if kind == "full":
            fsync = os.fsync

            def full_fsync(descriptor: int) -> None:
                self.count()
                fsync(descriptor)

            os.fsync = full_fsync  # what a write leaves to be found out later

    def seen(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Count an event of the interpreter that changes files, or, on a full disk, needs room."""
        writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        needs_room = event in ("os.rename", "os.mkdir", "os.link")
        if writes or needs_room or (self.kind == "kill" and event in ("os.remove", "os.rmdir")):
            self.count()

    def count(self) -> None:
        """End or fail at the step."""
        if self.left == 0 and not self.reached:
            self.reached = True
            if self.kind == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.left -= 1


def faulty(operation: str, kind: str, step: int, folder: Path, material: Path) -> str:
    """Run an operation in a child with a fault: killed, refused (by one of our errors), done, or past (no fault)."""
    child = os.fork()
    if child == 0:
        status = 3
        try:
            run = operations(folder, material)[operation]
            fault = Fault(kind, step)
            try:
                run()
                status = 0 if fault.reached else 1
            except AfxError:
                status = 2
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    if os.WIFSIGNALED(ended):
        return "killed"
    return {0: "done", 1: "past", 2: "refused"}.get(os.WEXITSTATUS(ended), "crashed")


def tree(folder: Path) -> list[str]:
    """All files and folders but the lock."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.name != ".presets.lock")


def state(folder: Path) -> dict[str, Any]:
    """What is found, then what is there once a writer has opened the folder."""
    found = store_of(folder).look()
    labels = sorted(preset.label for preset in found.presets)
    with PresetFolder(folder).locked():
        return {"labels": labels, "problems": [str(each) for each in found.problems], "tree": tree(folder)}


def main(operation: str, kind: str, original: Path, material: Path) -> None:
    """Try all steps until the operation is over before the fault."""
    results: list[dict[str, Any]] = []
    for step in range(MOST_STEPS):
        folder = original.with_name("tried")
        shutil.copytree(original, folder, symlinks=True)
        ended = faulty(operation, kind, step, folder, material)
        result = {"ended": ended, **state(folder)}
        if ended in ("killed", "refused"):
            try:
                operations(folder, material)[operation]()
            except AfxError as error:
                result["again"] = str(error)
            result["finally"] = state(folder)
        results.append(result)
        shutil.rmtree(folder)
        if ended == "past":
            break
    print(json.dumps(results))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
