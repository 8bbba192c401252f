"""Comments that suppress findings, each with a reason.

In XML, a comment is placed before the element of the finding or before an element around it. In YAML, it is
placed on the line before or at the end of the line. JSON has no comments.

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
from vmspec.documents.hints import did_you_mean
from vmspec.documents.line_index import Position
from vmspec.findings import MAX_FINDINGS, Finding, Severity
from vmspec.text import quote
from vmspec.validation.rules import RULES

SYNTAX_HINT = "write vmspec: ignore[CODE] reason"
REMOVE_HINT = "remove the comment"

MAX_PROBLEMS = 2 * MAX_FINDINGS
"""Limit for problems with comments in one document; fewer than these are shown."""

_IGNORE = re.compile(r"\s*vmspec:\s*ignore\s*\[([^\]]*)\](.*)", re.DOTALL)


@define(eq=False)
class Suppression:
    """One code in a comment."""

    code: str
    position: Position
    used: bool = False


def without_suppressed(
    findings: Iterable[Finding], document: Document, comments: Sequence[Comment]
) -> list[Finding]:
    """Return the findings that no comment suppresses, and a finding for each problem with a comment."""
    suppressions: list[Suppression] = []
    by_target: dict[tuple[Position | int, str], Suppression] = {}
    problems: list[Finding] = []
    for comment in comments:
        for code in _suppressed_codes(comment, problems):
            suppression = Suppression(code, comment.position)
            suppressions.append(suppression)
            for target in comment.targets:
                by_target.setdefault((target, code), suppression)
    kept: list[Finding] = []
    for finding in findings:
        targets = _targets_around(finding.path, document)
        found = (by_target.get((target, finding.code)) for target in targets)
        suppression_of_finding = next((suppression for suppression in found if suppression), None)
        if suppression_of_finding is None:
            kept.append(finding)
        else:
            suppression_of_finding.used = True
    for suppression in suppressions:
        if not suppression.used:
            message = f"there is nothing to suppress for {suppression.code}"
            _add(problems, UNUSED_SUPPRESSION, suppression.position, message, REMOVE_HINT)
    return kept + problems


def _targets_around(path: str, document: Document) -> Iterator[Position | int]:
    """Yield the target of a field and of everything around it.

    In YAML the whole document is not a target of its own: it begins on the line of its first key.
    """
    by_line = document.comments_by_line
    while True:
        position = document.position_of(path)
        yield position[0] if by_line else position
        if not path:
            return
        path = parent_path(path)
        if not path and by_line:
            return


def _suppressed_codes(comment: Comment, problems: list[Finding]) -> Iterator[str]:
    """Yield the codes that a comment suppresses; add a finding for everything that is wrong with it."""
    match = _IGNORE.match(comment.text)
    if match is None:
        message = "the comment for vmspec has an unknown form"
        _add(problems, UNKNOWN_SUPPRESSION, comment.position, message, SYNTAX_HINT)
        return
    for name in match[1].split(","):
        code = _codes().get(name.strip().lower())
        if code is not None and match[2].strip():
            yield code
        elif len(problems) >= MAX_PROBLEMS:
            return  # searching for similar names is slow
        elif code is None:
            _add(problems, UNKNOWN_SUPPRESSION, comment.position, *_unknown(name.strip()))
        else:
            message = f"the suppression of {code} has no effect without a reason"
            _add(problems, SUPPRESSION_WITHOUT_REASON, comment.position, message, SYNTAX_HINT)


@cache
def _codes() -> dict[str, str]:
    """Return the codes that can be suppressed, by code and by name in lower case."""
    names = {rule.name: rule.code for rule in RULES} | {"rule-crashed": RULE_CRASHED}
    return names | {code.lower(): code for code in names.values()}


def _unknown(name: str) -> tuple[str, str | None]:
    """Return message and hint for a name that cannot be suppressed."""
    from vmspec.validation.pages import find_page

    page = find_page(name)
    if page is not None:
        return f"{page.code} {page.name} does not belong to a rule and cannot be suppressed", REMOVE_HINT
    meant = did_you_mean(name, [rule.name for rule in RULES])
    return f"{quote(name)} is not a code or the name of a rule", f"did you mean {meant}?" if meant else None


def _add(problems: list[Finding], code: str, position: Position, message: str, hint: str | None) -> None:
    if len(problems) < MAX_PROBLEMS:
        line, column = position
        problems.append(Finding(code, message, Severity.WARNING, line=line, column=column, hint=hint))
