"""What counts as samples in an array that a caller hands over: floating-point numbers with full scale ±1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from afxplugin.errors import BlockError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_ADVICE = {
    "int8": "divide by 128",
    "int16": "divide by 32768",
    "int32": "divide by 2147483648, or 24 bits by 8388608",
    "uint8": "subtract 128, then divide by 128",
}


def float_samples(x: ArrayLike) -> NDArray[np.floating[Any]]:
    """``x`` as an array of floating-point samples, as it is given.

    Integers have a full scale that an array does not tell, so they are refused and not scaled; float16 and long double
    are taken at their values.

    Raises:
        BlockError: integers, complex numbers, booleans, objects, text: whatever is not of a floating-point type.
    """
    samples = np.asarray(x)
    if samples.dtype.kind != "f":
        raise BlockError(f"samples are {samples.dtype}; {samples_needed(samples.dtype)}")
    return samples


def samples_needed(given: np.dtype[Any]) -> str:
    """What is needed instead of samples of this type, in words."""
    needed = "float32 or float64 with full scale ±1 is needed"
    if given.kind not in "iu":
        return needed
    advice = _ADVICE.get(given.name, "divide by their full scale; 16 bits: 32768")
    return f"{needed} ({given.name} samples: {advice})"
