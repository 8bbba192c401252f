"""Text of messages: lists of names, and untrusted text made safe to show."""

from __future__ import annotations

from collections.abc import Iterable

MASK = "***"
"""Placeholder shown instead of a secret."""

MAX_HOSTNAME = 63
"""Characters of a hostname in a message."""


def printable(text: str) -> str:
    r"""Return a text on one line, without characters that could control a terminal or hide in it.

    Control and format characters (including bidirectional marks), surrogates, and any whitespace but the
    space are escaped.

    >>> printable("web\x1b[2J")
    'web\\x1b[2J'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def quote(text: str, limit: int = 60) -> str:
    """Return a text in double quotes, printable and not longer than the limit."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return f'"{printable(cut)}"'


def machine_prefix(hostname: str | None) -> str:
    """Return the start of a message about a machine, such as ``web-1: ``; empty without a hostname."""
    return f"{printable(hostname[:MAX_HOSTNAME])}: " if hostname else ""


def join_or(names: Iterable[str]) -> str:
    """Return names as an English list.

    >>> join_or(["id", "name", "permalink"])
    'id, name or permalink'
    """
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last
