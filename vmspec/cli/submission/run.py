"""The jobs of one command line, from the first request to the last word and the exit code."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from attrs import define, field

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.output.console import discard_output, echo_err, flush, print_error
from vmspec.cli.submission.connection import ConnectionOptions
from vmspec.cli.submission.interruptible_sleep import InterruptibleSleep
from vmspec.cli.submission.journal_lookup import entry_of_key
from vmspec.cli.submission.outcomes import EXIT_CODES, Job, Outcome, Problem, exit_code
from vmspec.cli.submission.progress import Display, display_for
from vmspec.cli.submission.results import advice, summary, tell_json, tell_result, tell_results
from vmspec.errors import JournalError, NotSentError, VmspecError

if TYPE_CHECKING:
    from vmspec.katapult import Katapult


@define(kw_only=True)
class Run:
    """Carries jobs out and tells what became of each, whatever happens on the way."""

    jobs: list[Job]
    """May be filled when they are carried out, before anything is told of one."""
    api: ConnectionOptions
    as_json: bool
    waits: bool
    """Whether machines are waited for; their results are then told together, at the end."""
    is_logged: bool = False
    _settled: set[Job] = field(init=False, factory=set)
    _can_write: bool = field(init=False, default=True)
    _display: Display = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._display = display_for(
            self.jobs, waiting=self.waits, told_at_once=self._tells_at_once, logged=self.is_logged
        )

    @property
    def display(self) -> Display:
        """Where it is told how far the jobs are."""
        return self._display

    @property
    def _tells_at_once(self) -> bool:
        return not self.waits and not self.as_json

    def to_the_end(self, carry_out: Callable[[Katapult], object]) -> int:
        """Has the jobs carried out, says what went wrong with each, and gives the exit code."""
        pauses = InterruptibleSleep()
        try:
            with self.api.client(sleep=pauses) as katapult, closing(pauses):
                try:
                    carry_out(katapult)
                except KeyboardInterrupt:
                    self._recall(katapult)
                    raise
            code = exit_code(self.jobs)
        except KeyboardInterrupt:
            code = ExitCode.INTERRUPTED
        except VmspecError as error:  # a setting, or a missing extra: nothing was sent yet
            return self._give_up(error)
        finally:
            self._display.close()
        for job in self.jobs:
            if job not in self._settled:
                job.interrupted()
                self.settle(job)
        return code

    def told_of_all(self, code: int) -> int:
        """Writes the results that are still to be written; a code that holds even where that fails."""
        if self.as_json:
            self._write(lambda: tell_json(self.jobs))
        elif not self._tells_at_once and self._settled:
            self._write(lambda: tell_results(self.jobs))
        if len(self.jobs) > 1 and self._settled and not self.as_json:
            echo_err(summary(self.jobs))
        if self._can_write or code == ExitCode.INTERRUPTED or not any(job.submission_id for job in self.jobs):
            return code
        return EXIT_CODES[Outcome.UNKNOWN]

    def settle(self, job: Job) -> None:
        """Nothing more will be known of it."""
        self._settled.add(job)
        self._display.ended(job)
        for line in advice(job, self.api):
            self._display.say(line)
        if self._tells_at_once:
            self._write(lambda: tell_result(job, self.jobs))

    def _recall(self, katapult: Katapult) -> None:
        """What the journal knows of the keys of jobs that were interrupted before they were told of."""
        for job in self.jobs:
            if job not in self._settled and job.key is not None and job.is_document:
                try:
                    job.interrupted(entry_of_key(katapult, job.key))
                except JournalError:
                    return

    def _write(self, tell: Callable[[], object]) -> None:
        """On a full disk no word is left for scripts but the exit code: machines may have been made."""
        try:
            tell()
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
            job.problem = Problem(f"nothing was sent: {error}")
        return EXIT_CODES[Outcome.NOT_SENT] if isinstance(error, NotSentError) else ExitCode.USAGE_ERROR
