"""Journals for the tests that fail, or do something else, at a step of their choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from attrs import define, field

from vmspec.errors import JournalError
from vmspec.katapult import Entry, EntryFilter, Journal
from vmspec.katapult.journal import ALL, LOCK_TIMEOUT_S

from .doubles import Clock

T = TypeVar("T")
Hook = Callable[[str, str], object]
"""Told the step, which is ``begin``, ``find``, ``entries`` or the state that an entry gets, and when."""


@define(eq=False)
class Watched:
    """A journal; ``hook`` is called ``before`` and ``after`` each of its steps and may raise."""

    journal: Journal
    hook: Hook
    steps: list[str] = field(factory=list)

    def begin(self, entry: Entry, hold_s: float) -> Entry:
        return self._step("begin", lambda: self.journal.begin(entry, hold_s))

    def advance(self, entry: Entry, hold_s: float = 0.0) -> Entry | None:
        return self._step(entry.state, lambda: self.journal.advance(entry, hold_s))

    def find(self, submission_id: str) -> Entry | None:
        return self._step("find", lambda: self.journal.find(submission_id))

    def find_keys(self, keys: Sequence[str]) -> Sequence[Entry]:
        return self.journal.find_keys(keys)

    def entries(self, wanted: EntryFilter = ALL) -> Sequence[Entry]:
        return self._step("entries", lambda: self.journal.entries(wanted))

    def close(self) -> None:
        self.journal.close()

    def _step(self, name: str, do: Callable[[], T]) -> T:
        self.steps.append(name)
        self.hook(name, "before")
        done = do()
        self.hook(name, "after")
        return done


@define(eq=False)
class Locked(Watched):
    """One that others lock from a step on: each step then takes all the time that it is given."""

    clock: Clock = field(kw_only=True)
    _within_s: float = LOCK_TIMEOUT_S

    @contextmanager
    def within(self, wait_s: float) -> Iterator[None]:
        self._within_s = min(wait_s, LOCK_TIMEOUT_S)
        yield
        self._within_s = LOCK_TIMEOUT_S

    def lock(self) -> None:
        self.clock.now += self._within_s
        raise JournalError("the journal cannot be used: database is locked")


def locked_from(first: str, journal: Journal, clock: Clock) -> Locked:
    """Locked from that step on."""

    def hook(step: str, moment: str) -> None:
        if moment == "before" and first in locked.steps:
            locked.lock()

    locked = Locked(journal, hook, clock=clock)
    return locked


def full_at(*steps: str, when: str = "before") -> Hook:
    """A full disk at these steps."""

    def hook(step: str, moment: str) -> None:
        if step in steps and moment == when:
            raise JournalError("the journal cannot be used: database or disk is full")

    return hook
