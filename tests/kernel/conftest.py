"""Every test that asks for ``isa`` runs on each instruction set of this machine."""

from __future__ import annotations

import pytest

from tests.kernel.networks import ISAS


@pytest.fixture(params=ISAS)
def isa(request: pytest.FixtureRequest) -> str:
    return str(request.param)
