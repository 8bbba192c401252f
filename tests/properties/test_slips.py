"""A single slip in a good document is found on its line, and is not drowned by others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from random import Random

import pytest
from hypothesis import settings

from vmspec import VirtualMachineSpec, validate
from vmspec.documents import FORMATS, FormatName

from . import slips_in_data, slips_in_xml
from .slips import KINDS, Slip, good_spec

SPECS = 50
PER_KIND = settings.default.max_examples
MOST_FINDINGS = 3


@cache
def good_specs() -> tuple[VirtualMachineSpec, ...]:
    chance = Random(1)
    return tuple(good_spec(chance) for _ in range(SPECS))


def slips(kind: str, format: FormatName) -> Iterator[Slip]:
    """One after the other, the same every time, without end."""
    chance = Random(f"{kind} {format}")
    in_format = slips_in_xml if format == "xml" else slips_in_data
    places = set[str]().union(*map(in_format.places_in, good_specs()))
    while True:
        spec = chance.choice(good_specs())
        if format == "xml":
            slip = slips_in_xml.slip(kind, spec, places, chance)
        else:
            slip = slips_in_data.slip(kind, format, spec, places, chance)
        if slip is not None:
            yield slip


def test_the_documents_are_good() -> None:
    assert [validate(spec).findings for spec in good_specs()] == [()] * SPECS


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_slip_is_found_on_its_line_and_alone(kind: str, format: FormatName) -> None:
    missed: list[Slip] = []
    for slip in islice(slips(kind, format), PER_KIND):
        findings = validate(slip.text, format).findings
        assert len(findings) <= MOST_FINDINGS, (slip, findings)
        if not any(finding.line in slip.lines for finding in findings):
            missed.append(slip)
    assert len(missed) <= PER_KIND // 100, missed
