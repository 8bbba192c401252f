"""``vmspec submit``: from documents to started machines."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import click

from vmspec.cli import options
from vmspec.cli.config import selection_for
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.options import POLL_S, SANDBOX_POLL_S
from vmspec.cli.output.console import print_error
from vmspec.cli.signals import interrupt_on_sigterm
from vmspec.cli.submission.connection import ConnectionOptions, connection_options
from vmspec.cli.submission.jobs import load_jobs, reload
from vmspec.cli.submission.output import OutputOptions, output_options
from vmspec.cli.submission.run import Run
from vmspec.cli.submission.share import Sharing
from vmspec.errors import LimitExceededError
from vmspec.findings import Severity

if TYPE_CHECKING:
    from vmspec.katapult import Katapult


def _as_mapping(_: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = {key: value for key, _, value in (text.partition("=") for text in given)}
    if len(pairs) < len(given):
        raise click.BadParameter("an annotation is given twice.", param=parameter)
    return pairs


@click.command("submit")
@options.paths
@click.option("--wait/--no-wait", default=True, help="Wait until each machine is started (the default).")
@options.until
@options.timeout
@options.seconds("--poll", f"Seconds between polls [default: {POLL_S:g}, with --sandbox {SANDBOX_POLL_S:g}].")
@options.seconds("--settle", "Seconds to look for the machine if an answer is lost", 180.0, zero=True)
@click.option(
    "--max-failures",
    metavar="N",
    type=click.IntRange(min=1),
    help="Send no more specs after N failures, and never have more creates under way than may still fail;"
    " a build counts once it has failed [default: no limit].",
)
@click.option("--sandbox", is_flag=True, help="Submit to a sandbox that runs for this command.")
@click.option(
    "--key",
    metavar="KEY",
    callback=options.not_empty,
    help="A name for this run, put on the machine: a rerun with the same key goes on where this one stopped,"
    " and makes no second machine. Each of several documents has KEY/PATH.",
)
@click.option(
    "--share",
    is_flag=True,
    help="Share the work with other runners that have the same documents, key and journal: each sends what no"
    " other has sent, and ends when all is decided.",
)
@click.option(
    "--annotation",
    "annotations",
    metavar="K[=V]",
    multiple=True,
    callback=_as_mapping,
    help="Put this annotation on each machine; may be repeated.",
)
@click.option(
    "--max-machines",
    metavar="N",
    type=click.IntRange(min=1),
    help="Send nothing if there are more than N specs [default: no limit].",
)
@options.selection
@connection_options
@output_options
def command(
    paths: tuple[str, ...],
    wait: bool,
    until: Literal["started", "ssh"],
    timeout: float,
    poll: float | None,
    settle: float,
    max_failures: int | None,
    max_machines: int | None,
    sandbox: bool,
    key: str | None,
    share: bool,
    annotations: Mapping[str, str],
    select: list[str],
    ignore: list[str],
    fail_on: str,
    connection: ConnectionOptions,
    output: OutputOptions,
) -> int:
    """PATH is as for validate, and so are the checks: all documents are validated before the first is sent.
    Each is put on record before it is sent, and sent once; the outcome of one does not affect the others.
    The API key comes from KATAPULT_API_KEY, or from the file that KATAPULT_API_KEY_FILE names.
    """
    if until == "ssh" and not wait:
        raise click.UsageError("--until ssh needs to wait; leave out --no-wait.")
    if share and key is None:
        raise click.UsageError("--share needs a --key, by which the runners know each other.")
    if sandbox:
        connection = connection.to_sandbox()
    gc.enable()  # off for short runs, but this one may be long
    selection, severity = selection_for(select, ignore), Severity(fail_on)
    with interrupt_on_sigterm():
        try:
            jobs, code = load_jobs(paths, key, selection, severity, is_shared=share)
        except KeyboardInterrupt:
            print_error("interrupted; nothing was sent")
            return ExitCode.INTERRUPTED
        run = Run(jobs=jobs, connection=connection, output=output, waits=wait, is_shared=share)
        poll_s = (poll or (SANDBOX_POLL_S if sandbox else POLL_S)) if wait else None

        def work(katapult: Katapult) -> None:
            if key is not None and share:
                if max_machines is not None and len(jobs) > max_machines:
                    raise LimitExceededError(
                        f"nothing was sent: {len(jobs)} machines are more than the limit of {max_machines}"
                    )
                sharing = Sharing(
                    run=run,
                    katapult=katapult,
                    load=lambda job: reload(job, selection, severity),
                    annotations=annotations,
                    timeout_s=timeout,
                    settle_s=settle,
                    poll_s=poll_s,
                    until=until,
                    max_failures=max_failures,
                )
                sharing.work(key)
                return
            if key is not None and not run.check_keys(katapult, key, timeout):
                return
            by_name = {str(number): job for number, job in enumerate(jobs)}
            katapult.submit_many(
                {name: job.spec for name, job in by_name.items() if job.spec is not None},
                {name: job.key for name, job in by_name.items() if job.key is not None},
                annotations,
                timeout_s=timeout,
                poll_s=poll_s,
                settle_s=settle,
                until=until,
                max_failures=max_failures,
                max_machines=max_machines,
                on_event=lambda name, event: run.on_event(by_name[name], event),
            )

        return run.finish(code or run.execute(work))
