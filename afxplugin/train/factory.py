"""Make the captures of the factory devices: ``python -m afxplugin.train.factory`` (after ``build/setup train``).

Green Overdrive: an LSTM of 32 units with the knobs Drive and Tone, trained on the simulated overdrive with both knobs
anywhere, in three stages: 30 epochs over 15 minutes of training signal, then twice 16 epochs over the 15 minutes, of a
pool that new signals join, that the stage before gets most wrong.

Amber Overdrive: the same with Drive at five settings alone, as somebody with a real pedal would capture it; then its
Tone is held, so that Drive is left.

Amber Blend: five snapshots, one at each of those settings, each begun as the network of Amber Overdrive with Drive held
too, then trained on that setting alone; in between their outputs are blended.

Measures each and writes its capture under presets/; build/factory_presets.py then brings the device files beside them
up to date. Simulating takes about 40 minutes in all, an epoch of the first two about 40 s on one core: some three
hours. All seeds are fixed; another processor or version of torch may still round its way to slightly other weights.
Stopped and started again, it goes on from the last epoch.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from afxplugin.captures import Calibration, Capture, CaptureBlend, Control, blend_captures, write_afx
from afxplugin.devices import AMBER_TONE, KNOB_HIGH, OverdriveCircuit
from afxplugin.train.data import Segments, make_data
from afxplugin.train.evaluate import (
    AMBER,
    BLEND,
    GREEN,
    PRESETS,
    TRAINED_DRIVES,
    Subject,
    describe,
    evaluate,
    make_test_audio,
)
from afxplugin.train.export import build_capture
from afxplugin.train.recurrent import hold_knobs
from afxplugin.train.selection import hardest, join
from afxplugin.train.signals import NOTE_SHARES, PULSE_SHARES, SHARES
from afxplugin.train.trainer import Trainer, TrainingPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afxplugin.train.recurrent import RecurrentModel

RATE_HZ = 44_100
SEGMENT_FRAMES = 44_100
DRIVE_SETTINGS = tuple(drive / KNOB_HIGH for drive in TRAINED_DRIVES)
HELD_TONE = AMBER_TONE / KNOB_HIGH


@dataclass(frozen=True)
class Part:
    """A part of the data: its seed, how many segments, how often each kind of signal is drawn, and the knobs.

    drives: settings to draw from, 0 to 1. tone: 0 to 1. None: anywhere.
    """

    seed: int
    segments: int
    shares: tuple[float, ...] = SHARES
    drives: tuple[float, ...] | None = None
    tone: float | None = None


@dataclass(frozen=True)
class Stage:
    """New parts that join the pool, and how to train on the segments of it that are hardest so far."""

    parts: tuple[Part, ...]
    plan: TrainingPlan


STAGE_SEGMENTS = 896
STAGES = (
    Stage((Part(20261121, 896),), TrainingPlan()),
    Stage(
        (Part(20261122, 896), Part(20261123, 256, PULSE_SHARES)),
        TrainingPlan(epochs=16, first_rate=1.5e-3, last_rate=2e-5, seed=2),
    ),
    Stage(
        (Part(20261124, 512, PULSE_SHARES), Part(20261125, 384, NOTE_SHARES)),
        TrainingPlan(epochs=16, first_rate=1.5e-3, last_rate=1e-5, seed=3),
    ),
)
SNAPSHOT_PLAN = TrainingPlan(epochs=6, lanes=64, first_rate=5e-4, last_rate=5e-6, seed=4)
SNAPSHOT_SEED = 20261200
DBU_VOLT = np.sqrt(0.6)
FIVE_SETTINGS = tuple(
    replace(stage, parts=tuple(replace(part, drives=DRIVE_SETTINGS) for part in stage.parts)) for stage in STAGES
)
DRIVE, TONE = (
    Control(name, low=0.0, high=KNOB_HIGH, default=5.0, breakpoints=((0.0, 0.0), (KNOB_HIGH, 1.0)))
    for name in ("Drive", "Tone")
)


def load_part(folder: Path, part: Part) -> Segments:
    """One part of the training data, simulated once and then kept in `folder`."""
    file = folder / f"data-{part.seed}.npz"
    if not file.exists():
        print(f"simulating the device over {part.segments} s: about a third as long", flush=True)
        data = make_data(
            part.seed, part.segments, frames=SEGMENT_FRAMES, rate_hz=RATE_HZ, shares=part.shares, drives=part.drives,
            tone=part.tone,
        )  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name("unfinished.npz")
        np.savez(unfinished, x=data.x, y=data.y, knobs=data.knobs, scale=data.scale)
        unfinished.replace(file)
    with np.load(file) as stored:
        return Segments(stored["x"], stored["y"], stored["knobs"], stored["scale"])


def train(stages: Sequence[Stage], folder: Path) -> RecurrentModel:
    """The network with both knobs: all stages, each from its last checkpoint under `folder` where there is one."""
    report = partial(print, flush=True)
    pool = join([load_part(folder, part) for part in stages[0].parts])
    model = Trainer(stages[0].plan, pool, folder / "stage-1").run(report)
    for number, stage in enumerate(stages[1:], 2):
        pool = join([pool, *(load_part(folder, part) for part in stage.parts)])
        chosen = hardest(model, pool, STAGE_SEGMENTS)
        model = Trainer(stage.plan, chosen, folder / f"stage-{number}", start=model).run(report)
    return model


def snapshot_parts(number: int) -> tuple[Part, ...]:
    """The data of a snapshot, by its number from 0: all kinds of signal at its setting alone."""
    seed, drives = SNAPSHOT_SEED + 10 * number, (DRIVE_SETTINGS[number],)
    return Part(seed, 192, SHARES, drives, HELD_TONE), Part(seed + 2, 64, PULSE_SHARES, drives, HELD_TONE)


def train_snapshots(model: RecurrentModel, folder: Path) -> list[RecurrentModel]:
    """A network without knobs for each setting of Drive, begun as `model` with its knobs held there."""
    trained: list[RecurrentModel] = []
    for number, drive in enumerate(DRIVE_SETTINGS):
        parts = snapshot_parts(number)
        data = join([load_part(folder, part) for part in parts])
        alone = replace(data, knobs=data.knobs[:, :0])
        start = hold_knobs(model, (drive, HELD_TONE))
        trainer = Trainer(SNAPSHOT_PLAN, alone, folder / f"snapshot-{number + 1}", start=start)
        trained.append(trainer.run(partial(print, f"snapshot {number + 1}:", flush=True)))
    return trained


def build_conditioned(
    model: RecurrentModel, name: str, controls: tuple[Control, ...], stages: Sequence[Stage]
) -> Capture:
    """The capture of a network with knobs."""
    training = {"stages": [asdict(stage) for stage in stages]}
    return build_capture(
        model, name=name, rate_hz=RATE_HZ, controls=controls, calibration=calibrate(), training=training
    )


def build_blend(models: Sequence[RecurrentModel]) -> CaptureBlend:
    """The capture of Amber Blend: its snapshots are lined up as they are, for the device is simulated so."""
    captures = [
        build_capture(
            model, name=f"Amber, Drive {KNOB_HIGH * drive:g}", rate_hz=RATE_HZ, controls=(), calibration=calibrate(),
            training={"parts": [asdict(each) for each in snapshot_parts(k)], "plan": asdict(SNAPSHOT_PLAN)},
        )
        for k, (model, drive) in enumerate(zip(models, DRIVE_SETTINGS, strict=True))
    ]  # fmt: skip
    return blend_captures("Amber Blend", captures, [(drive,) for drive in DRIVE_SETTINGS], [DRIVE])


def publish(subject: Subject, capture: Capture | CaptureBlend, folder: Path) -> None:
    """Measure a capture, print the figures, and write it with them into its device's folder under `folder`."""
    figures = evaluate(capture, make_test_audio(RATE_HZ), subject)
    print(f"{capture.name}\n{describe(figures)}", flush=True)
    training = {
        **capture.training,
        "test": "guitar and bass strings at -6 dBFS, drive 0 2.5 5 7.5 10; between: half way",
        "esr": max(f.esr for f in figures if not f.between),
        "esr_between": max(f.esr for f in figures if f.between),
        "esr_nonlinear": max(f.esr_nonlinear for f in figures if not f.between),
        "static_ratio": min(f.static_ratio for f in figures),
    }
    target = folder / subject.file
    target.parent.mkdir(parents=True, exist_ok=True)
    write_afx(target, replace(capture, training=training))


def calibrate() -> Calibration:
    """Levels of a full-scale sine at the simulated pedal's sockets, dBu (0 dBu = 0.7746 V RMS); 1 V peak goes out."""
    input_rms_volt = OverdriveCircuit().volts_at_full_scale / np.sqrt(2.0)
    input_dbu, output_dbu = (round(float(20.0 * np.log10(v / DBU_VOLT)), 2) for v in (input_rms_volt, np.sqrt(0.5)))
    return Calibration(input_dbu=input_dbu, output_dbu=output_dbu)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the captures of the factory devices and write them."""
    parser = argparse.ArgumentParser(prog="python -m afxplugin.train.factory", description=main.__doc__)
    parser.add_argument("--work", type=Path, default=Path(".build/training"), help="data and checkpoints")
    parser.add_argument("--out", type=Path, default=PRESETS, help="folder of the devices' folders")
    parser.add_argument("--only", choices=("green", "amber"), help="Green Overdrive alone, or both of Amber")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch; the network is too small for many")
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    if given.only != "amber":
        green = train(STAGES, given.work / "green")
        publish(GREEN, build_conditioned(green, "Green Overdrive", (DRIVE, TONE), STAGES), given.out)
    if given.only != "green":
        model = train(FIVE_SETTINGS, given.work / "amber")
        amber = hold_knobs(model, (HELD_TONE,))
        publish(AMBER, build_conditioned(amber, "Amber Overdrive", (DRIVE,), FIVE_SETTINGS), given.out)
        publish(BLEND, build_blend(train_snapshots(model, given.work / "amber")), given.out)


if __name__ == "__main__":
    main()
