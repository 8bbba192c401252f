"""Machines after their build: power actions, changes, deletion and the trash."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.caller import BEGIN, Caller

PATH = "/virtual_machines/virtual_machine"


def state(caller: Caller, machine_id: str) -> str:
    return str(caller.machine(id=machine_id).json["virtual_machine"]["state"])


@pytest.mark.parametrize(
    ("action", "name", "during", "duration_s", "afterwards"),
    [
        ("stop", "Stop virtual machine", "stopping", 1, "stopped"),
        ("shutdown", "Shut down virtual machine", "shutting_down", 5, "stopped"),
        ("start", "Start virtual machine", "starting", 4, "started"),
    ],
)
def test_power_action_changes_the_state_and_has_a_task(
    caller: Caller, action: str, name: str, during: str, duration_s: int, afterwards: str
) -> None:
    machine_id = caller.started()
    reply = caller.call("POST", f"{PATH}/{action}", virtual_machine={"id": machine_id})
    task = reply.json["task"]

    assert task == {"id": task["id"], "name": name, "status": "running"}
    assert state(caller, machine_id) == during
    assert caller.task(task["id"]).json["task"]["progress"] == 50
    caller.clock.advance(duration_s)
    assert state(caller, machine_id) == afterwards
    assert caller.task(task["id"]).json["task"] == {
        "id": task["id"],
        "name": name,
        "status": "completed",
        "created_at": BEGIN + 50,
        "started_at": BEGIN + 50,
        "finished_at": BEGIN + 50 + duration_s,
        "progress": 100,
    }


def test_machine_of_an_action_is_found_by_fqdn_and_by_path(caller: Caller) -> None:
    machine_id = caller.started()
    fqdn = "web-1.sandbox.katapult.cloud"
    assert caller.call("POST", f"{PATH}/stop", virtual_machine={"fqdn": fqdn}).status == 200
    assert caller.send("POST", f"/core/v1/virtual_machines/{machine_id}/start").status == 200
    assert caller.call("POST", f"{PATH}/start").error[1] == "virtual_machine_not_found"
    assert caller.call("POST", f"{PATH}/start", virtual_machine="web").error[1] == "invalid_argument"


def test_properties_and_annotations_are_changed(caller: Caller) -> None:
    machine_id = caller.started(team="web", run="1")
    reply = caller.call(
        "PATCH",
        PATH,
        virtual_machine={"id": machine_id},
        properties={"hostname": "Web-9", "name": "Nine", "description": "new", "tag_names": ["web"]},
        annotations=[{"key": "team", "value": "db"}, {"key": "new"}],
    )
    machine = reply.json["virtual_machine"]

    assert (machine["hostname"], machine["fqdn"]) == ("web-9", "web-9.sandbox.katapult.cloud")
    assert (machine["name"], machine["description"], machine["tag_names"]) == ("Nine", "new", ["web"])
    assert reply.json["annotations"] == [
        {"key": "team", "value": "db"},
        {"key": "run", "value": "1"},
        {"key": "new", "value": ""},
    ]
    assert caller.machine(id=machine_id).json == reply.json
    query = (("annotations[][key]", "team"), ("annotations[][value]", "db"))
    assert caller.machines(*query).json["virtual_machines"][0]["hostname"] == "web-9"
    assert "web-1" in caller.build(caller.sandbox.builds[0].id).json["virtual_machine_build"]["spec_xml"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, (400, "missing_required_argument")),
        ({"properties": {"name": 5}}, (422, "validation_error")),
        ({"properties": {"hostname": None}}, (422, "validation_error")),
        ({"properties": {"tag_names": 5}}, (422, "validation_error")),
    ],
)
def test_invalid_change_is_refused(caller: Caller, body: Any, error: Any) -> None:
    reply = caller.call("PATCH", PATH, virtual_machine={"id": caller.started()}, **body)
    assert reply.error[:2] == error


def test_deleted_machine_is_in_the_trash(caller: Caller) -> None:
    machine_id = caller.started()
    deleted = caller.call("DELETE", PATH, virtual_machine={"id": machine_id}).json
    trash = deleted["trash_object"]

    assert deleted["virtual_machine"]["id"] == machine_id
    assert trash == {
        "id": trash["id"],
        "keep_until": BEGIN + 50 + 2 * 24 * 3600,
        "object_id": machine_id,
        "object_type": "VirtualMachine",
    }
    gone = (406, "object_in_trash", {"trash_object": trash})
    assert caller.machine(id=machine_id).error == gone
    assert caller.machine(fqdn="web-1.sandbox.katapult.cloud").error == gone
    assert caller.call("POST", f"{PATH}/start", virtual_machine={"id": machine_id}).error == gone
    assert caller.machines().json["virtual_machines"] == []
    listed = caller.get("/organizations/_/trash_objects", ("organization[sub_domain]", "sandbox")).json
    assert listed["trash_objects"] == [trash]
    assert caller.get(f"/trash_objects/{trash['id']}").json == {"trash_object": trash}
    assert (
        caller.get("/trash_objects/_", ("trash_object[object_id]", machine_id)).json["trash_object"] == trash
    )


def test_purged_machine_no_longer_exists(caller: Caller) -> None:
    machine_id = caller.started()
    caller.call("DELETE", PATH, virtual_machine={"id": machine_id})
    reply = caller.call("DELETE", "/trash_objects/trash_object", trash_object={"object_id": machine_id})

    assert reply.json["task"]["name"] == "Purge trash object"
    assert caller.machine(id=machine_id).error == (404, "virtual_machine_not_found", {})
    build = caller.build(caller.sandbox.builds[0].id).json["virtual_machine_build"]
    assert (build["state"], build["virtual_machine"]) == ("complete", None)
    assert caller.get("/trash_objects/_", ("trash_object[object_id]", machine_id)).error[:2] == (
        404,
        "trash_object_not_found",
    )


def test_restored_machine_is_back(caller: Caller) -> None:
    machine_id = caller.started()
    trash = caller.call("DELETE", PATH, virtual_machine={"id": machine_id}).json["trash_object"]
    restored = caller.send("POST", f"/core/v1/trash_objects/{trash['id']}/restore")

    assert restored.json == {"trash_object": trash}
    assert state(caller, machine_id) == "started"
    assert caller.machines().json["pagination"]["total"] == 1
