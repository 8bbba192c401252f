"""Helpers for the text of messages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from vmspec.model.scalars import XML_WHITESPACE, Choice, Identifier, Integer, Scalar
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


def words_of(scalar: Scalar) -> dict[str, object]:
    """Return the values of a scalar that has only a few, by their text; empty for other scalars."""
    return getattr(scalar, "words", {})


_YES_AND_NO = {"true": "yes", "1": "yes", "on": "yes", "false": "no", "0": "no", "off": "no"}


def choice_hint(text: str, scalar: Scalar) -> str | None:
    """Return a hint at the choice that was probably meant."""
    words = words_of(scalar)
    meant = did_you_mean(text.strip(), words)
    if meant is None and set(words) == {"yes", "no"}:
        meant = _YES_AND_NO.get(text.lower())
    return f"did you mean {meant}?" if meant else None


def describe_mismatch(text: str, scalar: Scalar) -> str:
    """Return what is wrong with a non-empty text that a scalar does not accept, to follow "it"."""
    problem = scalar.error(text.strip(XML_WHITESPACE)) if isinstance(scalar, Identifier) else None
    return problem or f"is {scalar.expected}"


_UNIT_SPELLINGS = {"GB": ("gb", "g", "gib", "gi")}
"""Spellings of a number's own unit, which is to be left out; another unit is another number."""

_LONG_NUMBER = r"\s*\+?[0-9]{10,}\s*"
_NUMBER_AND_UNIT = r"\s*\+?([0-9]{1,9})\s*([A-Za-z]+)\s*"


def value_hint(text: str, scalar: Scalar) -> str | None:
    """Return a hint at the value that was probably meant by a text that a scalar does not accept."""
    if isinstance(scalar, Choice):
        return choice_hint(text, scalar)
    if re.fullmatch(_LONG_NUMBER, text, re.ASCII):
        return "it has at most nine digits"
    number = re.fullmatch(_NUMBER_AND_UNIT, text, re.ASCII)
    if number and isinstance(scalar, Integer) and number[2].lower() in _UNIT_SPELLINGS.get(scalar.unit, ()):
        return f"write the number alone: {number[1]}"
    return None
