"""What is said of jobs: the result of each, and what to do where it is no machine."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from vmspec.cli.output.console import echo
from vmspec.cli.submission.connection import ConnectionOptions
from vmspec.cli.submission.outcomes import Job, Outcome
from vmspec.cli.submission.progress import row_of
from vmspec.text import printable


def tell_results(jobs: Sequence[Job]) -> None:
    """A line for each job, in the order of the command line."""
    for job in jobs:
        tell_result(job, jobs)


def tell_result(job: Job, jobs: Sequence[Job]) -> None:
    """The job on one line of standard output: name, state, and where it is found."""
    machine = job.seen
    if job.outcome is Outcome.CREATED and machine is not None:
        elapsed = f"{job.progress.elapsed_s:.0f} s" if job.machine and job.progress is not None else ""
        found = (machine.fqdn or machine.id, ", ".join(machine.addresses) or "no address", elapsed)
        state, rest = machine.state or "created", "  ".join(filter(None, found))
    elif job.outcome is Outcome.UNKNOWN:
        state, rest = "unknown", f"submission {job.submission_id}"
        if place := job.build_id or (machine.id if machine is not None else None):
            rest += f", {place}"
    else:
        state, rest = job.outcome.replace("_", " "), job.build_id or ""
    echo(row_of(jobs)(job, state, printable(rest)))


def summary(jobs: Sequence[Job]) -> str:
    """``38 created, 1 refused, 1 unknown``: how many came to what, as scripts know it."""
    counts = Counter(job.outcome for job in jobs)
    return ", ".join(
        f"{counts[outcome]} {outcome.replace('_', ' ')}" for outcome in Outcome if counts[outcome]
    )


def tell_json(jobs: Sequence[Job]) -> None:
    """All jobs as one JSON object, ASCII only."""
    echo(json.dumps({"version": 1, "submissions": [job.as_json() for job in jobs]}, indent=2))


def advice(job: Job, api: ConnectionOptions) -> Iterator[str]:
    """What went wrong, what is known, and how to go on; nothing for a job that went well."""
    if job.problem is None:
        return
    yield f"error: {job.name}: {printable(job.problem.message)}"
    if not job.problem.is_journalled and job.key is not None and not api.is_sandbox:
        yield "  a rerun with its key would look for a machine that is not; this frees the key:"
        yield f"    {api.command('submissions', 'abandon', job.submission_id or '', journal_only=True)}"
    if job.outcome not in (Outcome.UNKNOWN, Outcome.BUILDING, Outcome.FAILED):
        return
    machine = job.seen
    known = {
        "submission": job.submission_id,
        "build": job.build_id,
        "virtual machine": machine.id if machine is not None else None,
        "hostname": job.hostname,
    }
    yield f"  {', '.join(f'{what} {printable(value)}' for what, value in known.items() if value)}"
    if api.is_sandbox:
        if job.outcome is not Outcome.FAILED:
            yield "  the sandbox ends with this command, and what was built in it"
        return
    yield from _next_step(job, api)


def _next_step(job: Job, api: ConnectionOptions) -> Iterator[str]:
    submission_id = job.submission_id or ""
    if job.outcome is Outcome.FAILED:
        if job.key is not None:
            yield "  the key stays with it; to have it built anew with the same key, first:"
            yield f"    {api.command('submissions', 'abandon', submission_id, journal_only=True)}"
    elif job.outcome is Outcome.BUILDING:
        if job.progress is not None and job.progress.phase == "unseen":
            yield "  a build may be seen only some time after it was accepted; to look for it again:"
        else:
            yield "  do not submit it again; to go on waiting:"
        yield f"    {api.command('wait', submission_id or job.build_id or '')}"
    elif job.machines:
        yield from (f"  {printable(machine)}" for machine in job.machines)
        yield "  look at each, and delete those that nobody wants; then:"
        yield f"    {api.command('reconcile', submission_id)}"
    elif job.submission is not None:
        yield "  do not submit it again without its key; once the journal can be written, this goes on:"
        yield f"    {api.command('reconcile', submission_id)}"
    elif job.doubt == "abandoned":
        yield "  nothing is left to be done; should its machine appear, delete it or have it adopted:"
        yield f"    {api.command('reconcile', submission_id)}"
    else:
        yield "  to look for its machine, after a minute and again later; finding none proves nothing:"
        yield f"    {api.command('reconcile', submission_id)}"
        if not job.is_document and job.doubt not in (None, "not_on_record"):
            give_up = api.command("submissions", "abandon", submission_id, journal_only=True)
            yield f"  once you have made sure that there is none, give it up: {give_up}"
