"""How exact sigmoid and tanh are: a systematic error of 3e-7 would cost 20 dB on captures with a long memory."""

from __future__ import annotations

import numpy as np
import pytest

from afxplugin import _core


@pytest.mark.parametrize("reach", [0.5, 4.0, 20.0])
def test_largest_and_mean_error(reach: float, isa: str) -> None:
    x = np.linspace(-reach, reach, 400_001).astype(np.float32)
    wide = x.astype(np.float64)
    sigmoid, tangent = _core.activations(x, isa)
    for got, exact in ((sigmoid, 0.5 * (1.0 + np.tanh(wide / 2.0))), (tangent, np.tanh(wide))):
        error = got.astype(np.float64) - exact
        assert np.abs(error).max() <= 2e-7
        for half in (error, error[wide > 0.0], error[wide < 0.0]):
            assert abs(half.mean()) < 2e-8


def test_zero_and_far_out(isa: str) -> None:
    x = np.array([0.0, -0.0, 100.0, -100.0, 3e38, -3e38], np.float32)
    sigmoid, tangent = _core.activations(x, isa)
    assert sigmoid.tolist() == pytest.approx([0.5, 0.5, 1.0, 0.0, 1.0, 0.0], abs=1e-11)
    assert tangent.tolist() == pytest.approx([0.0, 0.0, 1.0, -1.0, 1.0, -1.0], abs=1e-11)
    assert tangent[0] == 0.0
