"""The file of a catalogue: sorted, checked when it is read, and unchanged for unchanged content."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given

from tests.support.catalogues import EXAMPLE, catalogue_for
from vmspec import VirtualMachineSpec
from vmspec.catalogue import Catalogue, InUse, TemplateOption, dump_catalogue, load_catalogue
from vmspec.catalogue.file import content_of, read_catalogue
from vmspec.errors import ConfigurationError
from vmspec.testing.strategies import specs

TODAY = datetime.date(2026, 1, 31)


def test_written_catalogue_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "katapult.json"
    assert dump_catalogue(evolve(EXAMPLE, changed_on=TODAY), path)
    found = load_catalogue(path)
    assert content_of(found) == content_of(evolve(EXAMPLE, changed_on=TODAY))
    assert found.changed_on == TODAY
    assert found.unreadable == EXAMPLE.unreadable


@given(specs())
def test_any_catalogue_survives_its_file(spec: VirtualMachineSpec) -> None:
    content = content_of(catalogue_for(spec))
    assert content_of(read_catalogue(json.loads(json.dumps(content)))) == content


def test_unchanged_content_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "katapult.json"
    dump_catalogue(evolve(EXAMPLE, changed_on=TODAY), path)
    before, written_at = path.read_bytes(), path.stat().st_mtime_ns
    shuffled = evolve(EXAMPLE, tags=EXAMPLE.tags[::-1], changed_on=TODAY.replace(year=2027))  # type: ignore[index]
    assert not dump_catalogue(shuffled, path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, written_at)


def test_a_change_touches_its_lines_and_the_date_only(tmp_path: Path) -> None:
    path = tmp_path / "katapult.json"
    dump_catalogue(evolve(EXAMPLE, changed_on=TODAY), path)
    before = path.read_text().splitlines()
    assert dump_catalogue(
        evolve(EXAMPLE, tags=("web", "public", "staging"), changed_on=TODAY.replace(day=1)), path
    )
    after = path.read_text().splitlines()
    assert [line.strip() for line in after if line not in before] == [
        '"changed_on": "2026-01-01",',
        '"staging",',
    ]


def test_machines_that_exist_are_never_written(tmp_path: Path) -> None:
    path = tmp_path / "katapult.json"
    dump_catalogue(evolve(EXAMPLE, in_use=InUse(hostnames=frozenset({"web-1"}))), path)
    assert "web-1" not in path.read_text()
    assert "in_use" not in path.read_text()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ([], "it is not an object with a version"),
        ({"tags": []}, "it is not an object with a version"),
        ({"version": 2}, "version is of a version that this vmspec does not read; it reads 1"),
        ({"version": 1, "tags": "web"}, "tags is not a list"),
        ({"version": 1, "tags": ["web", 1]}, "tags[1] is not a string"),
        ({"version": 1, "packages": [{"permalink": "rock-3"}]}, "packages[0] has no id"),
        (
            {"version": 1, "packages": [{"id": "p", "memory_in_gb": "3"}]},
            "packages[0].memory_in_gb is not an integer",
        ),
        ({"version": 1, "changed_on": "yesterday"}, "changed_on is not a date such as 2026-01-31"),
        ({"version": 1, "unreadable": {"tags": 1}}, "unreadable is not an object of strings"),
        (
            {"version": 1, "disk_templates": [{"id": "t", "versions": [{"id": "v", "number": True}]}]},
            "disk_templates[0].versions[0].number is not an integer",
        ),
    ],
)
def test_wrong_content_is_named(content: Any, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "katapult.json"
    path.write_text(json.dumps(content))
    with pytest.raises(ConfigurationError) as caught:
        load_catalogue(path)
    assert str(caught.value) == f"{path} is not a catalogue: {problem}"


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000])
def test_bytes_that_are_not_json_are_named(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "katapult.json"
    path.write_bytes(data)
    with pytest.raises(ConfigurationError, match="it is not valid JSON"):
        load_catalogue(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load_catalogue(tmp_path / "katapult.json")


def test_keys_of_newer_versions_are_ignored() -> None:
    assert read_catalogue({"version": 1, "gpus": [], "tags": []}) == Catalogue(tags=())


def test_age_counts_from_the_last_change() -> None:
    assert evolve(EXAMPLE, changed_on=TODAY).age_in_days(TODAY + datetime.timedelta(31)) == 31
    assert EXAMPLE.age_in_days(TODAY) == 0


def test_options_have_defaults() -> None:
    assert TemplateOption(name="keyboard") == TemplateOption(name="keyboard", type="Text", required=False)
