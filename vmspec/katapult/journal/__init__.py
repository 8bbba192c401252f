"""The journal: what is known of each submission, on record before the first byte of it is sent.

A store of your own, shared by several machines say, is a class with the methods of :class:`Journal`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from attrs import field, frozen

State: TypeAlias = Literal[
    "intent", "sending", "created", "refused", "not_sent", "unknown", "failed", "abandoned"
]
"""``intent``: nothing is sent yet. ``sending``: the spec is on its way, or was when its process died.
``failed``: it was created, and its build failed. ``abandoned``: a person gave up an unknown or failed one."""

RELEASED: frozenset[State] = frozenset({"refused", "not_sent", "abandoned"})
"""States in which a submission has no claim to its key any more."""
BUILD_FAILED = "its build failed"
"""The reason of one that failed, also when it is abandoned then."""
PENDING: frozenset[State] = frozenset({"intent", "sending", "unknown"})
"""States in which it is not known whether there is a machine."""


@frozen(kw_only=True)
class Entry:
    """One submission as it stands in the journal; neither its XML nor the token is in there.

    Times are Unix times. Within one API address and organization a key belongs to one entry whose
    state is not in ``FREE``.
    """

    id: str
    api_url: str
    organization: str
    spec_sha256: str
    """Of the canonical XML."""
    key: str | None = None
    hostname: str | None = None
    annotations: Mapping[str, str] = field(factory=dict, hash=False)
    state: State = "intent"
    tries: int = 0
    """How often it was begun to be sent; all but the last try certainly came to nothing."""
    build_id: str | None = None
    task_id: str | None = None
    virtual_machine_id: str | None = None
    request_id: str | None = None
    reason: str | None = None
    """Why it is refused, unknown or failed, or was when it was abandoned, in words that are safe to show."""
    begun_at: float = 0.0
    changed_at: float = 0.0
    revision: int = 0
    """Goes up by one with each change; what a change is checked against."""
    held_by: str | None = None
    """The process that works on it now; None where none does, or it has died."""

    @property
    def is_left_unsent(self) -> bool:
        """Whether its process ended before it was sent: it counts as not sent."""
        return self.state == "intent" and self.held_by is None


LOCK_TIMEOUT_S = 5.0
"""How long a step waits at most for those of others, which take milliseconds each."""


class Journal(Protocol):
    """A store of entries. Each method is one transaction, durable when it returns.

    All raise ``JournalError`` where the store cannot be read or written. A store that others may lock
    should have the method of :class:`Patient` as well, or else wait for them only shortly.
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

    def entries(self) -> Sequence[Entry]:
        """All entries, the oldest first."""
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


def default_path() -> Path:
    """``VMSPEC_JOURNAL``, or a file in the user's state folder."""
    named = os.environ.get("VMSPEC_JOURNAL")
    if named:
        return Path(named)
    from platformdirs import user_state_path

    return user_state_path("vmspec", appauthor=False) / "journal.sqlite3"
