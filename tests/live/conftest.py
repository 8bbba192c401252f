"""A sandbox and a client for tests of operations that need the organization."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from vmspec.katapult import Katapult, SQLiteJournal
from vmspec.sandbox import RunningSandbox, Sandbox, running

Connect = Callable[..., tuple[RunningSandbox, Katapult]]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Return a function that starts a sandbox, and a client of it."""
    with ExitStack() as stack:

        def start(sandbox: Sandbox | None = None) -> tuple[RunningSandbox, Katapult]:
            api = stack.enter_context(running(sandbox or Sandbox(speed=2000, rate_limit=60_000)))
            katapult = Katapult(
                token=api.token, organization=api.organization, api_url=api.url, journal=SQLiteJournal()
            )
            return api, stack.enter_context(katapult)

        yield start
