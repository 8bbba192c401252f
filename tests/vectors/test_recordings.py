"""Specs that were really sent and stored, if recordings of traffic are beside the checkout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from vmspec import dumps, loads, validate
from vmspec.documents import FORMATS

RECORDINGS = sorted(Path(__file__).parents[3].glob("shared/data/recorded/*.json"))

pytestmark = pytest.mark.skipif(not RECORDINGS, reason="no recordings here")


def specs_in(field: str) -> Iterator[object]:
    """Yield the values of a field anywhere in the recordings."""
    for path in RECORDINGS:
        waiting = [json.loads(path.read_text(encoding="utf-8"))]
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                if isinstance(value.get(field), str):
                    yield pytest.param(value[field], id=path.stem)
                waiting.extend(value.values())
            elif isinstance(value, list):
                waiting.extend(value)


SENT, STORED = list(specs_in("xml")), list(specs_in("spec_xml"))


@pytest.mark.parametrize("engine", ["libxml2", "xmlschema"])
@pytest.mark.parametrize("text", [*SENT, *STORED])
def test_recorded_spec_is_valid(text: str, engine: str) -> None:
    report = validate(text, engine=engine)
    assert report.ok
    assert report.spec == loads(text)


@pytest.mark.parametrize("text", SENT)
def test_rules_find_only_capitals_in_sent_specs(text: str) -> None:
    assert {finding.code for finding in validate(text).findings} <= {"VMS231"}


@pytest.mark.parametrize("text", STORED)
def test_rules_find_nothing_in_stored_specs(text: str) -> None:
    assert validate(text).findings == ()


@pytest.mark.parametrize("text", STORED)
def test_stored_spec_is_written_byte_for_byte(text: str) -> None:
    assert dumps(loads(text)).encode() == text.encode()


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("text", [*SENT, *STORED])
def test_every_format_preserves_a_recorded_spec(text: str, format: str) -> None:
    spec = loads(text)
    assert loads(dumps(spec, format), format) == spec
