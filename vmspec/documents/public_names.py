"""Names and values of a document that may be shown, although they may stand beside a secret."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache

from vmspec.documents.hints import folded
from vmspec.model.element_tree import ElementSchema, root
from vmspec.model.schema import Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec

_PLAIN_NAME = re.compile(r"<<|[$\w.-]{0,64}")


def has_secret(cls: type[Part]) -> bool:
    """Return whether one of an element's own fields is secret."""
    return any(field.secret for field in fields_of(cls))


def is_public_name(name: str, *, near_secret: bool, known: Collection[str] = ()) -> bool:
    """Return whether a name may be shown that the format does not know in this place.

    Names of the format always may. Near a secret, so may misspelt ``known`` names; elsewhere plain words.

    >>> is_public_name("Usr_Data", near_secret=True, known=["user_data"])
    True
    >>> is_public_name("hunter2", near_secret=True, known=["user_data"])
    False
    """
    if folded(name) in names_of_the_format():
        return True
    if not _PLAIN_NAME.fullmatch(name):
        return False
    return not near_secret or any(_is_misspelt(name.lower(), word.lower()) for word in known)


def _is_misspelt(name: str, known: str) -> bool:
    """Return whether two names are the same but for two characters in one place."""
    start = _count_equal(name, known)
    end = _count_equal(name[start:][::-1], known[start:][::-1])
    return start + end >= max(len(name), len(known)) - 2


def _count_equal(first: str, second: str) -> int:
    """Return how many characters are equal from the start."""
    pairs = zip(first, second, strict=False)
    return next((index for index, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))


@cache
def names_of_the_format() -> frozenset[str]:
    """All keys, tags and attributes, wherever they may stand, folded."""
    names = {name for node in _nodes(root()) for name in (node.tag, *node.attributes)}
    for cls in _classes(VirtualMachineSpec):
        for field in fields_of(cls):
            names.update((field.name, *(lookup_keys(field.lookup) if field.lookup else ())))
    return frozenset(map(folded, names))


def _nodes(node: ElementSchema) -> Iterator[ElementSchema]:
    yield node
    for child in node.children.values():
        yield from _nodes(child)


def _classes(cls: type[Part]) -> Iterator[type[Part]]:
    yield cls
    for field in fields_of(cls):
        if field.part is not None:
            yield from _classes(field.part)


_WORD = re.compile(r"[\w./@-]+")


def is_public_value(text: str, *, near_secret: bool) -> bool:
    """Near a secret, a known value is shown only if it is one word: a missing quote may join the two."""
    return not near_secret or _WORD.fullmatch(text) is not None
