"""The conformance suite for journal stores: vmspec's own stores pass it, faulty ones fail it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from vmspec.katapult import Entry, EntryFilter, Journal, SQLiteJournal
from vmspec.katapult.journal import ALL
from vmspec.katapult.journal.postgres import PostgresJournal
from vmspec.testing.journal_suite import JournalSuite, OpenStore
from vmspec.testing.proxy import LossyProxy

if TYPE_CHECKING:
    from tests.support.postgres import Server


class TestSQLiteJournal(JournalSuite):
    @pytest.fixture
    def open_store(self, tmp_path: Path) -> OpenStore:
        return partial(SQLiteJournal, tmp_path / "state" / "journal.sqlite3")

    @pytest.fixture
    def open_broken_store(self, tmp_path: Path) -> OpenStore:
        (tmp_path / "broken").write_text("not a database" * 99)
        return partial(SQLiteJournal, tmp_path / "broken")

    @pytest.fixture
    def open_read_only_store(self, journal: Journal, tmp_path: Path) -> Iterator[OpenStore]:
        if os.name != "posix" or os.geteuid() == 0:
            pytest.skip("root may write everywhere")
        path = tmp_path / "state" / "journal.sqlite3"
        journal.entries()
        path.chmod(0o400)
        yield partial(SQLiteJournal, path)
        path.chmod(0o600)

    @pytest.fixture
    def fill(self, journal: Journal, tmp_path: Path) -> Iterator[Callable[[], object]]:
        resource = pytest.importorskip("resource")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

        def fill() -> None:
            size = (tmp_path / "state" / "journal.sqlite3").stat().st_size
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10_000, hard))

        yield fill
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestPostgresJournal(JournalSuite):
    lease_s = 0.4
    has_own_clock = True

    @pytest.fixture
    def open_store(self, postgres: Server) -> OpenStore:
        return partial(PostgresJournal, postgres.address, self.lease_s)

    @pytest.fixture
    def open_broken_store(self, postgres: Server) -> OpenStore:
        return partial(PostgresJournal, postgres.address_of("nobody"), self.lease_s)

    @pytest.fixture
    def open_read_only_store(self, postgres: Server, journal: Journal) -> OpenStore:
        address = f"{postgres.address}&options=-cdefault_transaction_read_only%3Don"
        return partial(PostgresJournal, address, self.lease_s)

    @pytest.fixture
    def fill(self, postgres: Server, journal: Journal) -> Callable[[], object]:
        journal.entries()
        return postgres.fill

    @pytest.fixture
    def proxy(self, postgres: Server) -> Iterator[LossyProxy]:
        # not in tmp_path, for the path of a socket must be short
        with (
            TemporaryDirectory() as folder,
            LossyProxy(str(postgres.socket), f"{folder}/{postgres.socket.name}") as proxy,
        ):
            yield proxy

    @pytest.fixture
    def open_through_proxy(self, postgres: Server, proxy: LossyProxy) -> OpenStore:
        address = postgres.address.replace(str(postgres.folder), str(Path(str(proxy.address)).parent))
        return partial(PostgresJournal, address, self.lease_s)


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
    def entries(self, wanted: EntryFilter = ALL) -> Sequence[Entry]:
        return super().entries(wanted)[::-1]


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
