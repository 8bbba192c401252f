from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from lxml import etree

from ..support.command_line import Run
from ..support.documents import BAD, FINE, FULL, GOOD, SECRET

PUBLISHED_SCHEMA = Path(os.environ.get("JUNIT_SCHEMA", "JUnit.xsd"))
"""The schema that most tools check JUnit reports with, which is not part of this repository."""


def suite(run: Run, *arguments: str | Path, stdin: bytes = b"") -> etree._Element:
    result = run("validate", "--output-format", "junit", *arguments, stdin=stdin)
    assert result.out.isascii()
    [found] = etree.fromstring(result.out.encode())
    return found


def test_each_file_is_a_test_case(run: Run, folder: Path) -> None:
    (folder / "bad.xml").write_text(BAD)
    (folder / "fine.xml").write_text(FINE)
    found = suite(run, ".")
    assert {name: found.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "2",
        "failures": "1",
        "errors": "0",
    }
    assert [case.get("name") for case in found.iter("testcase")] == ["bad.xml", "fine.xml"]
    [failure] = found.iter("failure")
    assert failure.getparent().get("name") == "bad.xml"
    assert (failure.get("type"), failure.get("message")) == ("error", "1 error")
    assert failure.text == (
        "bad.xml:5:6: error VMS102 <Resources> has no child <Packge>; did you mean <Package>?"
    )


def test_warnings_are_in_the_output_of_the_suite(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(GOOD.replace("web-1", "WEB-1"))
    found = suite(run, "web.xml")
    assert found.get("failures") == "0"
    assert [line.split()[:3] for line in (found.findtext("system-out") or "").splitlines()] == [
        ["web.xml:2:2:", "warning", "VMS224"],
        ["web.xml:8:6:", "warning", "VMS231"],
    ]


def test_report_of_nothing_is_well_formed(run: Run, folder: Path) -> None:
    assert suite(run, ".").get("tests") == "0"


def test_no_line_is_a_workflow_command(run: Run, folder: Path) -> None:
    name = "::error::x##[y].xml"
    (folder / name).write_text(BAD)
    result = run("validate", "--output-format", "junit", "--", name)
    assert not re.search(r"^\s*::|##\[", result.out, re.MULTILINE)
    assert f'name="{name}"' in etree.tostring(etree.fromstring(result.out.encode()), encoding="unicode")


def test_report_shows_no_secrets(run: Run, folder: Path) -> None:
    for text in (FULL, FULL.replace("UserData", "UserDta"), FULL.replace(SECRET, f"{SECRET} & <")):
        (folder / "web.xml").write_text(text)
        result = run("validate", "--output-format", "junit", "web.xml")
        assert SECRET not in result.out + result.err


@pytest.mark.skipif(not PUBLISHED_SCHEMA.exists(), reason="needs the published schema: JUNIT_SCHEMA=FILE")
def test_published_schema_accepts_the_report(run: Run, folder: Path) -> None:
    (folder / "full.xml").write_text(FULL)
    (folder / "two\nlines é.xml").write_text(BAD)
    (folder / "odd.yaml").write_text("resources: [\n")
    found = suite(run, "full.xml", "two\nlines é.xml", "odd.yaml", "-", stdin=BAD.encode())
    assert found.get("tests") == "4"
    etree.XMLSchema(etree.parse(PUBLISHED_SCHEMA)).assertValid(found.getroottree())
