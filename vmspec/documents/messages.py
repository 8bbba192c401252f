"""Helpers for the text of messages."""

from __future__ import annotations

from collections.abc import Iterable

from vmspec.text import printable


def did_you_mean(name: str, names: Iterable[str]) -> str | None:
    """Return the most similar of ``names``, or None; names that differ only in case or separators win."""
    from difflib import get_close_matches

    names = list(names)
    same = {folded(known): known for known in names}.get(folded(name))
    if same is not None:
        return same
    close = get_close_matches(name[:64], names, n=1, cutoff=0.6)
    return close[0] if close else None


def folded(name: str) -> str:
    """Return a name in lower case, without underscores and hyphens."""
    return name.lower().replace("_", "").replace("-", "")


def join_or(names: Iterable[str]) -> str:
    """Return names as an English list.

    >>> join_or(["id", "name", "permalink"])
    'id, name or permalink'
    """
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def quote(text: str, limit: int = 60) -> str:
    """Return text from a document in quotes, escaped, and cut to ``limit`` characters."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return f'"{printable(cut)}"'
