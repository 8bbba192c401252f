"""Location of the journal, and opening the store that is there."""

from __future__ import annotations

import os
from pathlib import Path

from vmspec.errors import ConfigurationError
from vmspec.katapult.journal import Journal
from vmspec.katapult.journal.sqlite import SQLiteJournal


def open_journal(location: str | os.PathLike[str] | None = None, *, create: bool = True) -> Journal:
    """Return the journal in a file, by default that of ``VMSPEC_JOURNAL`` or in the user's state folder.

    With ``create=False`` a file that does not exist is not made; the journal is then empty. Raises
    ``ConfigurationError`` for an empty path.
    """
    if location == "":
        raise ConfigurationError("the journal is an empty path; leave it out, or name a file")
    path = default_path() if location is None else Path(location)
    return SQLiteJournal(path if create or path.exists() else None)


def default_path() -> Path:
    """``VMSPEC_JOURNAL``, or a file in the user's state folder."""
    named = os.environ.get("VMSPEC_JOURNAL")
    if named:
        return Path(named)
    from platformdirs import user_state_path

    return user_state_path("vmspec", appauthor=False) / "journal.sqlite3"
