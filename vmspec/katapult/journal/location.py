"""Location of the journal, and opening the store that is there."""

from __future__ import annotations

import os
from pathlib import Path

from vmspec.errors import ConfigurationError
from vmspec.katapult.journal.address import is_database, passwords_in, shown
from vmspec.katapult.journal.sql import SQLJournal
from vmspec.katapult.journal.sqlite import SQLiteJournal


def open_journal(location: str | os.PathLike[str] | None = None, *, create: bool = True) -> SQLJournal:
    """Return the journal at a location, by default ``VMSPEC_JOURNAL`` or a file in the user's state folder.

    A location is a file, or ``postgresql://USER@HOST/DATABASE``, whose password is taken from
    ``PGPASSFILE``, ``PGPASSWORD``, a service file, or the address in ``VMSPEC_JOURNAL``. With
    ``create=False`` a file that does not exist is not made; the journal is then empty. Raises
    ``ConfigurationError`` for a location that cannot be used, or one that is given with a password in it.
    """
    if location is not None:
        check_location(location)
    named = os.environ.get("VMSPEC_JOURNAL") if location is None else os.fspath(location)
    if named and is_database(named, "VMSPEC_JOURNAL" if location is None else "the journal"):
        return _open_database(named)
    path = Path(named) if named else default_path()
    return SQLiteJournal(path if create or path.exists() else None)


def check_location(location: str | os.PathLike[str]) -> None:
    """Raise ConfigurationError for a location that must not be given, above all one with a password."""
    named = os.fspath(location)
    if not named:
        raise ConfigurationError("the journal is an empty path; leave it out, or name a file")
    if is_database(named, "the journal") and passwords_in(named):
        raise ConfigurationError(
            "the address of the journal holds a password, which other users of this machine could see;"
            " leave it out, and use PGPASSFILE, PGPASSWORD, a service file or VMSPEC_JOURNAL"
        )


def default_path() -> Path:
    """Return the path of the file in ``VMSPEC_JOURNAL``, or of one in the user's state folder."""
    named = os.environ.get("VMSPEC_JOURNAL")
    if named:
        return Path(named)
    from platformdirs import user_state_path

    return user_state_path("vmspec", appauthor=False) / "journal.sqlite3"


def _open_database(address: str) -> SQLJournal:
    try:
        from vmspec.katapult.journal.postgres import PostgresJournal
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("psycopg", "psycopg_binary"):
            raise
        raise ConfigurationError(
            f"the journal {shown(address)} needs psycopg, which is not installed:"
            " pip install 'vmspec[postgres]'"
        ) from None
    return PostgresJournal(address)
