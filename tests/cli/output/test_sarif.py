from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from vmspec.validation.pages import pages
from vmspec.version import __version__

from ..support.command_line import Run
from ..support.documents import BAD, FINE, FULL, GOOD, SECRET

PUBLISHED_SCHEMA = Path(os.environ.get("SARIF_SCHEMA", "sarif-schema-2.1.0.json"))
"""The schema published by OASIS, which is not part of this repository."""


def log(run: Run, *arguments: str | Path, stdin: bytes = b"") -> dict[str, Any]:
    result = run("validate", "--output-format", "sarif", *arguments, stdin=stdin)
    assert result.out.isascii()
    found: dict[str, Any] = json.loads(result.out)
    return found


def results(run: Run, *arguments: str | Path, stdin: bytes = b"") -> list[dict[str, Any]]:
    [one_run] = log(run, *arguments, stdin=stdin)["runs"]
    found: list[dict[str, Any]] = one_run["results"]
    return found


def uris(run: Run, *arguments: str | Path) -> list[str]:
    return [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in results(run, *arguments)
    ]


def test_log_has_one_run(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(FINE)
    whole = log(run, ".")
    assert whole["version"] == "2.1.0"
    assert whole["$schema"].endswith("/sarif-schema-2.1.0.json")
    [one_run] = whole["runs"]
    assert (one_run["columnKind"], one_run["results"]) == ("unicodeCodePoints", [])
    driver = one_run["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("vmspec", __version__)


def test_every_code_has_a_rule(run: Run, folder: Path) -> None:
    rules = log(run, ".")["runs"][0]["tool"]["driver"]["rules"]
    assert [(rule["id"], rule["name"]) for rule in rules] == [
        (page.code, page.name) for page in pages().values()
    ]
    levels = {"error": "error", "warning": "warning", "info": "note"}
    for rule, page in zip(rules, pages().values(), strict=True):
        assert rule["shortDescription"]["text"] == page.summary
        assert rule["fullDescription"]["text"]
        assert page.summary in " ".join(rule["help"]["text"].split())
        assert page.summary in rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] == levels[page.severity]


def test_finding_becomes_a_result(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(BAD)
    numbers = {code: number for number, code in enumerate(pages())}
    [result] = results(run, "web.xml")
    assert len(result.pop("partialFingerprints")["vmspec/v1"]) == 32
    assert result.pop("fixes")
    assert [result] == [
        {
            "ruleId": "VMS102",
            "ruleIndex": numbers["VMS102"],
            "level": "error",
            "message": {"text": "<Resources> has no child <Packge>; did you mean <Package>?"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "web.xml"},
                        "region": {"startLine": 5, "startColumn": 6, "endLine": 5, "endColumn": 12},
                    },
                    "logicalLocations": [{"fullyQualifiedName": "resources.Packge"}],
                }
            ],
        }
    ]


def test_level_follows_the_severity(run: Run, folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.vmspec]\nseverity = { VMS224 = "info" }\n')
    (folder / "web.xml").write_text(GOOD.replace("web-1", "WEB-1"))
    assert [result["level"] for result in results(run, "web.xml")] == ["note", "warning"]


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("specs/web 1.xml", "specs/web%201.xml"),
        ("100 %.xml", "100%20%25.xml"),
        ("a:b?c#d[e].xml", "a%3Ab%3Fc%23d%5Be%5D.xml"),
        ("wéb.xml", "w%C3%A9b.xml"),
        ("two\nlines.xml", "two%0Alines.xml"),
        ("odd\udcff.xml", "odd%FF.xml"),
    ],
)
def test_uris_are_relative_and_escaped(run: Run, folder: Path, name: str, uri: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(BAD)
    assert uris(run, name) == uris(run, folder / name) == [uri]


def test_uri_outside_of_the_folder_is_absolute(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "here").mkdir()
    (folder / "a b.xml").write_text(BAD)
    monkeypatch.chdir(folder / "here")
    assert uris(run, "../a b.xml") == [f"file://{folder}/a%20b.xml"]


def test_standard_input_has_no_physical_location(run: Run) -> None:
    [result] = results(run, "-", stdin=BAD.encode())
    assert result["locations"] == [{"logicalLocations": [{"fullyQualifiedName": "resources.Packge"}]}]
    [result] = results(run, "-", stdin=b"<Machine/>")
    assert "locations" not in result


def test_columns_count_characters(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(BAD.replace("    <Packge", "<!-- é𝒳 --><Packge"), encoding="utf-8")
    [result] = results(run, "web.xml")
    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 5,
        "startColumn": 13,
        "endLine": 5,
        "endColumn": 19,
    }


def test_fingerprints_are_unique_and_outlive_changed_lines(run: Run, folder: Path) -> None:
    def fingerprints() -> list[str]:
        return [result["partialFingerprints"]["vmspec/v1"] for result in results(run, ".")]

    twice = BAD.replace("  </Resources>", "    <Packge/>\n  </Resources>")
    (folder / "a.xml").write_text(twice)
    (folder / "b.xml").write_text(twice)
    before = fingerprints()
    assert len(set(before)) == len(before) == 4
    (folder / "a.xml").write_text(twice.replace("  <Resources>", "\n\n  <Resources>"))
    assert fingerprints() == before


def test_log_shows_no_secrets(run: Run, folder: Path) -> None:
    for text in (FULL, FULL.replace("UserData", "UserDta"), FULL.replace(SECRET, f"{SECRET} & <")):
        (folder / "web.xml").write_text(text)
        result = run("validate", "--output-format", "sarif", "web.xml")
        assert SECRET not in result.out + result.err


@pytest.mark.skipif(not PUBLISHED_SCHEMA.exists(), reason="needs the published schema: SARIF_SCHEMA=FILE")
def test_published_schema_accepts_the_log(run: Run, folder: Path) -> None:
    from jsonschema.validators import validator_for

    (folder / "full.xml").write_text(FULL)
    (folder / "two\nlines %.xml").write_text(BAD)
    (folder / "odd.yaml").write_text("resources: [\n")
    schema = json.loads(PUBLISHED_SCHEMA.read_text())
    whole = log(run, "full.xml", "two\nlines %.xml", "odd.yaml", "-", stdin=BAD.encode())
    assert len(whole["runs"][0]["results"]) == 3
    assert [error.message for error in validator_for(schema)(schema).iter_errors(whole)] == []
