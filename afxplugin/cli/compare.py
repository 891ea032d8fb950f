"""``afx compare``: every method at every rate on one excerpt, as WAVs and as a table."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from afxplugin.cli.failure import tell
from afxplugin.cli.render import CaptureOption, CaptureRate, Jobs, Json, Knobs, PresetOption, Truncated
from afxplugin.errors import RenderError

if TYPE_CHECKING:
    from afxplugin.audio.source import Truncated as Policy

Stem = Annotated[Path, typer.Argument(metavar="STEM", help="Audio file to take the excerpt from.")]
Rates = Annotated[
    str | None,
    typer.Option(metavar="HZ,HZ..", help="Session rates. Default: 44100,48000,88200,96000,176400,192000."),
]
Methods = Annotated[str | None, typer.Option(metavar="NAME,NAME..", help="Methods. Default: all of them.")]
From = Annotated[float | None, typer.Option("--from", metavar="S", help="Start of the excerpt; default: the loudest.")]
Seconds = Annotated[float, typer.Option(metavar="S", help="Length of the excerpt.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Output folder; default: in 'compared' by it.")]


def compare(
    stem: Stem,
    capture: CaptureOption = None,
    preset: PresetOption = None,
    knobs: Knobs = None,
    rates: Rates = None,
    methods: Methods = None,
    from_s: From = None,
    seconds: Seconds = 20.0,
    truncated: Truncated = "fail",
    capture_rate_hz: CaptureRate = None,
    out: Out = None,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Render an excerpt with every method at every rate; write the WAVs and a table of how close each comes."""
    from afxplugin.cli.bars import cell_bar
    from afxplugin.cli.knobs import parse_knobs
    from afxplugin.render.comparison import COMPARED_METHODS, RATES_HZ
    from afxplugin.render.comparison import compare as compare_stem
    from afxplugin.render.comparison_table import comparison_markdown

    with cell_bar() as listener:
        comparison = compare_stem(
            stem, capture=capture, preset=preset, knobs=parse_knobs(knobs or []),
            rates_hz=RATES_HZ if rates is None else parse_rates(rates),
            methods=COMPARED_METHODS if methods is None else split(methods), from_s=from_s, seconds=seconds,
            out=out, truncated=cast("Policy", truncated), capture_rate_hz=capture_rate_hz, jobs=jobs,
            listener=listener,
        )  # fmt: skip
    for note in comparison.notes:
        tell(note)
    if as_json:
        typer.echo(json.dumps(comparison.as_dict(), indent=1, allow_nan=False))
    else:
        typer.echo(comparison_markdown(comparison))
        typer.echo(f"written with {len(comparison.wavs)} WAVs to {comparison.table}")


def parse_rates(text: str) -> list[int]:
    """``48000,96000`` as whole Hz; RenderError where one is not a number."""
    try:
        return [int(each) for each in split(text)]
    except ValueError as error:
        raise RenderError(f"--rates {text!r} is not understood; allowed: whole Hz, as in 48000,96000") from error


def split(text: str) -> list[str]:
    """Names between commas, without blanks and empty ones."""
    return [each.strip() for each in text.split(",") if each.strip()]
