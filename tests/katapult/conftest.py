"""Fixtures for the tests of the client."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import cast

import pytest

from .support.doubles import Kind, Server


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each test that asks for it runs with both clients."""
    return cast(Kind, request.param)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that is told by the test what to do."""
    server = Server([])
    threading.Thread(target=server.serve, daemon=True).start()
    yield server
    server.close()
