"""Playing live on a JACK server without hardware: an LSTM-40 and a third-party insert, 48 kHz, blocks of 128.

Usage: python tests/bench/live.py [--minutes M] [--prefill N]     (default: 1 minute, 384 frames)
"""

from __future__ import annotations

import argparse
import os
import resource
import time

import afxplugin as afx
from afxplugin.engine.live import LiveOptions
from afxplugin.errors import PluginError
from tests.bench.render import lstm_40
from tests.engine.jack import PERIOD, RATE_HZ, jack_server

INSERTS = ("ZamComp", "http://drobilla.net/plugins/mda/Limiter")


def live_graph() -> tuple[afx.Graph, str]:
    """The graph, and which insert it has."""
    graph = afx.Graph(rate_hz=RATE_HZ, channels=1, block_frames=PERIOD)
    graph.input("instrument")
    graph.neural("amp", capture=lstm_40())
    for insert in INSERTS:
        try:
            graph.plugin("insert", insert)
        except PluginError:
            continue
        return graph, insert
    raise SystemExit(f"none of the inserts is here: {', '.join(INSERTS)}")


def main() -> None:
    """Plays for so many minutes and prints what was counted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--prefill", type=int, default=3 * PERIOD)
    given = parser.parse_args()
    graph, insert = live_graph()
    with jack_server(), graph.live(LiveOptions(prefill_frames=given.prefill)) as live:
        end = time.monotonic() + 60.0 * given.minutes
        while (left := end - time.monotonic()) > 0.0:
            live.wait(min(left, 60.0))
            stats = live.stats
            print(
                f"  {stats.seconds / 60.0:4.1f} min: {stats.underruns} underruns, {stats.xruns} xruns, at least "
                f"{stats.least_ready_frames} frames ahead, load average {os.getloadavg()[0]:.1f}",
                flush=True,
            )
        with open(f"/proc/{live.process.pid}/stat", encoding="ascii") as file:  # noqa: PTH123
            times = file.read().rpartition(")")[2].split()
        cpu_s = (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
        stats = live.stats
    own = resource.getrusage(resource.RUSAGE_SELF)
    print(
        f"{stats.seconds / 60.0:.1f} minutes, LSTM-40 and {insert}, {RATE_HZ} Hz, blocks of {PERIOD}, prefill "
        f"{stats.prefill_frames}, real-time priority {'yes' if stats.real_time else 'no'}:\n"
        f"  {stats.underruns} underruns ({stats.underrun_frames} frames), {stats.overruns} overruns, "
        f"{stats.xruns} xruns of the device (the goal: no underrun)\n"
        f"  a block answered in {stats.response_median_ms:.2f} ms (median), {stats.response_99_ms:.2f} ms (99 %), "
        f"{stats.response_highest_ms:.2f} ms (highest) of {1e3 * PERIOD / RATE_HZ:.2f} ms; "
        f"load {100 * stats.load:.1f} %\n"
        f"  callback {1e3 * stats.callback_mean_ms:.0f} us on average, {1e3 * stats.callback_highest_ms:.0f} us at "
        f"most; longest wait for one {stats.interval_highest_ms:.2f} ms\n"
        f"  round trip {stats.round_trip_ms:.1f} ms, {stats.device_ms:.1f} of them the device's\n"
        f"  CPU time of the graph {100 * cpu_s / stats.seconds:.1f} % of a core with its start, "
        f"of the player {100 * (own.ru_utime + own.ru_stime) / stats.seconds:.1f} %"
    )


if __name__ == "__main__":
    main()
