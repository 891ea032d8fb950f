"""The network that is trained: a recurrent layer over [audio, knobs], a linear head, the input added to its output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def hold_knobs(model: RecurrentModel, positions: Sequence[float]) -> RecurrentModel:
    """The same network with its last knobs held at these positions (0 to 1): their part of the input becomes bias."""
    held = len(positions)
    kept = model.rec.input_size - held
    result = RecurrentModel(hidden=model.rec.hidden_size, knobs=kept - 1, skip=model.skip)
    state = {name: weight.clone() for name, weight in model.state_dict().items()}
    columns = state["rec.weight_ih_l0"]
    from_knobs = columns[:, kept:].double() @ torch.tensor(positions, dtype=torch.float64)
    state["rec.bias_ih_l0"] = (state["rec.bias_ih_l0"].double() + from_knobs).float()
    state["rec.weight_ih_l0"] = columns[:, :kept]
    result.load_state_dict(state)
    return result
