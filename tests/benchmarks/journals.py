"""Time of journal steps with 1,000,000 entries, in SQLite and in PostgreSQL where Debian's is installed.

Run by hand from the project's folder: ``python -m tests.benchmarks.journals [ENTRIES]``. It fails if a step
takes longer than it may, or a read takes a lock that keeps others from writing.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
from attrs import evolve

from tests.support.postgres import programs, running_server
from vmspec.katapult import Entry, EntryFilter, SQLiteJournal
from vmspec.katapult.journal.postgres import PostgresJournal
from vmspec.katapult.journal.sql import COLUMNS, SQLJournal, values_of

ENTRIES = 1_000_000
REPEATS = 50
MOST_MS = 5.0
MOST_OF_A_STEP_MS = 3.0
"""Limit for the PostgreSQL store, on this machine."""
STATES = ("created", "created", "created", "created", "failed", "refused", "not_sent", "abandoned")
SENT_AT = 1_790_000_000.0
SPEC = "scrypt:" + "f" * 64


def entry(number: int, state: str = "created") -> Entry:
    """Return an entry like those of real batches."""
    id = f"{number * 2654435761 % 2**32:08x}-0000-4000-8000-{number:012x}"
    return Entry(
        id=id,
        api_url="https://api.katapult.io/core/v1",
        organization="org_0123456789abcdef",
        spec_sha256=SPEC,
        key=f"release-{number // 1000}/web-{number % 1000}.yaml",
        hostname=f"web-{number % 1000}",
        annotations={"vmspec.submission": id, "vmspec.spec": SPEC, "team": "web"},
        state=state,
        build_id=f"vmbuild_{number:016}" if state in ("created", "failed") else None,
        begun_at=SENT_AT + number,
        changed_at=SENT_AT + number + 40,
        revision=3,
    )


def entries(count: int) -> Iterator[Entry]:
    """Yield old entries; one in 100,000 is unknown."""
    for number in range(count):
        yield entry(number, "unknown" if number % 100_000 == 7 else STATES[number % len(STATES)])


def fill_sqlite(path: Path, rows: Iterable[list[object]]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        marks = ", ".join("?" * len(COLUMNS))
        connection.executemany(f"INSERT INTO submissions VALUES ({marks})", rows)


def fill_postgres(address: str, rows: Iterable[list[object]]) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        with connection.cursor().copy(f"COPY vmspec.submissions ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        connection.execute("ANALYZE vmspec.submissions")


def measure(journal: SQLJournal, count: int) -> dict[str, tuple[float, float]]:
    """Return median and worst milliseconds of each step."""
    numbers = iter(range(count, count + 100_000))
    known = [entry(number * (count // REPEATS) + 3) for number in range(REPEATS)]
    begun = [journal.begin(evolve(entry(next(numbers)), state="intent"), 35) for _ in range(REPEATS)]
    sending = [evolve(one, state="sending") for one in begun]
    end = SENT_AT + count - 20
    steps: dict[str, Callable[[int], object]] = {
        "begin": lambda _: journal.begin(evolve(entry(next(numbers)), state="intent"), 35),
        "begin, key taken": lambda n: journal.begin(evolve(known[n], id=f"x{n}", state="intent"), 35),
        "advance": lambda n: journal.advance(sending[n], 35),
        "find": lambda n: journal.find(known[n].id),
        "find_keys": lambda n: journal.find_keys([str(known[n].key)]),
        "wait ID": lambda n: journal.entries(EntryFilter(id_prefix=known[n].id[:8], limit=4)),
        "wait vmbuild_...": lambda n: journal.entries(EntryFilter(build_id=known[n].build_id)),
        "--key K": lambda n: journal.entries(EntryFilter(key=known[n].key)),
        "--key K, of 20": lambda n: journal.entries(EntryFilter(key=f"release-{n}", limit=20)),
        "--state unknown": lambda _: journal.entries(EntryFilter(states=["unknown"])),
        "--since": lambda _: journal.entries(EntryFilter(begun_since=end, limit=20)),
        "recent": lambda _: journal.entries(EntryFilter(changed_since=end + 40, limit=20)),
        "older": lambda _: journal.entries(EntryFilter(changed_before=end, states=["created"], limit=1)),
    }
    return {name: timed(step) for name, step in steps.items()}


def timed(step: Callable[[int], object]) -> tuple[float, float]:
    step(0)
    taken: list[float] = []
    for number in range(1, REPEATS):
        start = time.perf_counter()
        step(number)
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken), max(taken)


def check_reads(path: Path) -> None:
    """Read while another process writes, which fails if reads take a write lock."""
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as writer,
        closing(SQLiteJournal(path)) as reader,
    ):
        writer.execute("BEGIN IMMEDIATE")
        with reader.within(0.0):
            assert reader.find(entry(3).id) is not None
            assert reader.entries(EntryFilter(states=["unknown"]))
        writer.execute("ROLLBACK")


def report(name: str, found: dict[str, tuple[float, float]], most: Callable[[str], float]) -> bool:
    print(name)
    for step, (median, worst) in found.items():
        print(f"  {step:18} {median:7.2f} ms, worst {worst:7.2f} ms")
    slow = [step for step, (median, _) in found.items() if median > most(step)]
    if slow:
        print(f"  too slow: {', '.join(slow)}")
    return not slow


def main(count: int = ENTRIES) -> int:
    is_well = True
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite3"
        with closing(SQLiteJournal(path)) as journal:
            journal.entries()
            fill_sqlite(path, (values_of(one, "", 0.0) for one in entries(count)))
            os.sync()  # else the first steps wait until all of that is on the disk
            is_well &= report(f"SQLite, {count:,} entries", measure(journal, count), lambda _: MOST_MS)
        check_reads(path)
    if programs() is not None:
        with running_server() as server, closing(PostgresJournal(server.address)) as journal:
            journal.entries()
            fill_postgres(server.address, (values_of(one, "", 0.0) for one in entries(count)))
            os.sync()
            found = measure(journal, count)
            steps = ("begin", "advance", "find")
            is_well &= report(
                f"PostgreSQL, {count:,} entries",
                found,
                lambda step: MOST_OF_A_STEP_MS if step.startswith(steps) else MOST_MS,
            )
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
