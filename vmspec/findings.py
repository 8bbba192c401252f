"""Finding, Severity and Report: what a check says about a document."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vmspec.model.spec import VirtualMachineSpec


class Severity(StrEnum):
    """How much a finding matters: only an error makes a report not ``ok``."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@frozen
class Finding:
    """One thing that is wrong or doubtful in a document.

    >>> str(Finding("VMS102", "<Resources> has no child <Packge>", line=5, column=6))
    '5:6: error VMS102 <Resources> has no child <Packge>'
    """

    code: str
    """``VMS`` and three digits."""
    message: str
    """What is wrong, in one sentence, on one line."""
    severity: Severity = field(default=Severity.ERROR, converter=Severity)
    path: str = ""
    """The field in the model, such as ``system_disks[0].size``; empty for the whole document."""
    line: int | None = None
    """From 1, in the document as given; None where there is no text (a spec that was built)."""
    column: int | None = None
    """From 1, in characters."""
    hint: str | None = None
    """What would be right."""

    def __str__(self) -> str:
        place = f"{self.line}:{self.column}: " if self.line is not None else ""
        if not place and self.path:
            place = f"{self.path}: "
        hint = f"; {self.hint}" if self.hint else ""
        return f"{place}{self.severity} {self.code} {self.message}{hint}"


@frozen
class Report:
    """All findings of one document, in the order of their places."""

    findings: tuple[Finding, ...] = ()
    spec: VirtualMachineSpec | None = None
    """The spec that was read; None where the grammar is broken."""

    @property
    def ok(self) -> bool:
        """True where there is no error (warnings and infos do not count)."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)


MAX_FINDINGS = 200
"""A person reads no more, and a hostile document may hold one for every few bytes."""


def sort_and_cap(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in the order of their places; of very many the first, and how many more there are."""
    ordered = sorted(findings, key=lambda finding: (finding.line or 0, finding.column or 0))
    if len(ordered) > MAX_FINDINGS:
        first_left_out = ordered[MAX_FINDINGS]
        more = f"at least {len(ordered) - MAX_FINDINGS:,} more findings in this document"
        ordered[MAX_FINDINGS:] = [evolve(first_left_out, message=more, path="", hint=None)]
    return ordered
