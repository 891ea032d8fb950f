"""Rate conversion: closed-form designs, a streamed resampler and a streamed oversampler, each with its reference.

The compiled core does the work; `design` says in plain NumPy what its coefficients are, and the `*_reference` functions
what its outputs are.
"""

from afxplugin.rates.design import Filters
from afxplugin.rates.fft import resample_fft
from afxplugin.rates.oversampler import Oversampler, oversampler_latency_frames
from afxplugin.rates.resampler import Resampler, resampler_half_length
from afxplugin.rates.round_trip import RoundTrip, plan_round_trip

__all__ = [
    "Filters",
    "Oversampler",
    "Resampler",
    "RoundTrip",
    "oversampler_latency_frames",
    "plan_round_trip",
    "resample_fft",
    "resampler_half_length",
]
