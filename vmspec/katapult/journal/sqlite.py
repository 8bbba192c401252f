"""The journal as a file of SQLite, or in memory.

>>> journal = SQLiteJournal()
>>> entry = journal.begin(Entry(id="1", api_url="https://a.test", organization="acme", spec_sha256=""), 30)
>>> entry.state, entry.revision, journal.find("1") == entry
('intent', 1, True)
"""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import define, evolve, field

from vmspec.errors import JournalError, KeyInUseError
from vmspec.katapult.journal import LOCK_TIMEOUT_S, PENDING, RELEASED, Entry, ownership

VERSION = 1
MAX_VALUES = 500
"""Values of one query; SQLite has a limit."""

_MAKING = threading.Lock()
_INHERITED: list[sqlite3.Connection] = []
"""Connections of a process that this one was forked from: to close one would undo what that one is doing."""
_COLUMNS = (
    *("id", "api_url", "organization", "spec_sha256", "key", "hostname", "annotations", "state", "tries"),
    *("build_id", "task_id", "virtual_machine_id", "request_id", "reason", "begun_at", "changed_at"),
    *("revision", "holder", "held_until"),
)
_SCHEMA = f"""
CREATE TABLE submissions (
  id TEXT PRIMARY KEY, api_url TEXT NOT NULL, organization TEXT NOT NULL, spec_sha256 TEXT NOT NULL,
  key TEXT, hostname TEXT, annotations TEXT NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL,
  build_id TEXT, task_id TEXT, virtual_machine_id TEXT, request_id TEXT, reason TEXT,
  begun_at REAL NOT NULL, changed_at REAL NOT NULL, revision INTEGER NOT NULL,
  holder TEXT NOT NULL, held_until REAL NOT NULL
);
CREATE UNIQUE INDEX keys ON submissions (api_url, organization, key)
  WHERE key IS NOT NULL AND state NOT IN ({", ".join(f"'{state}'" for state in sorted(RELEASED))});
PRAGMA user_version = {VERSION};
"""


@define(eq=False)
class SQLiteJournal:
    """Entries in a file; in memory where there is no path. Several threads and processes may share it.

    The file and the folders it needs are made when it is first used: files for this user only, and
    not through a symbolic link. ``clock`` is the Unix time. What is in memory is this process's alone.
    """

    path: Path | None = None
    clock: Callable[[], float] = field(default=time.time, repr=False)
    _connection: sqlite3.Connection | None = field(init=False, default=None, repr=False)
    _process: int = field(init=False, factory=os.getpid, repr=False)
    _lock: threading.RLock = field(init=False, factory=threading.RLock, repr=False)
    _patience: threading.local = field(init=False, factory=threading.local, repr=False)

    def begin(self, entry: Entry, hold_s: float) -> Entry:
        now = self.clock()
        entry = evolve(entry, begun_at=now, changed_at=now, revision=1)
        with self._transaction() as connection:
            if entry.key is not None and (owner := self._owner_of_key(connection, entry)):
                return owner
            marks = ", ".join("?" * len(_COLUMNS))
            connection.execute(
                f"INSERT INTO submissions ({', '.join(_COLUMNS)}) VALUES ({marks})",  # noqa: S608 - own names
                _values(entry, ownership.current(), now + hold_s),
            )
        return evolve(entry, held_by=ownership.current())

    def advance(self, entry: Entry, hold_s: float = 0.0) -> Entry | None:
        now = self.clock()
        changed = evolve(entry, changed_at=now, revision=entry.revision + 1)
        settings = ", ".join(f"{name} = ?" for name in _COLUMNS)
        with self._transaction() as connection:
            done = connection.execute(
                f"UPDATE submissions SET {settings} WHERE id = ? AND revision = ?",  # noqa: S608 - own names
                (*_values(changed, ownership.current(), now + hold_s), entry.id, entry.revision),
            )
            if done.rowcount == 0:
                return None
        return evolve(changed, held_by=ownership.current() if hold_s and entry.state in PENDING else None)

    def find(self, submission_id: str) -> Entry | None:
        return next(iter(self._select("WHERE id = ?", submission_id)), None)

    def find_keys(self, keys: Sequence[str]) -> Sequence[Entry]:
        found: list[Entry] = []
        for first in range(0, len(keys), MAX_VALUES):
            some = keys[first : first + MAX_VALUES]
            marks = ", ".join("?" * len(some))
            found += self._select(f"WHERE key IN ({marks}) ORDER BY begun_at, rowid", *some)
        return found

    def entries(self) -> Sequence[Entry]:
        return self._select("ORDER BY begun_at, rowid")

    @contextmanager
    def within(self, wait_s: float) -> Iterator[None]:
        before = self._patience_s
        self._patience.seconds = min(max(wait_s, 0.0), LOCK_TIMEOUT_S)
        try:
            yield
        finally:
            self._patience.seconds = before

    @property
    def _patience_s(self) -> float:
        return float(getattr(self._patience, "seconds", LOCK_TIMEOUT_S))

    def close(self) -> None:
        self._leave_parent()
        with self._lock:
            self._forget()

    def _owner_of_key(self, connection: sqlite3.Connection, entry: Entry) -> Entry | None:
        free = ", ".join("?" * len(RELEASED))
        query = (
            f"SELECT {', '.join(_COLUMNS)} FROM submissions "  # noqa: S608 - own names
            f"WHERE api_url = ? AND organization = ? AND key = ? AND state NOT IN ({free})"
        )
        row = connection.execute(query, (entry.api_url, entry.organization, entry.key, *RELEASED)).fetchone()
        return _entry(row, self.clock()) if row else None

    def _select(self, condition: str, *values: str) -> list[Entry]:
        query = f"SELECT {', '.join(_COLUMNS)} FROM submissions {condition}"  # noqa: S608 - own names
        with self._transaction() as connection:
            return [_entry(row, self.clock()) for row in connection.execute(query, values)]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._leave_parent()
        end = time.monotonic() + self._patience_s
        # By whoever has it already it can be taken again: an interruption may leave it taken.
        if not self._lock.acquire(timeout=self._patience_s):
            raise self._unusable(sqlite3.OperationalError("another thread does not let go of it"))
        try:
            connection = self._opened(end)
            if connection.in_transaction:  # an interruption came between two lines of this
                connection.rollback()
            _wait_until(end, connection)
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            _wait_until(end, connection)
            connection.commit()
        except sqlite3.IntegrityError:
            raise KeyInUseError("the key belongs to another submission by now") from None
        except (OSError, sqlite3.Error) as error:
            self._forget()
            raise self._unusable(error) from None
        finally:
            self._lock.release()

    def _opened(self, end: float) -> sqlite3.Connection:
        if self._connection is None:
            if self.path is not None:
                _make_file(self.path)
            connection = sqlite3.connect(
                self.path or ":memory:", timeout=0, isolation_level=None, check_same_thread=False
            )
            _wait_until(end, connection)
            _prepare(connection)
            if self.path is not None:
                _close_to_others(self.path)
            self._connection = connection
        return self._connection

    def _leave_parent(self) -> None:
        """Begin anew in a process that was forked: neither the connection nor the lock is its own."""
        if self._process != os.getpid():
            self._process, self._lock = os.getpid(), threading.RLock()
            if self._connection is not None and self.path is not None:
                _INHERITED.append(self._connection)
                self._connection = None

    def _forget(self) -> None:
        """Let go of the connection; after an error it may be left within a transaction."""
        if self.path is not None and self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _unusable(self, error: Exception) -> JournalError:
        words = error.strerror if isinstance(error, OSError) else str(error)
        return JournalError(f"the journal {self.path or 'in memory'} cannot be used: {words}")


def _make_file(path: Path) -> None:
    """Make the file where there is none; refuse whatever is not a regular file of this user's own.

    A file that is there is not opened here: closing it would let go of the locks that SQLite holds on it
    for other connections of this process.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _MAKING:
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            found = path.lstat()
            if stat.S_ISLNK(found.st_mode):
                raise OSError(0, "it is a symbolic link") from None
            if not stat.S_ISREG(found.st_mode):
                raise OSError(0, "it is not a regular file") from None


def _close_to_others(path: Path) -> None:
    """Only once it is known to be a journal: the file of something else keeps its mode."""
    if os.name == "posix" and path.lstat().st_mode & 0o077:
        path.chmod(0o600)


def _wait_until(end: float, connection: sqlite3.Connection) -> None:
    """Let the next statement wait until then for other processes."""
    connection.execute(f"PRAGMA busy_timeout = {max(int(1000 * (end - time.monotonic())), 0)}")


def _prepare(connection: sqlite3.Connection) -> None:
    # FULL, and the folder too: else a loss of power could bring "intent" back after "sending".
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("BEGIN IMMEDIATE")
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
                raise sqlite3.DatabaseError("it is a database of something else")
            for statement in _SCHEMA.split(";\n"):
                connection.execute(statement)
        elif version != VERSION:
            raise sqlite3.DatabaseError(f"it is of version {version}, this vmspec knows {VERSION}")
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _values(entry: Entry, holder: str, held_until: float) -> tuple[object, ...]:
    own = {"annotations": json.dumps(dict(entry.annotations)), "holder": holder, "held_until": held_until}
    return tuple(own.get(name) if name in own else getattr(entry, name) for name in _COLUMNS)


def _entry(row: Sequence[object], now: float) -> Entry:
    found = dict(zip(_COLUMNS, row, strict=True))
    holder, held_until = found.pop("holder"), found.pop("held_until")
    assert isinstance(holder, str)
    assert isinstance(held_until, float)
    try:
        found["annotations"] = json.loads(str(found["annotations"]))
    except ValueError:
        raise sqlite3.DatabaseError(f"the annotations of submission {found['id']} are damaged") from None
    is_held = found["state"] in PENDING and now < held_until and ownership.is_alive(holder)
    return Entry(**found, held_by=holder if is_held else None)  # type: ignore[arg-type]
