"""``vmspec wait``: waiting for machines that were submitted before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from vmspec.cli import options
from vmspec.cli.options import POLL_S
from vmspec.cli.signals import interrupt_on_sigterm
from vmspec.cli.submission.connection import ConnectionOptions, connection_options
from vmspec.cli.submission.journal_lookup import named_jobs
from vmspec.cli.submission.output import OutputOptions, output_options
from vmspec.cli.submission.run import Run

if TYPE_CHECKING:
    from vmspec.katapult import Katapult


@click.command("wait")
@click.argument("ids", metavar="ID|BUILD...", nargs=-1, required=True)
@options.until
@options.timeout
@options.seconds("--poll", "Seconds between polls", POLL_S)
@connection_options
@output_options
def command(
    ids: tuple[str, ...],
    until: Literal["started", "ssh"],
    timeout: float,
    poll: float,
    connection: ConnectionOptions,
    output: OutputOptions,
) -> int:
    """ID is the id of a submission, or a unique prefix of it; BUILD is the id of a build (vmbuild_...). A
    submission whose outcome is unknown is looked for once.
    """
    run = Run(jobs=[], connection=connection, output=output, waits=True)

    def work(katapult: Katapult) -> None:
        run.jobs.extend(named_jobs(ids, katapult))
        run.follow(katapult, timeout_s=timeout, poll_s=poll, until=until)

    with interrupt_on_sigterm():
        return run.finish(run.execute(work))
