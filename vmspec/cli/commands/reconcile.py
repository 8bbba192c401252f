"""``vmspec reconcile``: looking again for the machines of unknown submissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vmspec.cli import options
from vmspec.cli.signals import interrupt_on_sigterm
from vmspec.cli.submission.connection import ConnectionOptions, connection_options
from vmspec.cli.submission.journal_lookup import named_jobs, pending_jobs
from vmspec.cli.submission.output import OutputOptions, output_options
from vmspec.cli.submission.run import Run
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import Katapult


@click.command("reconcile")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@options.seconds("--settle", "Seconds to go on looking if the machine is not found at once", 0.0, zero=True)
@connection_options
@output_options
def command(ids: tuple[str, ...], settle: float, connection: ConnectionOptions, output: OutputOptions) -> int:
    """ID is the id of a submission, or a unique prefix of it; without ID, all unknown submissions to this API
    and organization are looked for. Nothing is sent that could make a machine. Finding none proves
    nothing: a machine may appear late.
    """
    run = Run(jobs=[], connection=connection, output=output, waits=False)

    def work(katapult: Katapult) -> None:
        run.jobs.extend(named_jobs(ids, katapult) if ids else pending_jobs(katapult))
        if not run.jobs:
            run.say(
                f"nothing to look for: no submission to {printable(katapult.organization)}"
                f" at {printable(katapult.api_url)} is unknown"
            )
        run.follow(katapult, settle_s=settle)

    with interrupt_on_sigterm():
        return run.finish(run.execute(work))
