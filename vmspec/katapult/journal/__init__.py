"""The journal: what is known of each submission, on record before the first byte of it is sent.

A store of your own, shared by several machines say, is a class with the methods of :class:`Journal`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, runtime_checkable

from attrs import field, frozen

from vmspec.katapult.journal import ownership
from vmspec.katapult.journal.rate import RateNews, Turn
from vmspec.katapult.journal.states import PENDING, RELEASED, STATES, State, StateInfo

__all__ = [
    "ALL",
    "BUILD_FAILED",
    "LOCK_TIMEOUT_S",
    "PENDING",
    "RELEASED",
    "STATES",
    "Entry",
    "EntryFilter",
    "Journal",
    "State",
    "StateInfo",
    "SupportsLockTimeout",
    "SupportsSharedRate",
    "find_by_key",
    "lock_timeout",
]

BUILD_FAILED = "its build failed"
"""Reason of a failed submission, also once it is abandoned."""


@frozen(kw_only=True)
class Entry:
    """One submission as it stands in the journal; neither its XML nor the token is in there.

    Times are Unix times. Within one API address and organization a key belongs to one entry whose
    state is not in ``RELEASED``.
    """

    id: str
    api_url: str
    organization: str
    spec_sha256: str
    """Digest of the canonical XML."""
    key: str | None = None
    hostname: str | None = None
    annotations: Mapping[str, str] = field(factory=dict, hash=False)
    state: State = "intent"
    tries: int = 0
    """Number of tries to send it; nothing was created by any but the last."""
    build_id: str | None = None
    task_id: str | None = None
    virtual_machine_id: str | None = None
    request_id: str | None = None
    reason: str | None = None
    """Why it is refused, unknown, failed or gone, or was when it was abandoned; safe to show."""
    begun_at: float = 0.0
    changed_at: float = 0.0
    revision: int = 0
    """Goes up by one with each change; what a change is checked against."""
    held_by: str | None = None
    """The process that works on it now; None where none does, or it has died."""

    @property
    def is_left_unsent(self) -> bool:
        """Return whether its process ended before it was sent: it counts as not sent."""
        return self.state == "intent" and self.held_by is None

    @property
    def effective_state(self) -> State:
        """The state, but ``not_sent`` or ``unknown`` where a process ended before or while it was sent."""
        if self.is_left_unsent:
            return "not_sent"
        return "unknown" if self.state == "sending" and self.held_by is None else self.state

    @property
    def info(self) -> StateInfo:
        """Meaning of the state: outcome, sentence, advice."""
        return STATES[self.effective_state]

    @property
    def owner(self) -> str | None:
        """The process that sends it now, in words that are safe to show."""
        is_sent_now = self.held_by is not None and self.state in ("intent", "sending")
        return ownership.describe(self.held_by) if self.held_by and is_sent_now else None

    @property
    def is_own(self) -> bool:
        """Return whether this process works on it now."""
        return self.held_by == ownership.current()


@frozen(kw_only=True)
class EntryFilter:
    """Conditions that entries must all meet; without arguments, there are none. Times are Unix times."""

    id_prefix: str = ""
    build_id: str | None = None
    virtual_machine_id: str | None = None
    key: str | None = None
    """Matches KEY and KEY/PATH."""
    states: Collection[State] = ()
    """Effective states; none stands for all."""
    begun_since: float | None = None
    changed_since: float | None = None
    changed_before: float | None = None
    limit: int | None = None
    """Number of entries at most; any of those that match."""

    def matches(self, entry: Entry) -> bool:
        """Return whether an entry meets the conditions."""
        key = entry.key or ""
        return (
            entry.id.startswith(self.id_prefix)
            and self.build_id in (None, entry.build_id)
            and self.virtual_machine_id in (None, entry.virtual_machine_id)
            and (self.key is None or key == self.key or key.startswith(f"{self.key}/"))
            and (not self.states or entry.effective_state in self.states)
            and (self.begun_since is None or entry.begun_at >= self.begun_since)
            and (self.changed_since is None or entry.changed_at >= self.changed_since)
            and (self.changed_before is None or entry.changed_at < self.changed_before)
        )


ALL = EntryFilter()
"""Filter that every entry passes."""

LOCK_TIMEOUT_S = 5.0
"""Longest time for which a step waits for those of others, which take milliseconds each."""


class Journal(Protocol):
    """A store of entries. Each method is one transaction, durable when it returns.

    All raise ``JournalError`` where the store cannot be read or written. A store that others may lock
    should have the method of :class:`SupportsLockTimeout` as well, or else wait for them only shortly.
    """

    def begin(self, entry: Entry, hold_s: float) -> Entry:
        """Add an entry and hold it for this process, for ``hold_s`` seconds at most.

        Returns it as it is stored, or the entry to which its key belongs, which is left as it is.
        """
        ...

    def advance(self, entry: Entry, hold_s: float = 0.0) -> Entry | None:
        """Store a changed entry, and hold it on, or no longer where ``hold_s`` is 0.

        Returns it as it is stored; None, and nothing is changed, where the stored one has another revision.
        """
        ...

    def find(self, submission_id: str) -> Entry | None:
        """The entry of this id."""
        ...

    def find_keys(self, keys: Sequence[str]) -> Sequence[Entry]:
        """Return all entries with one of these keys, of any state, API and organization, the oldest first."""
        ...

    def entries(self, wanted: EntryFilter = ALL) -> Sequence[Entry]:
        """Return the entries that pass a filter, the oldest first."""
        ...

    def close(self) -> None:
        """Let go of the store; it opens again when it is used again."""
        ...


@runtime_checkable
class SupportsLockTimeout(Protocol):
    """A store that can be told how long to wait for others, so that no deadline is missed by it."""

    def within(self, wait_s: float) -> AbstractContextManager[object]:
        """Steps of this thread within the block wait no longer than this for others."""
        ...


@runtime_checkable
class SupportsSharedRate(Protocol):
    """A store by which all its processes share the rate of the API."""

    def turn(self, api_url: str, organization: str, much: float, news: RateNews) -> Turn:
        """Take a turn; while more than ``much`` of the rate is left, as a fraction, it is given at once."""
        ...


def find_by_key(journal: Journal, api_url: str, organization: str, key: str) -> Entry | None:
    """Return the entry that has a key within one API address and organization; None where it is free."""
    for entry in journal.find_keys([key]):
        place = (entry.api_url, entry.organization, entry.key)
        if place == (api_url, organization, key) and entry.state not in RELEASED:
            return None if entry.is_left_unsent else entry
    return None


def lock_timeout(journal: Journal, wait_s: float) -> AbstractContextManager[object]:
    """Make the journal's steps of this thread wait no longer than this for others, where it can."""
    return journal.within(wait_s) if isinstance(journal, SupportsLockTimeout) else nullcontext()
