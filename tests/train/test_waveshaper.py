"""The static fit against curves whose answer is known, and against polynomials."""

from __future__ import annotations

import numpy as np

from afxplugin.measure.accuracy import esr
from afxplugin.train.waveshaper import fit_waveshaper

RANDOM = np.random.default_rng(2)


def test_finds_a_static_curve() -> None:
    x = RANDOM.standard_normal(50_000)
    y = np.tanh(2.0 * x) + 0.1 * x**2
    assert esr(target=y, output=fit_waveshaper(x, y)) < 1e-5


def test_no_polynomial_comes_closer_to_a_curve_with_memory() -> None:
    x = RANDOM.standard_normal(50_000)
    y = np.convolve(np.tanh(3.0 * x), [0.6, 0.3, 0.1])[: len(x)]
    fitted = np.polynomial.Polynomial.fit(x, y, 15)(x)
    assert esr(target=y, output=fit_waveshaper(x, y)) < esr(target=y, output=np.asarray(fitted))


def test_residual_is_orthogonal_to_every_hat() -> None:
    """The least-squares condition itself, on knots found independently."""
    x = RANDOM.uniform(-1.0, 1.0, 4000)
    y = np.sin(9.0 * x) + RANDOM.standard_normal(4000)
    residual = y - fit_waveshaper(x, y, knots=12)
    positions = np.quantile(x, np.linspace(0.0, 1.0, 12))
    hats = np.array([np.interp(x, positions, one) for one in np.eye(12)])
    assert np.max(np.abs(hats @ residual)) < 1e-6 * len(x)


def test_noise_cannot_be_explained() -> None:
    x, y = RANDOM.standard_normal((2, 50_000))
    assert esr(target=y, output=fit_waveshaper(x, y)) > 0.98


def test_silence_is_explained_by_a_constant() -> None:
    np.testing.assert_allclose(fit_waveshaper(np.zeros(10), np.arange(10.0)), 4.5)
