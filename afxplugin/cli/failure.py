"""What goes wrong, told in one line on standard error, and the exit status that goes with it."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from typing import TYPE_CHECKING, NoReturn, TextIO

from afxplugin.cli.stopping import SignalledError, Signals
from afxplugin.errors import AfxError

if TYPE_CHECKING:
    from collections.abc import Callable

FAILED = 1
USAGE = 2


def run_guarded(run: Callable[[list[str]], None], arguments: list[str]) -> int:
    """Run a command line and answer its exit status; no exception gets past. After a signal the process ends here."""
    signals = Signals()
    try:
        with signals:
            status = _run_guarded(run, arguments, signals)
    except (SignalledError, KeyboardInterrupt):
        signals.told = True
        tell("interrupted")
        status = signals.exit_status
    if signals.heard:
        _leave(status)
    return status


def _leave(status: int) -> NoReturn:
    """At once: the interpreter would wait for threads that a signal found at work."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def _run_guarded(run: Callable[[list[str]], None], arguments: list[str], signals: Signals) -> int:
    _print_anything()
    warnings.showwarning = _show_warning
    try:
        run(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except AfxError as error:
        if signals.heard:  # what is stopped on its way fails
            raise SignalledError from error
        tell(str(error))
        return USAGE
    except BrokenPipeError:  # whoever read our output has gone: `afx info … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        if signals.heard:
            raise SignalledError from error
        if os.environ.get("AFX_TRACEBACK"):
            raise
        tell(f"{type(error).__name__}: {error}")
        tell("this is a mistake in afx, not in what you asked; AFX_TRACEBACK=1 shows where it happened")
        return FAILED
    return 0


def tell(message: str) -> None:
    """Print one line on standard error."""
    print(f"afx: {one_line(message)}", file=sys.stderr)


def one_line(text: str) -> str:
    """The text on one line; what a terminal would not show, or would obey, is escaped: file names may hold anything."""
    shown = text.replace("\r\n", " ").replace("\n", " ")
    if shown.isprintable():
        return shown
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in shown)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    del filename, lineno, file, line
    # What libraries warn each other of (an overflow in NumPy) says nothing to whoever asked for a render.
    if category.__module__.partition(".")[0] == "afxplugin" or os.environ.get("AFX_TRACEBACK"):
        tell(f"warning: {message}")


def _print_anything() -> None:
    """File names may hold what the terminal's encoding, or any, cannot: print it escaped instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
