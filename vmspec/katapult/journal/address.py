"""Address of a database: its form, its passwords, and the part that may be shown."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from vmspec.errors import ConfigurationError
from vmspec.text import printable

DATABASE = "postgresql://"
"""Beginning of the address of a database; anything else is a file."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(?:/|$)")
_HOST = r"(?:\[[0-9A-Fa-f:.%]+\]|[\w.%-]*)(?::\d{1,5})?"
_ADDRESS = re.compile(
    rf"""postgresql://
    (?:(?P<user>[^\s:@/?\#]*)(?::(?P<password>[^\s@/?\#]*))?@)?
    (?P<server>{_HOST}(?:,{_HOST})*(?:/[^\s/?\#]*)?)
    (?:\?(?P<query>[^\s\#]*))?""",
    re.VERBOSE | re.ASCII,
)
_PASSWORDS = ("password", "sslpassword")


def is_database(location: str, name: str) -> bool:
    """Return whether a location is the address of a database.

    Raise ConfigurationError for one that is neither that nor a file; it is not repeated, for it may hold a
    password.
    """
    scheme = _SCHEME.match(location)
    if scheme is None:
        return False
    if not location.startswith(DATABASE):
        hint = "; write postgresql://" if scheme[1].lower() in ("postgres", "postgresql") else ""
        raise ConfigurationError(f"{name} is neither a file nor a {DATABASE} address{hint}")
    if _ADDRESS.fullmatch(location) is None:
        raise ConfigurationError(
            f"{name} is not a valid {DATABASE}USER@HOST:PORT/DATABASE address;"
            " special characters of a user or password are written as %XX"
        )
    return True


def passwords_in(address: str) -> list[str]:
    """Return the passwords in the address of a database, as they are written there."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return []
    query = [pair.partition("=")[::2] for pair in (found["query"] or "").split("&")]
    secret = [
        text for name, text in query if parse_qsl(f"{name}=x")[:1] in [[(one, "x")] for one in _PASSWORDS]
    ]
    return [text for text in (found["password"], *secret) if text]


def shown(address: str) -> str:
    """Return the address of a database without what may be secret.

    >>> shown("postgresql://ci:secret@db.example.com/builds?sslmode=require")
    'postgresql://ci@db.example.com/builds'
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return DATABASE
    user = f"{found['user']}@" if found["user"] else ""
    return printable(f"{DATABASE}{user}{found['server']}")
