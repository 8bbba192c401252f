"""Formatting of documents that keeps their findings."""

from __future__ import annotations

from collections import Counter

from vmspec.documents.formats import FormatName, format_text, read_spec
from vmspec.validation import Report, validate
from vmspec.validation.rules import RULE_SET


def format_document(data: bytes, format: FormatName) -> str | None:
    """Return a document in canonical form, with its comments; raise DocumentError.

    An empty list is kept where a rule objects to it. Returns None if the findings would change all the same,
    which they do beyond the limit for one document.
    """
    report = validate(data, format)
    kept = RULE_SET.fields_if_written(report.spec or read_spec(data, format))
    text = format_text(data, format, kept)
    after = text.encode()
    is_same = after == data or _content(validate(after, format)) == _content(report)
    return text if is_same else None


def _content(report: Report) -> tuple[object, ...]:
    """Return the spec of a document, and its findings without their places."""
    findings = Counter(
        (finding.code, finding.severity, finding.message, finding.path, finding.hint)
        for finding in report.findings
    )
    return report.spec, findings
