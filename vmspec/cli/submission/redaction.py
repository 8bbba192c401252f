"""The API's words without the secrets of a spec, should they repeat them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vmspec.model.schema import Part, fields_of
from vmspec.text import MASK, printable

MIN_HIDDEN = 6
"""Characters; what is shorter (``true``, ``en-gb``) is also a word of many a harmless sentence."""

_SEPARATORS = re.compile(r"""[\s"'=:,]+""")
_PLAIN_WORD = re.compile(r"[A-Za-z]?[a-z_]*")


def without_secrets(text: str, spec: Part) -> str:
    """``text`` with ``***`` for each secret value of ``spec``, and for what its lines hold.

    Of a line that is all of it, what follows a key, and each word; but words of plain letters are left,
    because most are of the language and not secret.
    """
    pieces = {
        form for value in _secrets(spec) for piece in _pieces(value) for form in (piece, printable(piece))
    }
    for piece in sorted(pieces, key=len, reverse=True):
        if len(piece) >= MIN_HIDDEN:
            text = text.replace(piece, MASK)
    return text


def _pieces(value: str) -> Iterator[str]:
    yield value.strip()
    for line in value.splitlines():
        yield line.strip()
        yield from (line.partition(mark)[2].strip(" \t\"'") for mark in (":", "=", "- "))
        yield from (word for word in _SEPARATORS.split(line) if not _PLAIN_WORD.fullmatch(word))


def _secrets(part: Part) -> Iterator[str]:
    for field in fields_of(type(part)):
        value = getattr(part, field.name)
        for item in value if field.many else (value,):
            if isinstance(item, Part):
                yield from _secrets(item)
            elif field.secret and isinstance(item, str):
                yield item
