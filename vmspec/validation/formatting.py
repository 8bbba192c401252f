"""Formatting of documents that keeps their findings."""

from __future__ import annotations

from collections import Counter

from vmspec.documents.formats import FormatName, format_text
from vmspec.validation import validate


def format_document(data: bytes, format: FormatName) -> str | None:
    """Return a document in canonical form; None if that would change its findings.

    It would if a comment that suppresses a finding loses its effect, or another one gains effect, and if
    an element is left out that a rule objects to because it is empty. Raises DocumentError.
    """
    text = format_text(data, format)
    after = text.encode()
    return text if after == data or _findings(after, format) == _findings(data, format) else None


def _findings(data: bytes, format: FormatName) -> Counter[tuple[object, ...]]:
    """Return the findings of a document without their places in it."""
    return Counter(
        (finding.code, finding.severity, finding.message, finding.path, finding.hint)
        for finding in validate(data, format).findings
    )
