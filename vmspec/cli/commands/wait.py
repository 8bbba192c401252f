"""``vmspec wait``: going on with what an earlier command began."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from vmspec.cli import options
from vmspec.cli.options import POLL_S
from vmspec.cli.signals import terminable
from vmspec.cli.submission.concurrent import run_concurrently
from vmspec.cli.submission.connection import ConnectionOptions
from vmspec.cli.submission.journal_lookup import entry_here, is_of, job_of, job_of_id
from vmspec.cli.submission.outcomes import Job, Outcome
from vmspec.cli.submission.progress import Display
from vmspec.cli.submission.run import Run
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import Entry, Katapult, Progress

BUILD = "vmbuild_"
"""What the ids of builds begin with, and those of submissions never."""


@click.command("wait")
@click.argument("ids", metavar="ID|BUILD...", nargs=-1, required=True)
@options.timeout
@options.seconds("--poll", "Seconds between two looks", POLL_S)
@options.api
@options.output_format
@click.pass_obj
def command(
    log_level: str | None,
    ids: tuple[str, ...],
    timeout: float,
    poll: float,
    organization: str | None,
    api_url: str | None,
    ca_bundle: str | None,
    journal: str | None,
    output_format: str,
) -> int:
    """Go on waiting for a machine that was submitted before.

    ID is that of a submission, or a beginning that no other has; BUILD is the id of a build
    (vmbuild_...). A submission whose outcome is unknown is looked for once.
    """
    run = Run(
        jobs=[],
        api=ConnectionOptions(
            organization=organization, api_url=api_url, ca_bundle=ca_bundle, journal=journal
        ),
        as_json=output_format == "json",
        waits=True,
        is_logged=log_level is not None,
    )

    def carry_out(katapult: Katapult) -> None:
        run.jobs.extend(_jobs(ids, katapult))
        run_concurrently(run.jobs, lambda job: _wait(job, katapult, timeout, poll, run.display), run.settle)

    with terminable():
        return run.told_of_all(run.to_the_end(carry_out))


def _jobs(ids: Sequence[str], katapult: Katapult) -> list[Job]:
    """One for each submission or build, however often it is named."""
    entries = katapult.submissions()
    jobs: dict[str, Job] = {}
    for text in ids:
        if text.startswith(BUILD):
            job = _job_of_build(text, katapult, entries)
        else:
            entry = entry_here(text, katapult, entries)
            job = job_of(entry) if entry is not None else job_of_id(text.strip().lower())
        jobs.setdefault(job.submission_id or text, job)
    return [*jobs.values()]


def _job_of_build(build_id: str, katapult: Katapult, entries: Sequence[Entry]) -> Job:
    """That of its submission, where that is on record."""
    for entry in entries:
        if entry.build_id == build_id and is_of(entry, katapult):
            return job_of(entry)
    return Job(name=printable(build_id), is_document=False, outcome=Outcome.BUILDING, known_build_id=build_id)


def _wait(job: Job, katapult: Katapult, timeout_s: float, poll_s: float, display: Display) -> None:
    def note(progress: Progress) -> None:
        job.progress = progress
        display.update(job, progress)

    if job.problem is not None:  # another process is at it
        return
    if job.submission_id is None:
        job.started(katapult.wait(job.known_build_id or "", timeout_s, poll_s, note))
        return
    submission = katapult.reconcile(job.submission_id, on_progress=note)
    job.created(submission, waiting=True)
    if job.outcome is Outcome.BUILDING:
        job.started(katapult.wait(submission, timeout_s, poll_s, note))
