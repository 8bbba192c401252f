"""Pytest fixtures for tests of your own scripts: a Katapult on this machine, and a client.

    pytest_plugins = ["vmspec.testing.fixtures"]

in the topmost ``conftest.py`` registers them. The client does not sleep: it advances the sandbox's clock.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from vmspec.katapult import Katapult, SQLiteJournal
from vmspec.sandbox import Endpoint, RunningSandbox, Sandbox, running
from vmspec.sandbox.faults import ConnectionReset, Fault
from vmspec.testing.faults import CREATE_FAULTS

SPEED = 200.0
"""Speed of the sandbox: for a client that really sleeps, a machine is started after a quarter second."""


class QuickClock:
    """The real time plus all seconds slept; sleeping returns at once."""

    def __init__(self) -> None:
        self._slept_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._slept_s

    def sleep(self, seconds: float) -> None:
        """Advance the clock."""
        self._slept_s += seconds


@pytest.fixture
def katapult_sandbox(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningSandbox]:
    """A running sandbox; ``.sandbox`` takes faults and has the builds.

    The environment points to it, so that ``Katapult.from_environment()`` and ``vmspec submit`` use it
    too, and a test can reach neither a real API nor your own journal.
    """
    journal = tmp_path_factory.mktemp("vmspec") / "journal.sqlite3"
    with running(Sandbox(clock=QuickClock(), speed=SPEED)) as api:
        monkeypatch.setenv("KATAPULT_API_URL", api.url)
        monkeypatch.setenv("KATAPULT_ORGANIZATION", api.organization)
        monkeypatch.setenv("KATAPULT_API_KEY", api.token)
        monkeypatch.delenv("KATAPULT_API_KEY_FILE", raising=False)
        monkeypatch.setenv("VMSPEC_JOURNAL", str(journal))
        yield api


@pytest.fixture
def katapult(katapult_sandbox: RunningSandbox) -> Iterator[Katapult]:
    """A client of ``katapult_sandbox``; it advances the sandbox's clock instead of sleeping."""
    clock = katapult_sandbox.sandbox.clock
    with Katapult(
        token=katapult_sandbox.token,
        organization=katapult_sandbox.organization,
        api_url=katapult_sandbox.url,
        journal=SQLiteJournal(),
        clock=clock,
        sleep=clock.sleep if isinstance(clock, QuickClock) else time.sleep,
    ) as client:
        yield client


@pytest.fixture(params=CREATE_FAULTS)
def katapult_fault(request: pytest.FixtureRequest, katapult_sandbox: RunningSandbox) -> Fault:
    """One of ``CREATE_FAULTS``, which the next create takes; the test runs once for each."""
    name: str = request.param
    fault = CREATE_FAULTS[name]
    at = None if isinstance(fault, ConnectionReset) else Endpoint.CREATE
    katapult_sandbox.sandbox.order(fault, at=at)
    return fault
