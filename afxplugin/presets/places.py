"""Whether a path stays in a folder: as it is written, and where its links lead."""

from __future__ import annotations

import os
from pathlib import Path


def lies_in(path: Path, folder: Path) -> bool:
    """Whether a path is written as one inside ``folder``; links are not followed."""
    inside, outside = (Path(os.path.normpath(each)) for each in (path, folder))
    return inside != outside and inside.is_relative_to(outside)


def leads_into(path: Path, folder: Path) -> bool:
    """Whether a path, its links followed, is ``folder`` or inside it."""
    try:
        return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
    except (OSError, ValueError):
        return False
