"""Fixes: the edits that correct a finding, where the right text is certain or nearly so.

>>> from vmspec.validation import validate
>>> [finding, *_] = validate("<VirtualMachineSpec><Nmae>web</Nmae></VirtualMachineSpec>").findings
>>> [edit.text for edit in finding.fix.edits], finding.fix.safe
(['Name', 'Name'], True)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from attrs import evolve

from vmspec import codes
from vmspec.documents.formats import FormatName, format_named
from vmspec.errors import DocumentError
from vmspec.findings import Finding

if TYPE_CHECKING:
    from vmspec.validation.fixes.edits import Correction

FIXABLE = frozenset(
    {
        *(codes.WRONG_ROOT, codes.UNKNOWN_NAME, codes.UNKNOWN_ATTRIBUTE, codes.WRONG_LOOKUP),
        *(codes.WRONG_VALUE, codes.WRONG_NESTING, codes.WRONG_SHAPE, codes.REPEATED),
        *("VMS221", "VMS222", "VMS223", "VMS237", "VMS238", "VMS239", "VMS243", "VMS244"),
        *("VMS273", "VMS274", "VMS275", "VMS291", "VMS292"),
    }
)
"""Codes of the findings that may have a fix."""


class _Corrector(Protocol):
    def correction(self, finding: Finding, offset: int) -> Correction | None: ...


def with_fixes(findings: Sequence[Finding], text: str, format: FormatName) -> tuple[Finding, ...]:
    """Return the findings on a document, with a fix where one is known."""
    corrector = _corrector(text, format) if any(finding.code in FIXABLE for finding in findings) else None
    if corrector is None:
        return tuple(findings)
    from vmspec.validation.fixes.edits import Positions

    positions = Positions(text)

    def with_fix(finding: Finding) -> Finding:
        if finding.line is None or finding.column is None or finding.code not in FIXABLE:
            return finding
        correction = corrector.correction(finding, positions.offset_of(finding.line, finding.column))
        if correction is None or not correction.replacements:
            return finding
        return evolve(finding, fix=positions.fix(correction))

    return tuple(map(with_fix, findings))


def _corrector(text: str, format: FormatName) -> _Corrector | None:
    if format == "xml":
        from vmspec.validation.fixes import in_xml

        return in_xml.Corrector(text)
    from vmspec.documents.data import DataFormat
    from vmspec.validation.fixes import in_data

    data_format = format_named(format)
    assert isinstance(data_format, DataFormat)
    try:
        return in_data.Corrector(text, data_format)
    except DocumentError:
        return None
