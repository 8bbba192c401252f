"""Validation of documents and specs.

>>> report = validate("<VirtualMachineSpec><Hostname>web</Hostname></VirtualMachineSpec>")
>>> print(report.findings[0].message)
<Hostname> holds its value directly; it belongs in a second <Hostname> inside it
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from vmspec.documents.files import read_file
from vmspec.documents.formats import FormatName, format_of_name, format_of_text, open_document, with_path_hint
from vmspec.documents.limits import BYTE_ORDER_MARK
from vmspec.errors import DocumentError
from vmspec.findings import Finding, has_errors, sort_and_cap
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.rules import RULE_SET
from vmspec.validation.rules.runner import Result, findings_of
from vmspec.validation.xsd import Engine, check_engine, is_valid

if TYPE_CHECKING:
    from vmspec.catalogue import Catalogue
    from vmspec.documents.document import Document

__all__ = ["Report", "validate"]


@frozen
class Report:
    """All findings of one document, in document order."""

    findings: tuple[Finding, ...] = ()
    spec: VirtualMachineSpec | None = None
    """The spec that was read; None if the document could not be read."""

    @property
    def ok(self) -> bool:
        """True without errors; warnings and infos do not count."""
        return not has_errors(self.findings)


def validate(
    source: VirtualMachineSpec | str | bytes | os.PathLike[str],
    format: FormatName | None = None,
    engine: Engine = "libxml2",
    catalogue: Catalogue | str | os.PathLike[str] | None = None,
) -> Report:
    """Return all findings of a spec, a document, or a file (a str is always a document).

    ``format`` defaults to that of the file's suffix or of the text. ``engine`` checks XML against the XSD
    in addition to vmspec's own reader: libxml2, or xmlschema for a second opinion. ``catalogue``, or the path
    of its file, says what the organization has; see docs/how-to/catalogue.md.

    Never raises for the content of a document; raises OSError for a file that cannot be read.
    """
    check_engine(engine)
    if catalogue is not None:
        from vmspec.validation.catalogue import catalogue_of

        catalogue = catalogue_of(catalogue)
    if not isinstance(source, (str, bytes)):
        if isinstance(source, VirtualMachineSpec):
            return _report(source, None, catalogue)
        if not isinstance(source, os.PathLike):
            raise TypeError(
                f"expected a spec, a document (str or bytes) or a path, got a {type(source).__name__}; "
                "for a VM, call .build()"
            )
        path = Path(source)
        source, format = read_file(path), format or format_of_name(path)
    try:
        document = open_document(source, format)
        if document.tree is not None and not is_valid(document.tree, engine):
            from vmspec.documents.xml.syntax_errors import mismatch_error

            raise mismatch_error(document.data)
    except DocumentError as error:
        return Report(_with_edits(with_path_hint(error.findings, source), source, format))
    report = _report(document.spec, document, catalogue)
    if not report.findings:
        return report
    return Report(_with_edits(report.findings, document.data, format), report.spec)


def _check_with(catalogue: Catalogue, spec: VirtualMachineSpec) -> Sequence[Result]:
    from vmspec.validation.catalogue import check

    return check(spec, catalogue)


def _report(spec: VirtualMachineSpec, document: Document | None, catalogue: Catalogue | None) -> Report:
    comments = document.comments() if document is not None else ()
    results = RULE_SET.run(spec) if catalogue is None else _check_with(catalogue, spec)
    if not results and not comments:
        return Report((), spec)
    findings = findings_of(results, document)
    if document is not None and comments:
        from vmspec.validation.suppression import without_suppressed

        findings = without_suppressed(findings, document, comments)
    return Report(tuple(sort_and_cap(findings)), spec)


def _with_edits(
    findings: Sequence[Finding], source: str | bytes, format: FormatName | None
) -> tuple[Finding, ...]:
    """Return findings on a document with their ends and fixes."""
    from vmspec.validation.extent import with_ends
    from vmspec.validation.fixes import FIXABLE, with_fixes

    data = source.encode("utf-8", "replace") if isinstance(source, str) else source
    text = data.removeprefix(BYTE_ORDER_MARK).decode("utf-8", "replace")
    ended = with_ends(findings, text)
    if all(finding.code not in FIXABLE for finding in ended):
        return ended
    return with_fixes(ended, text, format or format_of_text(data))
