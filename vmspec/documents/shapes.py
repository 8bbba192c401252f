"""Documents that differ in nothing but their values are alike: only the first two of them are parsed.

A repository holds thousands of specs of a few shapes. What is between the values of a document, its
markup, tells its shape: where two have the same markup, a parser sees the same elements in both, and
only their texts are others. Those are read anew each time, and no text is kept. The memory only ever says
yes: a document that it does not know, or whose texts it does not read, is the parser's to judge.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vmspec.documents.xml_reading import Shape

_DECLARATIONS = ('<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>')
"""Those that change nothing about how texts are read."""

_VALUE = re.compile(">([^<>&\\s\0-\x1f\ufffe\uffff][^<>&\0-\x08\x0b-\x1f\ufffe\uffff]*)</")
"""A text that stands alone in its element and that a parser gives back as it is."""

MOST = 1024
"""Shapes that are kept; a repository has a few."""

LONGEST = 4096
"""Characters of a markup that is kept; hardly a spec has more, and strangers must not fill the memory."""

Markup = tuple[str, ...]
"""What stands between the values of a document."""

MOST_MET = 4096
"""Markups of which no more is kept than that they were met: most documents are never followed by another."""

_met: set[int] = set()
_known: dict[Markup, Shape] = {}


def taken_apart(data: bytes) -> tuple[Markup, list[str]]:
    """The markup of admitted XML, and its values."""
    pieces = _VALUE.split(data.decode())
    return tuple(pieces[::2]), pieces[1::2]


def known(markup: Markup) -> Shape | None:
    """The shape of documents with this markup, if two of them were read before."""
    return _known.get(markup)


def keep(markup: Markup, shape: Shape) -> None:
    """Remembers, the second time, the shape of a document that was read, its texts being all its values."""
    if _met_before(markup) and _is_plain("".join(markup)):
        if len(_known) >= MOST:
            _known.clear()
        _known[markup] = shape


def _met_before(markup: Markup) -> bool:
    mark = hash(markup)
    if mark in _met:
        return True
    if len(_met) >= MOST_MET:
        _met.clear()
    _met.add(mark)
    return False


def _is_plain(markup: str) -> bool:
    """Whether there is nothing but tags and blanks: no comment, CDATA section or instruction."""
    for declaration in _DECLARATIONS:
        markup = markup.removeprefix(declaration)
    return len(markup) <= LONGEST and "<!" not in markup and "<?" not in markup
