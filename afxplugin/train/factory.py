"""Make the factory capture: ``python -m afxplugin.train.factory`` (pip install "afxplugin[train]").

Simulates the overdrive over 15 minutes of training signal (about 5 minutes), trains an LSTM of 32 units with the knobs
Drive and Tone on it (30 epochs of about a minute on one core), measures it and writes presets/green-overdrive/. All
seeds are fixed; another processor or version of torch may still round its way to slightly other weights. Stopped and
started again, it goes on from the last epoch.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from afxplugin.captures import Control
from afxplugin.devices import KNOB_HIGH
from afxplugin.train.data import Segments, make_data
from afxplugin.train.evaluate import FACTORY_CAPTURE, describe, evaluate, make_test_audio
from afxplugin.train.export import build_capture, write_device
from afxplugin.train.trainer import Trainer, TrainingPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afxplugin.train.recurrent import RecurrentModel

RATE_HZ = 44_100
SEGMENTS = 896
SEGMENT_FRAMES = 44_100
DATA_SEED = 20261121
PLAN = TrainingPlan()
CONTROLS = tuple(
    Control(name, low=0.0, high=KNOB_HIGH, default=5.0, breakpoints=((0.0, 0.0), (KNOB_HIGH, 1.0)))
    for name in ("Drive", "Tone")
)


def load_data(folder: Path) -> Segments:
    """The training data of the factory capture, simulated once and then kept in `folder`."""
    file = folder / "data.npz"
    if not file.exists():
        data = make_data(DATA_SEED, SEGMENTS, frames=SEGMENT_FRAMES, rate_hz=RATE_HZ)
        folder.mkdir(parents=True, exist_ok=True)
        partial = file.with_name("data.partial.npz")
        np.savez(partial, x=data.x, y=data.y, knobs=data.knobs, scale=data.scale)
        partial.replace(file)
    with np.load(file) as stored:
        return Segments(stored["x"], stored["y"], stored["knobs"], stored["scale"])


def publish(model: RecurrentModel, plan: TrainingPlan, folder: Path) -> None:
    """Measure the model, print the figures, and write them with the capture and its device file into `folder`."""
    draft = build_capture(model, name="Green Overdrive", rate_hz=RATE_HZ, controls=CONTROLS, training={})
    figures = evaluate(draft, make_test_audio(RATE_HZ))
    print(describe(figures))
    training = {
        "plan": asdict(plan),
        "data": {"seed": DATA_SEED, "segments": SEGMENTS, "frames": SEGMENT_FRAMES},
        "test": "guitar and bass strings at -6 dBFS, drive 0 2.5 5 7.5 10 by tone 0 5 10",
        "esr": max(f.esr for f in figures),
        "esr_nonlinear": max(f.esr_nonlinear for f in figures),
        "static_ratio": min(f.static_ratio for f in figures),
    }
    capture = build_capture(model, name="Green Overdrive", rate_hz=RATE_HZ, controls=CONTROLS, training=training)
    write_device(folder, capture)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the factory capture and write its device folder."""
    parser = argparse.ArgumentParser(prog="python -m afxplugin.train.factory", description=main.__doc__)
    parser.add_argument("--work", type=Path, default=Path(".build/training"), help="data and checkpoints")
    parser.add_argument("--out", type=Path, default=FACTORY_CAPTURE.parent, help="folder of the device")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch; the network is too small for many")
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    print("simulating the device (once, about 5 minutes), then training: about an hour in all", flush=True)
    trainer = Trainer(PLAN, load_data(given.work), given.work)
    publish(trainer.run(), PLAN, given.out)


if __name__ == "__main__":
    main()
