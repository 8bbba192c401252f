"""Fixtures: callers of a sandbox."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .support.caller import Caller


@pytest.fixture
def caller() -> Caller:
    return Caller.of()


@pytest.fixture
def make_caller() -> Callable[..., Caller]:
    """Return a function that makes callers of sandboxes with other settings."""
    return Caller.of
