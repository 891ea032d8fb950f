"""Jobs in parallel, one thread each: the kernel, the resamplers and the file codecs all run without the GIL.

Threads share the capture and the imported modules, so a batch of any width stays one small process. Two threads on
two cores give close to twice the throughput because Python itself is busy for under 5 % of a render.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from afxplugin.errors import RenderError
from afxplugin.render.job import RenderJob, RenderResult
from afxplugin.render.progress import Event, Listener

_TICK_S = 0.25
Work = Callable[[RenderJob, Listener, threading.Event], RenderResult]


def default_workers() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_workers(workers: int | None) -> int:
    """``workers``, or the cores there are where it is None. Raises RenderError below 1."""
    if workers is None:
        return default_workers()
    if workers < 1:
        raise RenderError(f"jobs is {workers}; allowed: 1 or more")
    return workers


def run_jobs(
    jobs: Sequence[RenderJob],
    work: Work,
    *,
    workers: int,
    listener: Listener,
    stop: threading.Event,
    ended: Callable[[Iterable[tuple[RenderJob, RenderResult]]], None],
) -> None:
    """Run jobs in order, so many at a time, and call ``ended`` in the calling thread with those that are through.

    ``ended`` is also called, with nothing, a few times a second. Where ``stop`` is set, running jobs end soon and
    jobs that have not begun are left out; where an exception interrupts the calling thread, the same happens before
    it goes on.
    """
    if not jobs:
        return
    with ThreadPoolExecutor(max_workers=min(workers, len(jobs)), thread_name_prefix="render") as pool:
        futures = {pool.submit(work, job, listener, stop): job for job in jobs}
        waiting = set(futures)
        try:
            while waiting:
                done, waiting = wait(waiting, timeout=_TICK_S, return_when=FIRST_COMPLETED)
                ended((futures[each], each.result()) for each in done)
                if stop.is_set():
                    waiting = {each for each in waiting if not each.cancel()}
        except BaseException:
            stop.set()
            done, _ = wait([each for each in waiting if not each.cancel()])
            ended((futures[each], each.result()) for each in done)
            raise


def one_at_a_time(listener: Listener) -> Listener:
    """``listener`` behind a lock, so that it need not be thread-safe itself."""
    lock = threading.Lock()

    def listen(event: Event) -> None:
        with lock:
            listener(event)

    return listen
