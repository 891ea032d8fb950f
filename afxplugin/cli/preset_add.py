"""``afx preset add`` and ``afx preset remove``."""

import contextlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from afxplugin.cli.failure import tell
from afxplugin.cli.render import CaptureRate, Filters, InputGain, Json, Knobs, Method, Mix, OutputGain, Oversample
from afxplugin.cli.text import count_text
from afxplugin.files import shown

if TYPE_CHECKING:
    from collections.abc import Generator

    from afxplugin.presets.addition import Addition
    from afxplugin.presets.knob_map import KnobMap

CaptureFiles = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[CAPTURE]...",
        help="Capture file; left out for another preset of a device that is there; several, each with its --at: "
        "snapshots of one device, blended in between.",
    ),
]
Places = Annotated[
    list[str] | None,
    typer.Option(
        "--at",
        metavar="KNOB=VALUE[,KNOB=VALUE]",
        help="Where the knobs stood when the snapshot was made: once for each CAPTURE, in their order.",
    ),
]
DeviceName = Annotated[str, typer.Option("--device", metavar="NAME", help="Device that the preset is one of.")]
PresetName = Annotated[str, typer.Option("--preset", metavar="NAME", help="What the preset is called.")]
KnobMaps = Annotated[
    list[str] | None,
    typer.Option(
        "--knob",
        metavar="[CONTROL:]NAME=LOW..HIGH[,UNIT][,TAPER]",
        help="Name a knob of the device and its range, over the capture's CONTROL, else over the next one; "
        "TAPER: linear, audio, reverse-audio. Again for more.",
    ),
]
Description = Annotated[str, typer.Option(metavar="TEXT", help="What the device is, for people and for search.")]
Licence = Annotated[str, typer.Option(metavar="SPDX", help="Licence, where the capture does not state its own.")]
Author = Annotated[str, typer.Option(metavar="NAME", help="Who made the capture, where it does not say.")]
Link = Annotated[str, typer.Option(metavar="URL", help="Where the capture can be had.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="WORD", help="Word to find the preset by; again.")]
NoCalibration = Annotated[bool, typer.Option("--no-calibration", help="Leave the level as the capture gives it.")]
Removed = Annotated[
    list[str], typer.Argument(metavar="NAME", help='"Device/Preset", or a device with all its presets.')
]


def add(
    device: DeviceName,
    captures: CaptureFiles = None,
    places: Places = None,
    preset: PresetName = "Default",
    knob_maps: KnobMaps = None,
    knobs: Knobs = None,
    input_gain_db: InputGain = 0.0,
    output_gain_db: OutputGain = 0.0,
    mix: Mix = None,
    method: Method = None,
    oversample: Oversample = None,
    filters: Filters = None,
    capture_rate_hz: CaptureRate = None,
    description: Description = "",
    licence: Licence = "",
    author: Author = "",
    link: Link = "",
    tags: Tags = None,
    no_calibration: NoCalibration = False,
    as_json: Json = False,
) -> None:
    """Make a preset of a capture, or another preset of a device: the capture is copied into your own folder.

    Its output gain is set, once, so that all presets are as loud as each other on a reference signal.
    """
    from afxplugin.cli.knobs import parse_knobs
    from afxplugin.presets.addition import Addition

    chosen = {"mix": mix, "method": method, "oversampling": oversample, "filters": filters}
    settings = {key: value for key, value in chosen.items() if value is not None}
    settings |= {"knobs": parse_knobs(knobs or []), "input_gain_db": input_gain_db, "output_gain_db": output_gain_db}
    about = {"description": description, "licence": licence, "author": author, "link": link}
    with _single_file(captures or [], places or [], device, capture_rate_hz) as capture:
        addition = Addition(
            device, preset, capture, None if places else capture_rate_hz,
            tuple(parse_knob_map(each) for each in knob_maps or []),
            {**settings, "tags": tags or []}, {key: value for key, value in about.items() if value},
        )  # fmt: skip
        _add(addition, calibrate=not no_calibration, as_json=as_json)


def _add(addition: "Addition", *, calibrate: bool, as_json: bool) -> None:
    from afxplugin.presets import PresetStore
    from afxplugin.presets.addition import add_draft, draft_preset
    from afxplugin.presets.folder import PresetFolder
    from afxplugin.render.calibration import calibrated

    store = PresetStore()
    draft = draft_preset(store, addition)
    if calibrate:
        draft = calibrated(draft)
    added = add_draft(store, draft, PresetFolder(store.paths[0]))
    if as_json:
        from afxplugin.cli.preset import preset_facts

        typer.echo(json.dumps(preset_facts(added), indent=1, allow_nan=False))
        return
    names = ", ".join(control.name for control in draft.capture.controls)
    told = f"{added.calibration_gain_db:+g} dB" if added.calibration_gain_db else "none"
    typer.echo(f"added {added.label}  knobs: {names or 'none'}  calibration: {told}  {shown(added.file)}")


@contextlib.contextmanager
def _single_file(captures: list[Path], places: list[str], device: str, rate_hz: int | None) -> "Generator[Path | None]":
    """The one file that a device has: the capture itself, or the snapshots as one, while the block runs."""
    from afxplugin.cli.knobs import parse_knobs
    from afxplugin.errors import KnobError

    if len(captures) < 2 and not places:
        yield captures[0] if captures else None
        return
    from afxplugin.captures import write_afx
    from afxplugin.chain import with_eigenvalues
    from afxplugin.presets.folder import folder_name
    from afxplugin.render.blending import blend_files

    if not places:
        raise KnobError(
            f"{len(captures)} captures are given without --at; allowed: one capture, or --at KNOB=VALUE for each"
        )
    settings = [parse_knobs(place.split(","), option="--at") for place in places]
    blended = blend_files(device.strip(), captures, settings, rate_hz=rate_hz)
    lined_up = zip(captures, places, blended.delay_frames, blended.polarities, strict=True)
    for path, place, delay_frames, polarity in lined_up:
        late = f", held back by {count_text(delay_frames, 'frame')}" if delay_frames else ""
        tell(f"{shown(path)} at {place}{late}{', turned over' if polarity < 0 else ''}")
    with tempfile.TemporaryDirectory(prefix="afx-") as folder:
        file = Path(folder) / f"{folder_name(device)}.afx"
        write_afx(file, with_eigenvalues(blended.capture))
        yield file


def parse_knob_map(text: str) -> "KnobMap":
    """``[CONTROL:]NAME=LOW..HIGH[,UNIT][,TAPER]``; KnobError where it is something else."""
    from afxplugin.errors import KnobError
    from afxplugin.presets.knob_map import TAPERS, KnobMap

    left, equals, right = text.rpartition("=")
    control, _, name = left.rpartition(":")
    span, *rest = [part.strip() for part in right.split(",")]
    low, dots, high = span.partition("..")
    tapers = [part for part in rest if part in TAPERS]
    units = [part for part in rest if part not in TAPERS]
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = 0.0, 0.0
    finite = all(abs(end) < 1e9 for end in ends)
    if not (equals and dots and name.strip() and finite and ends[0] < ends[1] and max(len(tapers), len(units)) < 2):
        raise KnobError(
            f"--knob {text!r} is not understood; allowed: [CONTROL:]NAME=LOW..HIGH[,UNIT][,TAPER], as in "
            "--knob gain=0..10 or --knob PARAM2:tone=-12..12,dB,audio"
        )
    unit, taper = [*units, ""][0], [*tapers, "linear"][0]
    return KnobMap(name.strip(), control.strip() or None, unit, *ends, taper=taper)


def remove(names: Removed) -> None:
    """Remove presets, or devices with their captures, from your own folder; those of the factory stay."""
    from afxplugin.presets import PresetStore
    from afxplugin.presets.folder import PresetFolder
    from afxplugin.presets.removal import remove_named

    store = PresetStore()
    removed = remove_named(store, names, PresetFolder(store.paths[0]))
    if removed is None:
        typer.echo(f"removed {', '.join(names)}: completed what an interrupted command had begun")
        return
    files, presets = removed
    for path in files:
        typer.echo(f"removed {shown(path)}")
    for preset in presets:
        typer.echo(f"removed {preset.label} from {shown(preset.file)}")
