"""Conformance tests for a journal store of your own: a pytest class to derive from.

    from vmspec.testing.journal_suite import JournalSuite

    class TestMyJournal(JournalSuite):
        @pytest.fixture
        def open_store(self, tmp_path):
            return partial(MyJournal, tmp_path / "journal")

Each test opens the store through ``open_store``, several times where that matters.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from functools import partial
from multiprocessing.connection import Connection
from typing import TypeAlias, get_args

import pytest
from attrs import evolve

from vmspec.errors import JournalError, VmspecError
from vmspec.katapult import Entry, Journal, find_by_key, lock_timeout
from vmspec.katapult.journal import PENDING, RELEASED, State, ownership
from vmspec.testing.concurrency import OtherProcess, in_threads

OpenStore: TypeAlias = Callable[[], Journal]

HOLD_S = 600.0
"""Longer than any test."""
ENTRY = Entry(
    id="1",
    api_url="https://api.example.com",
    organization="acme",
    spec_sha256="f00",
    key="release/web.xml",
    hostname="web-1",
    annotations={"team": "wöb \u202e\n", "vmspec.key": "release/web.xml"},
    tries=2,
    build_id="vmbuild_1",
    task_id="task_1",
    virtual_machine_id="vm_1",
    request_id="r-1",
    reason="it was interrupted",
)


def entry(number: int | str, key: str | None = "k") -> Entry:
    """Return an entry with this id."""
    return evolve(ENTRY, id=str(number), key=key)


class JournalSuite:
    """Tests that every journal store passes."""

    is_shared: bool = True
    """False for a store that other processes cannot open, such as one in memory."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        """Return a function that opens the store, which is empty at first; override it.

        Unless ``is_shared`` is False it is pickled and called in other processes too, where it has to open
        the same store.
        """
        raise NotImplementedError("override the fixture open_store")

    @pytest.fixture
    def open_broken_store(self) -> OpenStore:
        """Return a function that opens an unusable store; its test is skipped if this is not overridden."""
        pytest.skip("open_broken_store is not overridden")

    @pytest.fixture
    def journal(self, open_store: OpenStore) -> Iterable[Journal]:
        """The opened store."""
        journal = open_store()
        yield journal
        journal.close()

    def test_new_entry_is_stored_with_revision_times_and_holder(self, journal: Journal) -> None:
        before = time.time()
        stored = journal.begin(ENTRY, HOLD_S)
        assert before <= stored.begun_at == stored.changed_at <= time.time()
        assert stored == evolve(
            ENTRY,
            begun_at=stored.begun_at,
            changed_at=stored.begun_at,
            revision=1,
            held_by=ownership.current(),
        )
        assert journal.find("1") == stored
        assert journal.find("2") is None

    def test_absent_fields_stay_absent(self, journal: Journal) -> None:
        bare = Entry(id="1", api_url="https://api.example.com", organization="acme", spec_sha256="")
        stored = journal.begin(bare, 0)
        assert stored == evolve(
            bare, begun_at=stored.begun_at, changed_at=stored.begun_at, revision=1, held_by=stored.held_by
        )

    def test_change_is_stored_with_the_next_revision(self, journal: Journal) -> None:
        stored = journal.begin(ENTRY, HOLD_S)
        changed = journal.advance(evolve(stored, state="created", reason=None))
        assert changed is not None
        assert changed == evolve(
            stored, state="created", reason=None, changed_at=changed.changed_at, revision=2, held_by=None
        )
        assert stored.changed_at <= changed.changed_at
        assert journal.find("1") == changed

    def test_change_of_another_revision_is_rejected(self, journal: Journal) -> None:
        stored = journal.begin(ENTRY, HOLD_S)
        first = journal.advance(evolve(stored, state="sending"), HOLD_S)
        assert first is not None
        assert journal.advance(evolve(stored, state="not_sent")) is None
        assert journal.find("1") == first

    def test_change_of_an_unknown_entry_is_rejected(self, journal: Journal) -> None:
        assert journal.advance(evolve(ENTRY, revision=1)) is None
        assert list(journal.entries()) == []

    def test_entries_are_listed_oldest_first(self, journal: Journal) -> None:
        stored = [journal.begin(entry(number, None), HOLD_S) for number in ("b", "c", "a")]
        changed = journal.advance(evolve(stored[0], state="created"))
        assert list(journal.entries()) == [changed, *stored[1:]]

    @pytest.mark.parametrize("state", get_args(State))
    def test_key_belongs_to_one_entry_until_it_is_released(self, journal: Journal, state: State) -> None:
        stored = journal.advance(evolve(journal.begin(entry(1), HOLD_S), state=state))
        second = journal.begin(entry(2), HOLD_S)
        assert second.id == "2" if state in RELEASED else second == stored
        assert journal.find("1") == stored
        assert (journal.find("2") is None) == (state not in RELEASED)

    def test_key_is_unique_within_one_api_and_organization(self, journal: Journal) -> None:
        there = [("k", "a", "x"), ("k", "b", "x"), ("k", "a", "y"), ("j", "a", "x"), ("K", "a", "x")]
        stored = [
            journal.begin(evolve(entry(number, key), api_url=api_url, organization=organization), HOLD_S)
            for number, (key, api_url, organization) in enumerate([*there, there[0]])
        ]
        assert [found.id for found in stored] == ["0", "1", "2", "3", "4", "0"]

    def test_entries_without_a_key_do_not_exclude_each_other(self, journal: Journal) -> None:
        assert [journal.begin(entry(number, None), 0).id for number in (1, 2)] == ["1", "2"]

    def test_entry_is_found_by_its_key(self, journal: Journal) -> None:
        released = journal.begin(entry(1), HOLD_S)
        journal.advance(evolve(released, state="not_sent"))
        stored = journal.begin(entry(2), HOLD_S)
        assert find_by_key(journal, ENTRY.api_url, ENTRY.organization, "k") == stored
        assert find_by_key(journal, ENTRY.api_url, ENTRY.organization, "other") is None

    def test_released_key_that_another_entry_took_cannot_be_taken_back(self, journal: Journal) -> None:
        released = journal.advance(evolve(journal.begin(entry(1), HOLD_S), state="not_sent"))
        assert released is not None
        other = journal.begin(entry(2), HOLD_S)
        with pytest.raises(VmspecError):
            journal.advance(evolve(released, state="created"))
        assert (journal.find("1"), journal.find("2")) == (released, other)

    @pytest.mark.parametrize("state", get_args(State))
    def test_only_pending_entries_are_held(self, journal: Journal, state: State) -> None:
        stored = journal.advance(evolve(journal.begin(ENTRY, HOLD_S), state=state), HOLD_S)
        assert stored is not None
        assert stored.held_by == (ownership.current() if state in PENDING else None)
        assert journal.find("1") == stored

    def test_hold_ends_with_a_change_without_one(self, journal: Journal) -> None:
        stored = journal.advance(evolve(journal.begin(ENTRY, HOLD_S), state="unknown"))
        assert stored is not None
        assert stored.held_by is None
        assert journal.find("1") == stored

    def test_hold_expires(self, journal: Journal) -> None:
        journal.begin(ENTRY, 0.05)
        time.sleep(0.1)
        assert _found(journal).held_by is None

    def test_closed_store_opens_again(self, journal: Journal) -> None:
        journal.begin(ENTRY, HOLD_S)
        journal.close()
        journal.close()
        assert journal.find("1") is not None

    def test_lock_timeout_leaves_steps_intact(self, journal: Journal) -> None:
        with lock_timeout(journal, 1.0):
            assert journal.begin(ENTRY, HOLD_S).id == "1"
        assert [found.id for found in journal.entries()] == ["1"]

    def test_another_connection_sees_each_change(self, journal: Journal, open_store: OpenStore) -> None:
        other = open_store()
        stored = journal.begin(ENTRY, HOLD_S)
        assert other.find("1") == stored
        changed = other.advance(evolve(stored, state="sending"), HOLD_S)
        assert changed is not None
        assert list(journal.entries()) == [changed]
        other.close()

    def test_one_of_many_threads_gets_a_key(self, journal: Journal, open_store: OpenStore) -> None:
        journals = [journal if number % 2 else open_store() for number in range(8)]
        begin = [partial(store.begin, entry(number), HOLD_S) for number, store in enumerate(journals)]
        ids = [stored.id for stored in in_threads(begin)]
        assert len(ids) == 8
        assert len(set(ids)) == 1
        assert [found.id for found in journal.entries()] == ids[:1]

    def test_one_of_many_threads_makes_a_change(self, journal: Journal, open_store: OpenStore) -> None:
        stored = journal.begin(ENTRY, HOLD_S)
        journals = [journal if number % 2 else open_store() for number in range(8)]
        advance = [partial(store.advance, evolve(stored, tries=n)) for n, store in enumerate(journals)]
        changes = in_threads(advance)
        (made,) = [change for change in changes if change is not None]
        assert journal.find("1") == made

    def test_two_processes_share_the_keys(self, journal: Journal, open_store: OpenStore) -> None:
        self._skip_unless_shared()
        with (
            OtherProcess(_begin_many, open_store, "a") as one,
            OtherProcess(_begin_many, open_store, "b") as two,
        ):
            assert (one.receive(), two.receive()) == ("ready", "ready")
            one.send("go")
            two.send("go")
            ids = one.receive()
            assert two.receive() == ids
        assert sorted(found.id for found in journal.entries()) == sorted(ids)

    def test_other_process_is_the_holder(self, journal: Journal, open_store: OpenStore) -> None:
        self._skip_unless_shared()
        with OtherProcess(_begin_and_wait, open_store) as process:
            name = process.receive()
            assert name != ownership.current()
            assert _found(journal).held_by == name

    def test_killed_process_holds_nothing(self, journal: Journal, open_store: OpenStore) -> None:
        self._skip_unless_shared()
        with OtherProcess(_begin_and_wait, open_store) as process:
            process.receive()
            process.kill()
        assert (_found(journal).held_by, _found(journal).state) == (None, "intent")

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    @pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Python warns of forks beside threads
    def test_forked_process_can_use_the_store(self, journal: Journal) -> None:
        self._skip_unless_shared()
        journal.begin(entry(1, "one"), HOLD_S)
        child = os.fork()
        if child == 0:
            try:
                ids = [journal.begin(entry(*pair), HOLD_S).id for pair in ((2, "one"), (3, "two"))]
                journal.close()
                os._exit(0 if ids == ["1", "3"] else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert journal.begin(entry(4, "two"), HOLD_S).id == "3"

    def test_broken_store_raises_journal_errors(self, open_broken_store: OpenStore) -> None:
        steps: tuple[Callable[[Journal], object], ...] = (
            lambda journal: journal.begin(ENTRY, HOLD_S),
            lambda journal: journal.advance(evolve(ENTRY, revision=1)),
            lambda journal: journal.find("1"),
            lambda journal: journal.entries(),
        )
        for step in steps:
            with pytest.raises(JournalError):
                step(open_broken_store())

    def _skip_unless_shared(self) -> None:
        if not self.is_shared:
            pytest.skip("other processes cannot open the store")


def _found(journal: Journal) -> Entry:
    found = journal.find("1")
    assert found is not None
    return found


def _begin_many(pipe: Connection, open_store: OpenStore, name: str) -> None:
    journal = open_store()
    pipe.send("ready")
    pipe.recv()
    pipe.send([journal.begin(entry(f"{name}{number}", str(number)), HOLD_S).id for number in range(30)])


def _begin_and_wait(pipe: Connection, open_store: OpenStore) -> None:
    pipe.send(open_store().begin(ENTRY, HOLD_S).held_by)
    pipe.recv()
