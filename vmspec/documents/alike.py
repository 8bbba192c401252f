"""Documents that differ in nothing but their values are alike: only the first few of them are parsed.

A repository holds thousands of specs of a few shapes. What is between the values of a document, its
markup, tells its shape: where two have the same markup, a parser sees the same elements and attributes in
both, and only their texts are others. Those are read anew each time, and none is kept: a document is not
remembered where one of its texts is more than a plain value (an entity, a CDATA section, a blank at its
start, nothing at all), and so would be markup. The memory only ever says yes: a document that it does not
know, or whose texts are no values, is the parser's to judge.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vmspec.documents.shape import Shape, shape_of
from vmspec.documents.xml.limits import PLAIN_DECLARATIONS

if TYPE_CHECKING:
    from lxml.etree import _Element

Markup = tuple[str, ...]
"""What stands between the values of a document."""

LONGEST = 4096
"""Characters of a markup that is kept; hardly a spec has more."""

ROOM = 128 * LONGEST
"""Characters of all markups that are kept: of about a thousand specs, and no stranger fills the memory."""

OFTEN = 4
"""So many documents of a markup are met before its shape is kept: of most there are few."""

MOST_MET = 4096
"""Markups of which no more is kept than how often they were met."""

_VALUE = re.compile(">(?!\\s)([^<>&\0-\x08\x0b-\x1f\ufffe\uffff]++)</")
"""A text that stands alone in its element and that a parser gives back as it is."""


def taken_apart(data: bytes) -> tuple[Markup, list[str]]:
    """The markup of admitted XML, and its values."""
    pieces = _VALUE.split(data.decode())
    return tuple(pieces[::2]), pieces[1::2]


class Memory:
    """The shapes of documents that were read, by their markups."""

    def __init__(self) -> None:
        self._shapes: dict[Markup, Shape] = {}
        self._room = ROOM
        self._met: dict[int, int] = {}
        """How often, by their hashes: where two are the same, a shape is kept somewhat earlier."""

    def shape_of(self, markup: Markup) -> Shape | None:
        """The shape of documents with this markup, if some of them were read before."""
        return self._shapes.get(markup)

    def meet(self, markup: Markup, values: list[str], tree: _Element) -> None:
        """Remembers the shape of a document that was read, if its like is met often and may be kept."""
        if self._times_met(markup) != OFTEN:
            return
        text = "".join(markup)
        if len(text) > LONGEST or not _is_plain(text):
            return
        shape, texts = shape_of(tree)
        if texts != values:
            return
        if len(text) > self._room:
            self._shapes.clear()
            self._met.clear()
            self._room = ROOM
        self._room -= len(text)
        self._shapes[markup] = shape

    def _times_met(self, markup: Markup) -> int:
        """How often documents with this markup were met, now included."""
        mark = hash(markup)
        times = self._met.get(mark, 0) + 1
        if len(self._met) >= MOST_MET:
            self._met.clear()
        self._met[mark] = times
        return times


def _is_plain(markup: str) -> bool:
    """Whether there is nothing but tags and blanks: no comment, CDATA section or instruction."""
    for declaration in PLAIN_DECLARATIONS:
        markup = markup.removeprefix(declaration.decode())
    return "<!" not in markup and "<?" not in markup


MEMORY = Memory()
