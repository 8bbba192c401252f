"""Carrying jobs out: one create after the other, and all the waiting at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, as_completed
from functools import partial

from attrs import frozen

from vmspec.cli.outcomes import Job, Outcome
from vmspec.cli.progress import Display
from vmspec.errors import ApiError, BuildError, BuildFailedError, OutcomeUnknownError, VmspecError
from vmspec.katapult import Katapult, Progress, Submission, VirtualMachine
from vmspec.terminal import printable


@frozen(kw_only=True)
class Batch:
    """Submits specs. What becomes of one changes nothing for the others: each is a wish of its own."""

    katapult: Katapult
    annotations: Mapping[str, str]
    timeout_s: float
    settle_s: float
    poll_s: float | None
    """None where nothing is waited for."""
    display: Display
    settled: Callable[[Job], object]
    """Told each job about which nothing more will be known."""

    def carry_out(self, jobs: Sequence[Job]) -> None:
        """Returns when all jobs are settled; of an interruption the jobs show how far they were."""
        waits: dict[Future[VirtualMachine], Job] = {}
        try:
            for job in jobs:
                self._create(job)
                if job.outcome is Outcome.BUILDING and job.submission is not None and self.poll_s is not None:
                    waits[self._wait(job, job.submission, self.poll_s)] = job
                else:
                    self.settled(job)
            for ended in as_completed([*waits]):
                self._settle(waits.pop(ended), ended)
        finally:
            for future, job in waits.items():
                if future.done():
                    self._settle(job, future)

    def _create(self, job: Job) -> None:
        assert job.spec is not None  # only valid documents are submitted
        try:
            submission = self.katapult.submit(
                job.spec,
                job.key,
                self.annotations,
                timeout_s=self.timeout_s,
                settle_s=self.settle_s,
                on_progress=partial(self._note, job),
            )
        except (ApiError, BuildFailedError) as error:
            job.failed(error)
        except BaseException as interruption:
            if isinstance(interruption.__cause__, OutcomeUnknownError):
                job.failed(interruption.__cause__)
            raise
        else:
            job.created(submission, waiting=self.poll_s is not None)
            self.display.created(job)
            for warning in submission.warnings:
                self.display.say(f"warning: {job.name}: {printable(warning)}")

    def _wait(self, job: Job, submission: Submission, poll_s: float) -> Future[VirtualMachine]:
        """In a thread that does not hold up the end of the process, as those of a pool would."""
        future: Future[VirtualMachine] = Future()

        def work() -> None:
            try:
                future.set_result(
                    self.katapult.wait(submission, self.timeout_s, poll_s, partial(self._note, job))
                )
            except BaseException as error:  # noqa: BLE001 - raised again where the result is asked for
                future.set_exception(error)

        threading.Thread(target=work, daemon=True).start()
        return future

    def _note(self, job: Job, progress: Progress) -> None:
        job.progress = progress
        self.display.update(job, progress)

    def _settle(self, job: Job, ended: Future[VirtualMachine]) -> None:
        try:
            job.started(ended.result())
        except VmspecError as error:
            job.failed(error)
        except Exception as error:  # noqa: BLE001 - a bug must not hide what is known of the others
            job.failed(BuildError(f"the waiting broke off ({type(error).__name__}); the build goes on"))
        self.settled(job)
