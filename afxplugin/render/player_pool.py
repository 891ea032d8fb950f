"""Players used again for stem after stem: planning, filter design and settling cost as much as seconds of sound."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from afxplugin.captures import AnyCapture
    from afxplugin.chain import Player
    from afxplugin.render.options import RenderOptions

# Free players that are kept: as many as the workers of most machines, for a few combinations of rate and channels.
_MOST_FREE = 32


class PlayerPool:
    """Free players of one batch, by rate and channels; each is lent to one worker at a time."""

    def __init__(self, capture: AnyCapture, options: RenderOptions) -> None:
        self._capture, self._options = capture, options
        self._lock = threading.Lock()
        self._free: OrderedDict[tuple[int, int], list[Player]] = OrderedDict()

    def serves(self, capture: AnyCapture, options: RenderOptions) -> bool:
        """Whether its players are those of a job with these. Knobs that move leave a player elsewhere."""
        return capture is self._capture and options is self._options and options.automation is None

    def take(self, rate_hz: int, channels: int) -> Player | None:
        """A player at its first frame, or None where none is free."""
        with self._lock:
            free = self._free.get((rate_hz, channels))
            if not free:
                return None
            self._free.move_to_end((rate_hz, channels))
            player = free.pop()
        player.reset()
        return player

    def give_back(self, player: Player, rate_hz: int, channels: int) -> None:
        """Let others have a player. One that an error interrupted must not be given back."""
        with self._lock:
            self._free.setdefault((rate_hz, channels), []).append(player)
            self._free.move_to_end((rate_hz, channels))
            while sum(map(len, self._free.values())) > _MOST_FREE:
                oldest = next(key for key, free in self._free.items() if free)
                self._free[oldest].pop(0)
