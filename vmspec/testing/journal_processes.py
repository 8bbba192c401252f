"""Conformance tests for journal stores in which several processes take part, or seem to."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from itertools import combinations
from multiprocessing.connection import Connection
from typing import Any
from unittest.mock import patch

import pytest
from attrs import evolve

from vmspec.katapult import Entry, Journal
from vmspec.katapult.journal import ownership
from vmspec.testing.concurrency import OtherProcess
from vmspec.testing.journal_fixtures import (
    HOLD_S,
    SHORT_HOLD_S,
    OpenStore,
    StoreFixtures,
    entry,
    found,
    wait_until_unheld,
)

SKEW_S = 7200.0
"""Error of the clock of a process."""
ORDERS = [[number in firsts for number in range(6)] for firsts in combinations(range(6), 3)]
"""Orders in which two submitters may carry out three steps each; True is one of the first."""
needs_signals = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system cannot stop a process")


class ProcessTests(StoreFixtures):
    """Tests with several processes."""

    @pytest.mark.parametrize("hold_s", [HOLD_S, 0.0])
    def test_one_of_two_submitters_sends_in_every_order_of_their_steps(
        self, journal: Journal, open_store: OpenStore, hold_s: float
    ) -> None:
        other = open_store()
        for number, order in enumerate(ORDERS):
            sent: list[str] = []
            one = _submit(journal, entry(f"{number}-one", f"k{number}"), hold_s, sent)
            two = _submit(other, entry(f"{number}-two", f"k{number}"), hold_s, sent)
            for is_first in order:
                next(one if is_first else two, None)
            assert len(sent) == 1, order
        other.close()

    def test_two_processes_share_the_keys(self, journal: Journal, open_store: OpenStore) -> None:
        self.skip_unless_shared()
        with (
            OtherProcess(_begin_many, open_store, "a") as one,
            OtherProcess(_begin_many, open_store, "b") as two,
        ):
            assert (one.receive(), two.receive()) == ("ready", "ready")
            one.send("go")
            two.send("go")
            ids = one.receive()
            assert two.receive() == ids
        assert sorted(stored.id for stored in journal.entries()) == sorted(ids)

    def test_other_process_is_the_holder(self, journal: Journal, open_store: OpenStore) -> None:
        self.skip_unless_shared()
        with OtherProcess(_work, open_store, HOLD_S) as process:
            name = process.receive()
            assert name != ownership.current()
            assert found(journal).held_by == name

    @pytest.mark.parametrize("state", ["intent", "sending"])
    def test_killed_process_holds_nothing(self, journal: Journal, open_store: OpenStore, state: Any) -> None:
        self.skip_unless_shared()
        with OtherProcess(_work, open_store, HOLD_S, state) as process:
            process.receive()
            process.kill()
        left = wait_until_unheld(journal, self.lease_s)
        assert left.state == state
        assert left.effective_state == {"intent": "not_sent", "sending": "unknown"}[state]
        assert journal.begin(entry(2), HOLD_S) == left

    def test_hold_is_extended_while_its_process_lives(self, journal: Journal, open_store: OpenStore) -> None:
        self.skip_unless_shared()
        with OtherProcess(_work, open_store, HOLD_S) as process:
            name = process.receive()
            time.sleep(3 * self.lease_s)
            assert found(journal).held_by == name

    @needs_signals
    def test_process_that_was_stopped_past_its_hold_cannot_go_on(
        self, journal: Journal, open_store: OpenStore
    ) -> None:
        self.skip_unless_shared()
        with OtherProcess(_work, open_store, HOLD_S if self.lease_s else SHORT_HOLD_S) as process:
            process.receive()
            process.signal(signal.SIGSTOP)
            left = wait_until_unheld(journal, self.lease_s)
            assert left.is_left_unsent
            taken = journal.advance(evolve(left, state="sending", tries=1), HOLD_S)
            assert taken is not None
            process.signal(signal.SIGCONT)
            process.send("sending")
            assert process.receive() is None
        assert found(journal) == taken

    @needs_signals
    def test_process_that_was_stopped_while_sending_leaves_the_outcome_unknown(
        self, journal: Journal, open_store: OpenStore
    ) -> None:
        self.skip_unless_shared()
        with OtherProcess(_work, open_store, HOLD_S if self.lease_s else SHORT_HOLD_S, "sending") as process:
            process.receive()
            process.signal(signal.SIGSTOP)
            left = wait_until_unheld(journal, self.lease_s)
            assert left.effective_state == "unknown"
            assert journal.begin(entry(2), HOLD_S) == left
            process.signal(signal.SIGCONT)
            process.send("created")
            assert process.receive() == "created"

    @pytest.mark.parametrize("skew_s", [-SKEW_S, SKEW_S])
    def test_wrong_clock_of_a_process_changes_no_hold(
        self, journal: Journal, open_store: OpenStore, skew_s: float
    ) -> None:
        if not self.has_own_clock:
            pytest.skip("the store uses the clock of each process")
        journal.begin(entry(2, "other"), HOLD_S)
        with OtherProcess(_work, open_store, HOLD_S, "intent", skew_s, "2") as process:
            assert process.receive() == found(journal).held_by
            assert process.receive() == ownership.current()
            assert abs(found(journal).begun_at - time.time()) < SKEW_S / 2
            process.kill()
        assert wait_until_unheld(journal, self.lease_s).is_left_unsent

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    @pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Python warns of forks beside threads
    def test_forked_process_can_use_the_store(self, journal: Journal) -> None:
        self.skip_unless_shared()
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


def _submit(journal: Journal, wanted: Entry, hold_s: float, sent: list[str]) -> Iterator[None]:
    """Do what a submitter does with the journal, a step at a time; it takes over what nobody holds."""
    begun = journal.begin(wanted, hold_s)
    yield
    is_free = begun.id == wanted.id or begun.is_left_unsent
    sending = journal.advance(evolve(begun, state="sending"), hold_s) if is_free else None
    if sending is not None:
        sent.append(wanted.id)
    yield
    if sending is not None:
        assert journal.advance(evolve(sending, state="created")) is not None
    yield


def _begin_many(pipe: Connection, open_store: OpenStore, name: str) -> None:
    journal = open_store()
    pipe.send("ready")
    pipe.recv()
    pipe.send([journal.begin(entry(f"{name}{number}", str(number)), HOLD_S).id for number in range(30)])
    journal.close()


def _work(
    pipe: Connection,
    open_store: OpenStore,
    hold_s: float,
    state: Any = "intent",
    skew_s: float = 0.0,
    *others: str,
) -> None:
    """Begin an entry and tell who holds it, and others; then change it to each state that is asked for."""
    right = time.time
    skewed = patch.object(time, "time", lambda: right() + skew_s)
    skewed.start()
    journal = open_store()
    stored: Entry | None = journal.begin(entry(1), hold_s)
    if state != "intent" and stored is not None:
        stored = journal.advance(evolve(stored, state=state), hold_s)
    assert stored is not None
    pipe.send(stored.held_by)
    for other in others:
        seen = journal.find(other)
        pipe.send(seen.held_by if seen is not None else None)
    while True:
        changed = journal.advance(evolve(stored, state=pipe.recv()), hold_s)
        pipe.send(changed.state if changed is not None else None)
