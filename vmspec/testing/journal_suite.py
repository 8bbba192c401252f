"""Conformance tests for a journal store of your own: a pytest class to derive from::

    from vmspec.testing.journal_suite import JournalSuite

    class TestMyJournal(JournalSuite):
        @pytest.fixture
        def open_store(self, tmp_path):
            return partial(MyJournal, tmp_path / "journal")

Each test opens the store through ``open_store``, several times where that matters. Tests of a store that is
read-only, full, or behind a connection that breaks run if you override their fixtures; see
:class:`StoreFixtures`.
"""

from __future__ import annotations

import time
from functools import partial
from typing import get_args

import pytest
from attrs import evolve

from vmspec.errors import VmspecError
from vmspec.katapult import Entry, EntryFilter, Journal, find_by_key, lock_timeout
from vmspec.katapult.journal import PENDING, RELEASED, State, ownership
from vmspec.testing.concurrency import in_threads
from vmspec.testing.journal_failures import FailureTests
from vmspec.testing.journal_fixtures import ENTRY, HOLD_S, OpenStore, StoreFixtures, entry, found
from vmspec.testing.journal_processes import ProcessTests

__all__ = ["ENTRY", "HOLD_S", "JournalSuite", "OpenStore", "StoreFixtures", "entry"]

MAX_SKEW_S = 60.0
"""Difference between the clocks of the store and of the tests."""


class JournalSuite(ProcessTests, FailureTests):
    """Tests that every journal store passes."""

    def test_new_entry_is_stored_with_revision_times_and_holder(self, journal: Journal) -> None:
        stored = journal.begin(ENTRY, HOLD_S)
        assert abs(stored.begun_at - time.time()) < MAX_SKEW_S
        assert stored.begun_at == stored.changed_at
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
        assert found(journal).held_by is None

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
        for store in journals[::2]:
            store.close()
        assert len(ids) == 8
        assert len(set(ids)) == 1
        assert [found.id for found in journal.entries()] == ids[:1]

    def test_one_of_many_threads_makes_a_change(self, journal: Journal, open_store: OpenStore) -> None:
        stored = journal.begin(ENTRY, HOLD_S)
        journals = [journal if number % 2 else open_store() for number in range(8)]
        advance = [partial(store.advance, evolve(stored, tries=n)) for n, store in enumerate(journals)]
        changes = in_threads(advance)
        for store in journals[::2]:
            store.close()
        (made,) = [change for change in changes if change is not None]
        assert journal.find("1") == made

    def test_filter_finds_entries_by_each_condition(self, journal: Journal) -> None:
        first = journal.begin(entry("a1", "k"), HOLD_S)
        second = journal.begin(entry("a2", "k/web.xml"), HOLD_S)
        third = journal.begin(entry("b1", "ka"), HOLD_S)
        fourth = journal.advance(evolve(journal.begin(entry("b2", None), 0), state="sending", build_id="b"))
        changed = journal.advance(evolve(third, state="created"))
        assert changed is not None
        assert fourth is not None
        for wanted, expected in (
            (EntryFilter(), [first, second, changed, fourth]),
            (EntryFilter(id_prefix="a"), [first, second]),
            (EntryFilter(id_prefix="c"), []),
            (EntryFilter(build_id="b"), [fourth]),
            (EntryFilter(key="k"), [first, second]),
            (EntryFilter(states=["created", "intent"]), [first, second, changed]),
            (EntryFilter(states=["unknown"]), [fourth]),
            (EntryFilter(begun_since=third.begun_at), [changed, fourth]),
            (EntryFilter(changed_since=changed.changed_at), [changed]),
            (EntryFilter(changed_before=second.changed_at), [first]),
            (EntryFilter(id_prefix="a", key="k/web.xml", states=["intent"]), [second]),
        ):
            assert list(journal.entries(wanted)) == expected, wanted
        assert len(journal.entries(EntryFilter(limit=2))) == 2
        assert list(journal.entries(EntryFilter(id_prefix="a", limit=2))) == [first, second]
