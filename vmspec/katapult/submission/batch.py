"""Many submissions at once: which operations may begin when, and what became of each spec. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import inf
from typing import TypeAlias

from attrs import define, field, frozen

from vmspec.errors import (
    ApiError,
    BuildFailedError,
    InvalidApiTokenError,
    LimitExceededError,
    MachineGoneError,
    MissingApiTokenError,
    NotSentError,
    OrganizationNotActivatedError,
    OrganizationNotFoundError,
    OrganizationSuspendedError,
    RefusedError,
    ScopeNotGrantedError,
    UnauthorizedNetworkError,
    VmspecError,
)
from vmspec.katapult.journal import RELEASED, Entry
from vmspec.katapult.journal.states import Outcome
from vmspec.katapult.records import Progress, Submission, VirtualMachine
from vmspec.katapult.submission.create import Unsettled
from vmspec.katapult.submission.operation import Operation, Session, Tell, find
from vmspec.katapult.submission.outcome import NOTHING_SENT, interrupted, interrupted_after, outcome_of
from vmspec.katapult.submission.preparation import check_limits, machines_of_keys
from vmspec.katapult.submission.submit import not_looked_up
from vmspec.katapult.submission.wait import Until
from vmspec.katapult.submission.watcher import Watcher

CONCURRENCY = 8
"""Creates under way at the same time."""
LOST_CAUSE = 3
"""Creates that may fail to connect, one after the other, before the rest is not begun."""
LOST_FOR_ALL = (
    InvalidApiTokenError,
    MissingApiTokenError,
    OrganizationNotActivatedError,
    OrganizationNotFoundError,
    OrganizationSuspendedError,
    ScopeNotGrantedError,
    UnauthorizedNetworkError,
)
"""Refusals that every other create of the batch would meet too."""


@frozen(kw_only=True)
class Result:
    """The outcome of one spec of many."""

    name: str
    submission: Submission | None = None
    """None if it was not created, or that is not known."""
    virtual_machine: VirtualMachine | None = None
    """The started machine, if it was waited for."""
    error: VmspecError | None = None
    """Reason for the lack of a machine; its class says what is known."""
    interrupted: bool = False
    """True if the batch was ended before more was known."""

    @property
    def outcome(self) -> Outcome:
        """The result in one word; ``building`` if it is created and the wait did not end well."""
        if self.submission is None:
            return Outcome.CREATED if self.error is None else outcome_of(self.error)
        if not self.submission.journalled:
            return Outcome.UNKNOWN
        if isinstance(self.error, BuildFailedError | MachineGoneError):
            return outcome_of(self.error)
        return Outcome.CREATED if self.error is None else Outcome.BUILDING


Event: TypeAlias = Progress | Submission | Result
"""News of one spec: it is under way, it is created, nothing more will be known."""
Start: TypeAlias = Callable[[Mapping[str, VirtualMachine] | None], Operation[Submission | Unsettled | str]]
"""First operation of a spec, given the machines of the keys that are new to the journal; it returns a
submission, one that is to be looked for, or the id of a build."""


@define(kw_only=True)
class Batch:
    """Specs on their way; whenever something ended, a driver runs what :meth:`begin` returns."""

    session: Session
    starts: Mapping[str, Start]
    keys: Mapping[str, str] = field(factory=dict)
    timeout_s: float
    settle_s: float
    poll_s: float | None
    """None if nothing is waited for."""
    until: Until = "started"
    max_failures: int | None = None
    concurrency: int = CONCURRENCY
    checks_limits: bool = False
    machines: Mapping[str, VirtualMachine] | None = None
    """Machines that have keys, if that was looked up before, and limits too."""
    is_created: bool = False
    """True if all was sent by an earlier call."""
    is_interrupted: bool = False
    """Set by the driver: what ends from then on was cut short."""
    watcher: Watcher = field(init=False)
    results: dict[str, Result] = field(init=False, factory=dict)
    _waiting: list[str] = field(init=False)
    _creating: set[str] = field(init=False, factory=set)
    _settling: set[str] = field(init=False, factory=set)
    _ready: list[tuple[str, Operation[None]]] = field(init=False, factory=list)
    _created: dict[str, Submission] = field(init=False, factory=dict)
    _entries: dict[str, Entry] = field(init=False, factory=dict)
    _is_prepared: bool = field(init=False, default=False)
    _is_preparing: bool = field(init=False, default=False)
    _lost: list[ApiError] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        self._waiting = [*self.starts][::-1]
        with_task = len(self.starts) == 1
        how = (self.timeout_s, self.poll_s, self.until, with_task, self._end, not self.is_created)
        self.watcher = Watcher(self.session, *how)
        has_lookups = self.machines is None and bool(self.keys or self.checks_limits)
        self._is_prepared = self.is_created or not has_lookups

    @property
    def is_over(self) -> bool:
        """Return whether nothing more will be known."""
        return len(self.results) == len(self.starts)

    def begin(self) -> Iterator[tuple[str, Operation[None]]]:
        """Yield the operations that are to begin now, with the name of a spec where they are of one."""
        if not self._is_prepared:
            if not self._is_preparing:
                self._is_preparing = True
                yield "", self._prepare()
            return
        while self._waiting and len(self._creating) < self._most_creating():
            name = self._waiting.pop()
            self._creating.add(name)
            yield name, self._create(name)
        if self._waiting and self._gives_up() and not self._creating and not self._settling:
            yield "", self._not_begun()
        while self._ready:
            yield self._ready.pop()
        for _ in range(self.watcher.workers_missing):
            yield "", self.watcher.work()
        if self.watcher.needs_reaper:
            yield "", self.watcher.reap()

    def note(self, name: str, entry: Entry) -> None:
        """Remember the last entry of the journal that an operation met."""
        self._entries[name] = entry

    def left_open(self) -> Iterator[Result]:
        """Yield what is known of the specs of an interrupted batch that have no result yet."""
        for name in self.starts:
            if name in self.results or name in self._waiting:
                continue
            submission = self._created.get(name)
            machine = submission.virtual_machine if submission is not None else None
            error: VmspecError = interrupted(self._entries.get(name))
            if submission is not None:
                error = interrupted_after(submission)
            result = Result(
                name=name, submission=submission, virtual_machine=machine, error=error, interrupted=True
            )
            self.results[name] = result
            yield result

    def _failures_left(self) -> float:
        if self._lost_cause() is not None:
            return 0
        if self.max_failures is None:
            return inf
        return self.max_failures - sum(result.error is not None for result in self.results.values())

    def _gives_up(self) -> bool:
        return self._failures_left() <= 0

    def _most_creating(self) -> float:
        """Return the number of creates that may be under way: no more than may still fail."""
        most = 1 if self._lost else self.concurrency
        return min(most, self._failures_left() - (len(self._settling) if self.max_failures else 0))

    def _lost_cause(self) -> ApiError | None:
        """Return the error that all other creates would meet too."""
        for error in self._lost:
            if isinstance(error, LOST_FOR_ALL):
                return error
        return self._lost[-1] if len(self._lost) >= LOST_CAUSE else None

    def _create(self, name: str) -> Operation[None]:
        try:
            outcome = yield from self.starts[name](self.machines)
            if isinstance(outcome, Submission) and self.poll_s is None and not outcome.is_new:
                self._created[name] = outcome
                outcome = yield from self.watcher.looked_up(outcome)
        except VmspecError as error:
            self._creating.discard(name)
            if isinstance(error, RefusedError | NotSentError) and not self.is_created:
                self._count_lost(error)
            yield from self._end(name, None, error)
            return
        self._lost.clear()
        if isinstance(outcome, Unsettled):
            self._settling.add(name)
            self._creating.discard(name)
            self._ready.append((name, self._settle(name, outcome)))
        elif isinstance(outcome, Submission):
            yield from self._announce(name, outcome)
            self._creating.discard(name)
        else:
            self._creating.discard(name)
            self.watcher.follow(name, outcome)

    def _count_lost(self, error: ApiError) -> None:
        is_unconnected = (
            isinstance(error, NotSentError) and type(error) is NotSentError and error.code is None
        )
        if isinstance(error, LOST_FOR_ALL) or is_unconnected:
            self._lost.append(error)
        else:
            self._lost.clear()

    def _settle(self, name: str, unsettled: Unsettled) -> Operation[None]:
        try:
            submission = yield from self.watcher.settle(name, unsettled, self.settle_s)
        except VmspecError as error:
            self._settling.discard(name)
            yield from self._end(name, None, error)
        else:
            self._settling.discard(name)
            yield from self._announce(name, submission)

    def _announce(self, name: str, submission: Submission) -> Operation[None]:
        """Tell that a submission is created, and follow it."""
        self._created[name] = submission
        yield Tell(submission, name)
        if self.poll_s is None:
            yield from self._end(name, submission.virtual_machine, None)
        else:
            self.watcher.follow(name, submission)

    def _end(self, name: str, machine: VirtualMachine | None, error: VmspecError | None) -> Operation[None]:
        submission = self._created.get(name)
        if machine is None and submission is not None:
            machine = submission.virtual_machine
        result = Result(
            name=name,
            submission=submission,
            virtual_machine=machine,
            error=error,
            interrupted=self.is_interrupted and error is not None,
        )
        self.results[name] = result
        yield Tell(result, name)

    def _not_begun(self) -> Operation[None]:
        lost = self._lost_cause()
        reason = f"not begun, for {self.max_failures} failed before"
        if lost is not None:
            reason = f"not begun, for others ended so before: {lost.message.removeprefix(NOTHING_SENT)}"
        names, self._waiting = self._waiting[::-1], []
        for name in names:
            yield from self._end(name, None, NotSentError(f"{NOTHING_SENT}{reason}"))

    def _prepare(self) -> Operation[None]:
        """Look up keys that are new to the journal, and limits, before anything is sent."""
        try:
            yield from self._look_up_keys()
        except LimitExceededError:
            raise
        except ApiError as error:
            lost = not_looked_up(error)
            self._lost = [lost] * LOST_CAUSE
            yield from self._end(self._waiting.pop(), None, lost)
        self._is_prepared = True

    def _look_up_keys(self) -> Operation[None]:
        new = [name for name in self.starts if name not in self.keys]
        if self.keys:
            claimed = {
                entry.key for entry in (yield from find([*self.keys.values()])) if self._is_claim(entry)
            }
            wanted = {key for key in self.keys.values() if key not in claimed}
            if len(wanted) > 1:
                self.machines = yield from machines_of_keys(self.session, wanted)
            found = self.machines or {}
            new += [name for name, key in self.keys.items() if key in wanted and key not in found]
        if self.checks_limits and len(new) > 1:
            yield from check_limits(self.session, len(new))

    def _is_claim(self, entry: Entry) -> bool:
        place = (entry.api_url, entry.organization)
        return place == (self.session.api_url, self.session.organization) and entry.state not in RELEASED
