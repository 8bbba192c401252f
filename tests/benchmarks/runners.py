"""Drawn schedules of three processes with one journal in PostgreSQL: killed, stopped, and cut off from it.

Run by hand from the project's folder, where Debian's PostgreSQL is installed:
``python -m tests.benchmarks.runners [SCHEDULES] [FIRST_SEED]``. In each schedule three runners submit the
same specs under the same keys to a sandbox. Afterwards one undisturbed run must know every machine that was
made, each made once, and every machine that a runner was told must be one of them.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

from tests.support.postgres import Server, running_server
from vmspec import VM, VirtualMachineSpec
from vmspec.katapult import Katapult
from vmspec.katapult.journal.postgres import PostgresJournal
from vmspec.sandbox import Endpoint, RunningSandbox, Sandbox, running
from vmspec.sandbox.faults import Delay, Drop, Fault, Refusal

SCHEDULES, RUNNERS, SPECS = 1_000, 3, 4
LEASE_S = 0.3
"""Holds of a killed process end after this time."""
STARTED_WITHIN_S = 0.6
TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vmspec'"

Access = tuple[str, str, str, str]
"""Token, organization and address of the API, and address of the journal."""


def specs() -> Mapping[str, VirtualMachineSpec]:
    """Return the specs of each schedule, by name."""
    base = VM().data_center("uk-lon-01").package("rock-3").template("templates/debian-12")
    return {f"web-{number}": base.hostname(f"web-{number}").build() for number in range(SPECS)}


def submit(access: Access, told: Path, lease_s: float, settle_s: float) -> None:
    """Submit all specs, as one runner; note each machine that is told."""
    token, organization, api_url, address = access
    journal = PostgresJournal(address, lease_s=lease_s)
    with Katapult(token=token, organization=organization, api_url=api_url, journal=journal) as katapult:
        results = katapult.submit_many(specs(), key="k", poll_s=0.05, timeout_s=20.0, settle_s=settle_s)
    lines = [
        f"{result.name} {result.virtual_machine.id}\n"
        for result in results
        if result.error is None and result.virtual_machine is not None
    ]
    told.write_text("".join(lines))


def disturb(random: Random, runners: list[BaseProcess], server: Server) -> Counter[str]:
    """Kill, stop and cut off runners at drawn times, until all have ended."""
    done: Counter[str] = Counter()
    for _ in range(random.randint(1, 4)):
        time.sleep(random.random() * STARTED_WITHIN_S)
        runner = random.choice(runners)
        what = random.choice(["killed", "stopped", "cut off"])
        if what == "cut off":
            server.execute(TERMINATE)
        elif runner.pid is None or not runner.is_alive():
            continue
        elif what == "killed":
            runner.kill()
        else:
            with suppress(ProcessLookupError):  # it may end before it is stopped
                os.kill(runner.pid, signal.SIGSTOP)
                time.sleep(random.random() * 3 * LEASE_S)
                os.kill(runner.pid, signal.SIGCONT)
        done[what] += 1
    return done


def faults(random: Random, sandbox: Sandbox) -> None:
    """Order some faults of creates."""
    drawn: list[Fault] = [
        Drop(carried_out=True),
        Drop(),
        Delay(0.5, later_s=0.2),
        Refusal("service_unavailable", carried_out=True),
        Refusal("rate_limit_reached"),
    ]
    for _ in range(random.randint(0, 2)):
        sandbox.order(random.choice(drawn), at=Endpoint.CREATE, after=random.randint(0, SPECS - 1))


def schedule(seed: int, server: Server, folder: Path) -> Counter[str]:
    """Run one schedule and check it; return what happened."""
    random, context = Random(seed), get_context("forkserver")
    server.clear()
    sandbox = Sandbox(speed=500, rate_limit=100_000, seed=str(seed))
    faults(random, sandbox)
    with running(sandbox) as api:
        access = access_to(api, server)
        tolds = [folder / f"told-{number}" for number in range(RUNNERS)]
        for told in tolds:
            told.write_text("")
        runners: list[BaseProcess] = [
            context.Process(target=submit, args=(access, told, LEASE_S, 1.0)) for told in tolds
        ]
        for runner in runners:
            runner.start()
        happened = disturb(random, runners, server)
        for runner in runners:
            runner.join(timeout=120)
            assert runner.exitcode is not None, "a runner does not end"
        sandbox.withdraw()
        time.sleep(LEASE_S)
        check(sandbox, tolds)
        finish(access, folder / "last")
        check(sandbox, [*tolds, folder / "last"])
        known = {line.split()[0] for line in (folder / "last").read_text().splitlines()}
        lost = {build.sent.hostname for build in sandbox.builds} - known
        assert not lost, f"lost: {lost}"
        happened["specs without a machine, whose create was lost"] += SPECS - len(known)
    return happened


def finish(access: Access, told: Path) -> None:
    """Submit once more, undisturbed; again if a create may still have been on its way."""
    for _ in range(2):
        submit(access, told, LEASE_S, 0.5)
        if len(told.read_text().splitlines()) == SPECS:
            return


def access_to(api: RunningSandbox, server: Server) -> Access:
    """Return what a runner needs to reach a sandbox and its journal."""
    return api.token, api.organization, api.url, server.address


def check(sandbox: Sandbox, tolds: list[Path]) -> None:
    """Raise AssertionError if a machine was made twice, or another one was told."""
    builds = Counter(build.sent.hostname for build in sandbox.builds)
    assert max(builds.values(), default=0) <= 1, f"doubled: {builds}"
    made = {build.sent.hostname: build.machine_id for build in sandbox.builds}
    for told in tolds:
        for line in told.read_text().splitlines():
            name, machine = line.split()
            assert made.get(name) == machine, f"{name} was told as {machine}, and is {made.get(name)}"


def main(schedules: int = SCHEDULES, first: int = 0) -> None:
    """Print how often each thing happened."""
    get_context("forkserver").set_forkserver_preload([__name__])
    start, happened = time.monotonic(), Counter[str]()
    with running_server() as server, tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + schedules):
            try:
                happened += schedule(seed, server, Path(folder))
            except BaseException:
                print(f"seed {seed}")
                raise
    print(
        f"{schedules:,} schedules in {time.monotonic() - start:.0f} s: nothing doubled, lost, or told untruly"
    )
    for what, number in sorted(happened.items()):
        print(f"{number:8}  {what}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
