"""The table of submissions in SQL, and what every store does with it in the same way."""

from __future__ import annotations

import json
import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar, TypeAlias

from attrs import define, field

from vmspec.errors import JournalError
from vmspec.katapult.journal import ALL, LOCK_TIMEOUT_S, PENDING, RELEASED, Entry, EntryFilter
from vmspec.katapult.journal.states import State

COLUMNS = (
    *("id", "api_url", "organization", "spec_sha256", "key", "hostname", "annotations", "state", "tries"),
    *("build_id", "task_id", "virtual_machine_id", "request_id", "reason", "begun_at", "changed_at"),
    *("revision", "holder", "held_until"),
)
Row: TypeAlias = Sequence[object]
MAX_VALUES = 500
"""Values of one query; SQLite has a limit."""
PAGE = 1000
"""Entries that are read, copied or deleted in one transaction."""


def _listed(states: Iterable[str]) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))


CLAIM = f"key IS NOT NULL AND state NOT IN ({_listed(RELEASED)})"
"""Condition of an entry that claims its key; a constant, so that queries may use the index of keys."""
SETTLED = f"state NOT IN ({_listed(PENDING)})"
TABLE = f"""
CREATE TABLE {{table}} (
  id {{text}} PRIMARY KEY, api_url {{text}} NOT NULL, organization {{text}} NOT NULL,
  spec_sha256 {{text}} NOT NULL, key {{text}}, hostname {{text}}, annotations {{text}} NOT NULL,
  state {{text}} NOT NULL, tries INTEGER NOT NULL, build_id {{text}}, task_id {{text}},
  virtual_machine_id {{text}}, request_id {{text}}, reason {{text}},
  begun_at {{real}} NOT NULL, changed_at {{real}} NOT NULL, revision INTEGER NOT NULL,
  holder {{text}} NOT NULL, held_until {{real}} NOT NULL
);
CREATE UNIQUE INDEX keys ON {{table}} (api_url, organization, key) WHERE {CLAIM}
"""
INDEXES = """
CREATE INDEX by_key ON {table} (key) WHERE key IS NOT NULL;
CREATE INDEX by_build ON {table} (build_id) WHERE build_id IS NOT NULL;
CREATE INDEX by_state ON {table} (state);
CREATE INDEX by_begun ON {table} (begun_at);
CREATE INDEX by_changed ON {table} (changed_at)
"""


@define(eq=False)
class SQLJournal(ABC):
    """A journal in a SQL database. Queries have ``?`` for values and use an index, however many entries."""

    table: ClassVar[str] = "submissions"
    row: ClassVar[str] = ", ".join(COLUMNS)
    order: ClassVar[str]
    """Columns that order entries, the oldest first."""
    _process: int = field(init=False, factory=os.getpid, repr=False)
    _lock: threading.RLock = field(init=False, factory=threading.RLock, repr=False)
    _patience: threading.local = field(init=False, factory=threading.local, repr=False)

    @abstractmethod
    def begin(self, entry: Entry, hold_s: float) -> Entry:
        """Add an entry; see :class:`Journal`."""

    @abstractmethod
    def advance(self, entry: Entry, hold_s: float = 0.0) -> Entry | None:
        """Change an entry; see :class:`Journal`."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the store."""

    @abstractmethod
    def _query(self, query: str, values: Sequence[object] = ()) -> Sequence[Row]:
        """Return the rows of a query."""

    @abstractmethod
    def _change(self, statement: str, rows: Sequence[Sequence[object]]) -> int:
        """Carry out a statement for each row of values, in one transaction; return the rows changed."""

    @abstractmethod
    def _is_held(self, row: Row) -> bool:
        """Return whether the hold of a row has not ended."""

    def _problem(self) -> str | None:
        """Return what is wrong with the store itself."""
        return None

    @property
    @abstractmethod
    def name(self) -> str:
        """Location of the store, without a password."""

    def _unusable(self, reason: str, kind: type[JournalError] = JournalError) -> JournalError:
        """Return the error of a store that cannot be used."""
        return kind(f"the journal {self.name} cannot be used: {reason}")

    @abstractmethod
    def _leave_connection(self) -> None:
        """Leave the connection to the process that this one was forked from."""

    @contextmanager
    def within(self, wait_s: float) -> Iterator[None]:
        """Limit how long steps wait for others; see :class:`SupportsLockTimeout`."""
        before = self._patience_s
        self._patience.seconds = min(max(wait_s, 0.0), LOCK_TIMEOUT_S)
        try:
            yield
        finally:
            self._patience.seconds = before

    @property
    def _patience_s(self) -> float:
        return float(getattr(self._patience, "seconds", LOCK_TIMEOUT_S))

    @contextmanager
    def _locked(self) -> Iterator[float]:
        """Take turns with other threads; give the time at which the step has to end."""
        if self._process != os.getpid():  # forked: neither the connection nor the lock is its own
            self._process, self._lock = os.getpid(), threading.RLock()
            self._leave_connection()
        deadline = time.monotonic() + self._patience_s
        # By whoever has it already it can be taken again: an interruption may leave it taken.
        if not self._lock.acquire(timeout=self._patience_s):
            raise self._unusable("another thread does not let go of it")
        try:
            yield deadline
        finally:
            self._lock.release()

    def _select(self, condition: str, values: Sequence[object] = ()) -> list[Entry]:
        rows = self._query(f"SELECT {self.row} FROM {self.table} {condition}", values)
        return [self._entry(row) for row in rows]

    def _entry(self, row: Row) -> Entry:
        found = dict(zip(COLUMNS, row, strict=True))
        holder, _ = found.pop("holder"), found.pop("held_until")
        try:
            found["annotations"] = json.loads(str(found["annotations"]))
        except ValueError:
            raise self._unusable(f"the annotations of submission {found['id']} are damaged") from None
        is_held = found["state"] in PENDING and self._is_held(row)
        return Entry(**found, held_by=str(holder) if is_held else None)  # type: ignore[arg-type]

    def find(self, submission_id: str) -> Entry | None:
        return next(iter(self._select("WHERE id = ?", [submission_id])), None)

    def find_keys(self, keys: Sequence[str]) -> Sequence[Entry]:
        found: list[Entry] = []
        for some in _chunks(keys):
            found += self._select(f"WHERE key IN ({_marks(some)}) ORDER BY {self.order}", some)
        return found

    def entries(self, wanted: EntryFilter = ALL) -> Sequence[Entry]:
        conditions, values = _conditions(wanted)
        where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
        rest = f"ORDER BY {self.order}" if wanted.limit is None else f"LIMIT {wanted.limit:d}"
        found = [entry for entry in self._select(where + rest, values) if wanted.matches(entry)]
        return found if wanted.limit is None else sorted(found, key=lambda entry: entry.begun_at)

    def check(self) -> Mapping[State, int]:
        """Return the number of entries in each state, as stored.

        Raise JournalError for a store that is damaged or cannot be written.
        """
        self._change(f"DELETE FROM {self.table} WHERE id = ?", [[""]])
        counts = self._query(f"SELECT state, count(*) FROM {self.table} GROUP BY state")
        if problem := self._problem():
            raise self._unusable(problem)
        return dict(counts)  # type: ignore[arg-type]

    def pages(self) -> Iterator[Sequence[Entry]]:
        """Yield all entries, a page at a time, in the order of their ids."""
        last = ""
        while page := self._select(f"WHERE id > ? ORDER BY id LIMIT {PAGE}", [last]):
            yield page
            last = page[-1].id

    def restore(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Add entries of another journal as they are; return those that are not taken over.

        That is because this journal has another entry with the same id, or one that has the key.
        """
        marks = _marks(COLUMNS)
        statement = f"INSERT INTO {self.table} ({', '.join(COLUMNS)}) VALUES ({marks}) ON CONFLICT DO NOTHING"
        self._change(statement, [values_of(entry, "", 0.0) for entry in entries])
        there: dict[str, Entry] = {}
        for some in _chunks([entry.id for entry in entries]):
            there.update((e.id, e) for e in self._select(f"WHERE id IN ({_marks(some)})", some))
        return [entry for entry in entries if there.get(entry.id) != entry]

    def prune(self, before: float) -> int:
        """Delete what was last changed before a Unix time, unless its outcome is unknown; return how many."""
        old = f"SELECT id FROM {self.table} WHERE changed_at < ? AND {SETTLED} LIMIT {PAGE}"
        statement = f"DELETE FROM {self.table} WHERE id IN ({old})"
        total = 0
        while deleted := self._change(statement, [[before]]):
            total += deleted
        return total


def values_of(entry: Entry, holder: str, held_until: float) -> list[object]:
    """Return the values of an entry, in the order of the columns."""
    own = {"annotations": json.dumps(dict(entry.annotations)), "holder": holder, "held_until": held_until}
    return [own[name] if name in own else getattr(entry, name) for name in COLUMNS]


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(values), MAX_VALUES):
        yield values[first : first + MAX_VALUES]


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _conditions(wanted: EntryFilter) -> tuple[list[str], list[object]]:
    """Return conditions that entries meet if they pass a filter, and their values."""
    states = {*wanted.states}
    if "unknown" in states:  # a process may have ended while it was sending
        states.add("sending")
    if "not_sent" in states:
        states.add("intent")
    prefix, key = wanted.id_prefix, wanted.key
    given: tuple[tuple[object, str, Sequence[object]], ...] = (
        (prefix or None, "id >= ? AND id < ?", (prefix, f"{prefix}\U0010ffff")),
        (wanted.build_id, "build_id = ?", (wanted.build_id,)),
        (wanted.virtual_machine_id, "virtual_machine_id = ?", (wanted.virtual_machine_id,)),
        (key, "(key = ? OR (key >= ? AND key < ?))", (key, f"{key}/", f"{key}0")),  # 0 comes after /
        (states or None, f"state IN ({_marks(sorted(states))})", sorted(states)),
        (wanted.begun_since, "begun_at >= ?", (wanted.begun_since,)),
        (wanted.changed_since, "changed_at >= ?", (wanted.changed_since,)),
        (wanted.changed_before, "changed_at < ?", (wanted.changed_before,)),
    )
    chosen = [(condition, values) for option, condition, values in given if option is not None]
    return [condition for condition, _ in chosen], [value for _, values in chosen for value in values]
