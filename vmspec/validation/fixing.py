"""Fixing a document: its fixes are applied, unless they would make a new error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from attrs import frozen

from vmspec import codes
from vmspec.documents.formats import FormatName
from vmspec.documents.limits import to_utf8
from vmspec.findings import Finding, Severity
from vmspec.validation import Report, validate
from vmspec.validation.fixes.edits import Positions, Replacement, apply, overlap, spans_after

MAX_ROUNDS = 20
"""Rounds of fixing one document; corrected names uncover further mistakes, level by level."""

Select = Callable[[Sequence[Finding]], Sequence[Finding]]
"""Selection of the findings that are fixed."""


@frozen
class FixedDocument:
    """A document after fixing."""

    data: bytes
    fixed: tuple[Finding, ...]
    """The findings that were fixed."""
    report: Report
    """The report of the fixed document."""


def fix_document(
    data: bytes, format: FormatName, *, unsafe: bool = False, select: Select = tuple
) -> FixedDocument:
    r"""Return a document with its fixes applied, the unsafe ones only if asked for.

    Nothing but the edits changes. Fixes that would make a new error are not applied.

    >>> fixed = fix_document(b"tags: [web, web]\nhostnme: web-1\n", "yaml")
    >>> fixed.data
    b'tags: [web]\nhostname: web-1\n'
    """
    mark = data[: len(data) - len(to_utf8(data))]  # a byte order mark
    text = to_utf8(data).decode()
    report, fixed = validate(text, format), []
    for _ in range(MAX_ROUNDS):
        fixable = [
            finding
            for finding in select(report.findings)
            if finding.fix is not None and (unsafe or finding.fix.safe)
        ]
        step = _step(text, format, report, fixable)
        if step is None:
            break
        text, report, applied = step
        fixed += applied
    return FixedDocument(mark + text.encode(), tuple(fixed), report)


_Step = tuple[str, Report, list[Finding]]


def _step(text: str, format: FormatName, report: Report, fixable: list[Finding]) -> _Step | None:
    """Apply all fixes at once, or else the first that makes no new error."""
    for findings in ([fixable] if len(fixable) > 1 else []) + [[finding] for finding in fixable]:
        step = _try(text, format, report, findings)
        if step is not None:
            return step
    return None


def _try(text: str, format: FormatName, report: Report, findings: list[Finding]) -> _Step | None:
    positions = Positions(text)
    chosen: list[Replacement] = []
    applied: list[Finding] = []
    for finding in findings:
        replacements = positions.replacements(finding.fix) if finding.fix is not None else []
        if not overlap(replacements, chosen):
            chosen += replacements
            applied.append(finding)
    changed = apply(text, chosen)
    after = validate(changed, format)
    at = Positions(changed)
    misplaced = [
        at.offset_of(finding.line, finding.column)
        for finding in after.findings
        if finding.code in codes.GRAMMAR and finding.line is not None and finding.column is not None
    ]
    if any(start <= offset <= end for start, end in spans_after(chosen) for offset in misplaced):
        return None
    return (changed, after, applied) if _is_better(report, after, applied) else None


def _is_better(before: Report, after: Report, fixed: Sequence[Finding]) -> bool:
    """Return True if the fixed findings are gone and there are no more errors than before.

    The rules are checked only in a document that can be read, so their findings are not counted if the
    document before could not be read.
    """
    if before.spec is not None and after.spec is None:
        return False
    has_new_rules = before.spec is None and after.spec is not None
    if not has_new_rules and _errors(after) > _errors(before):
        return False
    found, left = _counts(before.findings), _counts(after.findings)
    return all(left[key] <= found[key] - count for key, count in _counts(fixed).items())


def _errors(report: Report) -> int:
    return sum(finding.severity is Severity.ERROR for finding in report.findings)


def _counts(findings: Sequence[Finding]) -> Counter[tuple[str, str, str]]:
    return Counter((finding.code, finding.path, finding.message) for finding in findings)
