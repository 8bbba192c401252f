"""Following many jobs that are sent already, all at the same time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence

from attrs import frozen

from vmspec.cli.submission.outcomes import Job
from vmspec.errors import BuildError, VmspecError

AT_ONCE = 32
"""Threads; they sleep nearly all the time."""


@frozen
class _Ended:
    job: Job
    error: BaseException | None = None


def run_concurrently(
    jobs: Sequence[Job], work: Callable[[Job], object], settle: Callable[[Job], object]
) -> None:
    """Does ``work`` for each job and settles it when that ends; what goes wrong with one is the job's.

    The threads do not hold up the end of the process.
    """
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    ended: queue.SimpleQueue[_Ended] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)

    def run() -> None:
        while True:
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                work(job)
            except BaseException as error:  # noqa: BLE001 - looked at where all jobs end
                ended.put(_Ended(job, error))
            else:
                ended.put(_Ended(job))

    for _ in range(min(len(jobs), AT_ONCE)):
        threading.Thread(target=run, daemon=True).start()
    for _ in jobs:
        _settle(ended.get(), settle)


def _settle(ended: _Ended, settle: Callable[[Job], object]) -> None:
    match ended.error:
        case None:
            pass
        case VmspecError():
            ended.job.failed(ended.error)
        case _:  # a bug must not hide what is known of the others
            kind = type(ended.error).__name__
            ended.job.failed(BuildError(f"it broke off ({kind}); nothing is known that was not before"))
    settle(ended.job)
