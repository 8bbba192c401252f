"""The journal in SQLite: whose it is, what it refuses, and that of many at once one wins."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import pytest
from attrs import evolve

from vmspec import errors
from vmspec.katapult import Entry, EntryFilter, SQLiteJournal
from vmspec.katapult.journal import PENDING, RELEASED, State
from vmspec.katapult.journal.location import default_path

from ..support.doubles import Clock

ENTRY = Entry(id="1", api_url="https://a.test", organization="acme", spec_sha256="f00", key="k")
WHOLE = evolve(
    ENTRY,
    hostname="web-1",
    annotations={"team": "wöb", "vmspec.key": "k"},
    tries=2,
    build_id="vmbuild_1",
    task_id="task_1",
    virtual_machine_id="vm_1",
    request_id="r-1",
    reason="it was interrupted",
)
OF_OWN = pytest.mark.skipif(os.name != "posix", reason="users, modes and processes are told by POSIX")
RUN = """
import sys
from pathlib import Path
from vmspec.katapult import *
journal = SQLiteJournal(Path(sys.argv[1]))
"""


def entry(number: int | str, key: str | None = "k") -> Entry:
    return evolve(ENTRY, id=str(number), key=key)


def code(*lines: str) -> str:
    return RUN + "\n".join(lines)


def run(path: Path, *lines: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code(*lines), str(path)], capture_output=True, text=True, timeout=30
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "vmspec" / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[SQLiteJournal]:
    journal = SQLiteJournal(path)
    yield journal
    journal.close()


@OF_OWN
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_file_and_folder_are_made_for_this_user_alone(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        SQLiteJournal(path).begin(ENTRY, 30)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@OF_OWN
def test_a_file_that_others_could_read_is_closed_to_them(journal: SQLiteJournal, path: Path) -> None:
    journal.begin(ENTRY, 30)
    path.chmod(0o644)
    assert SQLiteJournal(path).find("1") is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("target_is_there", [True, False])
def test_a_symbolic_link_is_refused_and_its_target_left_alone(tmp_path: Path, target_is_there: bool) -> None:
    target, link = tmp_path / "target", tmp_path / "journal.sqlite3"
    if target_is_there:
        target.touch(mode=0o644)
    link.symlink_to(target)
    with pytest.raises(errors.JournalError, match="symbolic link"):
        SQLiteJournal(link).begin(ENTRY, 30)
    assert target.exists() == target_is_there
    assert not target_is_there or target.read_bytes() == b""


def test_only_regular_files_are_taken(tmp_path: Path) -> None:
    with pytest.raises(errors.JournalError, match="regular file"):
        SQLiteJournal(tmp_path).entries()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(errors.JournalError, match="regular file"):
        SQLiteJournal(tmp_path / "pipe").entries()
    (tmp_path / "file").touch()
    with pytest.raises(errors.JournalError, match="cannot be used"):
        SQLiteJournal(tmp_path / "file" / "journal.sqlite3").entries()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("mode", ["file", "folder"])
def test_file_that_cannot_be_written_is_refused(journal: SQLiteJournal, path: Path, mode: str) -> None:
    journal.begin(ENTRY, 30)
    journal.close()
    changed = path if mode == "file" else path.parent
    changed.chmod(0o400 if mode == "file" else 0o500)
    try:
        with pytest.raises(errors.JournalError):
            SQLiteJournal(path).begin(entry(2, "other"), 30)
    finally:
        changed.chmod(0o700)


@pytest.mark.parametrize("content", [b"these are words, and no database\n" * 50, b"SQLite format 3\x00" * 99])
def test_file_of_another_kind_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.sqlite3"
    path.write_bytes(content)
    path.chmod(0o644)
    with pytest.raises(errors.JournalError, match="cannot be used"):
        SQLiteJournal(path).begin(ENTRY, 30)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (content, 0o644)


@pytest.mark.parametrize(
    ("statement", "words"),
    [("CREATE TABLE places (id)", "something else"), ("PRAGMA user_version = 9", "version 9")],
)
def test_another_database_or_a_newer_journal_is_refused_and_left_alone(
    tmp_path: Path, statement: str, words: str
) -> None:
    path = tmp_path / "journal.sqlite3"
    with contextmanager(opened)(path) as other:
        other.execute(statement)
    path.chmod(0o644)
    before = path.read_bytes()
    with pytest.raises(errors.JournalError, match=words):
        SQLiteJournal(path).begin(ENTRY, 30)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (before, 0o644)


def opened(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
    yield connection
    connection.close()


def test_a_damaged_row_is_an_error_of_the_journal(journal: SQLiteJournal, path: Path) -> None:
    journal.begin(ENTRY, 30)
    with contextmanager(opened)(path) as other:
        other.execute("UPDATE submissions SET annotations = '{'")
    for read in (journal.entries, lambda: journal.find("1"), lambda: journal.begin(entry(2), 30)):
        with pytest.raises(errors.JournalError, match="damaged"):
            read()


FULL = """
import resource
journal.begin(Entry(id="1", api_url="", organization="", spec_sha256=""), 0)
size = Path(sys.argv[1]).stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
try:
    for number in range(2, 1000):
        journal.begin(Entry(id=str(number), api_url="", organization="", spec_sha256="f" * 999), 0)
except Exception as error:
    print(type(error).__name__, len(journal.entries()), number)
"""


@OF_OWN
def test_a_full_disk_is_an_error_and_what_was_on_record_stays(path: Path) -> None:
    done = run(path, FULL)
    kind, there, failed = done.stdout.split()
    assert (kind, done.stderr) == ("JournalError", "")
    assert int(there) == int(failed) - 1
    assert [found.id for found in SQLiteJournal(path).entries()] == [
        str(number) for number in range(1, int(failed))
    ]


def test_entries_are_read_as_they_were_stored(path: Path) -> None:
    clock = Clock(7.0)
    stored = SQLiteJournal(path, clock).begin(WHOLE, 30)
    assert stored == evolve(WHOLE, begun_at=7.0, changed_at=7.0, revision=1, held_by=stored.held_by)
    clock.now = 9.0
    advanced = SQLiteJournal(path, clock).advance(evolve(stored, state="created", reason=None))
    assert advanced == evolve(stored, state="created", reason=None, changed_at=9.0, revision=2, held_by=None)
    assert SQLiteJournal(path).find("1") == advanced
    assert SQLiteJournal(path).find("2") is None
    SQLiteJournal(path, clock).begin(entry(2, None), 0)
    assert [found.id for found in SQLiteJournal(path).entries()] == ["1", "2"]


def test_one_of_two_changes_to_one_state_is_stored(journal: SQLiteJournal) -> None:
    stored = journal.begin(ENTRY, 30)
    first = journal.advance(evolve(stored, state="sending"), 30)
    assert first is not None
    assert journal.advance(evolve(stored, state="not_sent")) is None
    assert journal.find("1") == first
    assert journal.advance(evolve(ENTRY, id="2")) is None


@pytest.mark.parametrize("state", get_args(State))
def test_a_key_belongs_to_one_entry_until_it_is_free(journal: SQLiteJournal, state: State) -> None:
    stored = journal.advance(evolve(journal.begin(entry(1), 30), state=state))
    later = journal.begin(entry(2), 30)
    assert later.id == ("2" if state in RELEASED else "1")
    assert later == stored or state in RELEASED
    assert journal.find("1") == stored


def test_a_key_counts_within_one_api_and_organization(journal: SQLiteJournal) -> None:
    begun = [
        journal.begin(evolve(entry(number, key), api_url=api_url, organization=organization), 30)
        for number, (key, api_url, organization) in enumerate(
            [
                ("k", "a", "x"),
                ("k", "b", "x"),
                ("k", "a", "y"),
                ("j", "a", "x"),
                (None, "a", "x"),
                (None, "a", "x"),
            ]
        )
    ]
    assert [found.id for found in begun] == ["0", "1", "2", "3", "4", "5"]


def test_a_key_that_somebody_else_has_got_meanwhile_is_not_taken_back(journal: SQLiteJournal) -> None:
    freed = journal.advance(evolve(journal.begin(entry(1), 30), state="not_sent"))
    assert freed is not None
    other = journal.begin(entry(2), 30)
    with pytest.raises(errors.KeyInUseError):
        journal.advance(evolve(freed, state="created"))
    assert journal.find("1") == freed
    assert journal.find("2") == other


def test_one_of_many_threads_gets_the_key(journal: SQLiteJournal, path: Path) -> None:
    begun: list[str] = []
    together = threading.Barrier(8)

    def begin(number: int, shared: SQLiteJournal) -> None:
        together.wait()
        begun.append(shared.begin(entry(number), 30).id)

    journals = [journal if number % 2 else SQLiteJournal(path) for number in range(8)]
    threads = [threading.Thread(target=begin, args=pair) for pair in enumerate(journals)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == 8
    assert len(set(begun)) == 1


BEGIN_MANY = """
sys.stdin.readline()
for number in range(60):
    entry = Entry(id=f"{sys.argv[2]}{number}", api_url="", organization="", spec_sha256="", key=str(number))
    print(journal.begin(entry, 30).id)
"""


def test_one_of_two_processes_gets_each_key_and_the_journal_is_whole(path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code(BEGIN_MANY), str(path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in "ab"
    ]
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=30)[0].split() for process in processes]
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) == 60
    assert sorted(found.id for found in SQLiteJournal(path).entries()) == sorted(outputs[0])


@pytest.mark.parametrize("state", get_args(State))
def test_holder_is_named_as_long_as_an_entry_is_held(path: Path, state: State) -> None:
    clock = Clock()
    journal = SQLiteJournal(path, clock)
    stored = journal.advance(evolve(journal.begin(ENTRY, 30), state=state), 30)
    assert stored is not None
    found = journal.find("1")
    assert found == stored
    if state not in PENDING:
        assert found.held_by is None
        return
    assert str(os.getpid()) in str(found.held_by)
    clock.now += 31
    late = journal.find("1")
    assert late is not None
    assert late.held_by is None


def test_released_entry_is_not_held(journal: SQLiteJournal) -> None:
    journal.advance(evolve(journal.begin(ENTRY, 30), state="unknown"))
    found = journal.find("1")
    assert found is not None
    assert found.held_by is None


HOLD = """
entry = journal.begin(Entry(id="1", api_url="", organization="", spec_sha256="", key="k"), 600)
print(entry.held_by, flush=True)
sys.stdin.readline()
"""


@OF_OWN
def test_a_process_that_was_killed_holds_nothing(journal: SQLiteJournal, path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", code(HOLD), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout
        name = process.stdout.readline().strip()
        held = journal.find("1")
        assert held is not None
        assert held.held_by == name
        process.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and not buried yet
        left = journal.find("1")
        assert left is not None
        assert left.held_by is None
    buried = journal.find("1")
    assert buried is not None
    assert (buried.held_by, buried.state) == (None, "intent")


@OF_OWN
def test_a_process_that_was_forked_goes_on_with_a_connection_of_its_own(
    journal: SQLiteJournal, path: Path
) -> None:
    journal.begin(entry(1, "one"), 30)
    child = os.fork()
    if child == 0:
        try:
            is_well = journal.begin(entry(2, "one"), 30).id == "1" and journal.begin(entry(3, "two"), 30)
            journal.close()
            os._exit(0 if is_well else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert journal.begin(entry(4, "two"), 30).id == "3"
    with contextmanager(opened)(path) as other:
        assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)


LOCKED = """
import sqlite3
try:
    sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None).execute("BEGIN IMMEDIATE")
except sqlite3.OperationalError as error:
    print(error)
"""


@OF_OWN
def test_a_second_journal_of_a_process_does_not_let_go_of_the_locks_of_the_first(
    journal: SQLiteJournal, path: Path
) -> None:
    journal.begin(ENTRY, 30)
    second = SQLiteJournal(path)
    with contextmanager(opened)(path) as first:
        first.execute("BEGIN IMMEDIATE")
        with second.within(0.05), pytest.raises(errors.JournalError, match="locked"):
            second.begin(entry(2, "two"), 30)
        assert "locked" in run(path, LOCKED).stdout


@pytest.mark.parametrize("lock", ["BEGIN IMMEDIATE", "BEGIN; SELECT count(*) FROM submissions"])
def test_it_waits_for_others_as_long_as_it_is_told(journal: SQLiteJournal, path: Path, lock: str) -> None:
    """One who writes holds up all of a transaction, one who reads its end."""
    journal.begin(ENTRY, 30)
    with contextmanager(opened)(path) as other:
        for statement in lock.split("; "):
            other.execute(statement).fetchall()
        with journal.within(0.05), pytest.raises(errors.JournalError, match="locked"):
            journal.begin(entry(2, "two"), 30)
        threading.Timer(0.3, other.rollback).start()
        assert journal.begin(entry(3, "three"), 30).id == "3"


def test_threads_wait_for_each_other_as_long_as_they_are_told(path: Path) -> None:
    journal = SQLiteJournal(path)
    journal.begin(ENTRY, 30)
    with contextmanager(opened)(path) as other:
        other.execute("BEGIN IMMEDIATE")
        thread = threading.Thread(target=lambda: journal.begin(entry(2, "two"), 30))
        thread.start()
        with journal.within(0.05), pytest.raises(errors.JournalError, match=r"locked|another thread"):
            journal.find("1")
        other.rollback()
    thread.join()
    assert [found.id for found in journal.entries()] == ["1", "2"]


def test_a_journal_opens_again_after_an_error_and_after_it_was_closed(path: Path) -> None:
    journal = SQLiteJournal(path)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"words" * 999)
    with pytest.raises(errors.JournalError):
        journal.begin(ENTRY, 30)
    path.unlink()
    assert journal.begin(ENTRY, 30).id == "1"
    journal.close()
    journal.close()
    assert journal.find("1") is not None


def test_in_memory_it_is_kept_when_it_is_closed(tmp_path: Path) -> None:
    journal = SQLiteJournal()
    journal.begin(ENTRY, 30)
    journal.close()
    assert journal.find("1") is not None
    assert list(tmp_path.iterdir()) == []


def test_the_default_is_in_the_users_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert default_path() == Path(os.environ["VMSPEC_JOURNAL"])
    monkeypatch.delenv("VMSPEC_JOURNAL")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    found = default_path()
    assert (found.name, found.parent.name) == ("journal.sqlite3", "vmspec")


def test_entries_are_found_by_their_keys_and_by_their_machine(journal: SQLiteJournal) -> None:
    for number in range(1200):
        journal.begin(entry(number, f"k/{number}"), 0.0)
    last = journal.find("1199")
    assert last is not None
    journal.advance(evolve(last, state="created", virtual_machine_id="vm_1"))
    wanted = [f"k/{number}" for number in range(1199, -1, -2)]
    assert {found.key for found in journal.find_keys([*wanted, "missing"])} == {*wanted}
    assert [found.id for found in journal.entries(EntryFilter(virtual_machine_id="vm_1"))] == ["1199"]
