"""``vmspec plan``: what would be sent, fixed in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from attrs import evolve

from vmspec.cli import options
from vmspec.cli.api import reads_api
from vmspec.cli.config import selection_for
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.output.console import echo, echo_err, shown_path
from vmspec.cli.submission.connection import ConnectionOptions, connection_options
from vmspec.cli.submission.jobs import load_jobs
from vmspec.findings import Severity
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.live.plan import Plan


@click.command("plan")
@options.paths
@click.option(
    "--output", "-o", metavar="FILE", required=True, callback=options.not_empty, help="File to write."
)
@options.selection
@connection_options
@reads_api
def command(
    paths: tuple[str, ...],
    output: str,
    select: list[str],
    ignore: list[str],
    fail_on: str,
    connection: ConnectionOptions,
) -> int:
    """Check each PATH as validate does, and write a plan: files, digests, hostnames, the organization, and
    the id of each submission. Nothing is sent that makes a machine; vmspec apply FILE does that.
    """
    jobs, code = load_jobs(paths, None, selection_for(select, ignore), Severity(fail_on))
    if code:
        return code
    if any(job.file is None for job in jobs):
        raise click.UsageError("a plan is made of files, which vmspec apply reads again; - is not a file.")
    from vmspec.live.plan import dump_plan

    with connection.client(echo_err) as katapult:
        plan = katapult.plan({job.file: job.spec for job in jobs if job.file and job.spec is not None})
    dump_plan(plan, output)
    for line in _lines(plan):
        echo(line)
    new = len(plan.new)
    echo_err(f"{shown_path(output)}: {new} to create, {len(plan.machines) - new} exist")
    return ExitCode.OK


def _lines(plan: Plan) -> list[str]:
    shown = [evolve(machine, name=printable(machine.name)) for machine in plan.machines]
    width = max((len(machine.name) for machine in shown), default=0)
    return [
        "  ".join(
            [machine.name.ljust(width), machine.action, printable(machine.hostname or "(random hostname)")]
            + ([printable(f"as {machine.exists_as}")] if machine.exists_as else [])
        )
        for machine in shown
    ]
