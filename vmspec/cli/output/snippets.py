"""The line that a finding is about, with a caret below it, and without its secrets."""

from __future__ import annotations

import re
import unicodedata

from vmspec.cli.output.visible import Marks, visible
from vmspec.documents.formats import FormatName
from vmspec.text import MASK, printable

WIDTH = 100
"""Of an excerpt, in characters of the document."""

LEAD = 60
"""At most so many of them stand before the caret."""

MOST_BYTES = 1 << 17
"""Of a document that excerpts are made of: far above any spec, and little enough to be read again."""

_TOKEN = re.compile(r"[\w$./@-]+")
_LINE_BREAK = re.compile("\n")


class Snippets:
    """Excerpts of one document; nothing is worked out before the first one is asked for."""

    def __init__(self, data: bytes, format: FormatName) -> None:
        self._data = data
        self._format: FormatName = format
        self._text: str | None = None
        self._marks = Marks(0)
        self._lines: list[tuple[int, int]] = []

    def of(self, line: int | None, column: int | None) -> tuple[str, str] | None:
        """The line and the line with the caret; None where nothing can or may be shown."""
        if line is None or column is None or not self._prepared() or line > len(self._lines):
            return None
        text, (start, end) = self._text or "", self._lines[line - 1]
        place = start + column - 1
        if not start <= place < end or not self._marks[place]:
            return None
        token = _TOKEN.match(text, place, end)
        first, last = max(start, place - LEAD), min(end, max(start, place - LEAD) + WIDTH)
        before, after = masked(text, self._marks, first, place), masked(text, self._marks, place, last)
        carets = sum(map(_width, text[place : min(token.end(), last)])) if token else 1
        opening, closing = "…" if first > start else "", "…" if last < end else ""
        return opening + before + after + closing, " " * (
            len(opening) + sum(map(_width, before))
        ) + "^" * carets

    def _prepared(self) -> bool:
        if self._text is None:
            self._text = _text_of(self._data)
            self._marks = visible(self._text, self._format)
            self._lines = _lines(self._text)
        return self._text != ""


def _text_of(data: bytes) -> str:
    """The text; empty where it is too long, or none."""
    if len(data) > MOST_BYTES:
        return ""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""


def masked(text: str, marks: Marks, start: int, end: int) -> str:
    """A piece of a line, safe to show; blanks between two secrets are part of them."""
    if marks.are_shown(start, end):  # nearly always, and much the quickest
        return printable(text[start:end].replace("\t", "    "))
    pieces: list[str] = []
    blanks, hidden = "", False
    for index in range(start, end):
        character = text[index]
        if character in " \t":
            blanks += "    " if character == "\t" else " "
        elif marks[index]:
            pieces += (blanks, printable(character))
            blanks, hidden = "", False
        elif hidden:
            blanks = ""
        else:
            pieces += (blanks, MASK)
            blanks, hidden = "", True
    return "".join((*pieces, blanks))


def _lines(text: str) -> list[tuple[int, int]]:
    """Begin and end of each line, as the readers count them."""
    lines: list[tuple[int, int]] = []
    start = 0
    for found in _LINE_BREAK.finditer(text):
        end = found.start()
        lines.append((start, end - text.endswith("\r", start, end)))
        start = found.end()
    lines.append((start, len(text)))
    return lines


def _width(character: str) -> int:
    """How many columns of a terminal a character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
