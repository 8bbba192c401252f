"""Execution of the jobs of one command line, from the first request to the exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from attrs import define, field

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.output.console import discard_output, echo, echo_err, flush, print_error
from vmspec.cli.submission.connection import ConnectionOptions
from vmspec.cli.submission.job import ErrorDetails, Job
from vmspec.cli.submission.progress import Display, Row, display_for, row_of
from vmspec.cli.submission.results import advice, as_json, exit_code, result_line, summary
from vmspec.errors import JournalError, NotSentError, OutcomeUnknownError, VmspecError
from vmspec.katapult import Event, Progress, Result, Submission
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import Katapult


@define(kw_only=True)
class Run:
    """Executes jobs and reports the result of each, whatever happens on the way."""

    jobs: list[Job]
    """May be filled by the work itself, before anything is reported."""
    connection: ConnectionOptions
    as_json: bool
    waits: bool
    """Whether machines are waited for; results are then written together, at the end."""
    is_logged: bool = False
    _settled: set[Job] = field(init=False, factory=set)
    _can_write: bool = field(init=False, default=True)
    _display: Display = field(init=False)
    _row: Row = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._row = row_of(self.jobs)
        self._display = display_for(
            self.jobs, waits=self.waits, writes_at_once=self._writes_at_once, is_logged=self.is_logged
        )

    @property
    def _writes_at_once(self) -> bool:
        return not self.waits and not self.as_json

    def execute(self, work: Callable[[Katapult], object]) -> int:
        """Do the work with a client, report what went wrong with each job, and return the exit code."""
        try:
            with self.connection.client() as katapult:
                try:
                    work(katapult)
                except KeyboardInterrupt:
                    self._recall(katapult)
                    raise
            code = exit_code(self.jobs)
        except KeyboardInterrupt:
            code = ExitCode.INTERRUPTED
        except VmspecError as error:  # a setting or an extra is missing: nothing was sent yet
            return self._give_up(error)
        finally:
            self._display.close()
        for job in self.jobs:
            if job not in self._settled:
                job.on_interruption()
                self.settle(job)
        return code

    def finish(self, code: int) -> int:
        """Write the results that are not written yet; return 6 instead if a created one cannot be written."""
        if self.as_json:
            self._write(lambda: echo(as_json(self.jobs)))
        elif self.waits and self._settled:
            self._write(lambda: self._write_lines(self.jobs))
        if len(self.jobs) > 1 and self._settled and not self.as_json:
            echo_err(summary(self.jobs))
        if self._can_write or code == ExitCode.INTERRUPTED or not any(job.submission_id for job in self.jobs):
            return code
        return ExitCode.UNKNOWN

    def follow(
        self,
        katapult: Katapult,
        *,
        settle_s: float = 0.0,
        timeout_s: float = 0.0,
        poll_s: float | None = None,
    ) -> None:
        """Look for the machines of jobs that are on record, and wait for them if ``poll_s`` is given."""
        by_name = {str(number): job for number, job in enumerate(self.jobs)}
        for job in self.jobs:
            if job.error is not None:  # another process is sending it
                self.settle(job)
        katapult.wait_many(
            {
                name: job.submission_id or job.build_id or ""
                for name, job in by_name.items()
                if job.error is None
            },
            settle_s=settle_s,
            timeout_s=timeout_s,
            poll_s=poll_s,
            on_event=lambda name, event: self.on_event(by_name[name], event),
        )

    def on_event(self, job: Job, event: Event) -> None:
        """Take over what the library reports of a job."""
        match event:
            case Progress():
                job.on_progress(event)
                self._display.update(job, event)
            case Submission():
                job.on_created(event, waits=self.waits)
                self._display.created(job)
                for warning in event.warnings:
                    self._display.say(f"warning: {job.name}: {printable(warning)}")
            case Result(interrupted=True, error=error):  # the command itself reports interruptions
                if isinstance(error, OutcomeUnknownError):
                    job.on_error(error)
            case Result():
                if event.submission is None or event.submission.journalled:
                    self._take(job, event)
                self.settle(job)

    def _take(self, job: Job, result: Result) -> None:
        if result.error is not None:
            job.on_error(result.error)
        elif result.virtual_machine is not None and self.waits:
            job.on_started(result.virtual_machine)

    def settle(self, job: Job) -> None:
        """Report a job of which nothing more will be known."""
        self._settled.add(job)
        self._display.ended(job)
        for line in advice(job, self.connection):
            self._display.say(line)
        if self._writes_at_once:
            self._write(lambda: self._write_lines([job]))

    def _write_lines(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            echo(result_line(job, self._row))

    def _recall(self, katapult: Katapult) -> None:
        """Look up the keys of interrupted jobs of which nothing was reported."""
        with suppress(JournalError):
            for job in self.jobs:
                if job not in self._settled and job.key is not None and job.is_document:
                    entry = katapult.entry_for_key(job.key)
                    is_unsent = entry is not None and entry.state == "intent" and entry.is_own
                    job.on_interruption(None if is_unsent else entry)

    def _write(self, write: Callable[[], object]) -> None:
        """Where results cannot be written, the exit code says that machines may have been made."""
        try:
            write()
            flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            self._can_write = False
            print_error(f"the results cannot be written: {error.strerror or error}")
            discard_output()

    def _give_up(self, error: VmspecError) -> int:
        print_error(str(error))
        for job in self.jobs:
            job.error = ErrorDetails(f"nothing was sent: {error}")
        return ExitCode.NOT_SENT if isinstance(error, NotSentError) else ExitCode.USAGE_ERROR
