"""Settings of all tests.

Properties are tried with few enough examples for every day, the same ones wherever CI is set. No test
writes into the journal of whoever runs it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from .support.postgres import Server, programs, running_server

slow_to_draw = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("default", deadline=None, max_examples=100, suppress_health_check=slow_to_draw)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, database=None)
settings.register_profile("thorough", settings.get_profile("default"), max_examples=5000)
usual_profile = "ci" if os.environ.get("CI") == "true" else "default"
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", usual_profile))


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders to be made, numbered here: pytest lists all that it made before to find the next number."""
    top = tmp_path_factory.mktemp("state")
    return (top / str(number) for number in count())


@pytest.fixture(autouse=True)
def own_journal(folders: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A journal for this test alone; not in its own folder, which some tests look into."""
    folder = next(folders)
    folder.mkdir(mode=0o700)
    path = folder / "journal.sqlite3"
    monkeypatch.setenv("VMSPEC_JOURNAL", str(path))
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server of the tests' own; without one that is installed, its tests are skipped."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with running_server() as server:
        yield server


@pytest.fixture
def postgres(postgres_server: Server) -> Server:
    """The server, without any journal."""
    postgres_server.clear()
    return postgres_server
