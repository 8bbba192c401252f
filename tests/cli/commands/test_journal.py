"""``vmspec journal``: checking, copying and pruning, between files and databases."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from vmspec.katapult import Entry, SQLiteJournal, open_journal

from ..support.command_line import Run

if TYPE_CHECKING:
    from tests.support.postgres import Server

Fill = Callable[..., list[Entry]]
DAY_S = 86400


@pytest.fixture
def fill(own_journal: Path) -> Fill:
    """Put entries on record in states, as they were left days ago."""

    def fill(*states: str, days: float = 0.0, path: Path = own_journal, first: int = 0) -> list[Entry]:
        with closing(SQLiteJournal(path, clock=lambda: time.time() - days * DAY_S)) as journal:
            for number, state in enumerate(states, first):
                entry = Entry(
                    id=f"{number:04}", api_url="https://a.test", organization="acme", spec_sha256="0"
                )
                begun = journal.begin(evolve(entry, key=f"k{number}", annotations={"a": "ö"}), 0)
                journal.advance(evolve(begun, state=state))
            return list(journal.entries())

    return fill


class TestCheck:
    def test_journal_is_made_and_counted(self, run: Run, own_journal: Path, fill: Fill) -> None:
        assert run("journal", "check").out == f"{own_journal}: 0 submissions\n"
        fill("created", "not_sent", "created")
        result = run("journal", "check")
        assert (result.code, result.out) == (0, f"{own_journal}: 3 submissions: 2 created, 1 not sent\n")

    def test_damaged_file_exits_with_4(self, run: Run, own_journal: Path, fill: Fill) -> None:
        fill(*["created"] * 200)
        content = bytearray(own_journal.read_bytes())
        content[2 * 4096 : 6 * 4096] = b"\xff" * 4 * 4096
        own_journal.write_bytes(content)
        result = run("journal", "check")
        assert (result.code, result.out) == (4, "")
        assert result.err.startswith(f"error: the journal {own_journal} cannot be used: ")

    def test_database_is_named_without_its_password(
        self, run: Run, postgres: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        address = postgres.address.replace("owner@", "owner:s3cret@")
        monkeypatch.setenv("VMSPEC_JOURNAL", address)
        result = run("journal", "check")
        assert (result.code, result.out, result.err) == (0, "postgresql://owner@/vmspec: 0 submissions\n", "")
        refused = run("journal", "check", "--journal", address)
        assert refused.code == 2
        assert "PGPASSFILE" in refused.err
        assert "s3cret" not in refused.err


class TestCopy:
    def test_file_to_database_and_back_keeps_every_field(
        self, run: Run, postgres: Server, own_journal: Path, folder: Path, fill: Fill
    ) -> None:
        entries = fill("created", "not_sent", "unknown", "failed", days=3)
        result = run("journal", "copy", own_journal, postgres.address)
        assert (result.code, result.out) == (0, "postgresql://owner@/vmspec: 4 of 4 submissions copied\n")
        with closing(open_journal(postgres.address)) as journal:
            assert list(journal.entries()) == entries
        assert run("journal", "copy", postgres.address, "back").code == 0
        with closing(SQLiteJournal(folder / "back")) as journal:
            assert list(journal.entries()) == entries

    def test_copy_can_be_repeated(self, run: Run, own_journal: Path, folder: Path, fill: Fill) -> None:
        entries = fill("created", "not_sent")
        for _ in range(2):
            assert run("journal", "copy", own_journal, "other").code == 0
        with closing(SQLiteJournal(folder / "other")) as journal:
            assert list(journal.entries()) == entries

    def test_submissions_that_the_target_knows_otherwise_stay_there(
        self, run: Run, own_journal: Path, folder: Path, fill: Fill
    ) -> None:
        fill("created", "created", "created")
        there = fill("unknown", path=folder / "other")
        with closing(SQLiteJournal(folder / "other")) as journal:
            journal.begin(evolve(there[0], id="9", key="k1"), 0)
        result = run("journal", "copy", own_journal, "other")
        assert (result.code, result.out) == (1, "other: 1 of 3 submissions copied\n")
        assert result.err == "error: other has other submissions with the same id or key: 0000, 0001\n"
        with closing(SQLiteJournal(folder / "other")) as journal:
            assert [(entry.id, entry.state) for entry in journal.entries()] == [
                ("0000", "unknown"),
                ("9", "intent"),
                ("0002", "created"),
            ] or journal.find("0000") == there[0]

    def test_submission_that_is_being_sent_is_not_copied(
        self, run: Run, own_journal: Path, folder: Path, fill: Fill
    ) -> None:
        (entry,) = fill("intent")
        with closing(SQLiteJournal(own_journal)) as journal:
            journal.advance(evolve(entry, state="sending"), 60)
        result = run("journal", "copy", own_journal, "other")
        assert (result.code, result.out) == (4, "")
        assert "is sending submission 0000; copy when it has ended" in result.err

    def test_missing_source_is_a_usage_error(self, run: Run, folder: Path) -> None:
        result = run("journal", "copy", "nothing", "other")
        assert result.code == 2
        assert "nothing does not exist" in result.err
        assert list(folder.iterdir()) == []

    def test_password_is_refused(self, run: Run) -> None:
        result = run("journal", "copy", "postgresql://ci:s3cret@db/builds", "other")
        assert result.code == 2
        assert "s3cret" not in result.err


class TestPrune:
    def test_old_submissions_of_known_outcome_are_deleted(
        self, run: Run, own_journal: Path, fill: Fill
    ) -> None:
        fill("created", "refused", "unknown", "sending", "abandoned", days=100)
        fill("created", days=80, first=5)
        result = run("journal", "prune", "--older-than", "90d")
        assert (result.code, result.out) == (0, "3 submissions deleted; kept: 2 unknown\n")
        with closing(SQLiteJournal(own_journal)) as journal:
            assert [entry.id for entry in journal.entries()] == ["0002", "0003", "0005"]
        assert (
            run("journal", "prune", "--older-than", "90d").out == "0 submissions deleted; kept: 2 unknown\n"
        )

    def test_database_is_pruned(self, run: Run, postgres: Server, own_journal: Path, fill: Fill) -> None:
        fill(*["created"] * 2500, days=100)
        run("journal", "copy", own_journal, postgres.address)
        result = run("journal", "prune", "--older-than", "90d", "--journal", postgres.address)
        assert (result.code, result.out) == (0, "2500 submissions deleted\n")

    @pytest.mark.parametrize("age", ["", "90", "soon", "-1d"])
    def test_wrong_age_is_a_usage_error(self, run: Run, age: str) -> None:
        assert run("journal", "prune", "--older-than", age).code == 2
        assert run("journal", "prune").code == 2


def test_journal_of_the_first_version_gets_its_indexes(own_journal: Path, fill: Fill, run: Run) -> None:
    entries = fill("created", "unknown")
    with closing(sqlite3.connect(own_journal)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'by_%'").fetchall():
            connection.execute(f"DROP INDEX {name}")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    assert run("journal", "check").code == 0
    with closing(SQLiteJournal(own_journal)) as journal:
        assert list(journal.entries()) == entries
    with closing(sqlite3.connect(own_journal)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name LIKE 'by_%'").fetchone() == (
            5,
        )
