"""Times of what waits for other processes, on machines that do other things beside."""

from __future__ import annotations

import time
from collections.abc import Callable


def least(measure: Callable[[], float], *, enough: float, attempts: int = 12) -> float:
    """The least of what ``measure`` returns, in as many attempts as it takes to be below ``enough``.

    A busy machine makes any one of them late, and none of them early.
    """
    took = measure()
    for _ in range(attempts - 1):
        if took < enough:
            break
        time.sleep(0.2)
        took = min(took, measure())
    return took
