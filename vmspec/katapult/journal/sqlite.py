"""The journal as a file of SQLite, or in memory.

>>> journal = SQLiteJournal()
>>> entry = journal.begin(Entry(id="1", api_url="https://a.test", organization="acme", spec_sha256=""), 30)
>>> entry.state, entry.revision, journal.find("1") == entry
('intent', 1, True)
"""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar

from attrs import define, evolve, field

from vmspec.errors import KeyInUseError
from vmspec.katapult.journal import PENDING, Entry, ownership
from vmspec.katapult.journal.sql import CLAIM, COLUMNS, INDEXES, TABLE, Row, SQLJournal, values_of

_MAKING = threading.Lock()
_INHERITED: list[sqlite3.Connection] = []
"""Connections of a process that this one was forked from: to close one would undo what that one is doing."""
_VERSIONS = (TABLE, INDEXES)
"""Additions of each version of the schema to the one before."""
_INSERT = f"INSERT INTO submissions ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
_UPDATE = (
    f"UPDATE submissions SET {', '.join(f'{name} = ?' for name in COLUMNS)} WHERE id = ? AND revision = ?"
)
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM submissions"


@define(eq=False)
class SQLiteJournal(SQLJournal):
    """Entries in a file, or in memory without a path. Several threads and processes may share it.

    The file and the folders it needs are made when it is first used: files for this user only, and
    not through a symbolic link. ``clock`` is the Unix time. What is in memory is this process's alone.
    """

    path: Path | None = None
    clock: Callable[[], float] = field(default=time.time, repr=False)
    _connection: sqlite3.Connection | None = field(init=False, default=None, repr=False)
    order: ClassVar[str] = "+begun_at, rowid"

    def begin(self, entry: Entry, hold_s: float) -> Entry:
        now = self.clock()
        entry = evolve(entry, begun_at=now, changed_at=now, revision=1)
        with self._transaction() as connection:
            if entry.key is not None and (owner := self._owner_of_key(connection, entry)):
                return owner
            connection.execute(_INSERT, values_of(entry, ownership.current(), now + hold_s))
        return evolve(entry, held_by=ownership.current())

    def advance(self, entry: Entry, hold_s: float = 0.0) -> Entry | None:
        now = self.clock()
        changed = evolve(entry, changed_at=now, revision=entry.revision + 1)
        with self._transaction() as connection:
            values = values_of(changed, ownership.current(), now + hold_s)
            if connection.execute(_UPDATE, (*values, entry.id, entry.revision)).rowcount == 0:
                return None
        return evolve(changed, held_by=ownership.current() if hold_s and entry.state in PENDING else None)

    def close(self) -> None:
        with self._locked():
            self._forget()

    def _owner_of_key(self, connection: sqlite3.Connection, entry: Entry) -> Entry | None:
        query = f"{_SELECT} WHERE api_url = ? AND organization = ? AND key = ? AND {CLAIM}"
        row = connection.execute(query, (entry.api_url, entry.organization, entry.key)).fetchone()
        return self._entry(row) if row else None

    def _query(self, query: str, values: Sequence[object] = ()) -> Sequence[Row]:
        with self._transaction("DEFERRED") as connection:
            return connection.execute(query, values).fetchall()

    def _change(self, statement: str, rows: Sequence[Sequence[object]]) -> int:
        with self._transaction() as connection:
            return connection.executemany(statement, rows).rowcount

    def _is_held(self, row: Row) -> bool:
        holder, held_until = row[-2:]
        assert isinstance(held_until, float)
        return self.clock() < held_until and ownership.is_alive(str(holder))

    def _problem(self) -> str | None:
        ((result,),) = self._query("PRAGMA integrity_check(1)")
        return None if result == "ok" else str(result)

    @contextmanager
    def _transaction(self, kind: str = "IMMEDIATE") -> Iterator[sqlite3.Connection]:
        """Run a transaction; a deferred one reads only, and takes no lock that keeps others from writing."""
        try:
            with self._locked() as end:
                connection = self._opened(end)
                if connection.in_transaction:  # an interruption came between two lines of this
                    connection.rollback()
                _wait_until(end, connection)
                connection.execute(f"BEGIN {kind}")
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
            words = error.strerror if isinstance(error, OSError) else str(error)
            raise self._unusable(words or type(error).__name__) from None

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

    def _leave_connection(self) -> None:
        if self._connection is not None and self.path is not None:
            _INHERITED.append(self._connection)
            self._connection = None

    def _forget(self) -> None:
        """Let go of the connection; after an error it may be left within a transaction."""
        if self.path is not None and self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    @property
    def name(self) -> str:
        return str(self.path or "in memory")


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
    if _version(connection) == len(_VERSIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)
        if version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
            raise sqlite3.DatabaseError("it is a database of something else")
        if version > len(_VERSIONS):
            raise sqlite3.DatabaseError(f"it is of version {version}, this vmspec knows {len(_VERSIONS)}")
        for schema in _VERSIONS[version:]:
            for statement in schema.format(table="submissions", text="TEXT", real="REAL").split(";\n"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(_VERSIONS)}")
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
