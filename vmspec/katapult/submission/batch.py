"""Many specs at once: their clashes, the exchange of each, and which of them may begin when. No I/O."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import TYPE_CHECKING, TypeAlias, cast
from uuid import UUID

from attrs import define, evolve, field, frozen

from vmspec.errors import (
    BuildError,
    BuildFailedError,
    ClashError,
    ConfigurationError,
    LimitExceededError,
    MachineGoneError,
    NotSentError,
    OutcomeUnknownError,
    VmspecError,
)
from vmspec.katapult.arguments import check_most, check_seconds, check_text, check_texts
from vmspec.katapult.journal.states import Outcome
from vmspec.katapult.records import Progress, Submission, VirtualMachine
from vmspec.katapult.submission.clashes import find_clashes
from vmspec.katapult.submission.machine_index import SIZE, MachineIndex
from vmspec.katapult.submission.operation import Announce, Interruption, Operation, Session
from vmspec.katapult.submission.outcome import outcome_of
from vmspec.katapult.submission.request import SubmitRequest, check_annotations, text_of
from vmspec.katapult.submission.submit import submit
from vmspec.katapult.submission.wait import wait
from vmspec.katapult.transport.cancellation import CancelledError

if TYPE_CHECKING:
    from vmspec.model.spec import VirtualMachineSpec

CONCURRENCY = 8
"""Creates that are on their way at the same time."""
MOST_OPEN = 256
"""Machines that are waited for at the same time; more wait for their turn."""


@frozen(kw_only=True)
class Result:
    """What became of one spec of many."""

    name: str
    submission: Submission | None = None
    """None where it was not created, or that is not known."""
    virtual_machine: VirtualMachine | None = None
    """The started machine, where it was waited for."""
    error: VmspecError | None = None
    """Why there is no machine, or not yet; its kind says what is known."""
    interrupted: bool = False
    """The batch was ended before more was known."""

    @property
    def outcome(self) -> Outcome:
        """The result in one word; ``building`` where it is created and the wait did not end well."""
        if self.submission is None:
            return Outcome.CREATED if self.error is None else outcome_of(self.error)
        if not self.submission.journalled:
            return Outcome.UNKNOWN
        if isinstance(self.error, BuildFailedError | MachineGoneError):
            return outcome_of(self.error)
        return Outcome.CREATED if self.error is None else Outcome.BUILDING


Event: TypeAlias = Progress | Submission | Result
"""News of one spec: it is under way, it is created, nothing more will be known."""


@frozen(kw_only=True)
class BatchOptions:
    """What holds for all specs of a batch."""

    api_url: str
    organization: str
    key: str | Mapping[str, str] | None
    """Below which each has its own, or the key of each by name."""
    annotations: Mapping[str, str]
    timeout_s: float
    settle_s: float
    poll_s: float | None
    """None where nothing is waited for."""

    def check(self) -> None:
        """Raises ConfigurationError or TypeError for what holds for no spec."""
        check_annotations(self.annotations)
        check_seconds(timeout_s=self.timeout_s, settle_s=self.settle_s)
        if self.poll_s is not None:
            check_seconds(poll_s=self.poll_s)
        if isinstance(self.key, Mapping):
            check_texts("keys", self.key)
        elif self.key is not None:
            check_text("a key", self.key)
            if not self.key:
                raise ConfigurationError("the key is empty; leave it out, or give one")

    def key_of(self, name: str) -> str | None:
        if self.key is None or isinstance(self.key, str):
            return None if self.key is None else f"{self.key}/{name}"
        return self.key.get(name)


def named(
    specs: Mapping[str, VirtualMachineSpec | str] | Iterable[VirtualMachineSpec | str],
) -> dict[str, VirtualMachineSpec | str]:
    """Specs by name; those that have none are numbered from 1. TypeError for what is no spec."""
    from vmspec.model.spec import VirtualMachineSpec

    if isinstance(specs, str | bytes) or not isinstance(specs, Iterable):
        raise TypeError(f"specs are several, in a mapping or a list, not one {type(specs).__name__}")
    if isinstance(specs, Mapping):
        found = dict(cast("Mapping[str, VirtualMachineSpec | str]", specs))  # an Iterable may be one too
    else:
        found = {str(number): spec for number, spec in enumerate(specs, start=1)}
    for name, spec in found.items():
        check_text("the name of a spec", name)
        if not isinstance(spec, str | VirtualMachineSpec):
            raise TypeError(
                f"spec {name} is a {type(spec).__name__}, no VirtualMachineSpec; of a VM, build() gives one"
            )
    return found


@define
class Batch:
    """The specs of one batch on their way: what begins next, and what became of each."""

    conversation: Session
    terms: BatchOptions
    specs: Mapping[str, VirtualMachineSpec | str]
    concurrency: int = CONCURRENCY
    max_failures: int | None = None
    max_machines: int | None = None
    _waiting: list[str] = field(init=False)
    _creating: set[str] = field(init=False, factory=set)
    _open: set[str] = field(init=False, factory=set)
    _results: dict[str, Result] = field(init=False, factory=dict)
    _roster_of: dict[str, MachineIndex] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self.terms.check()
        check_most(max_failures=self.max_failures, max_machines=self.max_machines)
        if self.max_machines is not None and len(self.specs) > self.max_machines:
            raise LimitExceededError(
                f"nothing was sent: {len(self.specs)} machines are more than max_machines={self.max_machines}"
            )
        if clashes := find_clashes(self.specs):
            raise ClashError(clashes)
        self._waiting = [*self.specs][::-1]
        if self.terms.poll_s is not None and len(self.specs) > 1:
            batch = UUID(int=self.conversation.chance.getrandbits(128), version=4)
            names = [*self.specs]
            for first in range(0, len(names), SIZE):
                roster = MachineIndex(self.terms.organization, f"{batch}/{first // SIZE}")
                self._roster_of |= dict.fromkeys(names[first : first + SIZE], roster)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be known."""
        return len(self._results) == len(self.specs)

    @property
    def under_way(self) -> bool:
        """Whether an exchange that began has not ended."""
        return bool(self._open)

    @property
    def results(self) -> tuple[Result, ...]:
        """One for each spec, in the order given."""
        return tuple(self._results[name] for name in self.specs)

    def begin(self) -> Iterator[tuple[str, Operation[Result]]]:
        """The exchanges that are to begin now."""
        while self._waiting and len(self._creating) < self._most_creating() and len(self._open) < MOST_OPEN:
            name = self._waiting.pop()
            self._creating.add(name)
            self._open.add(name)
            yield name, self._exchange(name)

    def take(self, name: str, event: Event) -> None:
        """News of an exchange that began."""
        match event:
            case Submission():
                self._creating.discard(name)
            case Result():
                self._creating.discard(name)
                self._open.discard(name)
                self._results[name] = event
            case Progress():
                pass

    def given_up(self) -> Iterator[Result]:
        """What is to be said of those that will not begin any more; empty while some still may."""
        if self._waiting and self._is_given_up() and not self._open:
            reason = f"not begun, for {self.max_failures} failed before"
            while self._waiting:
                name = self._waiting.pop()
                self._results[name] = Result(name=name, error=NotSentError(f"nothing was sent: {reason}"))
                yield self._results[name]

    def left_open(self) -> Iterator[Result]:
        """What is to be said of an interrupted batch's exchanges that did not end in time."""
        for name in sorted(self._open):
            text = "interrupted, and it did not end in time; a machine may have been made"
            error = OutcomeUnknownError(text, cause="interrupted")
            yield Result(name=name, error=error, interrupted=True)

    def _is_given_up(self) -> bool:
        return self._failures_left() <= 0

    def _failures_left(self) -> float:
        if self.max_failures is None:
            return inf
        return self.max_failures - sum(result.error is not None for result in self._results.values())

    def _most_creating(self) -> float:
        """No more than may fail, for any that is on its way may; with one, the first tries it out."""
        return min(self.concurrency, self._failures_left())

    def _exchange(self, name: str) -> Operation[Result]:
        terms = self.terms
        roster = self._roster_of.get(name)
        xml, hostname = text_of(self.specs[name])
        wish = SubmitRequest(
            api_url=terms.api_url,
            organization=terms.organization,
            xml=xml,
            hostname=hostname,
            key=terms.key_of(name),
            annotations=terms.annotations,
            timeout_s=terms.timeout_s,
            settle_s=terms.settle_s,
            queues=True,
            batch=None if roster is None else roster.batch,
        )
        return _from_wish_to_machine(self.conversation, name, wish, terms, roster)


def _from_wish_to_machine(
    conversation: Session, name: str, wish: SubmitRequest, terms: BatchOptions, roster: MachineIndex | None
) -> Operation[Result]:
    """Ends with a result, whatever is thrown into it."""
    result = Result(name=name)
    try:
        submission = yield from submit(conversation, wish)
        result = evolve(result, submission=submission, virtual_machine=submission.virtual_machine)
        yield Announce(submission)
        if terms.poll_s is not None:
            machine = yield from wait(conversation, submission, terms.timeout_s, terms.poll_s, roster)
            result = evolve(result, virtual_machine=machine)
    except GeneratorExit:
        raise
    except VmspecError as error:
        result = evolve(result, error=error)
    except Interruption as interruption:
        result = broken_off(result, interruption.cause)
    except BaseException as error:  # noqa: BLE001 - told as the result of this one
        result = broken_off(result, error)
    return result


def broken_off(result: Result, error: BaseException) -> Result:
    """What is known where an exchange was interrupted, or ended by a mistake."""
    is_ended = isinstance(error, CancelledError | asyncio.CancelledError | KeyboardInterrupt)
    how = "interrupted" if is_ended else f"broken off by a mistake in vmspec ({type(error).__name__})"
    submission, known = result.submission, error.__cause__
    if submission is not None:
        build_id = submission.build.id if submission.build is not None else None
        known = BuildError(f"{how}; the build goes on", build_id=build_id, submission_id=submission.id)
    elif not isinstance(known, VmspecError):
        known = NotSentError(f"{how} before this run sent it")
    return evolve(result, error=known, interrupted=is_ended)
