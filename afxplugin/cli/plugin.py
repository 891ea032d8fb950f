"""``afx plugin``: AFX and AFX Live for DAWs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from afxplugin.cli.render import Json, Knobs
from afxplugin.render.naming import shown

if TYPE_CHECKING:
    from afxplugin.plugin.installation import InstalledBundle

To = Annotated[Path | None, typer.Option("--to", metavar="DIR", help="This folder instead of where DAWs look.")]
Presets = Annotated[
    list[str], typer.Argument(metavar="PRESET", help="Names of presets, as for --preset, or capture files.")
]


def build_plugin_app() -> typer.Typer:
    """The sub-commands of ``afx plugin``."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
    app.callback()(_plugin)
    app.command()(install)
    app.command("list")(list_bundles)
    app.command()(uninstall)
    app.command()(preset)
    return app


def _plugin() -> None:
    """The plugins AFX and AFX Live: put into the DAWs' folders, looked up, taken away; presets for them."""


def install(to: To = None) -> None:
    """Put AFX and AFX Live into your VST3, CLAP and LV2 folders, over an older version."""
    from afxplugin.plugin.installation import install as install_bundles
    from afxplugin.plugin.installation import installed_bundles

    before = {bundle.path: bundle.state for bundle in installed_bundles(to)}
    for bundle in install_bundles(to):
        done = "there already" if before[bundle.path] == "current" else "installed"
        typer.echo(f"{done:<14} {bundle.format:<5} {shown(bundle.path)}")


def list_bundles(to: To = None, as_json: Json = False) -> None:
    """Say which plugins are installed, where, and whether they are this version."""
    from afxplugin.plugin.installation import installed_bundles

    bundles = installed_bundles(to)
    if as_json:
        facts = [{"format": each.format, "path": shown(each.path), "state": each.state} for each in bundles]
        typer.echo(json.dumps(facts, indent=1))
        return
    for bundle in bundles:
        typer.echo(_line(bundle))


def _line(bundle: "InstalledBundle") -> str:
    return f"{bundle.state:<14} {bundle.format:<5} {shown(bundle.path)}"


def uninstall(to: To = None) -> None:
    """Take the plugins away again; presets written for them stay."""
    from afxplugin.plugin.installation import uninstall as uninstall_bundles

    removed = uninstall_bundles(to)
    for path in removed:
        typer.echo(f"removed {shown(path)}")
    if not removed:
        typer.echo("nothing of ours is installed there")


def preset(presets: Presets, to: To = None, knobs: Knobs = None) -> None:
    """Write presets as .vstpreset and LV2 presets, which DAWs list; each carries its capture.

    PRESET may also be a capture file; --set moves knobs of either.
    """
    from afxplugin.captures import read_capture
    from afxplugin.cli.knobs import parse_knobs
    from afxplugin.plugin.document import PluginSettings, preset_settings, with_knobs
    from afxplugin.plugin.host_presets import write_host_presets
    from afxplugin.presets import PresetStore

    moved = parse_knobs(knobs or [])
    for name in presets:
        if Path(name).is_file():
            source, capture = Path(name), read_capture(name)
            label, settings = capture.name, PluginSettings()
        else:
            found = PresetStore().find(name)
            source, capture = found.capture_path, found.read_capture()
            label, settings = found.label, preset_settings(found)
        for path in write_host_presets(capture, with_knobs(settings, moved), label=label, source=source, to=to):
            typer.echo(f"wrote {shown(path)}")
