"""The JSON Schema of a catalogue's file."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from tests.support.catalogues import EXAMPLE, catalogue_for
from vmspec import VirtualMachineSpec
from vmspec.catalogue.file import content_of
from vmspec.cli import main
from vmspec.testing.strategies import specs
from vmspec.validation.xsd import schema_path

SCHEMA = json.loads(schema_path("katapult.schema.json").read_bytes())
VALIDATOR = Draft202012Validator(SCHEMA)


def test_schema_is_valid_and_accepts_the_example() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    VALIDATOR.validate(content_of(EXAMPLE))


@given(specs())
def test_schema_accepts_whatever_is_written(spec: VirtualMachineSpec) -> None:
    VALIDATOR.validate(content_of(catalogue_for(spec)))


@pytest.mark.parametrize(
    "content", [{}, {"version": 1, "tags": [1]}, {"version": 1, "zones": [{"name": "x"}]}]
)
def test_schema_rejects_what_the_reader_rejects(content: object) -> None:
    assert not VALIDATOR.is_valid(content)


def test_command_prints_the_schema(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["schema", "catalogue"]) == 0
    assert capsysbinary.readouterr().out == schema_path("katapult.schema.json").read_bytes()
