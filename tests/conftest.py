"""Shared fixtures: the folder of real captures and goldens, where this machine has it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of real captures, audio and goldens, read in place; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("AFX_REFERENCE", ROOT.parent / "shared" / "reference"))
    if not folder.is_dir():
        pytest.skip(f"no reference data at {folder} (set AFX_REFERENCE)")
    return folder
