"""Submitting the same specs by several runners with one journal: ``vmspec submit --share``.

Each runner sends what no other has sent, in an order of its own, waits for what it sent, and then for what is
left, as after a runner that was killed. Specs are read when they are sent, so that many take little memory.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

from attrs import define, evolve, field

from vmspec.cli.submission.job import ErrorDetails, Job
from vmspec.cli.submission.journal_lookup import belongs_to
from vmspec.cli.submission.run import Run
from vmspec.errors import (
    ApiError,
    JournalError,
    KeyInUseError,
    LimitExceededError,
    NotSentError,
    OutcomeUnknownError,
)
from vmspec.katapult import Entry, Event, Outcome, Result, Submission, VirtualMachine
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import Katapult
    from vmspec.model.spec import VirtualMachineSpec

SENT_AT_ONCE = 50
"""Specs of one batch: enough to keep the API busy, few enough that runners seldom choose the same."""
CHUNK = 400
"""Submissions that are looked up in the journal, or waited for, together."""
LOCKED_TRIES = 5
"""Tries of a step for which other runners have left the journal no time."""
HELD_POLL_S = 1.0
"""Pause between two looks at what other runners are sending."""
MIN_WAIT_S = 60.0
"""Time to wait for machines whose ``--timeout`` has passed while others were sent."""


@define(kw_only=True, eq=False)
class Sharing:
    """Submission of all jobs of a run, beside other runners."""

    run: Run
    katapult: Katapult
    load: Callable[[Job], VirtualMachineSpec | None]
    """Reads the spec of a job, or sets the job's error."""
    annotations: Mapping[str, str]
    timeout_s: float
    settle_s: float
    poll_s: float | None
    until: Literal["started", "ssh"]
    max_failures: int | None
    _sent: list[Job] = field(init=False, factory=list)
    """Jobs that this runner has sent, in order."""
    _sent_at: float = field(init=False, factory=time.monotonic)
    """Time at which the last of them were sent."""
    _new: set[Job] = field(init=False, factory=set)
    """Jobs whose machines this runner has made."""
    _tried: set[Job] = field(init=False, factory=set)
    _locked: Counter[Job] = field(init=False, factory=Counter)
    _followed: set[Job] = field(init=False, factory=set)
    _old_refusals: set[str] = field(init=False, factory=set)
    """Ids of submissions that were refused before this run, and may be sent now."""
    _machines: Mapping[str, VirtualMachine] | None = field(init=False, default=None)
    _failures: int = field(init=False, default=0)
    _stop: ApiError | None = field(init=False, default=None)

    def work(self, key: str) -> None:
        """Submit all jobs, and return when all are decided."""
        jobs = [*self.run.jobs]
        random.SystemRandom().shuffle(jobs)
        try:
            self._look_up_keys(key, jobs)
            for chunk in _chunks(jobs, SENT_AT_ONCE):
                self._send(chunk)
            if self.poll_s is not None:
                for chunk in _chunks(self._sent, CHUNK):
                    self._follow(chunk, self.timeout_s - (time.monotonic() - self._sent_at))
            while jobs := self._open(jobs):
                before = len(self._tried) + len(self._followed)
                for chunk in _chunks(jobs, SENT_AT_ONCE):
                    self._send(chunk)
                for chunk in _chunks(jobs, CHUNK):
                    self._take_over(chunk)
                if len(self._tried) + len(self._followed) == before and self._open(jobs):
                    time.sleep(HELD_POLL_S)
        except NotSentError as error:
            self._end(jobs, error)

    def on_event(self, job: Job, event: Event) -> None:
        """Take over what the library reports of a job; only what is decided is settled."""
        waits = self.poll_s is not None and job not in self._followed
        waits_for_lock = job not in self._followed and self._locked[job] < LOCKED_TRIES
        match event:
            case Submission() if job.submission_id == event.id:  # told again when it is waited for
                job.on_created(evolve(event, is_new=job in self._new), waits=self.run.waits)
            case Result(submission=Submission(journalled=True), error=None) if waits:
                job.submission, job.annotations = None, {}
            case Result(error=OutcomeUnknownError() as error, interrupted=False) if job not in self._followed:
                job.on_error(error)  # its machine is looked for when all others were sent
                job.error = None
            case Result(error=JournalError()) if waits_for_lock:
                self._locked[job] += 1
                self._tried.discard(job)
                return
            case _:
                if isinstance(event, Submission) and event.is_new:
                    self._new.add(job)
                self.run.on_event(job, event)
        if isinstance(event, Result):
            self._failures += event.error is not None and not isinstance(event.error, OutcomeUnknownError)
            job.forget_details()

    def _look_up_keys(self, key: str, jobs: Sequence[Job]) -> None:
        """Find machines of keys that are new to the journal, before the first spec is sent."""
        for entry in self._find([key]):
            if belongs_to(entry, self.katapult) and not entry.info.releases_key:
                raise KeyInUseError(
                    f"nothing was sent: the key {printable(key)} belongs to a single document,"
                    f" of submission {entry.id}"
                )
        new: list[str] = []
        for chunk in _chunks(jobs, CHUNK):
            entries = self._entries(chunk)
            self._old_refusals |= {entry.id for entry in entries.values() if entry.state == "refused"}
            new += [job.key for job in chunk if job.key is not None and job not in entries]
        if new:
            try:
                self._machines = self.katapult.machines_of_keys(new)
                self._check_limit(len(new))
            except LimitExceededError:
                raise
            except ApiError:  # each batch then tries for itself, and says why that fails
                return

    def _check_limit(self, count: int) -> None:
        limit = self.katapult.policy_limits().get("virtual_machines")
        if limit is not None and (limit.current or 0) + count > limit.limit:
            raise LimitExceededError(
                f"nothing was sent: {count} new machines are more than the organization may have"
                f" ({limit.limit})"
            )

    def _find(self, keys: Sequence[str]) -> Sequence[Entry]:
        """Return the entries of keys, however busy other runners keep the journal."""
        for _ in range(LOCKED_TRIES):
            with suppress(JournalError):
                return self.katapult.journal.find_keys(keys)
        return self.katapult.journal.find_keys(keys)

    def _entries(self, jobs: Sequence[Job]) -> dict[Job, Entry]:
        """Return the entry that claims the key of each job, or else the last one that had it."""
        by_key = {job.key: job for job in jobs}
        found: dict[Job, Entry] = {}
        for entry in self._find([key for key in by_key if key is not None]):
            job = by_key[entry.key]
            is_better = job not in found or found[job].info.releases_key or not entry.info.releases_key
            if belongs_to(entry, self.katapult) and is_better:
                found[job] = entry
        return found

    def _open(self, jobs: Sequence[Job]) -> list[Job]:
        return [job for job in jobs if not self.run.is_settled(job)]

    def _send(self, jobs: Sequence[Job]) -> None:
        """Send what no other runner holds or has sent, and this one has not tried."""
        if self.max_failures is not None and self._failures >= self.max_failures and self._stop is None:
            self._stop = NotSentError(f"nothing was sent: not begun, for {self._failures} failed before")
        untried = [job for job in self._open(jobs) if job not in self._tried]
        entries = self._entries(untried)
        free = [job for job in untried if self._is_free(entries.get(job))]
        self._tried.update(free)
        if self._stop is not None:
            self._end(free, self._stop)
            return
        specs: dict[str, VirtualMachineSpec] = {}
        by_name: dict[str, Job] = {}
        for number, job in enumerate(free):
            spec = job.spec or self.load(job)
            if spec is None:
                self.run.settle(job)
                continue
            job.spec, job.hostname = spec, spec.hostname
            specs[str(number)], by_name[str(number)] = spec, job
        if specs:
            self._submit(specs, by_name)

    def _submit(self, specs: Mapping[str, VirtualMachineSpec], by_name: Mapping[str, Job]) -> None:
        left = None if self.max_failures is None else self.max_failures - self._failures
        try:
            results = self.katapult.submit_many(
                specs,
                {name: job.key for name, job in by_name.items() if job.key is not None},
                self.annotations,
                timeout_s=self.timeout_s,
                poll_s=None,
                settle_s=0.0,
                max_failures=left,
                machines=self._machines,
                on_event=lambda name, event: self.on_event(by_name[name], event),
            )
        except NotSentError as error:  # such as more than the organization may have
            self._stop = error
            self._end([*by_name.values()], error)
            return
        made = [by_name[result.name] for result in results if result.error is None]
        self._sent += [job for job in made if not self.run.is_settled(job)]
        self._sent_at = time.monotonic()
        last = results[-1].error
        if not made and isinstance(last, NotSentError) and not isinstance(last, JournalError):
            self._stop = last  # all others would meet it too

    def _is_free(self, entry: Entry | None) -> bool:
        if entry is None or entry.is_left_unsent:
            return True
        is_refused_now = entry.state == "refused" and entry.id not in self._old_refusals
        return entry.info.releases_key and not is_refused_now

    def _take_over(self, jobs: Sequence[Job]) -> None:
        """Settle what other runners have decided, and follow what they, or this one, have left."""
        left: list[Job] = []
        entries = self._entries(self._open(jobs))
        for job in self._open(jobs):
            if job in self._tried and job not in entries:
                job.error = ErrorDetails("it is no longer on record")
                self.run.settle(job)
        for job, entry in entries.items():
            is_own = job in self._tried and job.submission_id == entry.id
            if not is_own:
                self.run.earlier_ids.add(entry.id)
            job.recall(entry)
            if entry.owner is not None or (entry.is_left_unsent and job not in self._tried):
                continue
            is_created = entry.state == "created"
            is_made = is_created and (entry.virtual_machine_id is not None or self.poll_s is None)
            is_decided = is_made or not (is_created or entry.info.is_pending)
            if is_decided or job in self._followed:
                self._settle(job, entry)
            else:
                left.append(job)
        self._follow(left, self.timeout_s)

    def _settle(self, job: Job, entry: Entry) -> None:
        """Settle a job by what the journal says."""
        if entry.state == "created":
            if entry.virtual_machine_id is not None:
                job.machine = VirtualMachine(
                    id=entry.virtual_machine_id, hostname=entry.hostname or "", fqdn=""
                )
            job.outcome = Outcome.CREATED
        else:
            reason = f": {printable(entry.reason)}" if entry.reason else ""
            job.error = ErrorDetails(f"{entry.info.sentence}{reason}")
        self.run.settle(job)
        job.forget_details()

    def _follow(self, jobs: Sequence[Job], timeout_s: float) -> None:
        """Wait for machines, and look for those of unknown outcomes."""
        if timeout_s < self.timeout_s:
            timeout_s = min(max(timeout_s, MIN_WAIT_S), self.timeout_s)
        for chunk in _chunks(self._open(jobs), CHUNK):
            by_name = {str(number): job for number, job in enumerate(chunk)}
            self._followed.update(chunk)
            self.katapult.wait_many(
                {name: job.submission_id or "" for name, job in by_name.items()},
                settle_s=self.settle_s,
                timeout_s=timeout_s,
                poll_s=self.poll_s,
                until=self.until,
                on_event=lambda name, event, jobs=by_name: self.on_event(jobs[name], event),  # type: ignore[misc]
            )

    def _end(self, jobs: Sequence[Job], error: ApiError) -> None:
        """Settle jobs of which an error is all that will be known."""
        for job in self._open(jobs):
            job.on_error(error)
            self.run.settle(job)


def _chunks(jobs: Sequence[Job], size: int) -> Iterator[Sequence[Job]]:
    for first in range(0, len(jobs), size):
        yield jobs[first : first + size]
