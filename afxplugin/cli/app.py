"""The sub-commands put together, and what ``afx`` alone answers."""

from typing import Annotated

import typer

from afxplugin.cli.compare import compare
from afxplugin.cli.edit import edit
from afxplugin.cli.info import info
from afxplugin.cli.live import live
from afxplugin.cli.plugin import build_plugin_app
from afxplugin.cli.preset import build_preset_app
from afxplugin.cli.render import render


def build_app() -> typer.Typer:
    """The command line as an application to call."""
    # Plain help and errors: they can be read by a screen reader, a log and a person alike, and rich is slow to load.
    app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback()(_afx)
    app.command()(render)
    app.command()(compare)
    app.command()(info)
    app.command()(live)
    app.command()(edit)
    app.add_typer(build_preset_app(), name="preset")
    app.add_typer(build_plugin_app(), name="plugin")
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        from afxplugin.render.job import tool_version

        typer.echo(f"afx {tool_version()}")
        raise typer.Exit


def _afx(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Play neural captures of amps, pedals and compressors right at any session rate."""
    del version
