"""Comments by which a document says that a finding is meant so, and why.

In XML before the element that the finding is at, or one around it; in YAML on the line before, or at
the end of the line. JSON has no comments.

    <!-- vmspec: ignore[hostname-in-capitals] the monitoring knows it by this name -->
    size: 5  # vmspec: ignore[VMS242] a scratch disk
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from attrs import define

from vmspec.codes import RULE_CRASHED, SUPPRESSION_WITHOUT_REASON, UNKNOWN_SUPPRESSION, UNUSED_SUPPRESSION
from vmspec.documents.document import Comment, Document, parent_path
from vmspec.documents.line_index import Position
from vmspec.documents.messages import did_you_mean, quote
from vmspec.findings import MAX_FINDINGS, Finding, Severity
from vmspec.validation.rules import RULES

FORM = "vmspec: ignore[CODE] reason"

ENOUGH = 2 * MAX_FINDINGS
"""After so many complaints about comments no more are made: few of them are shown."""

_IGNORE = re.compile(r"\s*vmspec:\s*ignore\s*\[([^\]]*)\](.*)", re.DOTALL)


@define(eq=False)
class Suppression:
    """One code that a comment suppresses; ``used`` once it did."""

    code: str
    place: Position
    used: bool = False


Suppressions = dict[Position | int, dict[str, Suppression]]
"""By the place they are for (XML) or the line (YAML), and by code."""


def without_suppressed(
    findings: Iterable[Finding], document: Document, comments: Sequence[Comment]
) -> list[Finding]:
    """The findings that no comment suppresses, and what is wrong with the comments."""
    suppressions: Suppressions = {}
    listed: list[Suppression] = []
    complaints: list[Finding] = []
    for comment in comments:
        for code in _codes_in(comment.text, comment.position, complaints):
            suppression = Suppression(code, comment.position)
            listed.append(suppression)
            for target in comment.targets:
                suppressions.setdefault(target, {}).setdefault(code, suppression)
    left = [finding for finding in findings if not _is_suppressed(finding, suppressions, document)]
    for suppression in listed:
        if not suppression.used:
            _complain(complaints, UNUSED_SUPPRESSION, suppression.place, *_unused(suppression.code))
    return left + complaints


def _is_suppressed(finding: Finding, suppressions: Suppressions, document: Document) -> bool:
    """Whether a comment is for the place of a finding, or for something that it is in."""
    for place in _places_around(finding, document):
        target = place[0] if document.comments_by_line else place
        suppression = suppressions.get(target, {}).get(finding.code)
        if suppression is not None:
            suppression.used = True
            return True
    return False


def _places_around(finding: Finding, document: Document) -> Iterator[Position]:
    """The place of a finding and of all that it is in; in YAML without the document, which has no line."""
    path = finding.path
    yield document.position_of(path)
    while path:
        path = parent_path(path)
        if path or not document.comments_by_line:
            yield document.position_of(path)


# What comments say


def _codes_in(text: str, place: Position, complaints: list[Finding]) -> Iterator[str]:
    """The codes that a comment suppresses; what is wrong with it is added to the complaints."""
    found = _IGNORE.match(text)
    if found is None:
        message = "a comment for vmspec that it does not understand"
        _complain(complaints, UNKNOWN_SUPPRESSION, place, message, f"write {FORM}")
        return
    for word in found[1].split(","):
        code = _codes().get(word.strip().lower())
        if code is not None and found[2].strip():
            yield code
        elif len(complaints) >= ENOUGH:
            return  # to find what was meant takes its time
        elif code is None:
            _complain(complaints, UNKNOWN_SUPPRESSION, place, *_unknown(word.strip()))
        else:
            message = f"the suppression of {code} has no reason, and no effect"
            _complain(complaints, SUPPRESSION_WITHOUT_REASON, place, message, f"write {FORM}")


@cache
def _codes() -> dict[str, str]:
    """The codes that can be suppressed, by themselves and by their names, in small letters."""
    names = {rule.name: rule.code for rule in RULES} | {"rule-crashed": RULE_CRASHED}
    return names | {code.lower(): code for code in names.values()}


def _unknown(word: str) -> tuple[str, str | None]:
    """Message and hint for what cannot be suppressed."""
    from vmspec.validation.pages import find_page

    page = find_page(word)
    if page is not None:
        message = f"{page.code} {page.name} does not belong to a rule and cannot be suppressed"
        return message, "take the suppression away"
    meant = did_you_mean(word, [rule.name for rule in RULES])
    hint = f"did you mean {meant}?" if meant else None
    return f"{quote(word)} is not a code or the name of a rule", hint


def _unused(code: str) -> tuple[str, str]:
    """Message and hint for what suppresses nothing."""
    return f"nothing to suppress here for {code}", "take the suppression away"


def _complain(complaints: list[Finding], code: str, place: Position, message: str, hint: str | None) -> None:
    if len(complaints) < ENOUGH:
        line, column = place
        complaints.append(Finding(code, message, Severity.WARNING, line=line, column=column, hint=hint))
