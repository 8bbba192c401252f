"""``vmspec apply``: the machines of a plan, each made once."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import click

from vmspec.cli import options
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.output.console import print_error
from vmspec.cli.signals import interrupt_on_sigterm
from vmspec.cli.submission.connection import ConnectionOptions, connection_options
from vmspec.cli.submission.job import Job
from vmspec.cli.submission.output import OutputOptions, output_options
from vmspec.cli.submission.run import Run
from vmspec.documents import loads
from vmspec.errors import ConfigurationError
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import Event, Katapult

UNSHARED = (
    "note: the journal does not know this plan, so each id is looked for in the API first; machines of an"
    " apply elsewhere that is under way, or ended within the last minutes, may not be visible yet"
)


@click.command("apply")
@click.argument("file", metavar="FILE")
@click.option("--wait/--no-wait", default=True, help="Wait until each machine is started (the default).")
@options.timeout
@options.seconds("--poll", "Seconds between polls", options.POLL_S)
@options.seconds("--settle", "Seconds to look for the machine if an answer is lost", 180.0, zero=True)
@connection_options
@output_options
def command(
    file: str,
    wait: bool,
    timeout: float,
    poll: float,
    settle: float,
    connection: ConnectionOptions,
    output: OutputOptions,
) -> int:
    """Send exactly what the plan in FILE says. The files that it names must be there, unchanged, as paths
    from this folder. Applied again, a plan goes on where it was interrupted; a used one is refused.
    """
    from vmspec.live.plan import load_plan

    gc.enable()  # off for short runs, but this one may be long
    try:
        plan = load_plan(file)
    except ConfigurationError as error:
        print_error(str(error))
        return ExitCode.USAGE_ERROR
    jobs = {
        machine.name: Job(
            name=printable(machine.name),
            hostname=machine.hostname,
            submission_id=machine.submission_id,
            spec=loads(plan.specs[machine.name], "xml") if machine.name in plan.specs else None,
        )
        for machine in plan.new
    }
    run = Run(jobs=[*jobs.values()], connection=connection, output=output, waits=wait)

    def work(katapult: Katapult) -> None:
        notes = [] if katapult.is_on_record(plan) else [UNSHARED]

        def on_event(name: str, event: Event) -> None:
            if notes:
                run.say(notes.pop())
            run.on_event(jobs[name], event)

        katapult.apply(
            plan,
            timeout_s=timeout,
            poll_s=poll if wait else None,
            settle_s=settle,
            on_event=on_event,
        )

    with interrupt_on_sigterm():
        return run.finish(run.execute(work))
