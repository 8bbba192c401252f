"""What rules answered, as findings with their places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from vmspec.codes import RULE_CRASHED
from vmspec.findings import Finding, Severity
from vmspec.validation.rules.registry import Rule
from vmspec.validation.rules.runner import Answer

if TYPE_CHECKING:
    from vmspec.documents.document import Document


def findings_of(answers: Iterable[Answer], document: Document | None) -> list[Finding]:
    """A finding for each answer, with line and column where there is a document."""
    findings: list[Finding] = []
    for rule, path, said in answers:
        if isinstance(said, Exception):
            findings.append(_crash(rule, path, said, document))
            continue
        path = f"{path}.{said.path}" if path and said.path else path or said.path
        if said.if_written and not (document is not None and document.contains(path)):
            continue
        line, column = document.position_of(path) if document is not None else _NOWHERE
        findings.append(Finding(rule.code, said.message, rule.severity, path, line, column, said.hint))
    return findings


_NOWHERE = (None, None)


def _crash(rule: Rule, path: str, error: Exception, document: Document | None) -> Finding:
    """Its own words may hold a secret of the document."""
    message = f"the rule {rule.code} {rule.name} crashed ({type(error).__name__}); the others were asked"
    line, column = document.position_of(path) if document is not None else _NOWHERE
    hint = "please report it as a mistake in vmspec"
    return Finding(RULE_CRASHED, message, Severity.WARNING, path, line, column, hint)
