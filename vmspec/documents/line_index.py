"""Positions in a document: offsets turned into lines and columns, both from 1."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

Position = tuple[int, int]
"""Line and column."""

Span = tuple[int, int]
"""Start and end of a piece of text, as offsets."""


def strip_span(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield a span without the whitespace at its ends, unless nothing is left of it."""
    piece = text[start:end]
    if stripped := piece.strip():
        start += piece.index(stripped)
        yield start, start + len(stripped)


class TextLineIndex:
    """Turns offsets in a text into positions."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._end = len(text)

    def of(self, offset: int) -> Position:
        """Return the position of a character; an offset behind the end counts as the end."""
        offset = min(offset, self._end)
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


FEW_POSITIONS = 8
"""Number of positions for which counting line breaks is faster than listing the lines."""


class LineIndex:
    """Turns offsets in the bytes of a document into positions, with columns in characters.

    It is fast for ascending offsets, even on a single line of a megabyte.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._count = 0
        self._starts: list[int] = []
        self._last_offset, self._last_column = 0, 1

    def of(self, offset: int) -> Position:
        """Return the position of a byte."""
        line, start = self._line_at(offset)
        column = 1
        if start <= self._last_offset <= offset:
            start, column = self._last_offset, self._last_column
        column += len(self._data[start:offset].decode("utf-8", "replace"))
        self._last_offset, self._last_column = offset, column
        return line, column

    def _line_at(self, offset: int) -> tuple[int, int]:
        """Return the number of the line of a byte, and the offset of its start."""
        self._count += 1
        if self._count <= FEW_POSITIONS:
            return self._data.count(b"\n", 0, offset) + 1, self._data.rfind(b"\n", 0, offset) + 1
        if not self._starts:
            self._starts = [0, *(found.end() for found in re.finditer(b"\n", self._data))]
        line = bisect_right(self._starts, offset)
        return line, self._starts[line - 1]
