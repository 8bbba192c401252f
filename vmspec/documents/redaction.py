"""Redaction: which characters of a document may be shown to people.

The rule is the same for snippets and diffs, in every format. Only a document that can be parsed is shown
at all. In it, every value is masked that the model calls secret or does not know: values under unknown
names, values of the wrong shape, comments, processing instructions. A name is masked if it may be part of
a secret: a forgotten space turns ``value: hunter2`` into a key, and so does user data that is not indented.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from vmspec.documents.formats import Format, FormatName, format_named
from vmspec.documents.limits import to_utf8
from vmspec.documents.line_index import Span
from vmspec.errors import DocumentError
from vmspec.text import MASK, printable


class RedactedText:
    """The text of a document, and the spans of it that are masked."""

    def __init__(self, text: str, masked: Iterable[Span], secret_region: Span | None = None) -> None:
        """Take the masked spans, which are iterated when a part of the secret region is shown."""
        self.text = text
        self._masked: Iterable[Span] | None = masked
        self._secret_region = secret_region or (0, len(text))
        self._spans: list[Span] = []
        self._ends: list[int] = []

    def _load_spans(self, masked: Iterable[Span]) -> None:
        for start, end in masked:
            if self._spans and self._spans[-1][1] >= start:
                start = self._spans.pop()[0]
            self._spans.append((start, end))
        self._ends = [end for _, end in self._spans]

    def span_at(self, offset: int) -> Span | None:
        """Return the masked span that a character is in."""
        for start, end in self._spans_in(offset, offset + 1):
            return (start, end) if start <= offset else None
        return None

    def hides(self, start: int, end: int) -> bool:
        """Return True if a masked span and a piece of the text overlap."""
        return any(first < end for first, _ in self._spans_in(start, end))

    def show(self, start: int, end: int) -> str:
        """Return a piece of one line with its masked spans replaced, safe for a terminal."""
        pieces: list[str] = []
        for first, last in self._spans_in(start, end):
            if first >= end:
                break
            pieces += (_printable(self.text[start : max(start, first)]), MASK)
            start = min(last, end)
        return "".join((*pieces, _printable(self.text[start:end])))

    def _spans_in(self, start: int, end: int) -> Iterator[Span]:
        """Yield the spans that end behind an offset, unless none begins before another one."""
        first, last = self._secret_region
        if end <= first or last <= start:
            return
        if self._masked is not None:
            self._load_spans(self._masked)
            self._masked = None
        for index in range(bisect_right(self._ends, start), len(self._spans)):
            yield self._spans[index]


def _printable(text: str) -> str:
    return printable(text.replace("\t", "    "))


def redact(source: bytes, format: FormatName, *, is_valid: bool = False) -> RedactedText | None:
    """Return the text of a document with its masked spans; None if it cannot be parsed.

    ``is_valid`` says that the document was read as a spec; then most of it can be shown without parsing.
    """
    try:
        data = to_utf8(source)
        text, document_format = data.decode(), format_named(format)
        if is_valid:
            return RedactedText(text, _masked(document_format, data), document_format.secret_region(text))
        return RedactedText(text, document_format.masked_spans(data))
    except DocumentError:
        return None


def _masked(format: Format, data: bytes) -> Iterator[Span]:
    yield from format.masked_spans(data)
