"""What ``submit`` says of its jobs: the result of each, and what to do where it is no machine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from vmspec.cli.api import Api
from vmspec.cli.outcomes import Job, Outcome
from vmspec.cli.progress import row_of
from vmspec.cli.streams import tell
from vmspec.terminal import printable


def tell_results(jobs: Sequence[Job]) -> None:
    """A line for each job, in the order of the command line."""
    for job in jobs:
        tell_result(job, jobs)


def tell_result(job: Job, jobs: Sequence[Job]) -> None:
    """The job on one line of standard output: name, state, and where it is found."""
    machine = job.seen
    if job.outcome is Outcome.CREATED and machine is not None:
        elapsed = f"{job.progress.elapsed_s:.0f} s" if job.progress is not None else ""
        found = (machine.fqdn, ", ".join(machine.addresses) or "no address", elapsed)
        state, rest = machine.state or "created", "  ".join(filter(None, found))
    elif job.outcome is Outcome.UNKNOWN:
        state, rest = "unknown", f"submission {job.submission_id}"
    else:
        state, rest = job.outcome.replace("_", " "), job.build_id or ""
    tell(row_of(jobs)(job, state, printable(rest)))


def tell_json(jobs: Sequence[Job]) -> None:
    """All jobs as one JSON object, ASCII only."""
    tell(json.dumps({"version": 1, "submissions": [job.as_json() for job in jobs]}, indent=2))


def advice(job: Job, api: Api) -> Iterator[str]:
    """What went wrong, what is known, and how to go on; nothing for a job that went well."""
    if job.problem is None:
        return
    yield f"error: {job.name}: {printable(job.problem.message)}"
    if job.outcome not in (Outcome.UNKNOWN, Outcome.BUILDING, Outcome.FAILED):
        return
    known = {"submission": job.submission_id, "build": job.build_id, "hostname": job.hostname}
    yield f"  {', '.join(f'{what} {printable(value)}' for what, value in known.items() if value)}"
    if job.outcome is Outcome.FAILED:
        return
    if api.is_sandbox:
        yield "  the sandbox ends with this command, and what was built in it"
    elif job.outcome is Outcome.UNKNOWN:
        wanted = json.dumps({"vmspec.submission": job.submission_id})
        yield "  look for its machine, after a minute and again later; finding none proves nothing:"
        yield f"    {api.go_on(f'virtual_machines({wanted})')}"
    else:
        yield "  do not submit it again; to go on waiting:"
        yield f"    {api.go_on(f'wait({json.dumps(job.build_id)})')}"
