"""Undo and redo over values that never change: a list of steps with a place in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
MOST_STEPS: Final = 500


@dataclass(frozen=True)
class Step(Generic[T]):
    """A value with what was done to reach it ("turn Drive"); merge: steps of one gesture share it."""

    value: T
    label: str
    merge: str | None = None


class History(Generic[T]):
    """The values a thing has had, the present one among them; at most 500 are kept.

    A gesture, such as dragging a knob, is one step: ``push`` with the same ``merge`` replaces the step before, until
    ``seal`` ends the gesture.
    """

    def __init__(self, value: T) -> None:
        self._steps: list[Step[T]] = [Step(value, "")]
        self._at = 0
        self._saved: T | None = value
        self._open = False

    @property
    def value(self) -> T:
        """The present value."""
        return self._steps[self._at].value

    @property
    def undo_label(self) -> str | None:
        """What ``undo`` would take back; None where there is nothing."""
        return self._steps[self._at].label if self._at > 0 else None

    @property
    def redo_label(self) -> str | None:
        """What ``redo`` would do again; None where there is nothing."""
        return self._steps[self._at + 1].label if self._at + 1 < len(self._steps) else None

    @property
    def is_saved(self) -> bool:
        """Whether the present value is the one that ``mark_saved`` last saw."""
        return self.value == self._saved

    def push(self, value: T, label: str, *, merge: str | None = None) -> bool:
        """Make ``value`` the present one; what was undone is gone. False where it is the present one already."""
        if value == self.value:
            return False
        same_gesture = self._open and merge is not None and self._steps[self._at].merge == merge and self._at > 0
        del self._steps[self._at + 1 :]
        if same_gesture:
            self._steps.pop()
        self._steps.append(Step(value, label, merge))
        # A gesture that ends where it began, as a knob dragged there and back, is no step.
        if same_gesture and len(self._steps) > 1 and self._steps[-2].value == value:
            self._steps.pop()
            self._open = False
        else:
            self._open = merge is not None
        del self._steps[: max(0, len(self._steps) - MOST_STEPS)]
        self._at = len(self._steps) - 1
        return True

    def amend(self, change: Callable[[T], T]) -> None:
        """Change a part of the value that has no history: in every step alike, so that undo and redo leave it."""
        self._steps = [replace(step, value=change(step.value)) for step in self._steps]

    def seal(self) -> None:
        """End a gesture: the next push is a step of its own."""
        self._open = False

    def undo(self) -> str | None:
        """Go back one step; what was taken back, None where there is nothing."""
        label = self.undo_label
        if label is not None:
            self._at -= 1
        self._open = False
        return label

    def redo(self) -> str | None:
        """Go forward one step; what was done again, None where there is nothing."""
        label = self.redo_label
        if label is not None:
            self._at += 1
        self._open = False
        return label

    def mark_saved(self, value: T | None = None) -> None:
        """The present value stands in a file, or ``value``, which was the present one when a worker began to write."""
        self._saved = self.value if value is None else value
        self._open = False

    def mark_unsaved(self) -> None:
        """No value of these stands in a file, as after recovering an autosave."""
        self._saved = None
        self._open = False
