"""``vmspec reconcile``: looking again for machines of which nothing is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from vmspec.cli import options
from vmspec.cli.output.console import echo_err
from vmspec.cli.signals import terminable
from vmspec.cli.submission.concurrent import run_concurrently
from vmspec.cli.submission.connection import ConnectionOptions
from vmspec.cli.submission.journal_lookup import entry_here, is_of, job_of, job_of_id
from vmspec.cli.submission.outcomes import Job
from vmspec.cli.submission.progress import Display
from vmspec.cli.submission.run import Run
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import Katapult, Progress


@click.command("reconcile")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@options.seconds("--settle", "Seconds to go on looking for what is not found at once", 0.0, zero=True)
@options.api
@options.output_format
@click.pass_obj
def command(
    log_level: str | None,
    ids: tuple[str, ...],
    settle: float,
    organization: str | None,
    api_url: str | None,
    ca_bundle: str | None,
    journal: str | None,
    output_format: str,
) -> int:
    """Look again for the machines of submissions whose outcome is unknown.

    ID is that of a submission, or a beginning that no other has; without one all are looked for that
    the journal holds as unknown for this API and organization. Nothing is sent that makes a machine.
    That none is found proves nothing: a late one appears late.
    """
    run = Run(
        jobs=[],
        api=ConnectionOptions(
            organization=organization, api_url=api_url, ca_bundle=ca_bundle, journal=journal
        ),
        as_json=output_format == "json",
        waits=False,
        is_logged=log_level is not None,
    )

    def carry_out(katapult: Katapult) -> None:
        wanted = _unsettled(katapult) if not ids else _named(ids, katapult)
        run.jobs.extend(wanted)
        if not wanted:
            echo_err(
                f"nothing to look for: no submission to {printable(katapult.organization)}"
                f" at {printable(katapult.api_url)} is unknown"
            )
        run_concurrently(run.jobs, lambda job: _look(job, katapult, settle, run.display), run.settle)

    with terminable():
        return run.told_of_all(run.to_the_end(carry_out))


def _unsettled(katapult: Katapult) -> list[Job]:
    from vmspec.katapult.journal import PENDING

    found = katapult.submissions()
    return [job_of(entry) for entry in found if entry.state in PENDING and is_of(entry, katapult)]


def _named(ids: Sequence[str], katapult: Katapult) -> list[Job]:
    entries = katapult.submissions()
    jobs: dict[str, Job] = {}
    for text in ids:
        entry = entry_here(text, katapult, entries)
        job = job_of(entry) if entry is not None else job_of_id(text.strip().lower())
        jobs.setdefault(job.submission_id or "", job)
    return [*jobs.values()]


def _look(job: Job, katapult: Katapult, settle_s: float, display: Display) -> None:
    if job.submission_id is None or job.problem is not None:  # another process is at it
        return

    def note(progress: Progress) -> None:
        job.progress = progress
        display.update(job, progress)

    submission = katapult.reconcile(job.submission_id, settle_s, note)
    job.created(submission, waiting=False)
