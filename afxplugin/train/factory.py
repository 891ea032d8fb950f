"""Make the factory capture: ``python -m afxplugin.train.factory`` (pip install "afxplugin[train]").

Trains an LSTM of 32 units with the knobs Drive and Tone on the simulated overdrive in three stages: 30 epochs over 15
minutes of training signal, then twice 16 epochs over the 15 minutes, of a pool that new signals join, that the stage
before gets most wrong. Measures the result and writes presets/green-overdrive/. Simulating takes about 15 minutes in
all, an epoch about 40 s on one core. All seeds are fixed; another processor or version of torch may still round its way
to slightly other weights. Stopped and started again, it goes on from the last epoch.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from afxplugin.captures import Calibration, Control
from afxplugin.devices import KNOB_HIGH, OverdriveCircuit
from afxplugin.train.data import Segments, make_data
from afxplugin.train.evaluate import FACTORY_CAPTURE, describe, evaluate, make_test_audio
from afxplugin.train.export import build_capture, write_device
from afxplugin.train.selection import hardest, join
from afxplugin.train.signals import NOTE_SHARES, PULSE_SHARES, SHARES
from afxplugin.train.trainer import Trainer, TrainingPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afxplugin.train.recurrent import RecurrentModel

RATE_HZ = 44_100
SEGMENT_FRAMES = 44_100


@dataclass(frozen=True)
class Part:
    """A part of the data: its seed, how many segments, and how often each kind of signal is drawn."""

    seed: int
    segments: int
    shares: tuple[float, ...] = SHARES


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
DBU_VOLT = np.sqrt(0.6)
CONTROLS = tuple(
    Control(name, low=0.0, high=KNOB_HIGH, default=5.0, breakpoints=((0.0, 0.0), (KNOB_HIGH, 1.0)))
    for name in ("Drive", "Tone")
)


def load_part(folder: Path, part: Part) -> Segments:
    """One part of the training data, simulated once and then kept in `folder`."""
    file = folder / f"data-{part.seed}.npz"
    if not file.exists():
        print(f"simulating the device over {part.segments} s: about a third as long", flush=True)
        data = make_data(part.seed, part.segments, frames=SEGMENT_FRAMES, rate_hz=RATE_HZ, shares=part.shares)
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name("unfinished.npz")
        np.savez(unfinished, x=data.x, y=data.y, knobs=data.knobs, scale=data.scale)
        unfinished.replace(file)
    with np.load(file) as stored:
        return Segments(stored["x"], stored["y"], stored["knobs"], stored["scale"])


def train(folder: Path) -> RecurrentModel:
    """All stages, each from its last checkpoint under `folder` where there is one."""
    report = partial(print, flush=True)
    pool = join([load_part(folder, part) for part in STAGES[0].parts])
    model = Trainer(STAGES[0].plan, pool, folder / "stage-1").run(report)
    for number, stage in enumerate(STAGES[1:], 2):
        pool = join([pool, *(load_part(folder, part) for part in stage.parts)])
        chosen = hardest(model, pool, STAGE_SEGMENTS)
        model = Trainer(stage.plan, chosen, folder / f"stage-{number}", start=model).run(report)
    return model


def publish(model: RecurrentModel, folder: Path) -> None:
    """Measure the model, print the figures, and write them with the capture and its device file into `folder`."""
    build = partial(
        build_capture, model, name="Green Overdrive", rate_hz=RATE_HZ, controls=CONTROLS, calibration=calibrate()
    )
    figures = evaluate(build(training={}), make_test_audio(RATE_HZ))
    print(describe(figures))
    training = {
        "stages": [asdict(stage) for stage in STAGES],
        "test": "guitar and bass strings at -6 dBFS, drive 0 2.5 5 7.5 10 by tone 0 5 10",
        "esr": max(f.esr for f in figures),
        "esr_nonlinear": max(f.esr_nonlinear for f in figures),
        "static_ratio": min(f.static_ratio for f in figures),
    }
    write_device(folder, build(training=training))


def calibrate() -> Calibration:
    """Levels of a full-scale sine at the simulated pedal's sockets, dBu (0 dBu = 0.7746 V RMS); 1 V peak goes out."""
    input_rms_volt = OverdriveCircuit().volts_at_full_scale / np.sqrt(2.0)
    input_dbu, output_dbu = (round(float(20.0 * np.log10(v / DBU_VOLT)), 2) for v in (input_rms_volt, np.sqrt(0.5)))
    return Calibration(input_dbu=input_dbu, output_dbu=output_dbu)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the factory capture and write its device folder."""
    parser = argparse.ArgumentParser(prog="python -m afxplugin.train.factory", description=main.__doc__)
    parser.add_argument("--work", type=Path, default=Path(".build/training"), help="data and checkpoints")
    parser.add_argument("--out", type=Path, default=FACTORY_CAPTURE.parent, help="folder of the device")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch; the network is too small for many")
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    publish(train(given.work), given.out)


if __name__ == "__main__":
    main()
