"""The documents on the page about editors are valid, with and without a schema hint."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from vmspec import DocumentError, dumps, loads, validate
from vmspec.documents import FORMATS, FormatName
from vmspec.documents.formats import format_text
from vmspec.documents.xml.parser import parse
from vmspec.validation.xsd import is_valid, schema_path

PAGE = (Path(__file__).parent.parent / "docs" / "how-to" / "editors.md").read_text(encoding="utf-8")
BLOCKS: dict[FormatName, str] = dict(re.findall(r"^```(xml|json|yaml)\n(.*?)^```$", PAGE, re.M | re.S))
HINTS: dict[FormatName, str] = {
    "xml": ' xsi:noNamespaceSchemaLocation="vmspec.xsd"',
    "json": '"$schema": "vmspec.schema.json"',
    "yaml": "# yaml-language-server: $schema=vmspec.schema.json\n",
}


def test_page_shows_one_document_of_each_format() -> None:
    assert BLOCKS.keys() == set(FORMATS)
    assert len(re.findall(r"^```(?:xml|json|yaml)$", PAGE, re.M)) == len(FORMATS)


@pytest.mark.parametrize("format", FORMATS)
class TestSchemaHint:
    def test_is_shown(self, format: FormatName) -> None:
        assert HINTS[format] in BLOCKS[format]

    def test_changes_nothing(self, format: FormatName) -> None:
        spec = loads(BLOCKS[format], format)
        assert spec == loads(BLOCKS["xml"], "xml")
        assert validate(BLOCKS[format], format).ok
        assert loads(dumps(spec, format), format) == spec

    def test_is_never_written_from_a_spec(self, format: FormatName) -> None:
        for target in FORMATS:
            assert "schema" not in dumps(loads(BLOCKS[format], format), target)

    def test_is_kept_by_the_formatter(self, format: FormatName) -> None:
        text = format_text(BLOCKS[format].encode(), format)
        assert HINTS[format] in text
        assert format_text(text, format) == text


def test_schemas_allow_the_documents() -> None:
    schema = Draft202012Validator(json.loads(schema_path("vmspec.schema.json").read_bytes()))
    schema.validate(json.loads(BLOCKS["json"]))
    schema.validate(yaml.safe_load(BLOCKS["yaml"]))
    assert is_valid(parse(BLOCKS["xml"].encode()))
    assert is_valid(parse(BLOCKS["xml"].encode()), "xmlschema")


@pytest.mark.skipif(shutil.which("xmllint") is None, reason="xmllint is not installed")
def test_xmllint_agrees(tmp_path: Path) -> None:
    command = re.findall(r"^xmllint .*$", PAGE, re.M)[0].replace("machines/", "")
    shutil.copy(schema_path(), tmp_path)
    (tmp_path / "web.xml").write_text(BLOCKS["xml"], encoding="utf-8")
    assert subprocess.run(command, shell=True, cwd=tmp_path, check=False).returncode == 0
    (tmp_path / "bad.xml").write_text(BLOCKS["xml"].replace("Package", "Packge"), encoding="utf-8")
    assert subprocess.run(command, shell=True, cwd=tmp_path, check=False).returncode != 0


def test_other_attributes_of_the_namespace_are_rejected() -> None:
    with pytest.raises(DocumentError):
        loads(BLOCKS["xml"].replace("xsi:noNamespaceSchemaLocation", "xsi:type"), "xml")
