"""``vmspec validate --catalogue``: files against what an organization has."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest
from attrs import evolve

from tests.support.catalogues import EXAMPLE
from vmspec.catalogue import PolicyLimits, dump_catalogue

from ..support.command_line import Run

WEB = """\
data_center:
  permalink: uk-lon-01
resources:
  package:
    permalink: {package}
disk_template:
  permalink: templates/ubuntu-22-04
hostname: {hostname}
"""
OLD = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=40)


@pytest.fixture
def specs(folder: Path) -> Path:
    """Three specs, of which the second one names a package that does not exist."""
    for name, package in (("a", "rock-3"), ("b", "rokc-3"), ("c", "rock-3")):
        (folder / f"{name}.yaml").write_text(WEB.format(hostname=name, package=package))
    return folder


def codes(out: str) -> dict[str, list[str]]:
    return {
        file["path"]: [finding["code"] for finding in file["findings"]] for file in json.loads(out)["files"]
    }


def test_misspelt_package_is_reported_at_its_place(run: Run, specs: Path) -> None:
    dump_catalogue(EXAMPLE, "katapult.json")
    result = run("validate", "a.yaml", "b.yaml", "c.yaml", "--catalogue", "katapult.json")
    assert (result.code, result.err) == (1, "1 error in 1 of 3 files\n")
    assert result.out.splitlines()[0] == (
        'b.yaml:4:3: error VMS411 the organization has no package with permalink "rokc-3";'
        ' did you mean "rock-3"?'
    )


def test_limit_is_exceeded_by_files_together(run: Run, specs: Path) -> None:
    dump_catalogue(
        evolve(EXAMPLE, policy_limits=PolicyLimits(maximum_virtual_machine_memory=5)), "katapult.json"
    )
    result = run("validate", "a.yaml", "c.yaml", "--catalogue", "katapult.json", "--output-format", "json")
    assert result.code == 1
    assert codes(result.out) == {"a.yaml": [], "c.yaml": ["VMS443"]}


def test_many_files_are_counted_together_by_several_processes(run: Run, folder: Path) -> None:
    names = [f"{number:04}.yaml" for number in range(1001)]
    for name in names:
        Path(name).write_text(WEB.format(hostname=f"web-{name[:4]}", package="rock-3"))
    dump_catalogue(
        evolve(EXAMPLE, policy_limits=PolicyLimits(maximum_virtual_machines=1000)), "katapult.json"
    )
    result = run("validate", *names, "--catalogue", "katapult.json", "--output-format", "json", "--jobs", "2")
    found = codes(result.out)
    assert found.pop("1000.yaml") == ["VMS443"]
    assert set(map(tuple, found.values())) == {()}


def test_old_catalogue_is_reported_once(run: Run, specs: Path) -> None:
    dump_catalogue(evolve(EXAMPLE, changed_on=OLD), "katapult.json")
    result = run("validate", "a.yaml", "c.yaml", "--catalogue", "katapult.json", "--output-format", "json")
    assert (result.code, codes(result.out)) == (0, {"a.yaml": ["VMS451"], "c.yaml": []})


def test_codes_can_be_ignored(run: Run, specs: Path) -> None:
    dump_catalogue(evolve(EXAMPLE, changed_on=OLD), "katapult.json")
    options = ["--catalogue", "katapult.json", "--ignore", "not-in-catalogue,old-catalogue"]
    assert run("validate", "a.yaml", "b.yaml", *options).code == 0


@pytest.mark.parametrize("content", ["", "{}", '{"version": 1, "tags": "web"}'])
def test_file_that_is_not_a_catalogue_is_wrong_use(run: Run, specs: Path, content: str) -> None:
    (specs / "katapult.json").write_text(content)
    result = run("validate", "a.yaml", "--catalogue", "katapult.json")
    assert result.code == 2
    assert "katapult.json is not a catalogue: " in result.err
