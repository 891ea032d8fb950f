"""Keeps what is not saved yet where a crash does not reach it, and offers it at the next start.

Every editor has a file of its own in the user's state folder, written whole each time, and a lock beside it that ends
with the process, however it ends. A file whose lock nobody holds was left by an editor that was killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import platformdirs
from filelock import FileLock, Timeout

from afxplugin.audio import remove_abandoned, replace_file
from afxplugin.editor.state.session_file import SUFFIX, parse_session, session_text
from afxplugin.errors import AfxError, SessionError
from afxplugin.files import read_regular, why

if TYPE_CHECKING:
    from collections.abc import Callable

    from afxplugin.editor.state.session import Session

INTERVAL_S: Final = 1.0
_HEAD: Final = "# afx autosave "
_LOCK_SUFFIX: Final = ".lock"
_MOST_BYTES: Final = 64 << 20


@dataclass(frozen=True)
class Recoverable:
    """What an editor left that did not end by itself.

    of: the session's own file, None where it had none. saved_at: seconds since 1970. session: None where the file
    cannot be read; problem then says why.
    """

    path: Path
    of: Path | None
    saved_at: float
    session: Session | None
    problem: str | None = None


def autosave_folder() -> Path:
    """Where autosaves are kept."""
    return platformdirs.user_state_path("afxplugin", appauthor=False) / "editor"


def _ignore(problem: str) -> None:
    del problem


class Autosave:
    """This editor's autosave, in ``folder`` (None: the user's own).

    failed: called with words, from the thread that writes, where an autosave cannot be written; work goes on.
    """

    def __init__(self, folder: Path | None = None, *, failed: Callable[[str], None] = _ignore) -> None:
        self.folder = folder or autosave_folder()
        self._failed = failed
        self._stem = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._lock: FileLock | None = None
        self._taken: dict[Path, FileLock] = {}
        self._writing = threading.Lock()
        self._changed = threading.Condition()
        self._waiting: tuple[Session, Path | None] | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._cleared = 0

    @property
    def path(self) -> Path:
        """The file, which is there while something is not saved."""
        return self.folder / f"{self._stem}{SUFFIX}"

    def save(self, session: Session, of: Path | None) -> None:
        """Write it now; takes as long as the disk. of: the session's own file. Raises SessionError where it cannot."""
        self._write(session, of, None)

    def _write(self, session: Session, of: Path | None, cleared: int | None) -> None:
        head = json.dumps({"of": None if of is None else str(of), "at": time.time()})
        data = f"{_HEAD}{head}\n{session_text(session, folder=None)}".encode("utf-8", "replace")
        try:
            with self._writing:
                if cleared not in (None, self._cleared):
                    return  # everything was saved while this waited
                self._hold_lock()
                replace_file(self.path, data)
        except (OSError, Timeout) as error:
            raise SessionError(f"the autosave cannot be written: {why(error)}", path=self.path) from error

    def later(self, session: Session, of: Path | None) -> None:
        """Write it soon, at most once a second, in a thread; the newest wins."""
        with self._changed:
            if self._closed:
                return
            self._waiting = (session, of)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="autosave", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def clear(self) -> None:
        """Everything is saved: nothing is to be offered."""
        with self._changed:
            self._waiting = None
        with self._writing, contextlib.suppress(OSError):
            self._cleared += 1
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """A clean end: nothing stays. A second call does nothing."""
        with self._changed:
            self._closed = True
            self._waiting = None
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.clear()
        if self._lock is not None:
            _drop(self._lock)
            self._lock = None

    def recoverable(self) -> tuple[Recoverable, ...]:
        """What editors that were killed have left, the newest first; raises nothing.

        Each is this editor's from then on: another editor that starts meanwhile is not offered it.
        """
        with contextlib.suppress(OSError):
            remove_abandoned(self.folder)
        found: list[Recoverable] = []
        for path in sorted(self.folder.glob(f"*{SUFFIX}")):
            if path == self.path or (lock := _take(_lock_path(path))) is None:
                continue
            if not path.exists():  # another editor was quicker
                _drop(lock)
                continue
            self._taken[path] = lock
            found.append(_read(path))
        return tuple(sorted(found, key=lambda each: -each.saved_at))

    def discard(self, recoverable: Recoverable) -> None:
        """It has been recovered and saved elsewhere, or nobody wants it: remove it."""
        with contextlib.suppress(OSError):
            recoverable.path.unlink(missing_ok=True)
        lock = self._taken.pop(recoverable.path, None)
        if lock is not None:
            _drop(lock)

    def _hold_lock(self) -> None:
        if self._lock is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(_lock_path(self.path), timeout=0, thread_local=False)
            lock.acquire()
            self._lock = lock

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting is not None or self._closed)
                if self._closed:
                    return
                waiting, self._waiting = self._waiting, None
                cleared = self._cleared
            assert waiting is not None
            try:
                self._write(*waiting, cleared)
            except AfxError as error:
                self._failed(str(error))
            with self._changed:
                self._changed.wait_for(lambda: self._closed, INTERVAL_S)


def _lock_path(path: Path) -> Path:
    return path.with_suffix(_LOCK_SUFFIX)


def _take(path: Path) -> FileLock | None:
    """The lock, None where its editor lives."""
    lock = FileLock(path, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except (Timeout, OSError):
        return None
    return lock


def _drop(lock: FileLock) -> None:
    """Removed while it is held, so that nobody else's is."""
    with contextlib.suppress(OSError):
        Path(lock.lock_file).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        lock.release()


def _read(path: Path) -> Recoverable:
    of, saved_at = None, 0.0
    try:
        saved_at = path.stat().st_mtime
        text = read_regular(path, most_bytes=_MOST_BYTES, what="an autosave").decode("utf-8")
        head: Any = json.loads(text.partition("\n")[0].removeprefix(_HEAD))
        of = None if head["of"] is None else Path(head["of"])
        saved_at = float(head["at"])
        return Recoverable(path, of, saved_at, parse_session(text, folder=Path("/"), where=path))
    except AfxError as error:
        return Recoverable(path, of, saved_at, None, str(error))
    except OSError as error:
        return Recoverable(path, of, saved_at, None, f"cannot be read: {why(error)}: {path}")
    except (ValueError, KeyError, TypeError) as error:
        return Recoverable(path, of, saved_at, None, f"no autosave that can be read: {error}: {path}")
