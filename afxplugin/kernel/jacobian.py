"""Derivative of the recurrence with respect to its state, for zero audio: cell by cell, and by a reference."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from afxplugin.kernel.reference import PlainLayer, PlainNetwork, sigmoid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]


def jacobian(network: PlainNetwork, state: Floats, knobs: Sequence[float] | Floats = ()) -> NDArray[np.float64]:
    """Derivative (states, states) of F(0, ·) at a state (layers, parts, H)."""
    layers, parts, hidden = state.shape
    slopes = np.zeros((layers, parts, hidden, state.size))
    x, dx = np.array([0.0, *knobs]), np.zeros((1 + len(knobs), state.size))
    fresh = network.step(x, state)
    for k, layer in enumerate(network.layers):
        inner = layer.w_ih @ x + layer.bias
        # Nothing before the first layer depends on the state.
        d_inner = layer.w_ih @ dx if k else np.zeros((inner.size, state.size))
        columns = slice(k * parts * hidden, (k + 1) * parts * hidden)
        _CELLS[network.cell](layer, inner, d_inner, state[k], columns, slopes[k])
        x, dx = fresh[k, 0], slopes[k, 0]
    return slopes.reshape(state.size, state.size)


def jacobian_reference(
    network: PlainNetwork, state: Floats, knobs: Sequence[float] | Floats = ()
) -> NDArray[np.float64]:
    """The same by the complex step: exact, because nothing is subtracted.

    Squire & Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review 40 (1998).
    """
    # All directions at once, as columns: (layers, parts, H, directions).
    nudged: Any = state[..., None] + 1e-30j * np.eye(state.size).reshape(*state.shape, state.size)
    silence = np.array([0.0, *knobs])[:, None]
    columns = replace(network, layers=tuple(map(_as_columns, network.layers)))
    return np.asarray(columns.step(silence, nudged).imag.reshape(state.size, state.size) / 1e-30, np.float64)


def _as_columns(layer: PlainLayer) -> PlainLayer:
    return replace(layer, bias=layer.bias[:, None], bias_hn=layer.bias_hn[:, None])


# The cells of reference.py. inner (G·H,): what the layers below give their gates, d_inner (G·H, states) its derivative;
# read (parts, H): the state, which has these columns; slopes (parts, H, states) is filled.
def _lstm(layer: PlainLayer, inner: Floats, d_inner: Floats, read: Floats, columns: slice, slopes: Floats) -> None:
    h, c = read
    own, hidden = columns.start, len(h)
    d_inner[:, own : own + hidden] += layer.w_hh
    i, f, g, o = np.split(inner + layer.w_hh @ h, 4)
    d_i, d_f, d_g, d_o = np.split(d_inner, 4)
    i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
    t = np.tanh(f * c + i * g)
    slopes[1] = _scaled(c * f * (1 - f), d_f) + _scaled(g * i * (1 - i), d_i) + _scaled(i * (1 - g**2), d_g)
    slopes[1][:, own + hidden : own + 2 * hidden] += np.diag(f)
    slopes[0] = _scaled(t * o * (1 - o), d_o) + _scaled(o * (1 - t**2), slopes[1])


def _gru(layer: PlainLayer, inner: Floats, d_inner: Floats, read: Floats, columns: slice, slopes: Floats) -> None:
    (h,) = read
    (x_r, x_z, x_n), (h_r, h_z, h_n) = np.split(inner, 3), np.split(layer.w_hh @ h, 3)
    d_r, d_z, d_n = np.split(d_inner, 3)
    w_r, w_z, w_n = np.split(layer.w_hh, 3)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    held = h_n + layer.bias_hn
    n = np.tanh(x_n + r * held)
    d_r[:, columns] += w_r
    d_z[:, columns] += w_z
    d_n[:, columns] += _scaled(r, w_n)
    d_n = _scaled(1 - n**2, d_n + _scaled(held * r * (1 - r), d_r))
    slopes[0] = _scaled(1 - z, d_n) + _scaled((h - n) * z * (1 - z), d_z)
    slopes[0][:, columns] += np.diag(z)


def _rnn(layer: PlainLayer, inner: Floats, d_inner: Floats, read: Floats, columns: slice, slopes: Floats) -> None:
    d_inner[:, columns] += layer.w_hh
    slopes[0] = _scaled(1 - np.tanh(inner + layer.w_hh @ read[0]) ** 2, d_inner)


_CELLS = {"lstm": _lstm, "gru": _gru, "rnn": _rnn}


def _scaled(rows: Floats, matrix: Floats) -> Floats:
    return rows[:, None] * matrix
