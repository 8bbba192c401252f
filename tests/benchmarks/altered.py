"""Many sessions with answers that are changed at random, and what became of them.

Run by hand from the project's folder: ``python -m tests.benchmarks.altered [SESSIONS] [FIRST_SEED]``. In each
session a spec is submitted with a key and waited for, while some answers of the API are altered; then a rerun
with true answers must find the one machine. It ends with an error at the first session in which a machine is
doubled or lost, a report is untrue, or anything but one of vmspec's errors is raised.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from random import Random

from vmspec import VM
from vmspec.errors import ApiError, BuildError, BuildTimeoutError, SubmissionError, VmspecError
from vmspec.katapult import AsyncKatapult, Katapult, SQLiteJournal, VirtualMachine
from vmspec.sandbox import Endpoint, RunningSandbox, Sandbox, running
from vmspec.sandbox.faults import Mutated
from vmspec.testing.fixtures import QuickClock

SESSIONS = 5_500
POINTS = (Endpoint.CREATE, Endpoint.BUILD, Endpoint.TASK, Endpoint.MACHINE, Endpoint.MACHINES, None)
SPEC = VM("web-1").data_center("uk-lon-01").package("rock-3").template("templates/debian-12").build()
TIMEOUT_S, SETTLE_S, SLACK_S = 300.0, 30.0, 1.0


def main(sessions: int = SESSIONS, first: int = 0) -> None:
    """Print how often each outcome was told."""
    start, tally = time.monotonic(), Counter[str]()
    for seed in range(first, first + sessions):
        try:
            tally[session(seed)] += 1
        except BaseException:
            print(f"seed {seed}")
            raise
    print(
        f"{sessions:,} sessions in {time.monotonic() - start:.0f} s: nothing doubled, lost, or told untruly"
    )
    for outcome, number in sorted(tally.items()):
        print(f"{number:8}  {outcome}")


def session(seed: int) -> str:
    """Run one session, check it, and return the outcome that was told first."""
    random, clock = Random(seed), QuickClock()
    sandbox = Sandbox(clock=clock, speed=1, seed=str(seed))
    journal = SQLiteJournal()
    with running(sandbox) as api:
        for number in range(random.randint(1, 4)):
            altered = Mutated(seed * 10 + number)
            sandbox.order(altered, at=random.choice(POINTS), times=random.randint(1, 3))
        began = clock()
        told = _submit(api, journal, clock, is_async=bool(seed % 2))
        _check(sandbox, told)
        assert clock() - began <= 30 + SETTLE_S + TIMEOUT_S + SLACK_S, "it took longer than its deadlines"
        sandbox.withdraw()
        clock.sleep(60)
        last = _submit(api, journal, clock, is_async=not seed % 2)
        _check(sandbox, last)
    assert len(sandbox.builds) <= 1, "a machine is doubled"
    if isinstance(last, VmspecError):
        assert isinstance(last, ApiError | BuildError), last
        return f"{_name(told)}, and then {_name(last)}"
    return _name(told)


def _submit(
    api: RunningSandbox, journal: SQLiteJournal, clock: QuickClock, *, is_async: bool
) -> VirtualMachine | VmspecError:
    options = {
        "token": api.token,
        "organization": api.organization,
        "api_url": api.url,
        "journal": journal,
        "clock": clock,
        "sleep": clock.sleep,
    }

    async def by_task() -> VirtualMachine:
        async with AsyncKatapult(**options) as katapult:  # type: ignore[arg-type]
            submission = await katapult.submit(SPEC, "key", settle_s=SETTLE_S)
            return await katapult.wait(submission, timeout_s=TIMEOUT_S)

    try:
        if is_async:
            return asyncio.run(by_task())
        with Katapult(**options) as katapult:  # type: ignore[arg-type]
            submission = katapult.submit(SPEC, "key", settle_s=SETTLE_S)
            return katapult.wait(submission, timeout_s=TIMEOUT_S)
    except VmspecError as error:
        return error


def _check(sandbox: Sandbox, told: VirtualMachine | VmspecError) -> None:
    """Raise AssertionError for a report that is not true."""
    machines = {build.machine_id for build in sandbox.builds}
    if isinstance(told, VirtualMachine):
        assert told.id in machines, "a machine is told that was not made"
    elif isinstance(told, BuildError) and not isinstance(told, BuildTimeoutError):
        raise AssertionError(f"a build is said to have ended: {told}")
    elif sandbox.builds:
        assert getattr(told, "submission_id", None) is not None, f"a machine is lost: {told!r}"
    assert not isinstance(told, SubmissionError), told


def _name(told: VirtualMachine | VmspecError) -> str:
    return "started" if isinstance(told, VirtualMachine) else type(told).__name__


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
