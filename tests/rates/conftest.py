"""Fixtures of the rates' tests: every instruction set of this machine, and a signal without structure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from afxplugin import _core

if TYPE_CHECKING:
    from numpy.typing import NDArray


@pytest.fixture(params=[name for name in ("baseline", "avx2", "avx512") if _core.isa_available(name)])
def isa(request: pytest.FixtureRequest) -> str:
    """Each instruction set that this build and machine have."""
    return request.param


@pytest.fixture(scope="session")
def noise() -> NDArray[np.float32]:
    """White noise, 48001 frames, RMS 0.25."""
    return (0.25 * np.random.default_rng(1).standard_normal(48_001)).astype(np.float32)
