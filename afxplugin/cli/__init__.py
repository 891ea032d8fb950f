"""The command line: ``afx render``, ``afx compare``, ``afx info``; one module a sub-command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

from afxplugin.cli.failure import run_guarded

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run ``afx`` with these arguments (default: those of the process) and exit with its status."""
    sys.exit(run_guarded(_run, list(sys.argv[1:] if arguments is None else arguments)))


def _run(arguments: list[str]) -> None:
    from afxplugin.cli.app import build_app

    build_app()(args=arguments, prog_name="afx")
