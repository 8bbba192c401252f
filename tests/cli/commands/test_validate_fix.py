from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ..support.command_line import Run
from ..support.documents import BAD, FINE, FULL, SECRET

DOUBTFUL = (
    FINE.replace("web-1", "web-1 ")
    .replace("uk-lon-01</", "uk-lon-01 </")
    .replace('Package by="permalink"', "Package")
)
SLIPS = FINE.replace("Resources", "Resorces").replace(' by="permalink">rock', ">rock")


def test_fix_changes_the_file_in_place(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(SLIPS)
    result = run("validate", "--fix", "web.xml")
    assert (result.code, result.out) == (0, "")
    assert result.err == "web.xml: 2 findings fixed\nnothing found in 1 file\n"
    assert (folder / "web.xml").read_text() == FINE


def test_fixing_twice_changes_nothing(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(SLIPS)
    run("validate", "--fix", ".")
    before = (folder / "web.xml").stat()
    assert "fixed" not in run("validate", "--fix", "--unsafe-fixes", ".").err
    assert (folder / "web.xml").stat().st_mtime_ns == before.st_mtime_ns


def test_remaining_findings_are_reported(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(SLIPS.replace("web-1", "WEB-1"))
    result = run("validate", "--fix", "--output-format", "json", "web.xml")
    [file] = json.loads(result.out)["files"]
    assert [finding["code"] for finding in file["findings"]] == ["VMS231"]


def test_unsafe_fixes_are_left_without_the_option(run: Run, folder: Path) -> None:
    text = FINE.replace("dtpl_Vb3kT0qWn8RzLx5J", "ubuntu").replace(
        "<DiskTemplate>u", '<DiskTemplate by="permalink">u'
    )
    (folder / "web.xml").write_text(text)
    run("validate", "--fix", ".")
    assert (folder / "web.xml").read_text() == text
    run("validate", "--unsafe-fixes", ".")
    assert (folder / "web.xml").read_text() == text.replace(">ubuntu<", ">templates/ubuntu<")


def test_diff_writes_nothing(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(BAD)
    result = run("validate", "--diff", "web.xml")
    assert (folder / "web.xml").read_text() == BAD
    assert result.code == 1
    assert result.out.startswith("--- web.xml\n+++ web.xml (fixed)\n@@ ")
    assert '+    <Package by="permalink">rock-3</Package>\n' in result.out


def test_diff_of_documents_without_fixes_is_empty(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(FINE)
    result = run("validate", "--diff", "--unsafe-fixes", "web.xml")
    assert (result.code, result.out) == (0, "")


def test_ignored_and_known_findings_are_not_fixed(run: Run, folder: Path) -> None:
    text = FINE.replace(' by="permalink">rock', ">rock")
    (folder / "web.xml").write_text(text)
    run("validate", "--fix", "--ignore", "not-an-id", ".")
    run("validate", "--write-baseline", "known.json", ".")
    run("validate", "--fix", "--baseline", "known.json", ".")
    assert (folder / "web.xml").read_text() == text
    run("validate", "--fix", ".")
    assert (folder / "web.xml").read_text() == FINE


def test_suppressed_findings_are_not_fixed(run: Run, folder: Path) -> None:
    comment = "<!-- vmspec: ignore[not-an-id] it is one -->\n    "
    text = FINE.replace('<Package by="permalink">', f"{comment}<Package>")
    (folder / "web.xml").write_text(text)
    assert run("validate", "--fix", ".").code == 0
    assert (folder / "web.xml").read_text() == text


def test_standard_input_is_written_to_standard_output(run: Run, folder: Path) -> None:
    result = run("validate", "--fix", "-", stdin=SLIPS.replace("web-1", "WEB-1").encode())
    assert result.out == FINE.replace("web-1", "WEB-1")
    assert result.err.startswith("-: 2 findings fixed\n-:11:6: warning VMS231 ")
    assert run("validate", "--fix", "-", stdin=FINE.encode()).out == FINE
    result = run("validate", "--fix", "-", "--stdin-filename", "web.yaml", stdin=b"nmae: a\n")
    assert result.out == "name: a\n"


@pytest.mark.parametrize("options", [["--diff", "web.xml"], ["--fix", "-"]])
def test_standard_output_is_for_one_thing(run: Run, folder: Path, options: list[str]) -> None:
    (folder / "web.xml").write_text(BAD)
    result = run("validate", *options, "--output-format", "json", stdin=BAD.encode())
    assert (result.code, result.out) == (2, "")


def test_symbolic_link_is_not_followed(run: Run, folder: Path) -> None:
    (folder / "real.xml").write_text(BAD)
    (folder / "link.xml").symlink_to("real.xml")
    result = run("validate", "--fix", "link.xml")
    assert (result.code, "link.xml: not fixed, a symbolic link" in result.err) == (1, True)
    assert (folder / "real.xml").read_text() == BAD


def test_file_with_another_hard_link_is_left_alone(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(BAD)
    os.link(folder / "web.xml", folder / "twin")
    result = run("validate", "--fix", "web.xml")
    assert (result.code, "hard links" in result.err) == (2, True)
    assert (folder / "web.xml").read_text() == BAD


def test_mode_is_kept_and_nothing_is_left_behind(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(BAD)
    (folder / "web.xml").chmod(0o640)
    run("validate", "--fix", ".")
    assert (folder / "web.xml").stat().st_mode & 0o777 == 0o640
    assert [path.name for path in folder.iterdir()] == ["web.xml"]


TWICE = FULL.replace(
    "</Option>\n  </DiskTemplate>",
    f'</Option>\n    <Option key="root_password">{SECRET}</Option>\n  </DiskTemplate>',
)


def test_fix_of_a_secret_is_applied_and_not_shown(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(TWICE)
    for options in (["--diff"], ["--output-format", "sarif"], ["--output-format", "json"], ["--fix"]):
        result = run("validate", *options, "web.xml")
        assert SECRET not in result.out + result.err
        assert "VMS223" not in result.out or '"fixes"' not in result.out
    assert (folder / "web.xml").read_text() == FULL


def test_results_in_sarif_have_fixes(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(BAD)
    log = json.loads(run("validate", "--output-format", "sarif", "web.xml").out)
    [result] = log["runs"][0]["results"]
    assert result["fixes"] == [
        {
            "description": {"text": "did you mean <Package>?"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "web.xml"},
                    "replacements": [
                        {
                            "deletedRegion": {
                                "startLine": 5,
                                "startColumn": start,
                                "endLine": 5,
                                "endColumn": end,
                            },
                            "insertedContent": {"text": "Package"},
                        }
                        for start, end in ((6, 12), (36, 42))
                    ],
                }
            ],
        }
    ]
