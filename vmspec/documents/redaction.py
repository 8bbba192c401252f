"""Redaction: which characters of a document may be shown to people.

The rule is the same for snippets and diffs, in every format. Only a document that can be parsed is shown
at all. In it, every value is masked that the model calls secret or does not know: values under unknown
names, values of the wrong shape, comments, processing instructions. A name is masked if it may be part of
a secret: a forgotten space turns ``value: hunter2`` into a key, and so does user data that is not indented.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from vmspec.documents.formats import FormatName, format_named
from vmspec.documents.limits import to_utf8
from vmspec.documents.line_index import Span
from vmspec.errors import DocumentError
from vmspec.text import MASK, printable


class RedactedText:
    """The text of a document, and the spans of it that are masked."""

    def __init__(self, text: str, masked: Iterable[Span]) -> None:
        self.text = text
        self._spans: list[Span] = []
        for start, end in masked:
            if self._spans and self._spans[-1][1] >= start:
                start = self._spans.pop()[0]
            self._spans.append((start, end))
        self._ends = [end for _, end in self._spans]

    def span_at(self, offset: int) -> Span | None:
        """Return the masked span that a character is in."""
        for start, end in self._spans_from(offset):
            return (start, end) if start <= offset else None
        return None

    def show(self, start: int, end: int) -> str:
        """Return a piece of one line with its masked spans replaced, safe for a terminal."""
        pieces: list[str] = []
        for first, last in self._spans_from(start):
            if first >= end:
                break
            pieces += (_printable(self.text[start : max(start, first)]), MASK)
            start = min(last, end)
        return "".join((*pieces, _printable(self.text[start:end])))

    def _spans_from(self, offset: int) -> Iterator[Span]:
        """Yield the spans that end behind an offset."""
        for index in range(bisect_right(self._ends, offset), len(self._spans)):
            yield self._spans[index]


def _printable(text: str) -> str:
    return printable(text.replace("\t", "    "))


def redact(source: bytes, format: FormatName) -> RedactedText | None:
    """Return the text of a document with its masked spans; None if it cannot be parsed."""
    try:
        data = to_utf8(source)
        return RedactedText(data.decode(), format_named(format).masked_spans(data))
    except DocumentError:
        return None
