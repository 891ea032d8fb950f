"""The network that is trained: a recurrent layer over [audio, knobs], a linear head, the input added to its output."""

from __future__ import annotations

import torch
from torch import Tensor, nn

State = tuple[Tensor, Tensor]


class RecurrentModel(nn.Module):
    """LSTM of `hidden` units over 1 + knobs inputs; y[n] = head(h[n]) + skip·x[n]."""

    def __init__(self, *, hidden: int, knobs: int, skip: float = 1.0) -> None:
        super().__init__()
        self.rec = nn.LSTM(1 + knobs, hidden)
        self.head = nn.Linear(hidden, 1)
        self.skip = skip

    def forward(self, x: Tensor, knobs: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """x (frames, lanes), knobs (lanes, K) -> output (frames, lanes) and the state after the last frame."""
        held = knobs.expand(x.shape[0], *knobs.shape)
        hidden, last = self.rec(torch.cat([x[..., None], held], dim=2), state)
        return self.head(hidden)[..., 0] + self.skip * x, last
