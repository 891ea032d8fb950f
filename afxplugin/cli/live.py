"""``afx live``: an instrument through a capture or preset in real time."""

import contextlib
import json
import math
import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from afxplugin.cli.failure import FAILED, tell
from afxplugin.cli.render import (
    CaptureOption,
    CaptureRate,
    InputGain,
    InputLevel,
    InsertAfter,
    InsertBefore,
    InsertOffset,
    Json,
    Knobs,
    Mix,
    OutputGain,
    PresetOption,
)
from afxplugin.cli.text import count_text, length_text, rate_text
from afxplugin.errors import AfxError, MethodError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afxplugin.cli.stopping import Stopping
    from afxplugin.engine.live import Live
    from afxplugin.engine.live_stats import Levels, LiveStats
    from afxplugin.engine.lookup import Insert
    from afxplugin.engine.scripted import Graph
    from afxplugin.render.source import Source

Method = Annotated[
    str | None,
    typer.Option(
        metavar="METHOD",
        help="auto, naive, stn, lidl, apdl, cidl, lagrange1 to lagrange5: those without latency. Default: auto.",
    ),
]
Input = Annotated[str | None, typer.Option("--input", metavar="DEV", help="Device to listen to, by number or name.")]
Output = Annotated[str | None, typer.Option("--output", metavar="DEV", help="Device to play to, by number or name.")]
Rate = Annotated[int | None, typer.Option("--rate", metavar="HZ", help="Sample rate. Default: the device's own.")]
Block = Annotated[int, typer.Option("--block", metavar="N", help="Frames a block, 16 to 2048.")]
Prefill = Annotated[
    int | None,
    typer.Option(
        "--prefill", metavar="N", help="Frames that the capture may be late before it is heard. Default: 3 blocks."
    ),
]
InputChannel = Annotated[int, typer.Option("--input-channel", metavar="K", help="Input that the instrument is on.")]
Seconds = Annotated[float | None, typer.Option("--seconds", metavar="S", help="Stop after this long.")]
List = Annotated[bool, typer.Option("--list", help="Show the audio devices and exit.")]
_LOOK_S = 0.1
_INSTRUMENT, _AFX = "instrument", "AFX"


def live(
    capture: CaptureOption = None,
    preset: PresetOption = None,
    knobs: Knobs = None,
    method: Method = None,
    input_name: Input = None,
    output_name: Output = None,
    rate_hz: Rate = None,
    block: Block = 128,
    prefill: Prefill = None,
    input_channel: InputChannel = 1,
    input_gain_db: InputGain = 0.0,
    input_dbu: InputLevel = None,
    output_gain_db: OutputGain = 0.0,
    mix: Mix = None,
    insert_before: InsertBefore = None,
    insert_after: InsertAfter = None,
    insert_offset: InsertOffset = None,
    capture_rate_hz: CaptureRate = None,
    seconds: Seconds = None,
    list_only: List = False,
    as_json: Json = False,
) -> None:
    """Play an instrument through a capture or preset in real time, until Ctrl-C.

    Exit status: 0 stopped by Ctrl-C or after --seconds, 1 the device or a plugin failed, 2 the request is wrong.
    """
    if list_only:
        show_devices(as_json=as_json)
        return
    from afxplugin.cli.knobs import parse_knobs
    from afxplugin.cli.stopping import Stopping
    from afxplugin.engine.live import LiveOptions, check_live_block
    from afxplugin.engine.lookup import parse_offsets, read_inserts
    from afxplugin.engine.stream import find_devices
    from afxplugin.engine.waiting import StoppedError
    from afxplugin.render.source import input_level_gain_db, open_source

    check_live_block(block)
    source = open_source(
        capture=capture, preset=preset, knobs=parse_knobs(knobs or []), capture_rate_hz=capture_rate_hz
    )
    input_gain_db += input_level_gain_db(source.capture, input_dbu)
    devices = find_devices(input_name, output_name)
    options = LiveOptions(
        devices.input.index, devices.output.index, input_channel=input_channel, prefill_frames=prefill
    )
    settings = {"method": method, "mix": mix, "input_gain_db": input_gain_db, "output_gain_db": output_gain_db}
    before, after = read_inserts(insert_before or [], insert_after or [], parse_offsets(insert_offset or []))
    graph = live_graph(source, rate_hz or devices.output.rate_hz, block, before=before, after=after, **settings)
    with Stopping() as stopping:
        try:
            with graph.live(options, stop=stopping.stop) as playing:
                tell_start(playing, source.label)
                failed = watch(playing, stopping, seconds)
        except StoppedError:
            tell("stopped before it played")
            leave(0 if stopping.signal_number == signal.SIGINT else stopping.exit_status)
        show_end(playing, source.label, as_json=as_json)
        if failed is not None:
            tell(failed)
            leave(FAILED)
        leave(0 if stopping.signal_number in (None, signal.SIGINT) else stopping.exit_status)


def leave(status: int) -> NoReturn:
    """Ends the process at once: taking the interpreter apart takes longer than stopping the sound."""
    from afxplugin.engine.stream import release

    release()
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def live_graph(
    source: "Source",
    rate_hz: int,
    block_frames: int,
    *,
    before: "Sequence[Insert]",
    after: "Sequence[Insert]",
    method: str | None,
    mix: float | None,
    input_gain_db: float,
    output_gain_db: float,
) -> "Graph":
    """Instrument, inserts, AFX, inserts, and with a mix below 1 the instrument beside them. Errors as ``Graph``."""
    from afxplugin.engine.scripted import Graph
    from afxplugin.plugin.document import LIVE_METHODS, PluginSettings

    if method is not None and method not in LIVE_METHODS:
        raise MethodError(f"method {method!r} is given; allowed live, without latency: {', '.join(LIVE_METHODS)}")
    if source.method not in LIVE_METHODS or source.oversample != 1:
        tell(f"warning: {source.label} resamples or oversamples, which takes time; live it is played without")
    share = source.mix if mix is None else mix
    inserted = bool(before or after)
    settings = PluginSettings(
        method=method or source.method,
        knobs=source.knobs,
        input_gain_db=source.input_gain_db + input_gain_db,
        output_gain_db=source.output_gain_db + output_gain_db,
        mix=1.0 if inserted and 0.0 <= share <= 1.0 else share,
    )
    graph = Graph(rate_hz=rate_hz, channels=1, block_frames=block_frames)
    graph.input(_INSTRUMENT)
    for k, each in enumerate(before, 1):
        graph.plugin(f"insert {k} before", each.plugin, preset=each.preset, offset_frames=each.offset_frames)
    last = graph.neural(_AFX, capture=source.capture, settings=settings)
    for k, each in enumerate(after, 1):
        last = graph.plugin(f"insert {k} after", each.plugin, preset=each.preset, offset_frames=each.offset_frames)
    if inserted and share < 1.0:
        graph.mix("mix", {last.name: share, _INSTRUMENT: 1.0 - share})
    return graph


def watch(playing: "Live", stopping: "Stopping", seconds: float | None) -> str | None:
    """Shows how it goes until it ends; returns what made it fail, if anything did."""
    show = sys.stderr.isatty()
    left = math.inf if seconds is None else seconds
    try:
        while left > 0.0 and not stopping.stop.is_set():
            playing.wait(min(left, _LOOK_S), until=stopping.stop)
            left -= _LOOK_S
            if show:
                sys.stderr.write(f"\r{status_text(playing.stats, playing.levels())}\x1b[K")
                sys.stderr.flush()
    except AfxError as error:
        return str(error)
    finally:
        if show:
            sys.stderr.write("\n")
    return None


def tell_start(playing: "Live", label: str) -> None:
    """What plays, on standard error."""
    names = dict.fromkeys((playing.devices.input.name, playing.devices.output.name))
    graph = playing.graph
    priority = "" if playing.stats.real_time else "; without real-time priority, which this system does not permit"
    tell(
        f"playing {label} on {' and '.join(names)} at {rate_text(graph.rate_hz)} in blocks of {graph.block_frames}"
        f"{priority}; Ctrl-C stops"
    )


def show_end(playing: "Live", label: str, *, as_json: bool) -> None:
    """The summary."""
    stats = playing.stats
    if as_json:
        facts: dict[str, Any] = {
            "played": label,
            "input": playing.devices.input.name,
            "output": playing.devices.output.name,
            "rate_hz": playing.graph.rate_hz,
            "block_frames": playing.graph.block_frames,
            **stats.as_dict(),
        }
        typer.echo(json.dumps(facts, indent=1, allow_nan=False))
    else:
        typer.echo(summary(stats))


def status_text(stats: "LiveStats", levels: "Levels") -> str:
    """One line while it plays."""
    heard = max(levels.left, levels.right)
    return (
        f"in {_decibels(levels.input)}  out {_decibels(heard)}  load {100 * stats.load:3.0f} %  "
        f"underruns {stats.underruns}  xruns {stats.xruns}  round trip {stats.round_trip_ms:.1f} ms"
    )


def summary(stats: "LiveStats") -> str:
    """Lines at the end."""
    return "\n".join(
        [
            f"played for {length_text(stats.seconds)}, {count_text(stats.underruns, 'underrun')} "
            f"({count_text(stats.underrun_frames, 'frame')}), {count_text(stats.overruns, 'overrun')}, "
            f"{count_text(stats.xruns, 'xrun')} of the device",
            f"load {100 * stats.load:.1f} %; a block took {stats.response_median_ms:.2f} ms at the median, "
            f"{stats.response_99_ms:.2f} ms at 99 %, {stats.response_highest_ms:.2f} ms at most",
            f"round trip {stats.round_trip_ms:.1f} ms: {stats.device_ms:.1f} ms of the device, "
            f"{stats.prefill_frames} frames of prefill, {stats.plugins_frames} of plugins",
        ]
    )


def show_devices(*, as_json: bool) -> None:
    """Every device on a line, or as JSON."""
    from afxplugin.engine.stream import list_devices

    devices = list_devices()
    if as_json:
        typer.echo(json.dumps([each.as_dict() for each in devices], indent=1))
        return
    if not devices:
        tell("no audio device is here")
    for each in devices:
        defaults = [word for word, yes in (("input", each.is_default_input), ("output", each.is_default_output)) if yes]
        told = f"  default {' and '.join(defaults)}" if defaults else ""
        typer.echo(
            f"{each.index:3}  {each.name}, {each.host_api}  {each.input_channels} in, {each.output_channels} out, "
            f"{rate_text(each.rate_hz)}{told}"
        )


def _decibels(level: float) -> str:
    return f"{20 * math.log10(level):6.1f} dB" if level > 0.0 else "  -inf dB"
