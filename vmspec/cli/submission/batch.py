"""Carrying jobs out, all of them within one budget of requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from vmspec.cli.submission.outcomes import Job
from vmspec.cli.submission.progress import Display
from vmspec.errors import OutcomeUnknownError
from vmspec.katapult import Katapult, Progress, Result, Submission
from vmspec.katapult.submission.batch import Event
from vmspec.text import printable


@frozen(kw_only=True)
class Batch:
    """Submits specs. What becomes of one changes nothing for the others: each is a wish of its own."""

    katapult: Katapult
    annotations: Mapping[str, str]
    timeout_s: float
    settle_s: float
    poll_s: float | None
    """None where nothing is waited for."""
    max_failures: int | None
    display: Display
    settled: Callable[[Job], object]
    """Told each job about which nothing more will be known."""

    def carry_out(self, jobs: Sequence[Job]) -> None:
        """Returns when all jobs are settled; of an interruption the jobs show how far they were."""
        by_number = {str(number): job for number, job in enumerate(jobs)}
        self.katapult.submit_many(
            {number: job.spec for number, job in by_number.items() if job.spec is not None},
            {number: job.key for number, job in by_number.items() if job.key is not None},
            self.annotations,
            timeout_s=self.timeout_s,
            poll_s=self.poll_s,
            settle_s=self.settle_s,
            max_failures=self.max_failures,
            on_event=lambda number, event: self._note(by_number[number], event),
        )

    def _note(self, job: Job, event: Event) -> None:
        match event:
            case Progress():
                job.progress = event
                self.display.update(job, event)
            case Submission():
                job.created(event, waiting=self.poll_s is not None)
                self.display.created(job)
                for warning in event.warnings:
                    self.display.say(f"warning: {job.name}: {printable(warning)}")
            case Result(interrupted=True, error=error):  # what is said of it then is the command's
                if isinstance(error, OutcomeUnknownError):
                    job.failed(error)
            case Result():
                self._take(job, event)
                self.settled(job)

    def _take(self, job: Job, result: Result) -> None:
        if result.submission is not None and not result.submission.journalled:
            return  # it stays as the journal has it, whatever came of the waiting
        if result.error is not None:
            job.failed(result.error)
        elif result.virtual_machine is not None and self.poll_s is not None:
            job.started(result.virtual_machine)
