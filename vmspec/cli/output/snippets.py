"""The line that a finding is about, with a caret below it, and without its secrets."""

from __future__ import annotations

import re
import unicodedata

from vmspec.cli.output.console import echo_err
from vmspec.documents.formats import FormatName
from vmspec.documents.redaction import RedactedText, redact
from vmspec.text import MASK

WIDTH = 100
"""Width of a snippet, in characters of the document."""

MAX_LEAD = 60
"""Characters of a snippet before the caret."""

MAX_BYTES = 1 << 17
"""Size of a document that snippets are made of; far above any spec, and little enough to be read again."""

MASK_NOTE = f"{MASK} stands for secrets, comments, and values of unknown names"
_IS_NOTED = "vmspec.mask_note"

_TOKEN = re.compile(r"[\w$./@-]+")


class Snippets:
    """Snippets of one document; nothing is worked out before the first one is asked for."""

    def __init__(self, data: bytes, format: FormatName, *, is_valid: bool = False) -> None:
        self._data = data
        self._is_valid = is_valid
        self._format: FormatName = format
        self._is_redacted = False
        self._redacted: RedactedText | None = None
        self._lines: list[str] = []
        """The lines as the readers count them."""

    def at(self, line: int | None, column: int | None) -> tuple[str, str] | None:
        """Return a line, and the carets below it; None if it cannot be shown."""
        redacted = self._redact()
        if line is None or column is None or redacted is None or line > len(self._lines):
            return None
        start = sum(map(len, self._lines[: line - 1])) + line - 1
        end = start + len(self._lines[line - 1].removesuffix("\r"))
        offset = start + column - 1
        if not start <= offset < end:
            return None
        first = max(start, offset - MAX_LEAD)
        last = min(end, first + WIDTH)
        masked = redacted.span_at(offset)
        if masked is not None:
            offset, carets = max(first, masked[0]), len(MASK)
        else:
            token = _TOKEN.match(redacted.text, offset, last)
            carets = _width(token[0]) if token else 1
        before, after = redacted.show(first, offset), redacted.show(offset, last)
        opening, closing = "…" if first > start else "", "…" if last < end else ""
        return opening + before + after + closing, " " * (len(opening) + _width(before)) + "^" * carets

    def _redact(self) -> RedactedText | None:
        if not self._is_redacted:
            self._is_redacted = True
            if len(self._data) <= MAX_BYTES:
                self._redacted = redact(self._data, self._format, is_valid=self._is_valid)
            if self._redacted is not None:
                self._lines = self._redacted.text.split("\n")
        return self._redacted


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def note_masks() -> None:
    """Explain the mask on standard error when the command ends, once, unless it is a quiet one."""
    from click import get_current_context

    context = get_current_context(silent=True)
    if context is not None and not context.params.get("quiet") and not context.meta.get(_IS_NOTED):
        context.meta[_IS_NOTED] = True
        context.call_on_close(lambda: echo_err(MASK_NOTE))
