"""Jobs in parallel, one thread each: the kernel, the resamplers and the file codecs all run without the GIL.

Threads share the capture and the imported modules, so a batch of any width stays one small process. Two threads on
two cores give close to twice the throughput because Python itself is busy for under 5 % of a render.
"""

from __future__ import annotations

import itertools
import os
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, TypeVar

from afxplugin.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from afxplugin.render.progress import Event, Listener

_TICK_S = 0.25
_AHEAD = 32  # jobs handed to the pool for each worker
Job = TypeVar("Job")
Result = TypeVar("Result")


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
    jobs: Sequence[Job],
    work: Callable[[Job], Result],
    *,
    workers: int,
    stop: threading.Event,
    ended: Callable[[Iterable[tuple[Job, Result]]], None],
) -> None:
    """Run jobs in order, so many at a time, and call ``ended`` in the calling thread with those that are through.

    ``ended`` is also called, with nothing, a few times a second. Where ``stop`` is set, running jobs end soon (``work``
    sees to that) and jobs that have not begun are left out; where an exception interrupts the calling thread, the same
    happens before it goes on.
    """
    if not jobs:
        return
    rest = iter(jobs)
    running: dict[Future[Result], Job] = {}
    workers = min(workers, len(jobs))
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="render") as pool:
        try:
            while not stop.is_set():
                # Enough that no worker waits while manifests are written. Waiting for all at once would be quadratic.
                for job in itertools.islice(rest, _AHEAD * workers - len(running)):
                    running[pool.submit(work, job)] = job
                if not running:
                    return
                done, _ = wait(running, timeout=_TICK_S, return_when=FIRST_COMPLETED)
                ended([(running.pop(each), each.result()) for each in done])
        except BaseException:
            stop.set()
            raise
        finally:
            done, _ = wait([each for each in running if not each.cancel()])
            if done:
                ended([(running[each], each.result()) for each in done])


def one_at_a_time(listener: Listener) -> Listener:
    """``listener`` behind a lock, so that it need not be thread-safe itself."""
    lock = threading.Lock()

    def listen(event: Event) -> None:
        with lock:
            listener(event)

    return listen
