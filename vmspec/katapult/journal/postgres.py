"""The journal in a PostgreSQL database, which runners on several machines share.

A step is one statement and so one transaction, decided by the unique key or the revision. Times are those of
the database's clock. A hold is short, and extended while its process lives: nobody can see whether a process
on another machine is still there.

If a connection is lost, it may not be known whether a step was stored. A step before something is sent is
then undone on a new connection, and nothing is sent; any other is repeated.
"""

from __future__ import annotations

import math
import selectors
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from typing import Any, ClassVar, TypeVar
from urllib.parse import unquote

import psycopg
from attrs import define, evolve, field

from vmspec.errors import ConnectionLostError, JournalError, KeyInUseError
from vmspec.katapult.journal import PENDING, Entry, ownership, statements
from vmspec.katapult.journal.address import passwords_in, shown
from vmspec.katapult.journal.rate import TURN, RateNews, Turn
from vmspec.katapult.journal.sql import COLUMNS, Row, SQLJournal, values_of
from vmspec.text import MASK, printable

T = TypeVar("T")
LEASE_S = 15.0
"""Length of a hold that is not extended, because its process has ended or stands still."""
SERVER_GRACE_S = 0.3
"""Time for the server to say that a statement took too long, so that nothing is in doubt."""
RECOVERY_S = 1.0
"""Time for undoing or repeating a step on a new connection."""
BEFORE_SENDING = ("intent", "sending")
"""States that are recorded before something is sent."""
LOST = "the connection was lost"

_OPTIONS: Any = {
    "autocommit": True,
    "prepare_threshold": None,
    "client_encoding": "UTF8",
    "fallback_application_name": "vmspec",
}
_INHERITED: list[psycopg.Connection[Any]] = []
"""Connections of a process that this one was forked from, and which are left to it."""


class _Connection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that is given up at a deadline, also if the network is silent."""

    deadline = math.inf
    limit_ms = 0

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **options: Any) -> T:
        return super().wait(_until(self.deadline + SERVER_GRACE_S, gen), *args, **options)

    def has_news(self) -> bool:
        """Return whether the server has sent something unasked: in most cases, that it ends."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno(), selectors.EVENT_READ)
            return bool(selector.select(0))

    def run(self, statement: str, values: Sequence[object] = ()) -> Sequence[Row]:
        """Carry out a statement, which the server ends shortly after the deadline."""
        limit_ms = max(math.ceil((self.deadline - time.monotonic()) * 10), 1) * 100
        if limit_ms != self.limit_ms:
            self.execute(statements.LIMITS, [str(limit_ms)] * 2)
            self.limit_ms = limit_ms
        cursor = self.execute(_encoded(statement), values)
        return cursor.fetchall() if cursor.description is not None else []

    def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> int:
        with self.transaction(), self.cursor() as cursor:
            cursor.executemany(_encoded(statement), rows)
            return cursor.rowcount


@define(eq=False)
class PostgresJournal(SQLJournal):
    """Entries in the database of an address, ``postgresql://...``.

    Several threads, processes and machines may share it. The schema ``vmspec`` is made when it is first used.
    ``lease_s`` limits how long an entry stays held after its process was killed.
    """

    address: str = field(repr=shown)
    lease_s: float = field(default=LEASE_S, repr=False)
    _connection: _Connection | None = field(init=False, default=None, repr=False)
    _holds: dict[str, float] = field(init=False, factory=dict, repr=False)
    """When each hold ends that is to be extended, on the monotonic clock."""
    _extending: threading.Thread | None = field(init=False, default=None, repr=False)
    _closed: threading.Event = field(init=False, factory=threading.Event, repr=False)
    table: ClassVar[str] = statements.TABLE
    row: ClassVar[str] = statements.ROW
    order: ClassVar[str] = "+begun_at, id"

    def begin(self, entry: Entry, hold_s: float) -> Entry:
        entry = evolve(entry, revision=1)
        try:
            while not (rows := self._run(statements.BEGIN, self._values(entry, hold_s))):
                if owner := self._select(statements.OWNER, [entry.api_url, entry.organization, entry.key]):
                    return owner[0]
        except ConnectionLostError:
            if entry.state in BEFORE_SENDING:
                raise self._undone(entry) from None
            raise
        return self._held(rows[0], hold_s)

    def advance(self, entry: Entry, hold_s: float = 0.0) -> Entry | None:
        changed = evolve(entry, revision=entry.revision + 1)
        values = [*self._values(changed, hold_s), entry.id, entry.revision]
        try:
            rows = self._run(statements.ADVANCE, values)
        except ConnectionLostError:
            if entry.state in BEFORE_SENDING:
                raise self._undone(changed) from None
            with self.within(RECOVERY_S):
                if not (rows := self._query(statements.ADVANCE, values)):
                    stored = self.find(entry.id)
                    return stored if stored is not None and _is_same(stored, changed) else None
        return self._held(rows[0], hold_s) if rows else None

    def turn(
        self, api_url: str, organization: str, much: float, news: RateNews, clock: float | None = None
    ) -> Turn:
        """Take a turn of the rate; see :class:`SupportsSharedRate`. Tests give the time."""
        told = [news.permitted, news.remaining, news.number, news.blocked_s, news.unasked]
        ((delay_s, is_given, number),) = self._run(TURN, [api_url, organization, much, *told, clock])
        return Turn(float(str(delay_s)), bool(is_given), int(str(number)))

    def close(self) -> None:
        with self._locked():
            self._closed.set()
            self._holds.clear()
            self._forget()

    def _undone(self, entry: Entry) -> JournalError:
        """Record that nothing was sent, for an entry that may be stored; return the error to raise."""
        undone = evolve(entry, state="not_sent", reason=LOST, revision=entry.revision + 1)
        try:
            with self.within(RECOVERY_S):
                self._run(statements.UNDO, [*self._values(undone, 0.0), entry.revision - 1, entry.revision])
        except JournalError:
            words = f"{LOST}; it may say that submission {entry.id} was sent until `vmspec reconcile`"
            return evolve(self._unusable(f"{words} or `vmspec submissions abandon`"), journalled=False)
        return self._unusable(LOST)

    def _query(self, query: str, values: Sequence[object] = ()) -> Sequence[Row]:
        """Carry out a statement that does no harm if it is carried out twice."""
        with suppress(ConnectionLostError):
            return self._run(query, values)
        with self.within(RECOVERY_S):
            return self._run(query, values)

    def _change(self, statement: str, rows: Sequence[Sequence[object]]) -> int:
        return self._using(lambda connection: connection.run_many(statement, rows))

    def _is_held(self, row: Row) -> bool:
        return bool(row[-1])

    @property
    def name(self) -> str:
        return shown(self.address)

    def _unusable(self, reason: str, kind: type[JournalError] = JournalError) -> JournalError:
        for password in passwords_in(self.address):
            reason = reason.replace(password, MASK).replace(unquote(password), MASK)
        return super()._unusable(printable(reason), kind)

    def _values(self, entry: Entry, hold_s: float) -> list[object]:
        lease_s = min(hold_s, self.lease_s) if hold_s > 0 else -1.0
        named = zip(COLUMNS, values_of(entry, ownership.current(), lease_s), strict=True)
        values = [value for name, value in named if name not in statements.BEGUN]
        return [value.replace("\0", "\\0") if isinstance(value, str) else value for value in values]

    def _held(self, row: Row, hold_s: float) -> Entry:
        """Return the entry of a row, and see to it that its hold is extended."""
        entry = self._entry(row)
        with self._lock:
            self._holds.pop(entry.id, None)
            if hold_s > self.lease_s and entry.state in PENDING:
                self._holds[entry.id] = time.monotonic() + hold_s
                if self._extending is None or self._closed.is_set():
                    self._closed = threading.Event()
                    self._extending = threading.Thread(target=self._extend, args=[self._closed], daemon=True)
                    self._extending.start()
        return entry

    def _extend(self, closed: threading.Event) -> None:
        """Extend holds until none is left; one that has ended stays so, for somebody may have seen that."""
        while not closed.wait(self.lease_s / 3):
            now = time.monotonic()
            with self._lock:
                self._holds = {id: end for id, end in self._holds.items() if end > now}
                if not self._holds:
                    closed.set()
                left_s = [min(end - now, self.lease_s) for end in self._holds.values()]
                values = [[*self._holds], left_s, ownership.current()]
            with suppress(JournalError):
                self._query(statements.EXTEND, values)

    def _run(self, statement: str, values: Sequence[object]) -> Sequence[Row]:
        return self._using(lambda connection: connection.run(statement, values))

    def _using(self, work: Callable[[_Connection], T]) -> T:
        """Do work with the connection; ConnectionLostError if it is not known whether it was done."""
        with self._locked() as deadline:
            try:
                return work(self._connected(deadline))
            except psycopg.errors.UniqueViolation:
                raise KeyInUseError("the key belongs to another submission by now") from None
            except psycopg.Error as error:
                connection = self._connection
                is_lost = connection is not None and (connection.closed or error.sqlstate is None)
                self._forget()
                words, kind = str(error).strip().partition("\n")[0], JournalError
                if is_lost:
                    words, kind = LOST, ConnectionLostError
                raise self._unusable(words, kind) from None
            except BaseException:
                self._forget()
                raise

    def _connected(self, deadline: float) -> _Connection:
        """Return the connection; a new one if the server has ended it."""
        if (connection := self._connection) is None or connection.closed or connection.has_news():
            self._forget()
            timeout = max(math.ceil(deadline - time.monotonic()), 1)
            connection = _Connection.connect(self.address, connect_timeout=timeout, **_OPTIONS)
            try:
                connection.deadline = deadline
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        connection.deadline = deadline
        return connection

    def _prepare(self, connection: _Connection) -> None:
        """Make the schema, or bring it to this version."""
        newest = len(statements.VERSIONS)
        connection.run(statements.SESSION)
        if _version(connection) == newest:
            return
        with connection.transaction():
            connection.run("SELECT pg_advisory_xact_lock(?)", [statements.SCHEMA_LOCK])
            if (version := _version(connection)) > newest:
                raise self._unusable(f"it is of version {version}, this vmspec knows {newest}")
            for schema in statements.VERSIONS[version:]:
                made = schema.format(table=statements.TABLE, text='TEXT COLLATE "C"', real="DOUBLE PRECISION")
                connection.execute(made.encode())
            connection.run("UPDATE vmspec.schema_version SET version = ?", [newest])

    def _leave_connection(self) -> None:
        self._holds, self._extending = {}, None
        if self._connection is not None:
            _INHERITED.append(self._connection)
        self._connection = None

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _version(connection: _Connection) -> int:
    if not connection.run(statements.HAS_SCHEMA):
        return 0
    ((version,),) = connection.run("SELECT version FROM vmspec.schema_version")
    return version if isinstance(version, int) else 0


def _until(deadline: float, steps: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
    """Go on with steps, but raise OperationalError if the server is silent until a deadline."""
    try:
        wanted = next(steps)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > deadline:
                raise psycopg.OperationalError("the server does not answer")
            wanted = steps.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result


def _encoded(statement: str) -> bytes:
    return statement.replace("?", "%s").encode()


def _is_same(stored: Entry, changed: Entry) -> bool:
    """Return whether an entry was stored by this process, its time and hold aside."""
    return evolve(stored, changed_at=changed.changed_at, held_by=changed.held_by) == changed
