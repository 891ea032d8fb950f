"""``afx plugin``: AFX and AFX Live for DAWs."""

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from afxplugin.cli.failure import FAILED, tell
from afxplugin.cli.render import Json, Knobs
from afxplugin.cli.text import count_text, rate_text
from afxplugin.files import shown

if TYPE_CHECKING:
    from afxplugin.engine.latency import PluginLatency
    from afxplugin.plugin.installation import InstalledBundle

To = Annotated[Path | None, typer.Option("--to", metavar="DIR", help="This folder instead of where DAWs look.")]
Presets = Annotated[
    list[str], typer.Argument(metavar="PRESET", help="Names of presets, as for --preset, or capture files.")
]
Plugin = Annotated[
    str, typer.Argument(metavar="PLUGIN[:PRESET]", help="VST3 by name or path, LV2 by URI, as for --insert-after.")
]
Rate = Annotated[int, typer.Option("--rate", metavar="HZ", help="Sample rate to measure at.")]


def build_plugin_app() -> typer.Typer:
    """The sub-commands of ``afx plugin``."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
    app.callback()(_plugin)
    app.command()(install)
    app.command("list")(list_bundles)
    app.command()(uninstall)
    app.command()(preset)
    app.command()(latency)
    return app


def _plugin() -> None:
    """The plugins AFX and AFX Live: put into the DAWs' folders, looked up, taken away; presets for them.

    And how late a plugin of others is, for --insert-offset.
    """


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


def latency(plugin: Plugin, rate_hz: Rate = 48_000, as_json: Json = False) -> None:
    """Send impulses through a plugin and compare how late they come out with what it reports.

    Exit status: 0 it reports its latency right, or an --insert-offset is suggested; 1 it cannot be told.
    """
    from afxplugin.cli.stopping import Stopping
    from afxplugin.engine.latency import measure_latency
    from afxplugin.engine.lookup import read_insert
    from afxplugin.engine.process import check_installed
    from afxplugin.engine.waiting import StoppedError

    check_installed()
    insert = read_insert(plugin)
    with Stopping() as stopping:
        try:
            measured = measure_latency(insert, rate_hz=rate_hz, stop=stopping.stop)
        except StoppedError:
            tell("interrupted")
            raise typer.Exit(stopping.exit_status) from None
    if as_json:
        typer.echo(json.dumps({"plugin": insert.plugin, "preset": insert.preset, **measured.as_dict()}, indent=1))
    else:
        typer.echo(f"{insert.label} at {rate_text(rate_hz)}\n" + "\n".join(_latency_lines(measured, plugin)))
    if measured.offset_frames is None:
        raise typer.Exit(FAILED)


def _latency_lines(measured: "PluginLatency", plugin: str) -> list[str]:
    def late(frames: int | None) -> str:
        return (
            "nothing"
            if frames is None
            else f"{count_text(frames, 'frame')} ({1000 * frames / measured.rate_hz:.2f} ms)"
        )

    lines = [
        f"reports         {late(measured.reported_frames)}",
        f"impulse         {late(measured.impulse_frames)}",
        f"200 to 2000 Hz  {late(measured.band_frames)}",
    ]
    if measured.offset_frames is None:
        return [*lines, f"cannot tell how late it is: {measured.reason}"]
    if measured.offset_frames == 0:
        return [*lines, "it reports its latency right; no offset is needed"]
    if measured.impulse_frames != measured.band_frames:
        lines.append("its filters delay attacks and the body of a sound differently; the offset is that of the body")
    return [*lines, f"suggested       --insert-offset {shlex.quote(f'{plugin}={measured.offset_frames}')}"]
