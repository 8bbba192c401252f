"""The conformance suite for journal stores: vmspec's own stores pass it, faulty ones fail it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from vmspec.katapult import Entry, Journal, SQLiteJournal
from vmspec.testing.journal_suite import JournalSuite, OpenStore


class TestSQLiteJournal(JournalSuite):
    @pytest.fixture
    def open_store(self, tmp_path: Path) -> OpenStore:
        return partial(SQLiteJournal, tmp_path / "state" / "journal.sqlite3")

    @pytest.fixture
    def open_broken_store(self, tmp_path: Path) -> OpenStore:
        (tmp_path / "broken").write_text("not a database" * 99)
        return partial(SQLiteJournal, tmp_path / "broken")


class TestSQLiteJournalInMemory(JournalSuite):
    is_shared = False

    @pytest.fixture
    def open_store(self) -> OpenStore:
        journal: Journal = SQLiteJournal()
        return lambda: journal


class IgnoresKeys(SQLiteJournal):
    def begin(self, entry: Entry, hold_s: float) -> Entry:
        return super().begin(evolve(entry, key=None), hold_s)


class IgnoresRevisions(SQLiteJournal):
    def advance(self, entry: Entry, hold_s: float = 0.0) -> Entry | None:
        stored = self.find(entry.id)
        return super().advance(evolve(entry, revision=stored.revision if stored else 0), hold_s)


class DoesNotHold(SQLiteJournal):
    def begin(self, entry: Entry, hold_s: float) -> Entry:
        return evolve(super().begin(entry, 0), held_by=None)


class HoldsForEver(SQLiteJournal):
    def begin(self, entry: Entry, hold_s: float) -> Entry:
        return super().begin(entry, 1e9)


class ListsNewestFirst(SQLiteJournal):
    def entries(self) -> Sequence[Entry]:
        return super().entries()[::-1]


class LosesAnnotations(SQLiteJournal):
    def begin(self, entry: Entry, hold_s: float) -> Entry:
        return super().begin(evolve(entry, annotations={}), hold_s)


@pytest.mark.parametrize(
    ("store", "test"),
    [
        (IgnoresKeys, JournalSuite.test_key_is_unique_within_one_api_and_organization),
        (IgnoresRevisions, JournalSuite.test_change_of_another_revision_is_rejected),
        (DoesNotHold, JournalSuite.test_new_entry_is_stored_with_revision_times_and_holder),
        (HoldsForEver, JournalSuite.test_hold_expires),
        (ListsNewestFirst, JournalSuite.test_entries_are_listed_oldest_first),
        (LosesAnnotations, JournalSuite.test_new_entry_is_stored_with_revision_times_and_holder),
    ],
)
def test_faulty_store_fails_the_suite(store: type[SQLiteJournal], test: Any) -> None:
    with pytest.raises(AssertionError):
        test(JournalSuite(), store())
