"""The journal in PostgreSQL: its schema, its users, lost backends, and what is shown of its address."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
from attrs import evolve

from vmspec import errors
from vmspec.katapult import Entry, open_journal
from vmspec.katapult.journal.postgres import PostgresJournal
from vmspec.katapult.journal.rate import RateNews

if TYPE_CHECKING:
    from tests.support.postgres import Server

ENTRY = Entry(id="1", api_url="https://a.test", organization="acme", spec_sha256="f00", key="k")
PASSWORD = "correct horse/battery"
WRITTEN = "correct%20horse%2Fbattery"
ACTIVITY = "FROM pg_stat_activity WHERE application_name = 'vmspec'"
BACKENDS = f"SELECT pid {ACTIVITY}"
TERMINATE = f"SELECT pg_terminate_backend(pid) {ACTIVITY}"
WAITING = f"SELECT pid {ACTIVITY} AND wait_event_type = 'Lock'"


@pytest.fixture
def journal(postgres: Server) -> Iterator[PostgresJournal]:
    with closing(PostgresJournal(postgres.address)) as journal:
        yield journal


def test_schema_is_made_once_and_has_a_version(postgres: Server, journal: PostgresJournal) -> None:
    stored = journal.begin(ENTRY, 30)
    with closing(open_journal(postgres.address)) as other:
        assert other.find("1") == stored
    assert postgres.execute("SELECT version FROM vmspec.schema_version") == [(2,)]


def test_schema_of_an_earlier_version_gets_what_is_new(postgres: Server, journal: PostgresJournal) -> None:
    stored = journal.begin(ENTRY, 30)
    postgres.execute(
        "DROP TABLE vmspec.rates CASCADE",
        "DROP FUNCTION vmspec.turn",
        "UPDATE vmspec.schema_version SET version = 1",
    )
    with closing(PostgresJournal(postgres.address)) as later:
        assert later.find("1") == stored
        assert later.turn("https://a.test", "acme", 0.5, RateNews()).is_given


def test_newer_schema_is_refused_and_left_alone(postgres: Server, journal: PostgresJournal) -> None:
    journal.begin(ENTRY, 30)
    postgres.execute("UPDATE vmspec.schema_version SET version = 9")
    with (
        closing(PostgresJournal(postgres.address)) as other,
        pytest.raises(errors.JournalError, match="version 9, this vmspec knows 2"),
    ):
        other.begin(evolve(ENTRY, id="2"), 30)
    assert postgres.execute("SELECT id FROM vmspec.submissions") == [("1",)]


def test_user_without_rights_is_told_so(postgres: Server, journal: PostgresJournal) -> None:
    journal.begin(ENTRY, 30)
    postgres.execute("DROP ROLE IF EXISTS reader", "CREATE ROLE reader LOGIN")
    with closing(PostgresJournal(postgres.address_of("reader"))) as reader:
        with pytest.raises(errors.JournalError, match="permission denied for"):
            reader.find("1")
        postgres.execute("GRANT USAGE ON SCHEMA vmspec TO reader")
        postgres.execute("GRANT SELECT ON ALL TABLES IN SCHEMA vmspec TO reader")
        assert reader.find("1") == journal.find("1")
        with pytest.raises(errors.JournalError, match="permission denied for"):
            reader.advance(evolve(ENTRY, revision=1))
        with pytest.raises(errors.JournalError, match="permission denied for"):
            reader.check()
    postgres.execute("DROP OWNED BY reader", "DROP ROLE reader")


@pytest.mark.parametrize(("state", "expected"), [("sending", "not_sent"), ("created", "created")])
def test_backend_that_is_terminated_within_a_step(
    postgres: Server, journal: PostgresJournal, state: str, expected: str
) -> None:
    stored = journal.begin(ENTRY, 30)
    with psycopg.connect(postgres.address) as other:
        other.execute("SELECT FROM vmspec.submissions WHERE id = '1' FOR UPDATE")
        told: list[object] = []

        def step() -> None:
            try:
                told.append(journal.advance(evolve(stored, state=state), 30))
            except errors.JournalError as error:
                told.append(error)

        thread = threading.Thread(target=step)
        thread.start()
        until(lambda: postgres.execute(WAITING))
        postgres.execute(TERMINATE)
        other.rollback()
        thread.join()
    left = journal.find("1")
    assert left is not None
    assert left.state == expected
    if state == "sending":
        assert "the connection was lost" in str(told[0])
    else:
        assert told == [left]


def test_idle_backend_that_is_terminated_does_not_matter(postgres: Server, journal: PostgresJournal) -> None:
    stored = journal.begin(ENTRY, 30)
    postgres.execute(TERMINATE)
    until(lambda: postgres.execute(BACKENDS) == [])
    assert journal.advance(evolve(stored, state="sending"), 30) is not None


def test_step_waits_for_others_as_long_as_it_is_told(postgres: Server, journal: PostgresJournal) -> None:
    stored = journal.begin(ENTRY, 30)
    with psycopg.connect(postgres.address) as other:
        other.execute("SELECT FROM vmspec.submissions WHERE id = '1' FOR UPDATE")
        start = time.monotonic()
        with journal.within(0.1), pytest.raises(errors.JournalError, match=r"(lock|statement) timeout"):
            journal.advance(evolve(stored, state="sending"), 30)
        assert time.monotonic() - start < 1
        assert journal.begin(evolve(ENTRY, id="2", key="other"), 30).id == "2"
    assert journal.find("1") == stored


def test_server_that_does_not_answer_is_given_up_at_the_deadline(
    journal: PostgresJournal, postgres: Server
) -> None:
    stored = journal.begin(ENTRY, 30)
    [(pid,)] = postgres.execute(BACKENDS)
    assert isinstance(pid, int)
    os.kill(pid, 19)  # SIGSTOP
    try:
        start = time.monotonic()
        with journal.within(0.2), pytest.raises(errors.JournalError):
            journal.advance(evolve(stored, state="sending"), 30)
        assert time.monotonic() - start < 2
    finally:
        os.kill(pid, 18)  # SIGCONT
    until(lambda: len(postgres.execute(BACKENDS)) == 1)
    left = journal.find("1")
    assert left is not None
    assert left.state == "not_sent"


def test_text_that_postgresql_cannot_store_does_not_lose_a_result(journal: PostgresJournal) -> None:
    stored = journal.begin(ENTRY, 30)
    left = journal.advance(evolve(stored, state="created", hostname="web\0", annotations={"a": "\0"}))
    assert left is not None
    assert (left.state, left.hostname, left.annotations) == ("created", "web\\0", {"a": "\0"})


def test_password_is_shown_nowhere(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"postgresql://ci:{WRITTEN}@/{WRITTEN}?host={postgres.folder}&sslpassword=other-secret"
    with pytest.raises(errors.ConfigurationError, match="holds a password") as refused:
        open_journal(address)
    monkeypatch.setenv("VMSPEC_JOURNAL", address)
    with closing(open_journal()) as journal, pytest.raises(errors.JournalError) as raised:
        journal.entries()
    for text in (repr(journal), str(journal), str(refused.value), str(raised.value), repr(raised.value)):
        for secret in (PASSWORD, "other-secret"):
            assert secret not in text


def until(is_so: object) -> None:
    end = time.monotonic() + 10
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.01)
