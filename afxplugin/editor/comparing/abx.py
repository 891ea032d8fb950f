"""A blind test: is X the sound A or the sound B? Says how likely so many right answers are by guessing alone."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Final, Literal

from afxplugin.errors import SessionError

Button = Literal["A", "B", "X"]
FEWEST_TRIALS: Final = 5  # with four, even all answers right happen one time in 16
MOST_TRIALS: Final = 100
SIGNIFICANT: Final = 0.05


@dataclass(frozen=True)
class AbxResult:
    """What a finished test found.

    a, b: the variants that the buttons were. right: of ``trials`` answers. p_value: the chance of as many right answers
    or more by guessing: sum over k >= right of C(trials, k) / 2^trials.
    """

    a: str
    b: str
    trials: int
    right: int
    p_value: float


def chance_of(right: int, trials: int) -> float:
    """The chance of ``right`` or more of ``trials`` by guessing. Raises ValueError outside 0 to ``trials``."""
    if not 0 <= right <= trials:
        raise ValueError(f"given {right} right answers of {trials}; allowed: 0 to {trials}")
    return sum(math.comb(trials, k) for k in range(right, trials + 1)) / 2**trials


class AbxTest:
    """A test of two variants, by chance under the buttons A and B, with X by chance one of the two in every trial.

    Nothing tells which is which, or whether an answer was right, before the last trial; a test that is given up tells
    nothing at all. seed: None for a test that nobody can foresee.

    Raises:
        SessionError: the same variant twice, or fewer than 5 or more than 100 trials.
    """

    def __init__(self, first: str, second: str, *, trials: int = 10, seed: int | None = None) -> None:
        if first == second:
            raise SessionError(f"{first} is to be told from itself; allowed: two variants")
        if not FEWEST_TRIALS <= trials <= MOST_TRIALS:
            raise SessionError(f"{trials} trials; allowed: {FEWEST_TRIALS} to {MOST_TRIALS}")
        draw = random.Random(seed) if seed is not None else random.SystemRandom()
        pair = [first, second]
        draw.shuffle(pair)
        self.trials = trials
        self._a, self._b = pair
        self._x = [draw.choice("AB") for _ in range(trials)]
        self._answers: list[str] = []
        self._given_up = False

    @property
    def trial(self) -> int:
        """Which trial it is, from 1; ``trials`` after the last answer too."""
        return min(len(self._answers) + 1, self.trials)

    @property
    def is_finished(self) -> bool:
        """Whether every trial has been answered."""
        return len(self._answers) == self.trials

    @property
    def is_running(self) -> bool:
        """Whether an answer is waited for."""
        return not self.is_finished and not self._given_up

    def sound(self, button: Button) -> str:
        """The variant that a button plays now, for what plays it: not to be shown. Raises SessionError at the end."""
        self._check_running()
        if button not in ("A", "B", "X"):
            raise SessionError(f"button {button!r}; allowed: A, B, X")
        side = self._x[len(self._answers)] if button == "X" else button
        return self._a if side == "A" else self._b

    def answer(self, button: Button) -> None:
        """Say that X is A, or B; it cannot be taken back. Raises SessionError for X, or after the end."""
        self._check_running()
        if button not in ("A", "B"):
            raise SessionError(f"answer {button!r}; allowed: A, B")
        self._answers.append(button)

    def give_up(self) -> None:
        """End the test without a result."""
        self._given_up = not self.is_finished

    def result(self) -> AbxResult:
        """What was found. Raises SessionError before the last answer, and of a test that was given up."""
        if not self.is_finished:
            left = self.trials - len(self._answers)
            why = "was given up" if self._given_up else f"has {left} trials to go"
            raise SessionError(f"the test {why}; allowed: a result after all {self.trials} answers")
        right = sum(given == x for given, x in zip(self._answers, self._x, strict=True))
        return AbxResult(self._a, self._b, self.trials, right, chance_of(right, self.trials))

    def _check_running(self) -> None:
        if not self.is_running:
            raise SessionError("the test has ended; allowed: to begin another")
