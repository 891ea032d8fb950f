"""Somebody at the screen: a display of its own with a window manager, the program on it, a mouse and a keyboard."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

GUIDED = Path(__file__).with_name("guided.py")
# Nothing takes so long but what hangs.
PATIENCE_S = 300.0
SAVING_S = 300.0
LEFT, WHEEL_UP = 1, 4


def missing() -> str:
    """What is needed and not here, in words."""
    programs = [name for name in ("Xvfb", "openbox", "xdotool") if shutil.which(name) is None]
    modules = [name for name in ("PySide6", "pyqtgraph") if importlib.util.find_spec(name) is None]
    return f"needs {', '.join(programs + modules)}" if programs or modules else ""


@contextlib.contextmanager
def display(width: int, height: int) -> Generator[str]:
    """A display nobody sees, by name; skips where it does not start."""
    screen = f"{width}x{height}x24"
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", screen, "-nolisten", "tcp"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    manager = None
    try:
        assert server.stdout is not None
        number = server.stdout.readline().strip()
        if not number:
            pytest.skip("Xvfb does not start here")
        environment = {**os.environ, "DISPLAY": f":{number}"}
        manager = subprocess.Popen(
            ["openbox", "--sm-disable"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        yield environment["DISPLAY"]
    finally:
        for process in (manager, server):
            if process is not None:
                process.terminate()
                process.wait(10)
        if server.stdout is not None:
            server.stdout.close()


def wait(until: Callable[[], Any], what: str, *, patience_s: float = PATIENCE_S) -> Any:
    """What it returns as soon as that is something."""
    end = time.monotonic() + patience_s
    while not (found := until()):
        assert time.monotonic() < end, f"in vain waited for {what}"
        time.sleep(0.05)
    return found


class Person:
    """A user with a home of its own, at a display."""

    def __init__(self, display: str, home: Path) -> None:
        self.home = home
        folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "STATE", "DATA", "CACHE")}
        self.environment = {**os.environ, **folders, "HOME": str(home), "DISPLAY": display}
        for name in ("QT_QPA_PLATFORM", "QT_SCALE_FACTOR", "WAYLAND_DISPLAY"):
            self.environment.pop(name, None)
        self.errors = home / "errors.txt"
        self.program: subprocess.Popen[str] | None = None
        home.mkdir(parents=True, exist_ok=True)

    def start(self, *paths: Path, title: str = "afxplugin") -> None:
        """``afx edit`` with these, until a window called so, in part, is there and has the keyboard."""
        with self.errors.open("a") as errors:
            self.program = subprocess.Popen(
                [sys.executable, str(GUIDED), "edit", *map(str, paths)], env=self.environment, cwd=self.home,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            )  # fmt: skip
        self.wait_for_window(title)

    def end(self) -> int:
        """Wait for the end of the program; its exit status."""
        assert self.program is not None
        status = self.program.wait(PATIENCE_S)
        self._let_go()
        return status

    def kill(self) -> None:
        """End the program as a crash does."""
        if self.program is not None:
            self.program.kill()
            self.program.wait()
            self._let_go()

    # By eye.

    def title(self) -> str:
        """Of the window that has the keyboard; empty where none has."""
        shown = self._xdotool("getactivewindow", "getwindowname", check=False)
        return shown.stdout.strip() if shown.returncode == 0 else ""

    def wait_for_window(self, title: str) -> str:
        """Until the window that has the keyboard is called so, in part; its whole title."""
        return wait(lambda: (found := self.title()) and title in found and found, f"a window called {title!r}")

    def see(self, role: str, name: str) -> dict[str, Any] | None:
        """A thing on the screen, by what it is and is called; None where there is none."""
        program = self.program
        assert program is not None
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.poll() is None, f"the program has ended: {self.errors.read_text()}"
        print(f"{role}\t{name}", file=program.stdin, flush=True)
        answer = program.stdout.readline()
        assert answer, f"the program has ended: {self.errors.read_text()}"
        return json.loads(answer)

    def find(self, role: str, name: str, *, told: str = "", **states: bool) -> dict[str, Any]:
        """The same, waited for, until it is as asked, and what is told of it begins like this."""

        def there() -> dict[str, Any] | None:
            thing = self.see(role, name)
            if thing is None or not thing["told"].startswith(told):
                return None
            return thing if all(thing[key] == value for key, value in states.items()) else None

        return wait(there, f"{role} {name!r} {states or ''}")

    # By hand.

    def click(self, role: str, name: str, *, times: int = 1, button: int = LEFT) -> None:
        """On the middle of a thing, once it is there and enabled; a notch of the wheel is a click too."""
        thing = self.find(role, name, disabled=False)
        x, y = thing["x"] + thing["width"] / 2, thing["y"] + thing["height"] / 2
        self._xdotool("mousemove", f"{x:.0f}", f"{y:.0f}")
        self._xdotool("click", "--repeat", str(times), "--delay", "60", str(button))

    def choose_preset(self, name: str) -> None:
        """Looked for, however many there are, and the first taken."""
        self.click("EditableText", "Search presets")
        self.press("ctrl+a")
        self.write(name.lower())
        self.press("Return")

    def drag(self, role: str, name: str, start: float, end: float) -> None:
        """Across a thing, between two parts of its width."""
        thing = self.find(role, name)
        y = f"{thing['y'] + thing['height'] / 2:.0f}"
        self._xdotool("mousemove", f"{thing['x'] + start * thing['width']:.0f}", y, "mousedown", "1")
        for part in (0.3, 0.7, 1.0):
            x = thing["x"] + (start + part * (end - start)) * thing["width"]
            self._xdotool("mousemove", f"{x:.0f}", y, "sleep", "0.05")
        self._xdotool("mouseup", "1")

    def press(self, *keys: str) -> None:
        """Keys with their modifiers, as xdotool calls them."""
        for key in keys:
            self._xdotool("key", "--clearmodifiers", key)

    def write(self, text: str) -> None:
        """Letter by letter."""
        self._xdotool("type", "--delay", "4", text)

    def name_file(self, title: str, path: Path) -> None:
        """In the system's dialog of this title."""
        self.wait_for_window(title)
        self.find("EditableText", "", focused=True)
        self.write(str(path))
        # A list of names that begin so may come up, and takes a Return for itself.
        wait(lambda: self._is_gone_after_return(title), f"the end of {title!r}")

    def _is_gone_after_return(self, title: str) -> bool:
        """Whether a Return ends the dialog that has the keyboard."""
        if title in self.title():
            self.press("Return")
            end = time.monotonic() + 2.0
            while title in self.title() and time.monotonic() < end:
                time.sleep(0.05)
        return title not in self.title()

    # By what is on the disk.

    def kept(self) -> str:
        """What would be offered after a crash: the session as the program has it, as TOML."""
        return "\n".join(
            path.read_text() for path in sorted((self.home / "state").rglob("*.afxsession")) if path.is_file()
        )

    def wait_kept(self, text: str) -> None:
        """Until the session has this in it."""
        wait(lambda: text in self.kept(), f"{text!r} in {self.home / 'state'}", patience_s=SAVING_S)

    def _xdotool(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["xdotool", *arguments], env=self.environment, capture_output=True, text=True, check=check
        )

    def _let_go(self) -> None:
        program = self.program
        if program is not None and program.stdin is not None and program.stdout is not None:
            program.stdin.close()
            program.stdout.close()
