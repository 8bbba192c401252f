"""``vmspec submit``: from documents to started machines."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Mapping
from contextlib import closing

import click
from attrs import define, field

from vmspec.cli.api import Api
from vmspec.cli.collecting import collect
from vmspec.cli.exits import ExitCode
from vmspec.cli.interruption import terminable
from vmspec.cli.outcomes import EXIT_CODES, Job, Outcome, Problem, exit_code
from vmspec.cli.progress import Display, display_for
from vmspec.cli.streams import abandon, complain, flush
from vmspec.cli.telling import advice, tell_json, tell_result, tell_results
from vmspec.errors import VmspecError

POLL_S = 5.0
SANDBOX_POLL_S = 0.3
"""The sandbox builds a machine in about two seconds."""
LONGEST_S = 7 * 24 * 3600
"""A week; what waits longer was a slip of the finger."""


_SECONDS = click.FloatRange(0, LONGEST_S, min_open=True)


def _number(_: click.Context, parameter: click.Parameter, given: float | None) -> float | None:
    if given is not None and math.isnan(given):
        raise click.BadParameter("that is no number of seconds.", param=parameter)
    return given


def _as_mapping(_: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = {key: value for key, _, value in (text.partition("=") for text in given)}
    if len(pairs) < len(given):
        raise click.BadParameter("an annotation is given twice.", param=parameter)
    return pairs


@click.command("submit")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--wait/--no-wait", default=True, help="Wait until each machine is started (the default).")
@click.option(
    "--timeout",
    metavar="S",
    type=_SECONDS,
    callback=_number,
    default=1200.0,
    help="Seconds to wait at most [default: 1200].",
)
@click.option(
    "--poll",
    metavar="S",
    type=_SECONDS,
    callback=_number,
    help=f"Seconds between two looks [default: {POLL_S:g}, of the sandbox {SANDBOX_POLL_S:g}].",
)
@click.option(
    "--settle",
    metavar="S",
    type=click.FloatRange(0, LONGEST_S),
    callback=_number,
    default=180.0,
    help="Seconds to look for a machine whose create was not answered [default: 180].",
)
@click.option("--sandbox", is_flag=True, help="Submit to a Katapult on this machine, made for this command.")
@click.option(
    "--annotation",
    "annotations",
    metavar="K[=V]",
    multiple=True,
    callback=_as_mapping,
    help="Put this on each machine; may be repeated.",
)
@click.option("--organization", metavar="ID", help="Instead of KATAPULT_ORGANIZATION: id or sub-domain.")
@click.option("--api-url", metavar="URL", help="Instead of KATAPULT_API_URL.")
@click.option("--ca-bundle", metavar="FILE", help="Certificates to trust instead of the usual ones.")
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the outcomes are written to standard output.",
)
def command(
    paths: tuple[str, ...],
    wait: bool,
    timeout: float,
    poll: float | None,
    settle: float,
    sandbox: bool,
    annotations: Mapping[str, str],
    organization: str | None,
    api_url: str | None,
    ca_bundle: str | None,
    output_format: str,
) -> int:
    """Have virtual machines built from specs, and wait until they are started.

    PATH is as for validate. All documents are validated before the first is sent; each is sent once,
    and what becomes of one changes nothing for the others. The API key comes from KATAPULT_API_KEY, or
    from the file that KATAPULT_API_KEY_FILE names.
    """
    if sandbox and (organization or api_url or ca_bundle):
        raise click.UsageError("--sandbox is an API of its own: no organization, address or certificates.")
    gc.enable()  # off for short runs, but this one may be long
    with terminable():
        try:
            jobs, code = collect(paths)
        except KeyboardInterrupt:
            complain("interrupted; nothing was sent")
            return ExitCode.INTERRUPTED
        run = _Run(
            jobs=jobs,
            annotations=annotations,
            timeout_s=timeout,
            settle_s=settle,
            poll_s=(poll or (SANDBOX_POLL_S if sandbox else POLL_S)) if wait else None,
            api=Api(organization=organization, api_url=api_url, ca_bundle=ca_bundle, is_sandbox=sandbox),
            as_json=output_format == "json",
        )
        return run.told_of_all(code or run.to_the_end())


@define(kw_only=True)
class _Run:
    """The jobs of one command line, on their way."""

    jobs: list[Job]
    annotations: Mapping[str, str]
    timeout_s: float
    settle_s: float
    poll_s: float | None
    api: Api
    as_json: bool
    _settled: set[Job] = field(init=False, factory=set)
    _can_write: bool = field(init=False, default=True)

    @property
    def _tells_at_once(self) -> bool:
        """Whether each result is told as it comes; where it is waited for, they come together at the end."""
        return self.poll_s is None and not self.as_json

    def to_the_end(self) -> int:
        """Carries the jobs out, says what went wrong with each, and gives the exit code."""
        display = display_for(self.jobs, waiting=self.poll_s is not None, told_at_once=self._tells_at_once)
        try:
            self._carry_out(display)
            code = exit_code(self.jobs)
        except KeyboardInterrupt:
            code = ExitCode.INTERRUPTED
        except VmspecError as error:  # a setting, or a missing extra: nothing was sent yet
            return self._give_up(str(error))
        finally:
            display.close()
        for job in self.jobs:
            if job not in self._settled:
                job.interrupted()
                self._settle(job, display)
        return code

    def told_of_all(self, code: int) -> int:
        """Writes the results that are still to be written; a code that holds even where that fails."""
        if self.as_json:
            self._write(lambda: tell_json(self.jobs))
        elif not self._tells_at_once and self._settled:
            self._write(lambda: tell_results(self.jobs))
        if self._can_write or code == ExitCode.INTERRUPTED or not any(job.submission_id for job in self.jobs):
            return code
        return EXIT_CODES[Outcome.UNKNOWN]

    def _carry_out(self, display: Display) -> None:
        from vmspec.cli.batch import Batch, Pauses

        pauses = Pauses()
        with self.api.client(sleep=pauses) as katapult, closing(pauses):
            batch = Batch(
                katapult=katapult,
                annotations=self.annotations,
                timeout_s=self.timeout_s,
                settle_s=self.settle_s,
                poll_s=self.poll_s,
                display=display,
                settled=lambda job: self._settle(job, display),
            )
            batch.carry_out(self.jobs)

    def _settle(self, job: Job, display: Display) -> None:
        self._settled.add(job)
        for line in advice(job, self.api):
            display.say(line)
        if self._tells_at_once:
            self._write(lambda: tell_result(job, self.jobs))

    def _write(self, tell: Callable[[], object]) -> None:
        """On a full disk no word is left for scripts but the exit code: machines may have been made."""
        try:
            tell()
            flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            self._can_write = False
            complain(f"the results cannot be written: {error.strerror or error}")
            abandon()

    def _give_up(self, reason: str) -> int:
        complain(reason)
        for job in self.jobs:
            job.problem = Problem(f"nothing was sent: {reason}")
        return ExitCode.WRONG_USE
