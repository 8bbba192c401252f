"""Locations of a journal: files, addresses of databases, and what is refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from vmspec import errors
from vmspec.katapult import SQLiteJournal, check_location, open_journal
from vmspec.katapult.journal.address import passwords_in, shown
from vmspec.katapult.journal.postgres import PostgresJournal


@pytest.mark.parametrize(
    "location",
    [
        *("mysql://host/db", "postgres://host/db", "POSTGRESQL://host/db", "sqlite:///file", "file:///x"),
        *("postgresql:/host/db", "redis+tls://host", "postgresql:/"),
    ],
)
def test_other_scheme_is_an_error_and_makes_no_folder(
    location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for given in (location, Path(location)):
        with pytest.raises(errors.ConfigurationError, match=r"neither a file nor a postgresql://"):
            open_journal(given)
    monkeypatch.setenv("VMSPEC_JOURNAL", location)
    with pytest.raises(errors.ConfigurationError, match="VMSPEC_JOURNAL is neither"):
        open_journal()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("location", ["a/b", "C:/journal", "./x:/y", "journal.sqlite3", "a b"])
def test_file_is_a_file(location: str) -> None:
    assert isinstance(open_journal(location, create=False), SQLiteJournal)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("postgresql://", "postgresql://"),
        ("postgresql://db.example.com", "postgresql://db.example.com"),
        ("postgresql://ci@db:5433/builds?sslmode=require", "postgresql://ci@db:5433/builds"),
        ("postgresql://[::1]:5432/builds", "postgresql://[::1]:5432/builds"),
        ("postgresql://a,b:5433/builds?target_session_attrs=read-write", "postgresql://a,b:5433/builds"),
        ("postgresql:///builds?host=/run/postgresql", "postgresql:///builds"),
        ("postgresql://?service=builds", "postgresql://"),
    ],
)
def test_address_of_a_database(address: str, name: str) -> None:
    journal = open_journal(address)
    assert isinstance(journal, PostgresJournal)
    assert (journal.name, repr(journal)) == (name, f"PostgresJournal(address={name})")


SECRETS = [
    ("postgresql://ci:s3cret@db/builds", ["s3cret"]),
    ("postgresql://ci:s3%40cret@db/builds", ["s3%40cret"]),
    ("postgresql://db/builds?password=s3cret", ["s3cret"]),
    ("postgresql://db/builds?sslmode=require&p%61ssword=s3cret", ["s3cret"]),
    ("postgresql://ci:one@db/builds?sslpassword=two", ["one", "two"]),
]


@pytest.mark.parametrize(("address", "secrets"), SECRETS)
def test_password_is_taken_from_the_environment_only(
    address: str, secrets: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert passwords_in(address) == secrets
    for refuse in (open_journal, check_location):
        with pytest.raises(errors.ConfigurationError, match="PGPASSFILE") as raised:
            refuse(address)
        assert not any(secret in str(raised.value) for secret in secrets)
    monkeypatch.setenv("VMSPEC_JOURNAL", address)
    journal = open_journal()
    assert isinstance(journal, PostgresJournal)
    assert not any(secret in f"{journal!r}{shown(address)}" for secret in secrets)


@pytest.mark.parametrize(
    "address",
    [
        *("postgresql://ci:s3/cret@db/builds", "postgresql://ci:s3@cret@db/builds"),
        *("postgresql://ci:s3cret@db:port/builds", "postgresql://ci:s3 cret@db/builds"),
        *("postgresql://ci:s3#cret@db/builds", "postgresql://ci:s3?cret@db/builds"),
    ],
)
def test_address_that_is_not_valid_is_not_repeated(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VMSPEC_JOURNAL", address)
    for location in (None, address):
        with pytest.raises(errors.ConfigurationError) as raised:
            open_journal(location)
        assert "cret" not in str(raised.value)


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "vmspec.katapult.journal.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(errors.ConfigurationError, match=r"pip install 'vmspec\[postgres\]'"):
        open_journal("postgresql://db/builds")
