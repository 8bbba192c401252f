"""Execution of the jobs of one command line, from the first request to the exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Literal

from attrs import define, field

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.output.console import discard_output, echo, print_error, write_data
from vmspec.cli.output.json import JSONStream
from vmspec.cli.submission.advice import ErrorGroups, advice
from vmspec.cli.submission.connection import ConnectionOptions
from vmspec.cli.submission.job import ErrorDetails, Job
from vmspec.cli.submission.jobs import find_key_conflicts
from vmspec.cli.submission.journal_lookup import belongs_to
from vmspec.cli.submission.output import OutputOptions
from vmspec.cli.submission.progress import Display, Row, row_of
from vmspec.cli.submission.results import as_json, exit_code, job_as_json, result_line, summary
from vmspec.cli.submission.stats import Stats
from vmspec.errors import ApiError, JournalError, NotSentError, OutcomeUnknownError, VmspecError
from vmspec.katapult import EntryFilter, Event, Progress, Result, Submission, lock_timeout

if TYPE_CHECKING:
    from vmspec.katapult import Katapult


@define(kw_only=True)
class Run:
    """Executes jobs and reports the result of each, whatever happens on the way."""

    jobs: list[Job]
    """May be filled by the work itself, before anything is reported."""
    connection: ConnectionOptions
    output: OutputOptions
    waits: bool
    """True if machines are waited for; results are then written together, at the end."""
    is_shared: bool = False
    """True if each result is written as soon as it is known, in any order."""
    earlier_ids: set[str] = field(init=False, factory=set)
    """Ids of the submissions that this command has not made."""
    _settled: set[Job] = field(init=False, factory=set)
    _errors: ErrorGroups = field(init=False, factory=ErrorGroups)
    _stats: Stats = field(init=False, factory=Stats)
    _is_executed: bool = field(init=False, default=False)
    _can_write: bool = field(init=False, default=True)
    _display: Display = field(init=False)
    _row: Row = field(init=False)
    _stream: JSONStream = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._row = row_of(self.jobs)
        self._stream = JSONStream({"version": 1, "submissions": []})
        self._display = self.output.display_for(self.jobs, waits=self.waits)

    @property
    def _writes_at_once(self) -> bool:
        return self.is_shared or (not self.waits and not self.output.as_json)

    @property
    def _has_sent(self) -> bool:
        return any(job.is_sent for job in self.jobs)

    def say(self, line: str) -> None:
        """Write a line of safe characters to standard error."""
        self._display.say(line)

    def execute(self, work: Callable[[Katapult], object]) -> int:
        """Do the work with a client, report what went wrong with each job, and return the exit code."""
        try:
            recording = self._stats.recording() if self.output.has_stats else nullcontext()
            with self.connection.client(self.say) as katapult, recording:
                try:
                    work(katapult)
                except KeyboardInterrupt:
                    self._recall(katapult)
                    raise
            code = exit_code(self.jobs)
        except KeyboardInterrupt:
            code = ExitCode.INTERRUPTED
        except Exception as error:
            if self._has_sent:  # a bug must not hide what is known
                code = ExitCode.UNKNOWN
                self.say(f"error: internal error in vmspec ({type(error).__name__}); please report it")
            elif isinstance(error, VmspecError):  # a setting or an extra is missing
                return self._give_up(error)
            else:
                raise
        finally:
            self._display.close()
        for job in self.jobs:
            if job not in self._settled:
                job.on_interruption()
                self.settle(job)
        self._is_executed = True
        for line in (*self._errors.rest(), *advice(self.jobs, self.connection)):
            self._display.say(line)
        return code

    def finish(self, code: int) -> int:
        """Write the results that are not written yet, and return the exit code.

        That is 6 if something was sent and cannot be reported.
        """
        if self.output.as_json:
            stats = {"stats": self._stats.as_json(self.jobs)} if self.output.has_stats else {}
            if self.is_shared and self._settled:
                self._write(lambda: self._stream.finish(**stats))
            else:
                self._write(lambda: write_data(as_json(self.jobs, **stats), "\n"))
        elif self._settled:
            if not self._writes_at_once:
                self._write(lambda: self._write_lines(self.jobs))
            if len(self.jobs) > 1:
                self._display.say(summary(self.jobs))
        if self.output.has_stats and not self.output.as_json and self._is_executed:
            self._display.say(self._stats.as_text(self.jobs))
        can_report = self._can_write and not self._display.has_failed
        if not can_report:
            discard_output()
        if can_report or code == ExitCode.INTERRUPTED or not self._has_sent:
            return code
        return ExitCode.UNKNOWN

    def check_keys(self, katapult: Katapult, key: str, lock_timeout_s: float) -> bool:
        """Return whether no key conflicts with the journal; report the conflicts, and what was there."""
        try:
            with lock_timeout(katapult.journal, lock_timeout_s):
                entries = katapult.submissions(EntryFilter(key=key))
        except JournalError as error:
            conflicts: Mapping[Job, ApiError] = dict.fromkeys(self.jobs, error)
        else:
            own = [entry for entry in entries if belongs_to(entry, katapult)]
            self.earlier_ids = {entry.id for entry in own}
            conflicts = find_key_conflicts(self.jobs, key, own)
        for job, conflict in conflicts.items():
            job.on_error(conflict)
            self.settle(job)
        return not conflicts

    def follow(
        self,
        katapult: Katapult,
        *,
        settle_s: float = 0.0,
        timeout_s: float = 1200.0,
        poll_s: float | None = None,
        until: Literal["started", "ssh"] = "started",
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
            until=until,
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
                self._note_origin(job)
                self._display.created(job)
                for warning in event.warnings:
                    if line := self._errors.warn(job, warning):
                        self._display.say(line)
            case Result(interrupted=True, error=error):  # the command itself reports interruptions
                if isinstance(error, OutcomeUnknownError):
                    job.on_error(error)
            case Result():
                if event.submission is None or event.submission.journalled:
                    self._take(job, event)
                self.settle(job)

    def _take(self, job: Job, result: Result) -> None:
        if result.submission is not None and job.submission is None:  # an earlier one, of which a read failed
            job.on_created(result.submission, waits=self.waits)
        if result.error is not None:
            job.on_error(result.error)
        elif result.virtual_machine is not None and self.waits:
            job.on_started(result.virtual_machine)

    def is_settled(self, job: Job) -> bool:
        """Return whether the result of a job is known."""
        return job in self._settled

    def settle(self, job: Job) -> None:
        """Report a job of which nothing more will be known."""
        self._settled.add(job)
        self._note_origin(job)
        self._display.ended(job)
        if line := self._errors.add(job):
            self._display.say(line)
        if self._writes_at_once:
            self._write(lambda: self._write_lines([job]))

    def _note_origin(self, job: Job) -> None:
        is_earlier = job.submission_id is None or job.submission_id in self.earlier_ids
        if job.submission is not None:
            is_earlier = is_earlier or not job.submission.is_new
        job.is_new = job.is_document and job.is_sent and not is_earlier

    def _recall(self, katapult: Katapult) -> None:
        """Look up the keys of interrupted jobs of which nothing was reported."""
        with suppress(JournalError):
            for job in self.jobs:
                if job not in self._settled and job.key is not None and job.is_document:
                    entry = katapult.entry_for_key(job.key)
                    is_unsent = entry is not None and entry.state == "intent" and entry.is_own
                    job.on_interruption(None if is_unsent else entry)

    def _write_lines(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            if self.output.as_json:
                self._stream.add(job_as_json(job))
            else:
                echo(result_line(job, self._row))

    def _write(self, write: Callable[[], object]) -> None:
        """Write to standard output; note if that fails, for the exit code, and do not try again."""
        if not self._can_write:
            return
        try:
            write()
            if sys.stdout is not None:
                sys.stdout.flush()
        except OSError as error:
            self._can_write = False
            self._display.say(f"error: the results cannot be written: {error.strerror or error}")

    def _give_up(self, error: VmspecError) -> int:
        print_error(str(error))
        for job in self.jobs:
            job.error = ErrorDetails(f"nothing was sent: {str(error).removeprefix('nothing was sent: ')}")
        return ExitCode.NOT_SENT if isinstance(error, NotSentError) else ExitCode.USAGE_ERROR
