"""``afx preset``: devices and presets listed, looked at, searched and checked."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from afxplugin.cli.failure import FAILED, tell
from afxplugin.cli.preset_add import add, remove
from afxplugin.cli.preset_pack import export, import_pack
from afxplugin.cli.render import Json
from afxplugin.cli.text import count_text, joined_lines
from afxplugin.files import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afxplugin.captures import AnyCapture, Control
    from afxplugin.presets import Preset
    from afxplugin.presets.device_file import Device

Name = Annotated[str, typer.Argument(metavar="NAME", help='"Device/Preset", or the name of either alone.')]
Names = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Presets, or devices. Default: all.")]
Words = Annotated[list[str], typer.Argument(metavar="WORD", help="Beginnings of words, all of which must be there.")]
Kind = Annotated[str, typer.Argument(metavar="device|preset", help="Which of the two kinds of file.")]
Version = Annotated[int | None, typer.Option("--schema", metavar="N", help="Version; default: the latest.")]


def build_preset_app() -> typer.Typer:
    """The sub-commands of ``afx preset``."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
    app.callback()(_preset)
    app.command("list")(list_presets)
    app.command()(show)
    app.command()(add)
    app.command()(remove)
    app.command()(search)
    app.command("import")(import_pack)
    app.command()(export)
    app.command()(verify)
    app.command()(schema)
    return app


def _preset() -> None:
    """Devices and presets: list, show, add, remove, search, packs to take along, and checks."""


def list_presets(as_json: Json = False) -> None:
    """List all presets, a line each: name, knobs, what its device is."""
    from afxplugin.presets import PresetStore

    found = PresetStore().look()
    for problem in found.problems:
        tell(f"warning: {problem}")
    about = {device.name: device.description for device in found.devices}
    _print(found.presets, about, as_json=as_json)


def search(words: Words, as_json: Json = False) -> None:
    """Find presets by words in names, descriptions, tags, licences, authors and knobs; the best first."""
    from afxplugin.presets import PresetStore

    _print(PresetStore().search(" ".join(words)), {}, as_json=as_json)


def _print(presets: "Sequence[Preset]", about: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([preset_facts(preset) for preset in presets], indent=1, allow_nan=False))
        return
    width = min(48, max((len(preset.label) for preset in presets), default=0))
    for preset in presets:
        knobs = ", ".join(f"{name} {position:g}" for name, position in preset.knobs.items())
        told = joined_lines(preset.description or about.get(preset.device, ""))
        typer.echo("  ".join([f"{preset.label:<{width}}", *(each for each in (knobs, told) if each)]).rstrip())
    if not presets:
        tell("there are no such presets")


def preset_facts(preset: "Preset") -> dict[str, Any]:
    """A preset as plain JSON values, without opening its capture."""
    return {
        "label": preset.label,
        "device": preset.device,
        "name": preset.name,
        "description": preset.description,
        "tags": list(preset.tags),
        "knobs": dict(preset.knobs),
        "input_gain_db": preset.input_gain_db,
        "output_gain_db": preset.output_gain_db,
        "calibration_gain_db": preset.calibration_gain_db,
        "mix": preset.mix,
        "method": preset.method,
        "oversampling": preset.oversampling,
        "filters": preset.filters,
        "capture": {"path": shown(preset.capture_path), "sha256": preset.capture_sha256},
        "file": shown(preset.file),
    }


def show(name: Name, as_json: Json = False) -> None:
    """Say all of one preset: its device, knobs with ranges and positions, gains, calibration, capture, files."""
    from afxplugin.presets import PresetStore

    store = PresetStore()
    preset = store.find(name)
    capture, device = preset.read_capture(), store.device(preset.device)
    facts = {**preset_facts(preset), **_device_facts(device, capture), "knobs": _knob_facts(preset, capture)}
    facts["capture"] |= {
        "name": capture.name,
        "rate_hz": capture.rate_hz,
        "licence": capture.origin.licence or device.capture_licence,
        "input_dbu": capture.calibration.input_dbu,
    }
    if as_json:
        typer.echo(json.dumps(facts, indent=1, allow_nan=False))
        return
    typer.echo("\n".join([preset.label, *(f"  {key:<13} {joined_lines(told)}" for key, told in _rows(facts) if told)]))


def _device_facts(device: "Device", capture: "AnyCapture") -> dict[str, Any]:
    about = {"licence": device.licence, "author": device.author or capture.origin.author, "link": device.link}
    return {"about": {"description": device.description, "tags": list(device.tags), **about}}


def _knob_facts(preset: "Preset", capture: "AnyCapture") -> list[dict[str, Any]]:
    set_to = {name.casefold(): position for name, position in preset.knobs.items()}

    def facts(control: "Control") -> dict[str, Any]:
        position = set_to.get(control.name.casefold(), control.default)
        return {"name": control.name, "unit": control.unit, "low": control.low, "high": control.high, "at": position}

    return [facts(control) for control in capture.controls]


def _rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    capture, about = facts["capture"], facts["about"]
    unit = {each["name"]: f" {each['unit']}" if each["unit"] else "" for each in facts["knobs"]}
    knobs = [f"{k['name']} {k['at']:g} ({k['low']:g} to {k['high']:g}{unit[k['name']]})" for k in facts["knobs"]]
    calibration = facts["calibration_gain_db"]
    part = f" ({calibration:+g} dB of it calibration)" if calibration else " (no calibration)"
    level = "" if capture["input_dbu"] is None else f"{capture['input_dbu']:g} dBu at full scale"
    return [
        ("description", facts["description"] or about["description"]),
        ("tags", ", ".join([*about["tags"], *facts["tags"]])),
        ("knobs", "; ".join(knobs) or "none"),
        ("gains", f"in {facts['input_gain_db']:+g} dB, out {facts['output_gain_db']:+g} dB{part}"),
        ("mix", f"{facts['mix']:g}"),
        ("method", f"{facts['method']}, {facts['oversampling']}x, {facts['filters']} filters"),
        ("capture", f"{capture['name']}, {capture['rate_hz']} Hz, {capture['path']}"),
        ("input level", level),
        ("licence", capture["licence"] or about["licence"] or "not stated"),
        ("author", about["author"]),
        ("link", about["link"]),
        ("file", facts["file"]),
        ("sha256", capture["sha256"]),
    ]


def verify(names: Names = None, as_json: Json = False) -> None:
    """Check presets: files, captures by hash, knobs, and that each can be played. Exit status 1 where one cannot."""
    from afxplugin.presets import PresetStore
    from afxplugin.presets.names import name_key
    from afxplugin.render.calibration import check_preset

    store = PresetStore()
    found = store.look()
    wanted = {name_key(name): name for name in names or []}
    labels = {label for p in found.presets for label in (name_key(p.label), name_key(p.device))}
    chosen = [p for p in found.presets if not wanted or {name_key(p.label), name_key(p.device)} & set(wanted)]
    missing = [name for key, name in wanted.items() if key not in labels]
    problems = [str(problem) for problem in found.problems] if not wanted else []
    problems += [f"preset {name!r}: unknown" for name in missing]
    for preset in chosen:
        problems += check_preset(store, preset)
    if as_json:
        typer.echo(json.dumps({"checked": len(chosen), "problems": problems}, indent=1))
    else:
        for problem in problems:
            tell(problem)
        typer.echo(f"{count_text(len(chosen), 'preset')} checked, {count_text(len(problems), 'problem')}")
    if problems:
        raise typer.Exit(FAILED)


def schema(kind: Kind = "device", version: Version = None) -> None:
    """Print the JSON Schema of device.toml, or of preset.toml, of any version."""
    from afxplugin.errors import PresetError
    from afxplugin.presets.schema import LATEST, MODELS, json_schema

    version = LATEST if version is None else version
    if kind not in MODELS or version not in MODELS[kind]:
        known = ", ".join(f"{each} {number}" for each, models in MODELS.items() for number in models)
        raise PresetError(f"there is no schema {kind!r} {version}; there are {known}")
    typer.echo(json.dumps(json_schema(kind, version), indent=1))
