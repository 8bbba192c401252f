"""Where an offset lies in a text, as line and column that count from 1."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

Position = tuple[int, int]
"""Line and column."""

Span = tuple[int, int]
"""Start and end of a piece of a text, as offsets."""

_TAG_NAME = re.compile(rb"<[^ \t\r\n/>]+")
_ATTRIBUTE = re.compile(rb"""[ \t\r\n]+([^ \t\r\n=/>]+)[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)')""")


def attribute_offsets(data: bytes, offset: int, name: str) -> tuple[int, int]:
    """Where the name and the value of an attribute begin, in the tag at an offset."""
    tag = _TAG_NAME.match(data, offset)
    position = tag.end() if tag else offset
    while found := _ATTRIBUTE.match(data, position):
        if found[1] == name.encode():
            return found.start(1), found.start(2) if found[2] is not None else found.start(3)
        position = found.end()
    return offset + 1, offset + 1


def strip_span(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield a span without the whitespace at its ends, unless nothing is left of it."""
    piece = text[start:end]
    if stripped := piece.strip():
        start += piece.index(stripped)
        yield start, start + len(stripped)


class TextLineIndex:
    """Turns indexes into a text into lines and columns."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._end = len(text)

    def of(self, index: int) -> Position:
        """Line and column of a character; of the end for what lies behind it."""
        index = min(index, self._end)
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1


FEW = 8
"""Places for which counting the lines before them is quicker than listing all."""


class LineIndex:
    """Turns offsets into the bytes of a document into lines and columns (in characters).

    Cheap where they are asked for in their order, also on one line of a megabyte.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._asked = 0
        self._starts: list[int] = []
        self._last_offset, self._last_column = 0, 1

    def of(self, offset: int) -> Position:
        """Line and column of a byte."""
        line, start = self._line_of(offset)
        column = 1
        if start <= self._last_offset <= offset:
            start, column = self._last_offset, self._last_column
        column += len(self._data[start:offset].decode("utf-8", "replace"))
        self._last_offset, self._last_column = offset, column
        return line, column

    def _line_of(self, offset: int) -> tuple[int, int]:
        """The line of a byte and where it starts; lines are only listed where many are asked for."""
        self._asked += 1
        if self._asked <= FEW:
            return self._data.count(b"\n", 0, offset) + 1, self._data.rfind(b"\n", 0, offset) + 1
        if not self._starts:
            self._starts = [0, *(found.end() for found in re.finditer(b"\n", self._data))]
        line = bisect_right(self._starts, offset)
        return line, self._starts[line - 1]
