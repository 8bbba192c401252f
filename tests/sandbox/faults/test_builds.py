"""Faults of builds and lists, by the plain object."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vmspec.sandbox import Answer, Endpoint, Request
from vmspec.sandbox.faults import (
    Drop,
    Duplicate,
    FailedBuild,
    Incomplete,
    LateMachine,
    LostAnnotations,
    Unfiltered,
)

from ..support.caller import CREATE, WEB, Caller

FILTER = (("annotations[][key]", "vmspec.submission"), ("annotations[][value]", "one"))


def create(caller: Caller, **annotations: str) -> Answer:
    pairs = [{"key": key, "value": value} for key, value in annotations.items()]
    body = {"organization": {"sub_domain": "sandbox"}, "xml": WEB, "annotations": pairs}
    headers = (("Authorization", f"Bearer {caller.sandbox.token}"),)
    return caller.sandbox.answer(Request("POST", CREATE, (), headers, json.dumps(body).encode()))


@pytest.mark.parametrize(
    ("fault", "listed", "shown"),
    [
        (LateMachine(30), 0, 404),
        (LateMachine(30, by_get=False), 0, 200),
        (LateMachine(30, in_list=False), 1, 404),
        (LateMachine(30, in_build=False), 0, 404),
    ],
)
def test_late_machine_is_hidden_from_build_list_and_get(
    caller: Any, fault: Any, listed: int, shown: int
) -> None:
    """A build without its machine is not complete."""
    caller.sandbox.order(fault)
    build_id = caller.created(**{"vmspec.submission": "one"})["build"]["id"]
    machine_id = caller.sandbox.builds[0].machine_id
    caller.clock.advance(37)
    build = caller.build(build_id).json["virtual_machine_build"]

    assert build["state"] == ("building" if fault.in_build else "complete")
    assert (build["virtual_machine"] is None) == fault.in_build
    assert len(caller.machines(*FILTER).json["virtual_machines"]) == listed
    assert caller.machine(id=machine_id).status == shown
    caller.clock.advance(1)  # 8 + 30
    build = caller.build(build_id).json["virtual_machine_build"]
    assert build["virtual_machine"]["id"] == machine_id
    assert build["virtual_machine"]["state"] == "stopped"
    assert len(caller.machines(*FILTER).json["virtual_machines"]) == 1
    assert caller.machine(id=machine_id).status == 200
    caller.clock.advance(35)  # 43 + 30
    assert caller.build(build_id).json["virtual_machine_build"]["state"] == "complete"
    assert caller.machine(id=machine_id).json["virtual_machine"]["state"] == "started"


@pytest.mark.parametrize("echoed", [False, True])
def test_lost_annotations_are_not_stored(caller: Any, echoed: bool) -> None:
    caller.sandbox.order(LostAnnotations(echoed=echoed))
    created = caller.created(**{"vmspec.submission": "one"})
    caller.clock.advance(50)
    machine_id = caller.sandbox.builds[0].machine_id

    assert created["annotations"] == ([{"key": "vmspec.submission", "value": "one"}] if echoed else [])
    assert caller.build(created["build"]["id"]).json["annotations"] == []
    assert caller.machine(id=machine_id).json["annotations"] == []
    assert caller.machines(*FILTER).json["virtual_machines"] == []


def test_duplicate_makes_several_machines(caller: Any) -> None:
    caller.sandbox.order(Duplicate(3))
    caller.created(**{"vmspec.submission": "one"})
    caller.created()
    caller.clock.advance(50)
    rows = caller.machines(*FILTER).json["virtual_machines"]

    assert len(caller.sandbox.builds) == 4
    assert len({row["id"] for row in rows}) == len({str(row["ip_addresses"]) for row in rows}) == 3
    for row in rows:
        shown = caller.machine(id=row["id"]).json
        assert shown["annotations"] == [{"key": "vmspec.submission", "value": "one"}]


def test_failed_build_waits_for_earlier_creates(caller: Any) -> None:
    caller.sandbox.order(FailedBuild(), after=1)
    ids = [caller.created()["build"]["id"] for _ in range(3)]
    caller.clock.advance(50)

    states = [caller.build(item).json["virtual_machine_build"]["state"] for item in ids]
    assert states == ["complete", "failed", "complete"]


def test_build_fault_waits_for_an_accepted_spec(caller: Any) -> None:
    caller.sandbox.order(FailedBuild())
    caller.sandbox.order(Drop())
    create(caller)
    assert caller.create("<nonsense").status == 400
    create(caller)

    assert [build.fails for build in caller.sandbox.builds] == [True]


def test_one_create_takes_a_fault_of_each_kind(caller: Any) -> None:
    for fault in (Drop(carried_out=True), LateMachine(100), LostAnnotations(), Duplicate(2)):
        caller.sandbox.order(fault, at=Endpoint.CREATE)
    answer = create(caller, team="web")
    caller.clock.advance(50)

    assert not answer.arrives
    assert [(build.annotations, build.listed_late_s) for build in caller.sandbox.builds] == [((), 100)] * 2
    assert caller.sandbox.orders == ()


def test_list_faults_show_too_much_or_too_little(caller: Any) -> None:
    for name in ("one", "two"):
        caller.created(WEB.replace("Web-1", name), **{"vmspec.submission": name})
    caller.clock.advance(50)

    def listed() -> list[str]:
        return [row["hostname"] for row in caller.machines(*FILTER).json["virtual_machines"]]

    caller.sandbox.order(Unfiltered())
    assert [listed(), listed()] == [["one", "two"], ["one"]]
    caller.sandbox.order(Incomplete(), times=2)
    assert [listed(), listed(), listed()] == [[], [], ["one"]]
    caller.sandbox.order(Incomplete())
    caller.sandbox.order(Unfiltered())
    assert listed() == ["one"]
