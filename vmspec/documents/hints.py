"""Hints at what was probably meant by a name or a value."""

from __future__ import annotations

import re
from collections.abc import Iterable

from vmspec.model.scalars import XML_WHITESPACE, Choice, Identifier, Integer, Scalar


def did_you_mean(name: str, names: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the most similar of ``names``, or None; names that differ only in case or separators win."""
    from difflib import get_close_matches

    names = list(names)
    same = {folded(known): known for known in names}.get(folded(name))
    if same is not None:
        return same
    close = get_close_matches(name[:64], names, n=1, cutoff=cutoff)
    return close[0] if close else None


def folded(name: str) -> str:
    """Return a name in lower case, without underscores and hyphens."""
    return name.lower().replace("_", "").replace("-", "")


def words_of(scalar: Scalar) -> dict[str, object]:
    """Return the values of a scalar that has only a few, by their text; empty for other scalars."""
    return getattr(scalar, "words", {})


YES_AND_NO = {"true": "yes", "1": "yes", "on": "yes", "false": "no", "0": "no", "off": "no"}
"""Words that people write for yes and no; in XML, "on" may also be a misspelt "no"."""


def choice_hint(text: str, scalar: Scalar) -> str | None:
    """Return a hint at the choice that was probably meant."""
    words = words_of(scalar)
    meant = did_you_mean(text.strip(), words)
    if meant is None and set(words) == {"yes", "no"}:
        meant = YES_AND_NO.get(text.lower())
    return f"did you mean {meant}?" if meant else None


def describe_mismatch(text: str, scalar: Scalar) -> str:
    """Return what is wrong with a non-empty text that a scalar does not accept, in words that follow "it"."""
    problem = scalar.error(text.strip(XML_WHITESPACE)) if isinstance(scalar, Identifier) else None
    return problem or f"is {scalar.expected}"


_UNIT_SPELLINGS = {"GB": ("gb", "g", "gib", "gi")}
"""Spellings of the unit that a number already has; any other unit makes it another number."""

_LONG_NUMBER = r"\s*\+?[0-9]{10,}\s*"
_NUMBER_AND_UNIT = r"\s*\+?([0-9]{1,9})\s*([A-Za-z]+)\s*"


def value_hint(text: str, scalar: Scalar) -> str | None:
    """Return a hint at the value that was probably meant by a text that a scalar does not accept."""
    if isinstance(scalar, Choice):
        return choice_hint(text, scalar)
    if re.fullmatch(_LONG_NUMBER, text, re.ASCII):
        return "it has at most nine digits"
    number = number_without_unit(text, scalar)
    return f"write the number alone: {number}" if number else None


def number_without_unit(text: str, scalar: Scalar) -> str | None:
    """Return the number of a text that has the unit of its type behind it.

    >>> number_without_unit("20 GB", Integer(1, "GB"))
    '20'
    """
    number = re.fullmatch(_NUMBER_AND_UNIT, text, re.ASCII)
    if number is None or not isinstance(scalar, Integer):
        return None
    return number[1] if number[2].lower() in _UNIT_SPELLINGS.get(scalar.unit, ()) else None
