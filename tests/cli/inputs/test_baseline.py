"""Baselines: known findings stay known in a changed, formatted or converted document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vmspec import VirtualMachineSpec, dumps, validate
from vmspec.cli.inputs.baseline import Baseline, known_findings
from vmspec.documents import FORMATS, FormatName
from vmspec.testing import specs

from ..support.command_line import Run
from ..support.documents import BAD, GOOD

DOUBTFUL = GOOD.replace("web-1", "WEB-1")


@pytest.fixture
def baseline(run: Run, folder: Path) -> str:
    """Record the findings of a document in a baseline."""
    (folder / "web.xml").write_text(DOUBTFUL)
    assert run("validate", "web.xml", "--write-baseline", "known.json").code == 0
    return "known.json"


def test_recorded_findings_are_not_reported(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(BAD)
    result = run("validate", "web.xml", "--write-baseline", "known.json")
    assert (result.code, result.out) == (0, "")
    assert (
        result.err == "1 finding recorded in known.json\nnothing found in 1 file, 1 known finding not shown\n"
    )
    result = run("validate", "web.xml", "--baseline", "known.json")
    assert (result.code, result.out) == (0, "")


def test_baseline_is_sorted_json(folder: Path, baseline: str) -> None:
    written = json.loads((folder / baseline).read_text())
    assert written["version"] == 1
    assert [(entry["file"], entry["code"], entry["path"]) for entry in written["findings"]] == [
        ("web.xml", "VMS224", ""),
        ("web.xml", "VMS231", "hostname"),
    ]


def test_new_finding_is_reported(run: Run, folder: Path, baseline: str) -> None:
    (folder / "web.xml").write_text(DOUBTFUL.replace("</Hostname>\n</", "</Hostname>\n  <Name> x</Name>\n</"))
    result = run("validate", "web.xml", "--baseline", baseline, "--fail-on", "warning", "--quiet")
    assert result.code == 1
    assert [line.split()[2] for line in result.out.splitlines() if "warning" in line] == ["VMS238"]


def test_second_finding_of_the_same_kind_is_reported(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(BAD)
    run("validate", "web.xml", "--write-baseline", "known.json")
    (folder / "web.xml").write_text(BAD.replace("  </Resources>", "    <Packge/>\n  </Resources>"))
    result = run("validate", "web.xml", "--baseline", "known.json", "--output-format", "json")
    [file] = json.loads(result.out)["files"]
    assert [(finding["code"], finding["line"]) for finding in file["findings"]] == [("VMS102", 6)]


def test_same_finding_of_another_file_is_reported(run: Run, folder: Path, baseline: str) -> None:
    (folder / "db.xml").write_text(DOUBTFUL)
    result = run("validate", "db.xml", "--baseline", baseline)
    assert "db.xml:8:6: warning VMS231" in result.out


def test_renamed_file_keeps_its_known_findings(run: Run, folder: Path, baseline: str) -> None:
    (folder / "web.xml").rename(folder / "shop.xml")
    result = run("validate", "shop.xml", "--baseline", baseline)
    assert (result.out, "gone" in result.err) == ("", False)


def test_finding_that_is_gone_is_named(run: Run, folder: Path, baseline: str) -> None:
    (folder / "web.xml").write_text(GOOD)
    result = run("validate", "web.xml", "--baseline", baseline)
    assert (result.code, result.out) == (0, "")
    assert 'gone: web.xml: VMS231 hostname "WEB-1" has capitals\n' in result.err


def test_findings_of_files_that_were_not_checked_are_not_gone(run: Run, folder: Path, baseline: str) -> None:
    (folder / "db.xml").write_text(GOOD)
    assert "gone" not in run("validate", "db.xml", "--baseline", baseline).err


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"findings": 1}', '{"findings": [{}]}', '{"findings": [[]]}', "[" * 9999]
)
def test_other_file_is_not_a_baseline(run: Run, folder: Path, text: str) -> None:
    (folder / "web.xml").write_text(GOOD)
    (folder / "known.json").write_text(text)
    result = run("validate", "web.xml", "--baseline", "known.json")
    assert (result.code, result.out) == (2, "")
    assert "known.json: not a baseline; write one with --write-baseline" in result.err


def test_missing_baseline_is_an_error(run: Run, folder: Path) -> None:
    result = run("validate", ".", "--baseline", "known.json")
    assert (result.code, "known.json: No such file" in result.err) == (2, True)


def test_file_that_cannot_be_written_is_an_error(run: Run, folder: Path) -> None:
    assert run("validate", ".", "--write-baseline", "missing/known.json").code == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(specs(), st.sampled_from(FORMATS), st.sampled_from(FORMATS))
def test_findings_stay_known_in_every_format(
    folder: Path, spec: VirtualMachineSpec, before: FormatName, after: FormatName
) -> None:
    found = validate(dumps(spec, before), before).findings
    baseline = Baseline(known_findings(f"specs/web.{before}", found))
    converted = validate(dumps(spec, after), after).findings
    assert baseline.new_findings(f"specs/web.{after}", converted) == ()
    known = known_findings(f"specs/web.{after}", converted)
    assert [*baseline.gone([f"specs/web.{after}"], known)] == []
