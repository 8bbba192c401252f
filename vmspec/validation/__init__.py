"""Validation: a document or a spec becomes a report.

>>> report = validate("<VirtualMachineSpec><Hostname>web</Hostname></VirtualMachineSpec>")
>>> print(report.findings[0].message)
<Hostname> holds its value directly; it stands in a second <Hostname> within it
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from vmspec.documents.detection import Format, format_of_name
from vmspec.documents.files import read_bytes
from vmspec.documents.reading import Document, explained
from vmspec.errors import DocumentError
from vmspec.findings import Finding, Report, in_order
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.rules import RULES
from vmspec.validation.schema import Engine, accepts

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["validate"]


def validate(
    source: VirtualMachineSpec | str | bytes | os.PathLike[str],
    format: Format | None = None,
    engine: Engine = "libxml2",
) -> Report:
    """All that is wrong or doubtful with a spec, a document, or a file (a str is always a document).

    ``format`` may be left out where the file's suffix or the text shows it. ``engine`` is what
    checks XML against the XSD beside the strict reader: libxml2, or xmlschema for a second opinion.

    Never raises for what a document says; raises OSError where a file cannot be read.
    """
    if isinstance(source, VirtualMachineSpec):
        return Report(_findings(source, None), source)
    if isinstance(source, os.PathLike):
        path = Path(source)
        source, format = read_bytes(path), format or format_of_name(path)
    try:
        document = Document(source, format)
        _ask_xsd(document, engine)
    except DocumentError as error:
        return Report(error.findings)
    return Report(_findings(document.spec, document.place_of), document.spec)


def _ask_xsd(document: Document, engine: Engine) -> None:
    """Raises DocumentError where the XSD does not allow what the strict reader did."""
    if document.tree is not None and not accepts(document.tree, engine):
        raise explained(document.data)


def _findings(
    spec: VirtualMachineSpec, place_of: Callable[[str], tuple[int, int]] | None
) -> tuple[Finding, ...]:
    findings: list[Finding] = []
    for rule in RULES:
        for problem in rule.check(spec):
            line, column = place_of(problem.path) if place_of is not None else (None, None)
            findings.append(
                Finding(
                    rule.code,
                    problem.message,
                    rule.severity,
                    path=problem.path,
                    line=line,
                    column=column,
                    hint=problem.hint,
                )
            )
    return tuple(in_order(findings))
