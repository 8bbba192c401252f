"""Faults of answers about builds and machines: other ids, changed JSON, machines that are gone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vmspec.sandbox import Endpoint
from vmspec.sandbox.faults import Altered, GoneMachine, Mutated, WrongId

from ..support.caller import WEB, Caller


def test_answer_is_about_another_build_task_and_machine(caller: Caller) -> None:
    first, second = caller.created(run="1"), caller.created(WEB.replace("Web-1", "web-2"), run="2")
    caller.clock.advance(50)
    one, other = caller.sandbox.builds
    for endpoint in (Endpoint.BUILD, Endpoint.TASK, Endpoint.MACHINE):
        caller.sandbox.order(WrongId(), at=endpoint)

    build = caller.build(first["build"]["id"]).json
    assert build["virtual_machine_build"]["id"] == second["build"]["id"]
    assert build["annotations"] == [{"key": "run", "value": "2"}]
    assert caller.task(first["task"]["id"]).json["task"]["id"] == second["task"]["id"]
    assert caller.machine(id=one.machine_id).json["virtual_machine"]["id"] == other.machine_id
    assert caller.machine(id=one.machine_id).json["virtual_machine"]["id"] == one.machine_id
    assert caller.sandbox.orders == ()


def test_answer_to_a_create_is_about_another_build(caller: Caller) -> None:
    first = caller.created(run="1")
    caller.sandbox.order(WrongId(), at=Endpoint.CREATE)
    second = caller.created(run="2")

    assert second == first
    assert len(caller.sandbox.builds) == 2


def test_wrong_id_is_invented_without_another_build(caller: Caller) -> None:
    caller.sandbox.order(WrongId(), at=Endpoint.CREATE)
    created = caller.created(run="1")
    (build,) = caller.sandbox.builds

    assert created["build"]["id"] != build.id
    assert created["annotations"] == [{"key": "run", "value": "other 1"}]
    assert caller.build(created["build"]["id"]).status == 404


def test_altered_paths_have_indices(caller: Caller) -> None:
    machine_id = caller.started(a="1", b="2")
    caller.sandbox.order(
        Altered(
            without=("virtual_machine.tags.0", "virtual_machine.tags.9", "annotations.1.value"),
            values={"virtual_machine.ip_addresses.0.address": "\ud800", "virtual_machine.ip_addresses.7": 1},
        )
    )
    reply = caller.machine(id=machine_id).json

    assert [tag["name"] for tag in reply["virtual_machine"]["tags"]] == ["public"]
    assert [item["address"] for item in reply["virtual_machine"]["ip_addresses"]] == ["\ud800"]
    assert reply["annotations"] == [{"key": "a", "value": "1"}, {"key": "b"}]


def test_mutated_answers_differ_from_the_true_one_and_are_reproducible(caller: Caller) -> None:
    build_id = caller.created()["build"]["id"]
    path, query = "/core/v1/virtual_machines/builds/_", [("virtual_machine_build[id]", build_id)]
    true = caller.answer("GET", path, query)
    bodies: dict[int, bytes] = {}
    for seed in (*range(200), *range(200)):
        caller.sandbox.order(Mutated(seed))
        answer = caller.answer("GET", path, query)
        assert answer.status == 200
        assert bodies.setdefault(seed, answer.body) == answer.body

    assert len(set(bodies.values())) > 80
    assert sum(body == true.body for body in bodies.values()) < 20
    readable = [body for body in bodies.values() if is_json(body)]
    assert 100 < len(readable) < 200


def is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


@pytest.mark.parametrize(
    ("purged", "error"), [(False, (406, "object_in_trash")), (True, (404, "virtual_machine_not_found"))]
)
def test_machine_is_gone_after_some_time(caller: Caller, purged: bool, error: Any) -> None:
    caller.sandbox.order(GoneMachine(100, purged=purged))
    machine_id = caller.started()
    caller.clock.advance(57.9)  # seen after 8, gone after 108
    assert caller.machine(id=machine_id).status == 200
    caller.clock.advance(0.2)
    assert caller.machine(id=machine_id).error[:2] == error
    assert caller.machines().json["virtual_machines"] == []


def test_machine_that_a_fault_deleted_can_be_restored(caller: Caller) -> None:
    caller.sandbox.order(GoneMachine())
    caller.created()
    caller.clock.advance(50)
    machine_id = caller.sandbox.builds[0].machine_id
    assert caller.machine(id=machine_id).status == 406
    path = "/trash_objects/trash_object/restore"
    assert caller.call("POST", path, trash_object={"object_id": machine_id}).status == 200
    assert caller.machine(id=machine_id).status == 200
