"""A single typing mistake in a valid document is found on its line, without many others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from random import Random

import pytest
from hypothesis import settings

from vmspec import VirtualMachineSpec, validate
from vmspec.documents import FORMATS, FormatName

from .support import slips_in_data, slips_in_xml
from .support.slips import KINDS, Slip, valid_spec

SPECS = 50
PER_KIND = settings.default.max_examples
MAX_FINDINGS = 3


@cache
def valid_specs() -> tuple[VirtualMachineSpec, ...]:
    random = Random(1)
    return tuple(valid_spec(random) for _ in range(SPECS))


def slips(kind: str, format: FormatName) -> Iterator[Slip]:
    """Yield an endless and reproducible sequence of specs."""
    random = Random(f"{kind} {format}")
    in_format = slips_in_xml if format == "xml" else slips_in_data
    places = set[str]().union(*map(in_format.places_in, valid_specs()))
    while True:
        spec = random.choice(valid_specs())
        if format == "xml":
            slip = slips_in_xml.slip(kind, spec, places, random)
        else:
            slip = slips_in_data.slip(kind, format, spec, places, random)
        if slip is not None:
            yield slip


def test_documents_without_slips_are_valid() -> None:
    assert [validate(spec).findings for spec in valid_specs()] == [()] * SPECS


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_slip_is_the_only_finding_and_on_its_line(kind: str, format: FormatName) -> None:
    missed: list[Slip] = []
    for slip in islice(slips(kind, format), PER_KIND):
        findings = validate(slip.text, format).findings
        assert len(findings) <= MAX_FINDINGS, (slip, findings)
        if not any(finding.line in slip.lines for finding in findings):
            missed.append(slip)
    assert len(missed) <= PER_KIND // 100, missed
