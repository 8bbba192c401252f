"""Fixtures of the conformance tests for journal stores, and an entry to store."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TypeAlias

import pytest
from attrs import evolve

from vmspec.katapult import Entry, Journal
from vmspec.testing.proxy import LossyProxy

OpenStore: TypeAlias = Callable[[], Journal]

HOLD_S = 600.0
"""Longer than any test."""
SHORT_HOLD_S = 0.2
PATIENCE_S = 10.0
"""Time for a hold to end, beyond its own."""
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


class StoreFixtures:
    """Fixtures and settings of a store, to be overridden; tests whose fixture is not are skipped."""

    is_shared: bool = True
    """False for a store that other processes cannot open, such as one in memory."""
    lease_s: float = 0.0
    """Seconds after which the hold of a killed process has ended; 0 if it ends at once."""
    has_own_clock: bool = False
    """True for a store by whose clock holds end, whatever that of a process says."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        """Return a function that opens the store, which is empty at first; override it.

        Unless ``is_shared`` is False it is pickled and called in other processes too, where it has to open
        the same store.
        """
        raise NotImplementedError("override the fixture open_store")

    @pytest.fixture
    def journal(self, open_store: OpenStore) -> Iterable[Journal]:
        """The opened store."""
        journal = open_store()
        yield journal
        journal.close()

    @pytest.fixture
    def open_broken_store(self) -> OpenStore:
        """Return a function that opens an unusable store."""
        pytest.skip("open_broken_store is not overridden")

    @pytest.fixture
    def open_read_only_store(self, journal: Journal) -> OpenStore:
        """Return a function that opens the store of ``journal`` for reading only."""
        pytest.skip("open_read_only_store is not overridden")

    @pytest.fixture
    def fill(self, journal: Journal) -> Callable[[], object]:
        """Return a function that leaves the store without space for another 100 kB."""
        pytest.skip("fill is not overridden")

    @pytest.fixture
    def proxy(self, open_store: OpenStore) -> LossyProxy:
        """Return a proxy that runs in front of the store's server."""
        pytest.skip("the store has no server")

    @pytest.fixture
    def open_through_proxy(self, proxy: LossyProxy) -> OpenStore:
        """Return a function that opens the store through the proxy."""
        pytest.skip("open_through_proxy is not overridden")

    def skip_unless_shared(self) -> None:
        """Skip a test that other processes take part in."""
        if not self.is_shared:
            pytest.skip("other processes cannot open the store")


def found(journal: Journal) -> Entry:
    """Return the entry with the id 1."""
    entry = journal.find("1")
    assert entry is not None
    return entry


def wait_until_unheld(journal: Journal, hold_s: float) -> Entry:
    """Return the entry with the id 1 once nobody holds it."""
    end = time.monotonic() + hold_s + PATIENCE_S
    while (entry := found(journal)).held_by is not None:
        assert time.monotonic() < end, "the hold does not end"
        time.sleep(0.02)
    return entry
