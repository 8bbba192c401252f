"""Use of the API's rate by ``submit_many``, and the number of requests that exceed it.

Run by hand from the project's folder: ``python -m tests.benchmarks.rate [SPECS] [REQUESTS_A_MINUTE]``.
The clock of client and sandbox runs ten times as fast as that on the wall. The ratio is the time taken to
the time in which the rate allows the requests that were made.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from resource import RUSAGE_SELF, getrusage

from vmspec import VM, VirtualMachineSpec
from vmspec.katapult import AsyncKatapult, Katapult, Result, SQLiteJournal
from vmspec.sandbox import Sandbox, running

SPECS, A_MINUTE, SPEED = 500, 200, 10


def main(specs: int = SPECS, a_minute: int = A_MINUTE) -> None:
    """Prints a line for the blocking client, and one for that of asyncio."""
    webs = [VM(f"web-{n}").data_center("uk-lon-01").package("rock-3").build() for n in range(specs)]
    for is_async in (False, True):
        print(_run(webs, a_minute, is_async=is_async))
    print(f"{getrusage(RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, the sandbox included")


def _run(specs: Sequence[VirtualMachineSpec], a_minute: int, *, is_async: bool) -> str:
    start = time.monotonic()

    def clock() -> float:
        return (time.monotonic() - start) * SPEED

    statuses: Counter[int] = Counter()
    sandbox = Sandbox(clock=clock, speed=1, rate_limit=a_minute)
    with running(sandbox, log=lambda method, path, status: statuses.update([status])) as api:

        def submitted() -> Sequence[Result]:
            with Katapult(
                token=api.token,
                organization=api.organization,
                api_url=api.url,
                journal=SQLiteJournal(),
                clock=clock,
                sleep=lambda seconds: asyncio.sleep(seconds / SPEED),
            ) as katapult:
                return katapult.submit_many(specs)

        async def submitted_by_tasks() -> Sequence[Result]:
            async with AsyncKatapult(
                token=api.token,
                organization=api.organization,
                api_url=api.url,
                journal=SQLiteJournal(),
                clock=clock,
                sleep=lambda seconds: asyncio.sleep(seconds / SPEED),
            ) as katapult:
                return await katapult.submit_many(specs)

        results = asyncio.run(submitted_by_tasks()) if is_async else submitted()
        took_s = clock()
    started = sum(result.virtual_machine is not None for result in results)
    requests = statuses.total()
    ratio = took_s / (requests / a_minute * 60)
    return (
        f"{'async' if is_async else 'blocking':8}  {started} of {len(specs)} started,"
        f" {len(sandbox.builds)} builds, {requests} requests, {statuses[429]} times 429,"
        f" {took_s:.0f} s, ratio {ratio:.2f}"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
