"""Where an offset lies in a text, as line and column that count from 1."""

from __future__ import annotations

import re
from bisect import bisect_right


class TextPlaces:
    """Turns indexes into a text into lines and columns."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._end = len(text)

    def of(self, index: int) -> tuple[int, int]:
        """Line and column of a character; of the end for what lies behind it."""
        index = min(index, self._end)
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1


class Places:
    """Turns offsets into the bytes of a document into lines and columns (in characters).

    Cheap where they are asked for in their order, also on one line of a megabyte.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._starts = [0]
        start = data.find(b"\n")
        while start >= 0:
            self._starts.append(start + 1)
            start = data.find(b"\n", start + 1)
        self._last_offset, self._last_column = 0, 1

    def of(self, offset: int) -> tuple[int, int]:
        """Line and column of a byte."""
        line = bisect_right(self._starts, offset)
        start, column = self._starts[line - 1], 1
        if start <= self._last_offset <= offset:
            start, column = self._last_offset, self._last_column
        column += len(self._data[start:offset].decode("utf-8", "replace"))
        self._last_offset, self._last_column = offset, column
        return line, column
