"""Conformance vectors: documents as data, for this library and for any other that reads specs.

- ``valid``: one spec in three canonical documents: ``x.xml``, ``x.json``, ``x.yaml``.
- ``elements``: the same for a spec with little more than one element.
- ``lenient``: other documents of one of these specs.
- ``invalid``: documents that are not a spec, each beside its exact findings in order.
- ``doubtful``: specs that a rule objects to, likewise.
- ``catalogue``: specs that do not fit the organization of ``katapult.json``, likewise.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from vmspec import DocumentError, Finding, VirtualMachineSpec, dumps, load, loads, validate
from vmspec.documents import FORMATS, FormatName
from vmspec.documents.xml.parser import parse
from vmspec.model.scalars import Boolean, Choice
from vmspec.model.schema import Field, Lookup, Part, fields_of, lookup_keys
from vmspec.validation.xsd import is_valid

HERE = Path(__file__).parent
VALID = sorted(path for folder in ("valid", "elements") for path in (HERE / folder).glob("*.xml"))
LENIENT = sorted((HERE / "lenient").iterdir())
INVALID, DOUBTFUL, MISFITS = (
    sorted(
        path
        for path in (HERE / folder).iterdir()
        if ".findings" not in path.suffixes and path.name != "katapult.json"
    )
    for folder in ("invalid", "doubtful", "catalogue")
)


def text_of(path: Path) -> str:
    return path.read_bytes().decode()


def format_of(path: Path) -> FormatName:
    return cast(FormatName, path.suffix[1:])


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
class TestValid:
    def test_documents_of_one_spec_are_read_alike(self, path: Path) -> None:
        assert load(path) == load(path.with_suffix(".json")) == load(path.with_suffix(".yaml"))

    @pytest.mark.parametrize("format", FORMATS)
    def test_spec_is_written_byte_for_byte(self, path: Path, format: FormatName) -> None:
        assert dumps(load(path), format) == text_of(path.with_suffix(f".{format}"))

    def test_both_engines_accept_the_xml(self, path: Path) -> None:
        tree = parse(path.read_bytes())
        assert is_valid(tree, "libxml2")
        assert is_valid(tree, "xmlschema")


@pytest.mark.parametrize("path", LENIENT, ids=lambda path: path.name)
def test_lenient_document_is_read_as_its_spec(path: Path) -> None:
    (canonical,) = (other for other in VALID if other.stem == path.stem)
    assert load(path) == load(canonical)


def test_vectors_hold_the_whole_model() -> None:
    met: set[object] = set()
    for path in VALID:
        met.update(things_in(load(path)))
    missing = [thing for thing in things_of(VirtualMachineSpec) if thing not in met]
    assert missing == [], "these are in no vector: add them to one"


def things_of(cls: type[Part]) -> Iterator[tuple[type, str, object]]:
    """Yield each field of each class, each choice of a field, and each key of a lookup."""
    for field in fields_of(cls):
        yield cls, field.name, "anything"
        for choice in choices(field):
            yield cls, field.name, choice
        if field.lookup is not None:
            yield from ((field.lookup, "by", by) for by in lookup_keys(field.lookup))
        if field.part is not None:
            yield from things_of(field.part)


def things_in(part: Part) -> Iterator[tuple[type, str, object]]:
    """Yield those of ``things_of`` that a spec holds."""
    for field in fields_of(type(part)):
        value = getattr(part, field.name)
        if value in (None, ()):
            continue
        yield type(part), field.name, "anything"
        for item in value if field.many else (value,):
            if isinstance(item, Lookup):
                yield type(item), "by", item.by
            elif isinstance(item, Part):
                yield from things_in(item)
            elif choices(field):
                yield type(part), field.name, item


def choices(field: Field) -> tuple[object, ...]:
    match field.scalar:
        case Choice(values):
            return values
        case Boolean():
            return (True, False)
        case _:
            return ()


def expected_findings(path: Path) -> tuple[Finding, ...]:
    beside = path.with_name(f"{path.name}.findings.yaml")
    listed: list[dict[str, Any]] = yaml.safe_load(text_of(beside))
    return tuple(Finding(**finding) for finding in listed)


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.name)
class TestInvalid:
    def test_validate_reports_the_findings(self, path: Path) -> None:
        report = validate(path)
        assert report.findings == expected_findings(path)
        assert report.spec is None
        assert not report.ok

    def test_both_engines_report_the_same_findings(self, path: Path) -> None:
        assert validate(path, engine="xmlschema").findings == expected_findings(path)

    def test_loads_raises_the_findings(self, path: Path) -> None:
        with pytest.raises(DocumentError) as caught:
            loads(path.read_bytes(), format_of(path))
        assert caught.value.findings == expected_findings(path)


@pytest.mark.parametrize("path", DOUBTFUL, ids=lambda path: path.name)
def test_rules_report_the_findings(path: Path) -> None:
    report = validate(path)
    assert report.findings == expected_findings(path)
    assert report.spec == load(path)


@pytest.mark.parametrize("path", MISFITS, ids=lambda path: path.name)
def test_rules_about_the_catalogue_report_the_findings(path: Path) -> None:
    assert validate(path, catalogue=HERE / "catalogue" / "katapult.json").findings == expected_findings(path)
