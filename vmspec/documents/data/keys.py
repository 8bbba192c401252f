"""The keys that a mapping may have, and what may be shown of others beside a secret.

A forgotten blank or colon makes a value part of its key (``{key: password, value:hunter2}``), and user
data that is no block text, or not far enough in, is read as keys. So a wrong key is not shown as it
stands in an element with a secret of its own, nor in any other behind the key of one, unless it is a word
with a value of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache
from typing import Literal

from vmspec.documents.messages import did_you_mean, folded
from vmspec.model.schema import Inline, Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec

MOST_OTHERS = 2
"""Characters of a slip of the pen that are not those of the word that was meant."""

_PLAIN_WORD = re.compile(r"[A-Za-z_-]{1,32}", re.ASCII)
_BEGINNING = re.compile(r"[A-Za-z]\w*+(?=\W|\Z)", re.ASCII)


def keys_of(cls: type[Part]) -> list[str]:
    """The keys that a mapping may have, those laid in from an inner element among them."""
    keys: list[str] = []
    for field in fields_of(cls):
        if isinstance(field.binding, Inline) and field.lookup is not None:
            keys.extend(lookup_keys(field.lookup))
        else:
            keys.append(field.name)
    return keys


def has_secret(cls: type[Part]) -> bool:
    """Whether one of an element's own fields is secret."""
    return any(field.secret for field in fields_of(cls))


def holds_secret(cls: type[Part]) -> bool:
    """Whether a field of an element is secret, or one further in."""
    return has_secret(cls) or any(
        field.part is not None and holds_secret(field.part) for field in fields_of(cls)
    )


@cache
def secret_keys() -> dict[str, type[Part] | Literal[False]]:
    """The keys whose values are secret or hold secrets, and the classes of those; they do so too where
    they do not belong."""
    keys: dict[str, type[Part] | Literal[False]] = {}
    for cls in _classes():
        for field in fields_of(cls):
            if field.secret:
                keys[field.name] = False
            elif field.part is not None and holds_secret(field.part):
                keys[field.name] = field.part
    return keys


def is_secret_key(key: str) -> bool:
    """Whether a key is, or begins with, one whose value is secret, or an element with a secret of its own."""
    for word in (key, _beginning_of(key)):
        found = secret_keys().get(word)
        if found is False or (found is not None and has_secret(found)):
            return True
    return False


def safe_prefix(key: str, cls: type[Part]) -> str:
    """As much of a key, from its start, as may be shown in a mapping of this class, near a secret.

    That is all of it where it is a word of the format, or hardly another word than one that may stand
    here; else the key that it begins with, if any.

    >>> from vmspec.model.elements import Option
    >>> [safe_prefix(key, Option) for key in ("vlaue", "value:hunter2", "hunter")]
    ['vlaue', 'value', '']
    """
    if key in _keys_of_the_format():
        return key
    keys = keys_of(cls)
    if _is_meant_for_one(key, keys):
        return key
    beginning = _beginning_of(key)
    return beginning if beginning in keys else ""


def _beginning_of(key: str) -> str:
    found = _BEGINNING.match(key)
    return found[0] if found else ""


def _is_meant_for_one(key: str, keys: list[str]) -> bool:
    if not _PLAIN_WORD.fullmatch(key):
        return False
    if folded(key) in map(folded, _keys_of_the_format()):
        return True
    meant = did_you_mean(key, keys)
    if meant is None:
        return False
    same = sum(block.size for block in SequenceMatcher(None, key, meant).get_matching_blocks())
    return len(key) - same <= MOST_OTHERS


@cache
def _keys_of_the_format() -> frozenset[str]:
    """All keys, wherever they may stand."""
    found: set[str] = set()
    for cls in _classes():
        found.update(keys_of(cls))
        found.update(*(lookup_keys(field.lookup) for field in fields_of(cls) if field.lookup is not None))
    return frozenset(found)


def _classes(cls: type[Part] = VirtualMachineSpec) -> Iterator[type[Part]]:
    """A class, and those of all that may stand within it."""
    yield cls
    for field in fields_of(cls):
        if field.part is not None:
            yield from _classes(field.part)
