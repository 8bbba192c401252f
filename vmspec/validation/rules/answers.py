"""What rules answered, as findings with their places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from vmspec.findings import Finding, Severity
from vmspec.model.tree import root
from vmspec.validation.rules.asking import Answer

if TYPE_CHECKING:
    from vmspec.documents.reading import Document

RULE_CRASHED = "VMS299"


def findings_of(answers: Iterable[Answer], document: Document | None) -> list[Finding]:
    """A finding for each answer, with line and column where there is a document."""
    return [_finding(answer, document) for answer in answers if _is_to_be_told(answer, document)]


def _is_to_be_told(answer: Answer, document: Document | None) -> bool:
    _, path, said = answer
    if isinstance(said, Exception) or not said.if_written:
        return True
    return document is not None and _is_written(f"{path}.{said.path}", document)


def _is_written(path: str, document: Document) -> bool:
    """Whether a document has something at a path without an index, be it empty.

    XML is asked itself: to work out all places takes many times as long.
    """
    if document.tree is None:
        return document.place_of(path) != document.place_of(path.rpartition(".")[0])
    node, element = root(), document.tree
    for step in path.split("."):
        node = next(child for child in node.children.values() if child.step == step)
        inner = element.find(node.tag)
        if inner is None:
            return False
        element = inner
    return True


def _finding(answer: Answer, document: Document | None) -> Finding:
    rule, path, said = answer
    if isinstance(said, Exception):
        code, severity = RULE_CRASHED, Severity.WARNING
        # its words may hold a secret of the document
        message = f"the rule {rule.code} {rule.name} crashed ({type(said).__name__}); the others were asked"
        hint: str | None = "please report it as a mistake in vmspec"
    else:
        code, severity, message, hint = rule.code, rule.severity, said.message, said.hint
        path = f"{path}.{said.path}".strip(".")
    line, column = document.place_of(path) if document is not None else (None, None)
    return Finding(code, message, severity, path, line, column, hint)
