"""Guesses at the name, word or lookup key that was meant, where one is certain or nearly so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_network
from typing import NamedTuple

from vmspec.documents.hints import YES_AND_NO, folded
from vmspec.model.schema import Lookup, lookup_keys
from vmspec.validation.rules.lookups import looks_like_an_id

MIN_LENGTH = 3
"""Length from which a name with one wrong letter is recognized; "ip" is not a misspelt "id"."""

_PERMALINK = re.compile(r"[a-z0-9]+(?:[-./_][a-z0-9]+)*", re.ASCII)


class Guess(NamedTuple):
    """A word that was probably meant."""

    word: str
    safe: bool = True
    """True if nothing else can have been meant."""


def guess_name(name: str, names: Iterable[str]) -> Guess | None:
    """Return the only one of some names that a name can be meant for.

    >>> guess_name("Packge", ["Package", "Memory", "CPUCores"])
    Guess(word='Package', safe=True)
    """
    return _guess(name, [*names])


def guess_word(text: str, words: Iterable[str]) -> Guess | None:
    """Return the only one of a few words that a value can be meant for.

    >>> guess_word("NVME", ["nvme", "ssd"])
    Guess(word='nvme', safe=True)
    """
    words, text = list(words), text.strip()
    if set(words) == {"yes", "no"} and text.lower() in YES_AND_NO:
        return Guess(YES_AND_NO[text.lower()]) if text.lower() != "on" else None
    return _guess(text, words)


def _guess(name: str, names: list[str]) -> Guess | None:
    names = [known for known in names if len(known) >= MIN_LENGTH or folded(known) == folded(name)]
    same = [known for known in names if folded(known) == folded(name)]
    if same:
        return Guess(same[0]) if len(same) == 1 else None
    if not 2 <= len(name) <= 64:
        return None
    distances = sorted((_distance(name.lower(), known.lower()), known) for known in names)
    if not distances or (len(distances) > 1 and distances[1][0] <= distances[0][0]):
        return None
    distance, known = distances[0]
    if distance == 1:
        return Guess(known, safe=len(name) >= MIN_LENGTH)
    return Guess(known, safe=False) if distance == 2 and min(len(name), len(known)) > 6 else None


def _distance(first: str, second: str) -> int:
    """Return how many letters are missing, added, changed or swapped with the next one; 3 for more."""
    if abs(len(first) - len(second)) > 2:
        return 3
    before: list[int] = []
    row: list[int] = [*range(len(second) + 1)]
    for index, letter in enumerate(first, 1):
        before, last, row = row, before, [index]
        for column, other in enumerate(second, 1):
            cost = min(before[column] + 1, row[-1] + 1, before[column - 1] + (letter != other))
            if last and column > 1 and letter == second[column - 2] and first[index - 2] == other:
                cost = min(cost, last[column - 2] + 1)
            row.append(cost)
    return min(row[-1], 3)


def guess_key(cls: type[Lookup], value: str) -> str | None:
    """Return what a value is looked up by, if its form tells.

    >>> from vmspec.model.values import Package, User
    >>> guess_key(Package, "rock-3"), guess_key(User, "ada@example.org"), guess_key(User, "ada")
    ('permalink', 'email_address', None)
    """
    keys, value = lookup_keys(cls), value.strip()
    if looks_like_an_id(value) or (value.startswith(cls.prefixes) and " " not in value):
        return "id" if value.startswith(cls.prefixes) else None
    if value.isdecimal() and value.isascii() and "number" in keys:
        return "number"
    for key, fits in (("address", _is_address), ("email_address", _is_email_address)):
        if key in keys and fits(value):
            return key
    is_permalink = _PERMALINK.fullmatch(value) is not None
    if "permalink" in keys and is_permalink and ("name" not in keys or "-" in value):
        return "permalink"
    return "name" if "name" in keys and value and ("permalink" not in keys or not is_permalink) else None


def _is_address(value: str) -> bool:
    try:
        ip_network(value, strict=False)
    except ValueError:
        return False
    return "." in value or ":" in value


def _is_email_address(value: str) -> bool:
    return re.fullmatch(r"[^\s@]+@[^\s@]+", value) is not None
