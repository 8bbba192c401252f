"""Findings: what is wrong or doubtful in a document."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from attrs import evolve, field, frozen


class Severity(StrEnum):
    """Weight of a finding; only errors make a report not ``ok``."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


def _severity(value: Severity | str) -> Severity:
    return value if type(value) is Severity else Severity(value)


@frozen
class Edit:
    """The replacement of a piece of a document by another text; positions as in a finding."""

    line: int
    column: int
    end_line: int
    end_column: int
    """The column behind the last character."""
    text: str = field(repr=False)
    """The new text, which may be a secret."""


@frozen
class Fix:
    """The edits that correct what a finding is about."""

    edits: tuple[Edit, ...]
    """Edits in document order that do not overlap."""
    safe: bool = True
    """True if nothing else can have been meant."""


@frozen
class Finding:
    """One thing that is wrong or doubtful in a document.

    >>> str(Finding("VMS102", "<Resources> has no child <Packge>", line=5, column=6))
    '5:6: error VMS102 <Resources> has no child <Packge>'
    """

    code: str
    """``VMS`` and three digits."""
    message: str
    """One sentence, on one line."""
    severity: Severity = field(default=Severity.ERROR, converter=_severity)
    path: str = ""
    """The field in the model, such as ``system_disks[0].size``; empty for the whole document."""
    line: int | None = None
    """Counted from 1; None without a document (a spec that was built)."""
    column: int | None = None
    """Counted from 1, in characters."""
    hint: str | None = None
    """Advice on how to fix it."""
    end_line: int | None = field(default=None, eq=False)
    """The line of the end, known for findings of ``validate`` on a document."""
    end_column: int | None = field(default=None, eq=False)
    """The column behind the last character."""
    fix: Fix | None = field(default=None, eq=False)
    """The edits that correct it, where the right text is certain."""

    def __str__(self) -> str:
        place = f"{self.line}:{self.column}: " if self.line is not None else ""
        if not place and self.path:
            place = f"{self.path}: "
        hint = f"; {self.hint}" if self.hint else ""
        return f"{place}{self.severity} {self.code} {self.message}{hint}"


def has_errors(findings: Iterable[Finding]) -> bool:
    """Return True if any finding is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)


MAX_FINDINGS = 200
"""Limit for one document: nobody reads more, and a hostile document may have one every few bytes."""


def sort_and_cap(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in document order; beyond ``MAX_FINDINGS``, one that counts the rest."""
    ordered = sorted(findings, key=lambda finding: (finding.line or 0, finding.column or 0))
    if len(ordered) > MAX_FINDINGS:
        first_left_out = ordered[MAX_FINDINGS]
        more = f"at least {len(ordered) - MAX_FINDINGS:,} more findings in this document"
        ordered[MAX_FINDINGS:] = [evolve(first_left_out, message=more, path="", hint=None, fix=None)]
    return ordered
