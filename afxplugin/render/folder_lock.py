"""One program at a time at the manifest of a folder, also where several users write into it."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from typing import TYPE_CHECKING

from afxplugin.audio import share_with_folder
from afxplugin.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

LOCK_NAME = ".manifest.lock"
WAIT_S = 60.0
# A batch that is stopped must end, even where another program sits on the lock.
_WAIT_STOPPED_S = 0.5
_POLL_S = 0.004


def patience_s(stop: threading.Event) -> float:
    """How long a batch waits for the lock of a folder, in all."""
    return _WAIT_STOPPED_S if stop.is_set() else WAIT_S


class FolderLock:
    """A lock between threads and programs, which a program that ends in whatever way gives up.

    It may be taken again by the thread that holds it. ``patience_s`` says how long to wait for it in all; it is asked
    again and again.
    """

    def __init__(self, folder: Path, patience_s: Callable[[], float] = lambda: WAIT_S) -> None:
        self._path = folder / LOCK_NAME
        self._patience_s = patience_s
        self._thread_lock = threading.RLock()
        self._held = 0

    @contextlib.contextmanager
    def held(self) -> Generator[None]:
        """Hold the lock. Raises RenderError where patience ends before, OSError where there can be no lock."""
        began = time.monotonic()

        def wait() -> None:
            waited_s = time.monotonic() - began
            if waited_s >= self._patience_s():
                raise RenderError(f"has been locked by another batch for {waited_s:.0f} s", path=self._path)
            time.sleep(_POLL_S)

        while not self._thread_lock.acquire(timeout=_POLL_S):
            wait()
        try:
            if self._held:
                yield
                return
            with _program_lock(self._path, wait):
                self._held += 1
                try:
                    yield
                finally:
                    self._held -= 1
        finally:
            self._thread_lock.release()


if sys.platform == "win32":

    @contextlib.contextmanager
    def _program_lock(path: Path, wait: Callable[[], None]) -> Generator[None]:
        from filelock import FileLock, Timeout

        lock = FileLock(path, timeout=0)
        while True:
            try:
                lock.acquire()
                break
            except Timeout:
                wait()
        try:
            yield
        finally:
            lock.release()

else:
    import fcntl

    @contextlib.contextmanager
    def _program_lock(path: Path, wait: Callable[[], None]) -> Generator[None]:
        descriptor = _open(path)
        try:
            while not _taken(descriptor):
                wait()
            yield
        finally:
            os.close(descriptor)

    def _taken(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _open(path: Path) -> int:
        """The lock file, made where there is none; another user's may be one that we can only read, which will do."""
        flags = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        while True:
            # Without O_CREAT first: Linux refuses it for others' files in folders such as /tmp.
            for access in (os.O_RDWR, os.O_RDONLY):
                with contextlib.suppress(FileNotFoundError, PermissionError):
                    return os.open(path, access | flags)
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | flags, 0o666)
            except FileExistsError:
                os.close(os.open(path, os.O_RDONLY | flags))  # raises where it is there and cannot be opened at all
                continue
            share_with_folder(descriptor, path.parent)
            return descriptor
