"""Fixing a document with a single slip gives the document before it, but for blanks and quotes."""

from __future__ import annotations

import re
from itertools import islice

import pytest
from hypothesis import given, settings

from vmspec import validate
from vmspec.documents import FORMATS, FormatName
from vmspec.findings import Severity
from vmspec.validation.fixing import fix_document

from .support.mutations import mutated_documents
from .support.slips import Slip
from .test_slips import slips

PER_KIND = settings.default.max_examples
OFFERED = {
    "misspelt tag": 0.9,
    "misspelt choice": 0.8,
    "wrong by": 0.6,
    "unit behind number": 0.9,
    "repeated child": 0.9,
    "padded value": 0.4,
    "text for number": 0.0,
}
"""Kinds of slips whose correction is certain, and the share of them that is fixed at least."""


def compact(text: str) -> str:
    return re.sub(r'[\s"]', "", text)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("kind", OFFERED)
def test_fix_gives_the_document_before_the_slip(kind: str, format: FormatName) -> None:
    offered = 0
    wrong: list[Slip] = []
    for slip in islice(slips(kind, format), PER_KIND):
        if all(finding.fix is None for finding in validate(slip.text, format).findings):
            continue
        offered += 1
        fixed = fix_document(slip.text.encode(), format, unsafe=True)
        if compact(fixed.data.decode()) != compact(slip.before):
            wrong.append(slip)
        assert fix_document(fixed.data, format, unsafe=True).data == fixed.data
    assert wrong == []
    assert offered >= OFFERED[kind] * PER_KIND


def errors(text: bytes) -> int:
    return sum(finding.severity is Severity.ERROR for finding in validate(text, "xml").findings)


@given(mutated_documents())
def test_fixing_mutated_documents_is_stable(data: bytes) -> None:
    before = validate(data, "xml")
    result = fix_document(data, "xml", unsafe=True)
    assert fix_document(result.data, "xml", unsafe=True).data == result.data
    assert result.report == validate(result.data, "xml")
    if before.spec is not None:
        assert result.report.spec is not None
    if result.report.spec is None or before.spec is not None:
        assert errors(result.data) <= errors(data)
    assert (result.data == data) is (not result.fixed)
