"""``afx info``: what a capture or an audio file is."""

import contextlib
import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from afxplugin.cli.failure import FAILED, tell
from afxplugin.cli.render import Json
from afxplugin.cli.text import length_text, rate_text
from afxplugin.errors import AfxError, AudioError
from afxplugin.files import open_regular, shown, why

if TYPE_CHECKING:
    from afxplugin.audio import AudioInfo
    from afxplugin.captures import AnyCapture

RATES_HZ = (44_100, 48_000, 88_200, 96_000, 176_400, 192_000)
_HEAD_BYTES = 1 << 20  # past any tag in front of the audio
_CAPTURES = "captures (Proteus, AIDA-X, NAM, .afx)"

Paths = Annotated[list[Path], typer.Argument(metavar="PATH", help="Captures or audio files.")]


def info(paths: Paths, as_json: Json = False) -> None:
    """Say what each file is: a capture with its rate, knobs and the plan for each session rate, or audio.

    With --json one PATH gives one object, several give a list of them.
    """
    told: list[dict[str, Any]] = []
    for path in paths:
        try:
            facts = file_facts(path)
        except AfxError as error:
            tell(str(error.about(path)))
            facts = {"kind": "unknown", "path": shown(path), "error": error.reason}
        told.append(facts)
        if not as_json and facts["kind"] != "unknown":
            typer.echo(("" if path is paths[0] else "\n") + "\n".join(_lines(facts)))
    if as_json:
        typer.echo(json.dumps(told[0] if len(told) == 1 else told, indent=1, allow_nan=False))
    if any(facts["kind"] == "unknown" for facts in told):
        raise typer.Exit(FAILED)


def file_facts(path: Path) -> dict[str, Any]:
    """What a file is, by its content, as plain JSON values. Raises AfxError where it is neither or is broken.

    Where the content says nothing, as in an empty file, the suffix decides which of the two it was meant to be.
    """
    from afxplugin.audio import AUDIO_SUFFIXES, read_info
    from afxplugin.audio.heads import ALLOWED, READ_FORMATS, audio_format, format_file
    from afxplugin.captures import CaptureRateWarning, read_capture
    from afxplugin.captures.foreign import SAYS_NOTHING
    from afxplugin.captures.formats import foreign_kind

    head = _head(path)
    name = audio_format(head)
    if name in READ_FORMATS:
        return audio_facts(read_info(path, truncated="play"))
    if name:
        raise AudioError(f"{format_file(name)}; {ALLOWED} are read", path=path)
    kind = foreign_kind(head)
    if kind.startswith(SAYS_NOTHING) and path.suffix.lower() in AUDIO_SUFFIXES:
        return audio_facts(read_info(path, truncated="play"))
    if kind:
        raise AfxError(f"{kind}; read are audio files ({ALLOWED}) and {_CAPTURES}", path=path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CaptureRateWarning)  # said with the rate
        return capture_facts(path, read_capture(path))


def _head(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            return file.read(_HEAD_BYTES)
    except OSError as error:
        raise AfxError(f"cannot be read: {why(error)}", path=path) from error


def capture_facts(path: Path, capture: "AnyCapture") -> dict[str, Any]:
    """A capture and what ``auto`` does with it at each session rate."""
    from dataclasses import asdict

    from afxplugin.chain import plan_rates, with_eigenvalues

    with contextlib.suppress(AfxError):  # each rate says why
        capture = with_eigenvalues(capture)  # once for all rates
    plans: dict[str, Any] = {}
    for rate_hz in RATES_HZ:
        try:
            plans[str(rate_hz)] = plan_rates(capture, rate_hz).as_dict()
        except AfxError as error:
            plans[str(rate_hz)] = {"error": str(error)}
    knobs = [
        {"name": each.name, "unit": each.unit, "low": each.low, "high": each.high, "default": each.default}
        for each in capture.controls
    ]
    return {
        "kind": "capture",
        "path": shown(path),
        "name": capture.name,
        "format": capture.origin.format,
        "architecture": asdict(capture.architecture),
        "parameters": capture.parameters,
        "snapshots": [list(each.at) for each in getattr(capture, "snapshots", ())],
        "rate_hz": capture.rate_hz,
        "rate_assumed": capture.rate_assumed,
        "knobs": knobs,
        "calibration": asdict(capture.calibration),
        "licence": capture.origin.licence,
        "author": capture.origin.author,
        "link": capture.origin.link,
        "sha256": capture.sha256,
        "notes": list(capture.notes),
        "plans": plans,
    }


def audio_facts(info: "AudioInfo") -> dict[str, Any]:
    """An audio file."""
    from dataclasses import asdict

    return {
        "kind": "audio",
        "path": shown(info.path),
        "format": info.format,
        "subtype": info.subtype,
        "rate_hz": info.rate_hz,
        "channels": info.channels,
        "frames": info.frames,
        "seconds": info.seconds,
        "notes": list(info.notes),
        "bext": None if info.bext is None else asdict(info.bext),
    }


def _lines(facts: dict[str, Any]) -> list[str]:
    rows = _audio_rows(facts) if facts["kind"] == "audio" else _capture_rows(facts)
    lines = [facts["path"], *(f"  {name:<13} {value}" for name, value in rows if value != "")]
    return lines if facts["kind"] == "audio" else [*lines, *_plan_lines(facts["plans"])]


def _audio_rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    bext = facts["bext"] or {}
    return [
        ("kind", f"audio, {facts['format']} {facts['subtype']}"),
        ("rate", rate_text(facts["rate_hz"])),
        ("channels", str(facts["channels"])),
        ("length", f"{length_text(facts['seconds'])} ({facts['frames']} frames)"),
        *(("note", note) for note in facts["notes"]),
        *((f"bext {name.replace('_', ' ')}", str(value).strip()) for name, value in bext.items()),
    ]


def _capture_rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    shape = facts["architecture"]
    layers = f", {shape['layers']} layers" if shape["layers"] > 1 else ""
    network = f"{shape['cell'].upper()}-{shape['hidden']}{layers}"
    assumed = " (assumed: the file does not say)" if facts["rate_assumed"] else " (stored in the file)"
    knobs = [
        f"{each['name']} {each['low']:g} to {each['high']:g}{' ' + each['unit'] if each['unit'] else ''}, "
        f"default {each['default']:g}"
        for each in facts["knobs"]
    ]
    blend = f", {len(facts['snapshots'])} snapshots of up to this size" if facts["snapshots"] else ""
    calibration = [f"{name.replace('_', ' ')} {value:g}" for name, value in facts["calibration"].items() if value]
    return [
        ("kind", f"capture, {facts['format']}"),
        ("name", facts["name"]),
        ("network", f"{network}{blend}, {facts['parameters']} parameters"),
        ("rate", rate_text(facts["rate_hz"]) + assumed),
        ("knobs", "; ".join(knobs) or "none"),
        ("calibration", ", ".join(calibration) or "none stored"),
        ("licence", facts["licence"] or "not stated"),
        ("author", facts["author"]),
        ("link", facts["link"]),
        ("sha256", facts["sha256"]),
        *(("note", note) for note in facts["notes"]),
    ]


def _plan_lines(plans: dict[str, Any]) -> Sequence[str]:
    lines = ["  auto, by session rate:"]
    for rate_hz, plan in plans.items():
        rate = f"{rate_text(int(rate_hz)):>9}"
        if "error" in plan:
            lines.append(f"  {rate}  {plan['error']}")
            continue
        decay = "does not decay" if plan["tau_ms"] is None else f"{plan['tau_ms']:.1f} ms"
        poles = "poles unknown" if plan["stable"] is None else f"pole radius {plan['pole_radius']:.5f} ({decay})"
        lines.append(
            f"  {rate}  {plan['method']:<9}  latency {plan['latency_frames']:>3} frames  {poles}  {plan['reason']}"
        )
    return lines
