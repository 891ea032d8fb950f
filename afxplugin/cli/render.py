"""``afx render``: stems through a capture or preset."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from afxplugin.cli.failure import FAILED
from afxplugin.cli.text import length_text
from afxplugin.files import shown

if TYPE_CHECKING:
    from afxplugin.render.batch import Batch

Stems = Annotated[
    list[Path], typer.Argument(metavar="STEM", help="Audio files, or folders that are searched for audio.")
]
CaptureOption = Annotated[
    Path | None, typer.Option("--capture", metavar="PATH", help="Capture to play: .json, .nam or .afx.")
]
PresetOption = Annotated[str | None, typer.Option("--preset", metavar="NAME", help="Preset to play instead.")]
Method = Annotated[
    str | None,
    typer.Option(
        metavar="METHOD",
        help="auto, resample, naive, stn, lidl, apdl, cidl, lagrange1 to lagrange5: how the capture is kept in tune "
        "where the stem's rate is not its own. auto, the default, is always stable: the closest at ratios near one, a "
        "delay line without latency and with fewer aliases from twice the capture's rate on.",
    ),
]
Oversample = Annotated[
    int | None, typer.Option(metavar="1|2|4|8", help="Run the capture this much faster: less aliasing. Default: 1.")
]
Filters = Annotated[
    str | None, typer.Option(metavar="linear|low-latency", help="Filters of resampling. Default: linear.")
]
Start = Annotated[str, typer.Option(metavar="settled|zero", help="State of the capture before the first frame.")]
Nan = Annotated[str, typer.Option(metavar="fail|zero", help="What a stem with samples that are no numbers gets.")]
Truncated = Annotated[
    str, typer.Option(metavar="fail|play", help="What a stem gets that is shorter or longer than its header says.")
]
Knobs = Annotated[list[str] | None, typer.Option("--set", metavar="KNOB=VALUE", help="Set a knob; again for more.")]
InputGain = Annotated[float, typer.Option("--input-gain-db", metavar="DB", help="Gain before the capture.")]
InputLevel = Annotated[
    float | None,
    typer.Option(
        "--input-dbu",
        metavar="DBU",
        help="Level in dBu that full scale of your interface is. The capture then gets the level that it "
        "was captured with, where it states that.",
    ),
]
OutputGain = Annotated[float, typer.Option("--output-gain-db", metavar="DB", help="Gain after the capture.")]
Mix = Annotated[
    float | None, typer.Option(metavar="0..1", help="Share of the capture in the output; 1, the default, is all.")
]
CaptureRate = Annotated[
    int | None, typer.Option("--capture-rate", metavar="HZ", help="Rate the capture was trained at, if not stated.")
]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Output folder; default: 'rendered' by a stem.")]
Template = Annotated[
    str,
    typer.Option(
        metavar="TEXT",
        help="Names: {stem} {preset} {capture} {method} {rate} {date}; {folder} and {suffix} of the stem, which keep "
        "stems of one name apart.",
    ),
]
Subtype = Annotated[str, typer.Option(metavar="float|24|16", help="Samples of the WAV; 24 and 16 are dithered.")]
Tail = Annotated[float, typer.Option("--tail", metavar="SECONDS", help="Go on for this long after a stem's end.")]
Engine = Annotated[
    str | None,
    typer.Option(
        metavar="direct|graph",
        help="direct: the capture by itself. graph: the AFX plugin in a host, which inserts need. Default: as needed.",
    ),
]
InsertBefore = Annotated[
    list[str] | None,
    typer.Option(
        "--insert-before",
        metavar="PLUGIN[:PRESET]",
        help="Play a plugin before the capture: VST3 by name or path, LV2 by URI; again for more.",
    ),
]
InsertAfter = Annotated[
    list[str] | None,
    typer.Option("--insert-after", metavar="PLUGIN[:PRESET]", help="Play a plugin after the capture; again for more."),
]
InsertOffset = Annotated[
    list[str] | None,
    typer.Option(
        "--insert-offset",
        metavar="PLUGIN=FRAMES",
        help="How many frames later than it reports an insert is, as `afx plugin latency` measures it; again for more.",
    ),
]
Automate = Annotated[
    Path | None,
    typer.Option(
        "--automate", metavar="FILE", help="Knobs that move: CSV or JSON of time_s, knob, value; also with inserts."
    ),
]
NoCalibration = Annotated[bool, typer.Option("--no-calibration", help="Leave out the preset's loudness calibration.")]
Jobs = Annotated[int | None, typer.Option(metavar="N", help="Stems at a time; default: one a core.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace outputs that exist.")]
Resume = Annotated[bool, typer.Option("--resume", help="Skip what an earlier batch has done already.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but what went wrong.")]
Json = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON on standard output.")]


def render(
    stems: Stems,
    capture: CaptureOption = None,
    preset: PresetOption = None,
    method: Method = None,
    oversample: Oversample = None,
    filters: Filters = None,
    start: Start = "settled",
    nan: Nan = "fail",
    truncated: Truncated = "fail",
    knobs: Knobs = None,
    input_gain_db: InputGain = 0.0,
    input_dbu: InputLevel = None,
    output_gain_db: OutputGain = 0.0,
    mix: Mix = None,
    capture_rate_hz: CaptureRate = None,
    out: Out = None,
    template: Template = "{stem} [{preset}]",
    subtype: Subtype = "float",
    tail_s: Tail = 0.0,
    engine: Engine = None,
    insert_before: InsertBefore = None,
    insert_after: InsertAfter = None,
    insert_offset: InsertOffset = None,
    automate: Automate = None,
    no_calibration: NoCalibration = False,
    jobs: Jobs = None,
    overwrite: Overwrite = False,
    resume: Resume = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Render stems through a capture or preset, each at its own rate, channels, length and start.

    Exit status: 0 all rendered, 1 some failed (the others are rendered), 2 the request itself is wrong.
    """
    from afxplugin.cli.display import show_progress
    from afxplugin.cli.knobs import parse_knobs
    from afxplugin.cli.stopping import Stopping
    from afxplugin.engine.lookup import parse_offsets
    from afxplugin.render.batch import render as render_stems

    began = time.perf_counter()
    stopping = Stopping()
    with (
        show_progress(quiet=quiet, results_on_stderr=as_json) as shown_progress,
        stopping.while_playing(shown_progress) as listener,
    ):
        batch = render_stems(
            stems, capture=capture, preset=preset, out=out, method=method, oversample=oversample, filters=filters,
            start=start, nan=nan, truncated=truncated, knobs=parse_knobs(knobs or []), input_gain_db=input_gain_db,
            input_dbu=input_dbu, output_gain_db=output_gain_db, mix=mix, capture_rate_hz=capture_rate_hz,
            template=template, subtype=subtype, tail_s=tail_s, engine=engine, insert_before=insert_before or [],
            insert_after=insert_after or [], insert_offset=parse_offsets(insert_offset or []), automate=automate,
            calibration=not no_calibration, jobs=jobs, overwrite=overwrite, resume=resume, listener=listener,
            stop=stopping.stop,
        )  # fmt: skip
    if as_json:
        typer.echo(json.dumps(batch.as_dict(), indent=1, allow_nan=False))
    elif not quiet:
        typer.echo(summary(batch, time.perf_counter() - began))
    if batch.interrupted:
        raise typer.Exit(stopping.exit_status)
    if not batch.complete:
        raise typer.Exit(FAILED)


def summary(batch: "Batch", seconds: float) -> str:
    """The last line of a batch: how many of what, how long, and where the manifests are."""
    counts = Counter(each.status for each in batch.results)
    words = {"done": "rendered", "skipped": "skipped", "failed": "failed", "interrupted": "interrupted"}
    told = ", ".join(f"{counts[status]} {word}" for status, word in words.items() if counts[status])
    where = "".join(f"\nmanifest: {shown(path)}" for path in batch.manifests)
    return f"{told} in {length_text(seconds)}{where}"
