"""The list of machines: rows, pages and the filter by annotations."""

from __future__ import annotations

from typing import Any

import pytest


def test_list_has_pages(caller: Any) -> None:
    for number in range(5):
        caller.created(caller.web_xml.replace("Web-1", f"web-{number}"))
    caller.clock.advance(10)

    first = caller.machines(("per_page", "2")).json
    third = caller.machines(("per_page", "2"), ("page", "3")).json
    beyond = caller.machines(("per_page", "2"), ("page", "4")).json
    assert first["pagination"] == {
        "current_page": 1,
        "total_pages": 3,
        "total": 5,
        "per_page": 2,
        "large_set": False,
    }
    assert [row["hostname"] for row in first["virtual_machines"]] == ["web-0", "web-1"]
    assert [row["hostname"] for row in third["virtual_machines"]] == ["web-4"]
    assert beyond["virtual_machines"] == []
    assert caller.machines().json["pagination"]["per_page"] == 30


def test_list_row_has_neither_state_nor_annotations_nor_password(caller: Any) -> None:
    caller.created(team="web")
    caller.clock.advance(10)

    (row,) = caller.machines().json["virtual_machines"]
    assert row == {
        "id": row["id"],
        "name": "web-1",
        "hostname": "web-1",
        "fqdn": "web-1.sandbox.katapult.cloud",
        "created_at": 1_700_000_008,
        "zone": row["zone"],
        "package": {"name": "ROCK-3"},
        "gpu_type": None,
        "ip_addresses": [{"address": "198.19.0.10"}],
    }


def test_list_omits_machines_that_do_not_exist_yet(caller: Any) -> None:
    caller.created()
    caller.clock.advance(7.5)

    assert caller.machines().json["virtual_machines"] == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ((), ["a", "b", "c"]),
        ((("annotations[][key]", "team"), ("annotations[][value]", "web")), ["a", "b"]),
        ((("annotations[][key]", "team"),), ["a", "b", "c"]),
        ((("annotations[][key]", "team"), ("annotations[][value]", "WEB")), []),
        (
            (
                ("annotations[][key]", "team"),
                ("annotations[][value]", "web"),
                ("annotations[][key]", "run"),
                ("annotations[][value]", "2"),
            ),
            ["b"],
        ),
        (
            (
                ("annotations[][key]", "team"),
                ("annotations[][key]", "run"),
                ("annotations[][value]", "3"),
            ),
            ["c"],
        ),
        (  # each value before its key
            (
                ("annotations[][value]", "web"),
                ("annotations[][key]", "team"),
                ("annotations[][value]", "2"),
                ("annotations[][key]", "run"),
            ),
            ["b"],
        ),
        (  # sorted by name, as the vendor's Go client sends them
            (
                ("annotations[][key]", "team"),
                ("annotations[][key]", "run"),
                ("annotations[][value]", "web"),
                ("annotations[][value]", "2"),
            ),
            ["b"],
        ),
    ],
)
def test_list_filters_by_annotations(caller: Any, query: Any, found: list[str]) -> None:
    for name, pairs in (
        ("a", {"team": "web", "run": "1"}),
        ("b", {"team": "web", "run": "2"}),
        ("c", {"team": "db", "run": "3"}),
    ):
        caller.created(caller.web_xml.replace("Web-1", name), **pairs)
    caller.clock.advance(10)

    rows = caller.machines(*query).json["virtual_machines"]
    assert [row["hostname"] for row in rows] == found


FILTER = (("annotations[][key]", "vmspec.submission"), ("annotations[][value]", "one"))


def test_list_filters_by_vmspec_annotations(caller: Any) -> None:
    for run in ("one", "two"):
        caller.created(**{"vmspec.submission": run, "vmspec.spec": "abc", "vmspec.key": "k/a.xml"})
    caller.clock.advance(50)
    both = (*FILTER, ("annotations[][key]", "vmspec.key"), ("annotations[][value]", "k/a.xml"))

    assert len(caller.machines(*both).json["virtual_machines"]) == 1
    assert len(caller.machines(*both[2:], ("per_page", "1")).json["virtual_machines"]) == 1
    assert caller.machines(*both[2:]).json["pagination"]["total"] == 2
