"""Conformance tests for journal stores that cannot be written, and for connections that break."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from attrs import evolve

from vmspec.errors import JournalError
from vmspec.katapult import Entry, Journal
from vmspec.testing.journal_fixtures import HOLD_S, OpenStore, StoreFixtures, entry, found
from vmspec.testing.proxy import LossyProxy, Moment

MOMENTS: tuple[Moment, ...] = ("request", "answer", "late request")


class FailureTests(StoreFixtures):
    """Tests of failures: nothing may be claimed that is not on record, and nothing sent that is not."""

    def test_broken_store_raises_journal_errors(self, open_broken_store: OpenStore) -> None:
        steps: tuple[Callable[[Journal], object], ...] = (
            lambda journal: journal.begin(entry(1), HOLD_S),
            lambda journal: journal.advance(evolve(entry(1), revision=1)),
            lambda journal: journal.find("1"),
            lambda journal: journal.entries(),
        )
        for step in steps:
            with pytest.raises(JournalError):
                step(open_broken_store())

    def test_read_only_store_can_be_read(self, journal: Journal, open_read_only_store: OpenStore) -> None:
        stored = journal.begin(entry(1), HOLD_S)
        store = open_read_only_store()
        assert store.find("1") == stored
        assert list(store.entries()) == [stored]
        with pytest.raises(JournalError):
            store.begin(entry(2, "other"), HOLD_S)
        with pytest.raises(JournalError):
            store.advance(evolve(stored, state="sending"), HOLD_S)
        store.close()
        assert list(journal.entries()) == [stored]

    def test_full_store_keeps_what_it_has(self, journal: Journal, fill: Callable[[], object]) -> None:
        stored = journal.begin(entry(1), HOLD_S)
        fill()
        with pytest.raises(JournalError):
            journal.begin(evolve(entry(2, "other"), reason="x" * 100_000), HOLD_S)
        with pytest.raises(JournalError):
            journal.advance(evolve(stored, state="created", reason="x" * 100_000))
        assert list(journal.entries()) == [stored]

    @pytest.mark.parametrize("moment", MOMENTS)
    def test_lost_intent_is_not_sent(
        self, journal: Journal, open_through_proxy: OpenStore, proxy: LossyProxy, moment: Moment
    ) -> None:
        remote = _warm(open_through_proxy)
        proxy.lose(moment)
        with pytest.raises(JournalError) as raised:
            remote.begin(entry(1), HOLD_S)
        proxy.deliver()
        assert raised.value.journalled
        assert _state(journal) in (None, "not_sent")
        assert journal.begin(entry(2), HOLD_S).id == "2"
        remote.close()

    @pytest.mark.parametrize("moment", MOMENTS)
    def test_lost_sending_is_not_sent(
        self, journal: Journal, open_through_proxy: OpenStore, proxy: LossyProxy, moment: Moment
    ) -> None:
        remote = _warm(open_through_proxy)
        begun = remote.begin(entry(1), HOLD_S)
        proxy.lose(moment)
        with pytest.raises(JournalError) as raised:
            remote.advance(evolve(begun, state="sending", tries=1), HOLD_S)
        proxy.deliver()
        assert raised.value.journalled
        assert _state(journal) == "not_sent"
        assert journal.begin(entry(2), HOLD_S).id == "2"
        remote.close()

    @pytest.mark.parametrize("moment", MOMENTS)
    def test_lost_sending_that_another_took_over_is_left_to_it(
        self, journal: Journal, open_through_proxy: OpenStore, proxy: LossyProxy, moment: Moment
    ) -> None:
        remote = _warm(open_through_proxy)
        begun = remote.begin(entry(1), HOLD_S)
        taken = journal.advance(evolve(begun, state="sending", tries=1), HOLD_S)
        again = journal.advance(evolve(taken, reason="again"), HOLD_S) if taken is not None else None
        proxy.lose(moment)
        with pytest.raises(JournalError):
            remote.advance(evolve(begun, state="sending", tries=1), HOLD_S)
        proxy.deliver()
        assert found(journal) == again
        remote.close()

    @pytest.mark.parametrize("moment", MOMENTS)
    @pytest.mark.parametrize("is_begun", [False, True])
    def test_lost_step_that_cannot_be_undone_says_so(
        self,
        journal: Journal,
        open_through_proxy: OpenStore,
        proxy: LossyProxy,
        moment: Moment,
        is_begun: bool,
    ) -> None:
        remote = _warm(open_through_proxy)
        step: Callable[[], object] = partial(remote.begin, entry(1), HOLD_S)
        if is_begun:
            begun = remote.begin(entry(1), HOLD_S)
            step = partial(remote.advance, evolve(begun, state="sending"), HOLD_S)
        proxy.lose(moment, for_good=True)
        with pytest.raises(JournalError) as raised:
            step()
        assert not raised.value.journalled
        for word in (entry(1).id, "reconcile", "abandon"):
            assert word in raised.value.message
        remote.close()

    @pytest.mark.parametrize("moment", MOMENTS)
    def test_lost_result_is_stored_or_an_error(
        self, journal: Journal, open_through_proxy: OpenStore, proxy: LossyProxy, moment: Moment
    ) -> None:
        remote = _warm(open_through_proxy)
        sending = remote.advance(evolve(remote.begin(entry(1), HOLD_S), state="sending"), HOLD_S)
        assert sending is not None
        proxy.lose(moment)
        told: Entry | None = None
        try:
            told = remote.advance(evolve(sending, state="created", build_id="vmbuild_9"))
        except JournalError:
            told = found(journal)
        proxy.deliver()
        assert found(journal) == told
        assert told is not None
        assert told.state in ("sending", "created")
        remote.close()

    def test_lost_read_is_repeated_or_an_error(
        self, journal: Journal, open_through_proxy: OpenStore, proxy: LossyProxy
    ) -> None:
        stored = journal.begin(entry(1), HOLD_S)
        remote = _warm(open_through_proxy)
        proxy.lose("answer")
        try:
            assert remote.find("1") == stored
        except JournalError:
            assert remote.find("1") == stored
        remote.close()

    def test_connection_that_broke_while_idle_does_not_matter(
        self, open_through_proxy: OpenStore, proxy: LossyProxy
    ) -> None:
        remote = _warm(open_through_proxy)
        proxy.cut()
        assert remote.begin(entry(1), HOLD_S).state == "intent"
        remote.close()


def _warm(open_store: OpenStore) -> Journal:
    """Return the store, connected: the next thing that it sends is the step of the test."""
    journal = open_store()
    assert list(journal.entries()) == list(journal.entries())
    return journal


def _state(journal: Journal) -> str | None:
    stored = journal.find("1")
    return stored.state if stored is not None else None
