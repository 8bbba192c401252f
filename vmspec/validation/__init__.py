"""Validation: a document or a spec becomes a report.

>>> report = validate("<VirtualMachineSpec><Hostname>web</Hostname></VirtualMachineSpec>")
>>> print(report.findings[0].message)
<Hostname> holds its value directly; it stands in a second <Hostname> within it
"""

from __future__ import annotations

import os
from pathlib import Path

from vmspec.documents.detection import Format, format_of_name
from vmspec.documents.document import Document, explained, with_hint_of_path
from vmspec.documents.files import read_bytes
from vmspec.errors import DocumentError
from vmspec.findings import Report, sort_and_cap
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.rules import RULE_SET
from vmspec.validation.rules.answers import findings_of
from vmspec.validation.xsd import Engine, check_engine, is_valid

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
    check_engine(engine)
    if not isinstance(source, (str, bytes)):
        if isinstance(source, VirtualMachineSpec):
            return _report(source, None)
        if not isinstance(source, os.PathLike):
            raise TypeError(
                f"a {type(source).__name__} is no spec, document (a str or bytes) or path; "
                "of a VM, build() gives one"
            )
        path = Path(source)
        source, format = read_bytes(path), format or format_of_name(path)
    try:
        document = Document(source, format)
        if document.tree is not None and not is_valid(document.tree, engine):
            raise explained(document.data)
    except DocumentError as error:
        return Report(with_hint_of_path(error.findings, source))
    return _report(document.spec, document)


def _report(spec: VirtualMachineSpec, document: Document | None) -> Report:
    """What the rules say of a spec, but for what its document says is meant so."""
    noted = document is not None and _has_notes(document)
    answers = RULE_SET.answers(spec)
    if not answers and not noted:
        return Report((), spec)
    findings = findings_of(answers, document)
    if document is not None and noted:
        from vmspec.validation.suppression import without_suppressed

        findings = without_suppressed(findings, document)
    return Report(tuple(sort_and_cap(findings)), spec)


def _has_notes(document: Document) -> bool:
    """Whether it may hold a comment for vmspec; one byte is found faster than many."""
    data = document.data
    return (b"!" in data or document.format == "yaml") and b"vmspec:" in data
