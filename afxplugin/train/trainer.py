"""Truncated back-propagation through time over many segments side by side, with checkpoints that survive a kill."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from afxplugin.train.losses import emphasised_error, offset_error, scaled_error
from afxplugin.train.recurrent import RecurrentModel, State

if TYPE_CHECKING:
    from pathlib import Path

    from afxplugin.train.data import Segments

Report = Callable[[str], None]


@dataclass(frozen=True)
class TrainingPlan:
    """Everything a run depends on besides its data. lanes: segments side by side; chunk_frames: TBPTT length."""

    hidden: int = 32
    epochs: int = 30
    lanes: int = 128
    chunk_frames: int = 128
    warm_frames: int = 256
    first_rate: float = 4e-3
    last_rate: float = 5e-5
    emphasis: float = 0.5
    offset: float = 0.1
    clip_norm: float = 1.0
    seed: int = 1

    def rate_at(self, progress: float) -> float:
        """Learning rate after `progress` epochs: half a cosine from the first rate to the last."""
        fade = 0.5 + 0.5 * math.cos(math.pi * min(progress / self.epochs, 1.0))
        return self.last_rate + (self.first_rate - self.last_rate) * fade


class Trainer:
    """One model in training; `run` goes on from the last checkpoint in `folder`, if there is one.

    start: the model whose weights a fresh run begins with; drawn from the plan's seed where it is None.
    """

    def __init__(
        self, plan: TrainingPlan, data: Segments, folder: Path, *, start: RecurrentModel | None = None
    ) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.data, self.folder = plan, data, folder
        self.model = RecurrentModel(hidden=plan.hidden, knobs=data.knobs.shape[1])
        if start is not None:
            self.model.load_state_dict(start.state_dict())
        self.optimiser = torch.optim.Adam(self.model.parameters(), lr=plan.first_rate)
        self.epoch = 0
        self.history: list[float] = []

    @property
    def checkpoint(self) -> Path:
        """Where the run's state is kept between epochs."""
        return self.folder / "checkpoint.pt"

    def run(self, report: Report = print) -> RecurrentModel:
        """Train up to the plan's last epoch; one line per epoch to `report`."""
        if self.checkpoint.exists():
            self.resume()
        while self.epoch < self.plan.epochs:
            started = time.monotonic()
            loss = self.train_epoch()
            self.epoch += 1
            self.history.append(loss)
            self.save()
            report(f"epoch {self.epoch}/{self.plan.epochs} loss {loss:.6f} {time.monotonic() - started:.0f} s")
        return self.model

    def train_epoch(self) -> float:
        """Once over all segments, `lanes` at a time, in an order that depends on the seed and the epoch only."""
        order = np.random.default_rng([self.plan.seed, self.epoch]).permutation(len(self.data.x))
        groups = len(order) // self.plan.lanes
        losses = [
            self._train_group(order[k::groups][: self.plan.lanes], (self.epoch + k / groups)) for k in range(groups)
        ]
        return float(np.mean(losses))

    def _train_group(self, rows: np.ndarray, progress: float) -> float:
        plan, data = self.plan, self.data
        x, y = (torch.from_numpy(np.ascontiguousarray(a[rows].T)) for a in (data.x, data.y))
        knobs, scale = torch.from_numpy(data.knobs[rows]), torch.from_numpy(data.scale[rows])
        rate = plan.last_rate + (plan.first_rate - plan.last_rate) * 0.5 * (
            1 + math.cos(math.pi * progress / plan.epochs)
        )
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with torch.no_grad():
            _, state = self.model(x[: plan.warm_frames], knobs)
        losses = []
        for start in range(plan.warm_frames, len(x) - plan.chunk_frames + 1, plan.chunk_frames):
            part = slice(start, start + plan.chunk_frames)
            loss, state = self._step(x[part], y[part], knobs, scale, state)
            losses.append(loss)
        return float(np.mean(losses))

    def _step(
        self, x: torch.Tensor, y: torch.Tensor, knobs: torch.Tensor, scale: torch.Tensor, state: State
    ) -> tuple[float, State]:
        output, state = self.model(x, knobs, state)
        plain = scaled_error(output, y, scale)
        loss = (
            plain
            + self.plan.emphasis * emphasised_error(output, y, scale)
            + self.plan.offset * offset_error(output, y, scale)
        )
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.plan.clip_norm)
        self.optimiser.step()
        return float(plain.detach()), (state[0].detach(), state[1].detach())

    def save(self) -> None:
        """Write the checkpoint under another name, then put it in place: a kill leaves the old one or the new one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.checkpoint.with_suffix(".partial")
        content = {
            "plan": asdict(self.plan),
            "epoch": self.epoch,
            "history": self.history,
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        torch.save(content, partial)
        partial.replace(self.checkpoint)

    def resume(self) -> None:
        """Take model, optimiser and epoch from the checkpoint."""
        content = torch.load(self.checkpoint, weights_only=True)
        self.model.load_state_dict(content["model"])
        self.optimiser.load_state_dict(content["optimiser"])
        self.epoch, self.history = content["epoch"], list(content["history"])
