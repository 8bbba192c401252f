"""Results of jobs: lines and JSON for standard output, and the exit code."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.submission.job import Job
from vmspec.cli.submission.progress import Row
from vmspec.katapult import EXIT_CODES, Outcome
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import VirtualMachine


def exit_code(jobs: Iterable[Job]) -> int:
    """Return the exit code of a command that was not interrupted."""
    codes = {
        ExitCode.REFUSED if job.is_lookup_refused else EXIT_CODES.get(job.outcome, ExitCode.OK)
        for job in jobs
    }
    return next((code for code in EXIT_CODES.values() if code in codes), ExitCode.OK)


def result_line(job: Job, row: Row) -> str:
    """Return one line: name, state, and where the machine or build is found."""
    machine = job.machine
    if job.outcome is Outcome.CREATED and machine is not None:
        elapsed = f"{job.started_after_s:.0f} s" if job.started_after_s is not None else ""
        addresses = ", ".join(machine.addresses) or ("no address" if machine.fqdn else "")
        place = (machine.fqdn or machine.id, addresses, elapsed)
        return row(job, machine.state or "created", printable("  ".join(filter(None, place))))
    if job.outcome is Outcome.UNKNOWN:
        known = job.build_id or (machine.id if machine is not None else None)
        ids = filter(None, (f"submission {job.submission_id}", known))
        return row(job, "unknown", printable(", ".join(ids)))
    return row(job, job.outcome_words, printable(job.build_id or ""))


def summary(jobs: Sequence[Job]) -> str:
    """Return the number of jobs for each outcome: ``38 created (30 new, 8 were there), 1 refused``."""
    counts = Counter(job.outcome for job in jobs)
    parts = [f"{counts[outcome]} {outcome.replace('_', ' ')}" for outcome in Outcome if counts[outcome]]
    created = [job for job in jobs if job.outcome is Outcome.CREATED]
    new = sum(job.is_new for job in created)
    if new < len(created):
        parts[0] += f" ({new} new, {len(created) - new} were there)"
    return ", ".join(parts)


def as_json(jobs: Sequence[Job], **more: object) -> str:
    """Return all jobs as one JSON object, ASCII only, with ``more`` beside them."""
    return json.dumps({"version": 1, "submissions": [job_as_json(job) for job in jobs], **more}, indent=2)


def job_as_json(job: Job) -> Mapping[str, object]:
    """Return a job as plain data."""
    error = job.error
    return {
        "path": job.name if job.is_document else None,
        "outcome": str(job.outcome),
        "new": job.is_new,
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
