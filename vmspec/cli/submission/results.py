"""Results of jobs: lines and JSON for standard output, exit code, and advice on how to go on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.submission.connection import ConnectionOptions
from vmspec.cli.submission.job import Job
from vmspec.cli.submission.progress import Row
from vmspec.katapult import EXIT_CODES, Outcome
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import VirtualMachine


def exit_code(jobs: Iterable[Job]) -> int:
    """Return the exit code of a command that was not interrupted."""
    outcomes = {job.outcome for job in jobs}
    return next((code for outcome, code in EXIT_CODES.items() if outcome in outcomes), ExitCode.OK)


def result_line(job: Job, row: Row) -> str:
    """Return one line: name, state, and where the machine or build is found."""
    machine = job.machine
    if job.outcome is Outcome.CREATED and machine is not None:
        elapsed = f"{job.started_after_s:.0f} s" if job.started_after_s is not None else ""
        place = (machine.fqdn or machine.id, ", ".join(machine.addresses) or "no address", elapsed)
        return row(job, machine.state or "created", printable("  ".join(filter(None, place))))
    if job.outcome is Outcome.UNKNOWN:
        known = job.build_id or (machine.id if machine is not None else None)
        ids = filter(None, (f"submission {job.submission_id}", known))
        return row(job, "unknown", printable(", ".join(ids)))
    return row(job, _words(job.outcome), printable(job.build_id or ""))


def summary(jobs: Sequence[Job]) -> str:
    """Return the number of jobs for each outcome: ``38 created, 1 refused, 1 unknown``."""
    counts = Counter(job.outcome for job in jobs)
    return ", ".join(f"{counts[outcome]} {_words(outcome)}" for outcome in Outcome if counts[outcome])


def as_json(jobs: Sequence[Job]) -> str:
    """Return all jobs as one JSON object, ASCII only."""
    return json.dumps({"version": 1, "submissions": [_job_as_json(job) for job in jobs]}, indent=2)


def _words(outcome: Outcome) -> str:
    return outcome.replace("_", " ")


def _job_as_json(job: Job) -> Mapping[str, object]:
    error = job.error
    return {
        "path": job.name if job.is_document else None,
        "outcome": str(job.outcome),
        "submission_id": job.submission_id,
        "build_id": job.build_id,
        "task_id": job.task_id,
        "virtual_machine": _machine_as_json(job.machine) if job.machine is not None else None,
        "annotations": dict(job.annotations),
        "error": {"code": error.code, "message": error.message, "request_id": error.request_id}
        if error is not None
        else None,
    }


def _machine_as_json(machine: VirtualMachine) -> Mapping[str, object]:
    return {
        "id": machine.id,
        "hostname": machine.hostname,
        "fqdn": machine.fqdn,
        "state": machine.state,
        "addresses": list(machine.addresses),
    }


def advice(job: Job, connection: ConnectionOptions) -> Iterator[str]:
    """Yield lines that say what went wrong, what is known, and how to go on; none if all went well."""
    if job.error is None:
        return
    yield f"error: {job.name}: {printable(job.error.message)}"
    if not job.error.is_journalled and job.key is not None and not connection.is_sandbox:
        yield "  a rerun with its key would look for a machine that does not exist; to free the key:"
        yield f"    {connection.abandon_command(job.submission_id)}"
    if job.outcome not in (Outcome.UNKNOWN, Outcome.BUILDING, Outcome.FAILED):
        return
    known = {
        "submission": job.submission_id,
        "build": job.build_id,
        "virtual machine": job.machine.id if job.machine is not None else None,
        "hostname": job.hostname,
    }
    yield f"  {', '.join(f'{what} {printable(value)}' for what, value in known.items() if value)}"
    if not connection.is_sandbox:
        yield from _next_step(job, connection)
    elif job.outcome is not Outcome.FAILED:
        yield "  the sandbox, and what was built in it, is gone when this command ends"


def _next_step(job: Job, connection: ConnectionOptions) -> Iterator[str]:
    reconcile = f"    {connection.command('reconcile', job.submission_id or '')}"
    if job.outcome is Outcome.FAILED:
        if job.key is not None:
            yield "  the key stays taken; to build it again under the same key, first run:"
            yield f"    {connection.abandon_command(job.submission_id)}"
    elif job.outcome is Outcome.BUILDING:
        if job.progress is not None and job.progress.phase == "unseen":
            yield "  a build may become visible only some time after it was accepted; to look for it again:"
        else:
            yield "  do not submit it again; to go on waiting:"
        yield f"    {connection.command('wait', job.submission_id or job.build_id or '')}"
    elif job.duplicates:
        yield from (f"  {printable(machine)}" for machine in job.duplicates)
        yield "  check each of them and delete those that are not wanted; then run:"
        yield reconcile
    elif job.submission is not None:
        yield "  do not submit it again without its key; once the journal can be written, go on with:"
        yield reconcile
    elif job.unknown_cause == "abandoned":
        yield "  there is nothing left to do; if its machine appears, delete it or adopt it with:"
        yield reconcile
    else:
        yield "  look for its machine after a minute, and again later; not finding it proves nothing:"
        yield reconcile
        if not job.is_document and job.unknown_cause not in (None, "not_on_record"):
            abandon = connection.abandon_command(job.submission_id)
            yield f"  once you are sure that it does not exist, give the submission up: {abandon}"
