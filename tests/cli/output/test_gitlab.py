from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ..support.command_line import Run
from ..support.documents import BAD, FINE, FULL, GOOD, SECRET


def issues(run: Run, *arguments: str | Path, stdin: bytes = b"") -> list[dict[str, Any]]:
    result = run("validate", "--output-format", "gitlab", *arguments, stdin=stdin)
    assert result.out.isascii()
    found: list[dict[str, Any]] = json.loads(result.out)
    return found


def test_finding_becomes_an_issue(run: Run, folder: Path) -> None:
    (folder / "bad.xml").write_text(BAD)
    (folder / "fine.xml").write_text(FINE)
    [issue] = issues(run, ".")
    fingerprint = issue.pop("fingerprint")
    assert len(fingerprint) == 32
    assert issue == {
        "description": "<Resources> has no child <Packge>; did you mean <Package>?",
        "check_name": "VMS102",
        "severity": "major",
        "location": {"path": "bad.xml", "lines": {"begin": 5}},
    }


def test_nothing_found_is_an_empty_list(run: Run, folder: Path) -> None:
    (folder / "fine.xml").write_text(FINE)
    assert issues(run, ".") == []


def test_each_severity_has_its_word(run: Run, folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.vmspec]\nseverity = { VMS224 = "info" }\n')
    (folder / "web.xml").write_text(GOOD.replace("web-1", "WEB-1"))
    assert [issue["severity"] for issue in issues(run, "web.xml")] == ["info", "minor"]


def test_fingerprints_are_unique_and_outlive_changed_lines(run: Run, folder: Path) -> None:
    twice = BAD.replace("  </Resources>", "    <Packge/>\n  </Resources>")
    (folder / "a.xml").write_text(twice)
    (folder / "b.xml").write_text(twice)
    before = [issue["fingerprint"] for issue in issues(run, ".")]
    assert len(set(before)) == len(before) == 4
    (folder / "a.xml").write_text(twice.replace("  <Resources>", "\n\n  <Resources>"))
    assert [issue["fingerprint"] for issue in issues(run, ".")] == before


def test_paths_are_relative_to_the_project(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "specs").mkdir()
    (folder / "specs" / "bad.xml").write_text(BAD)
    monkeypatch.setenv("CI_PROJECT_DIR", str(folder))
    monkeypatch.chdir(folder / "specs")
    assert [issue["location"]["path"] for issue in issues(run, "bad.xml")] == ["specs/bad.xml"]


def test_report_shows_no_secrets(run: Run, folder: Path) -> None:
    for text in (FULL, FULL.replace("UserData", "UserDta"), FULL.replace(SECRET, f"{SECRET} & <")):
        (folder / "web.xml").write_text(text)
        result = run("validate", "--output-format", "gitlab", "web.xml")
        assert SECRET not in result.out + result.err
