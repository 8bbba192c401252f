"""``vmspec submit``: from documents to started machines."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from vmspec.cli import options
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.options import POLL_S, SANDBOX_POLL_S
from vmspec.cli.output.console import print_error
from vmspec.cli.signals import terminable
from vmspec.cli.submission.connection import ConnectionOptions
from vmspec.cli.submission.jobs import load_jobs
from vmspec.cli.submission.key_conflicts import rekeyed
from vmspec.cli.submission.run import Run

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
@options.timeout
@options.seconds(
    "--poll", f"Seconds between two looks [default: {POLL_S:g}, of the sandbox {SANDBOX_POLL_S:g}]."
)
@options.seconds("--settle", "Seconds to look for a machine where the answer was lost", 180.0, zero=True)
@click.option(
    "--max-failures",
    metavar="N",
    type=click.IntRange(min=1),
    help="Begin no more after N errors, and have no more creates under way than errors are left; a build that"
    " fails counts only when it does [default: no limit].",
)
@click.option("--sandbox", is_flag=True, help="Submit to a Katapult on this machine, made for this command.")
@click.option(
    "--key",
    metavar="KEY",
    callback=options.not_empty,
    help="A name for this run, put on the machine: a rerun with it goes on where this one stands, and makes"
    " no second machine. Of several documents each has KEY/PATH.",
)
@click.option(
    "--annotation",
    "annotations",
    metavar="K[=V]",
    multiple=True,
    callback=_as_mapping,
    help="Put this on each machine; may be repeated.",
)
@options.api
@options.output_format
@click.pass_obj
def command(
    log_level: str | None,
    paths: tuple[str, ...],
    wait: bool,
    timeout: float,
    poll: float | None,
    settle: float,
    max_failures: int | None,
    sandbox: bool,
    key: str | None,
    annotations: Mapping[str, str],
    organization: str | None,
    api_url: str | None,
    ca_bundle: str | None,
    journal: str | None,
    output_format: str,
) -> int:
    """Have virtual machines built from specs, and wait until they are started.

    PATH is as for validate. All documents are validated before the first is sent; each is on record
    before it is sent, and sent once; what becomes of one changes nothing for the others. The API key
    comes from KATAPULT_API_KEY, or from the file that KATAPULT_API_KEY_FILE names.
    """
    if sandbox and (organization or api_url or ca_bundle or journal):
        raise click.UsageError(
            "--sandbox is an API of its own: no organization, address, certificates or journal."
        )
    gc.enable()  # off for short runs, but this one may be long
    poll_s = (poll or (SANDBOX_POLL_S if sandbox else POLL_S)) if wait else None
    with terminable():
        try:
            jobs, code = load_jobs(paths, key)
        except KeyboardInterrupt:
            print_error("interrupted; nothing was sent")
            return ExitCode.INTERRUPTED
        run = Run(
            jobs=jobs,
            api=ConnectionOptions(
                organization=organization,
                api_url=api_url,
                ca_bundle=ca_bundle,
                journal=journal,
                is_sandbox=sandbox,
            ),
            as_json=output_format == "json",
            waits=wait,
            is_logged=log_level is not None,
        )

        def carry_out(katapult: Katapult) -> None:
            from vmspec.cli.submission.batch import Batch

            if key is not None and (refused := rekeyed(jobs, key, katapult, timeout)):
                for job in jobs:
                    job.failed(refused[job])
                    run.settle(job)
                return
            batch = Batch(
                katapult=katapult,
                annotations=annotations,
                timeout_s=timeout,
                settle_s=settle,
                poll_s=poll_s,
                max_failures=max_failures,
                display=run.display,
                settled=run.settle,
            )
            batch.carry_out(jobs)

        return run.told_of_all(code or run.to_the_end(carry_out))
