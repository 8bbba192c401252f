"""Token, body size and scopes, which are checked before anything else."""

from __future__ import annotations

from typing import Any

import pytest

from vmspec.errors import ConfigurationError
from vmspec.sandbox import Endpoint, Sandbox
from vmspec.sandbox.faults import Drop, Interrupted

from .support.caller import CREATE, Caller

TASK = "/core/v1/tasks/task"


def test_requests_without_the_token_use_up_neither_rate_nor_faults(make_caller: Any) -> None:
    caller = make_caller(rate_limit=2)
    for fault in (Drop(), Interrupted()):
        caller.sandbox.order(fault)
    for authorization in ("", "Bearer wrong"):
        for _ in range(3):
            reply = caller.send("POST", CREATE, authorization=authorization)
            assert reply.status in (400, 403)
            assert reply.headers["X-Ratelimit-Remaining"] == "2"

    assert len(caller.sandbox.orders) == 2
    assert caller.sandbox.seen == {(Endpoint.CREATE, 400): 3, (Endpoint.CREATE, 403): 3}
    caller.sandbox.withdraw()
    assert caller.machines().headers["X-Ratelimit-Remaining"] == "1"


def test_body_over_4_mib_is_refused(caller: Caller) -> None:
    most = 4 * 1024 * 1024
    assert caller.send("POST", CREATE, body=b" " * most).error[1] == "invalid_json_body"
    assert caller.send("POST", CREATE, body=b" " * (most + 1)).error == (413, "request_too_large", {})


def test_token_is_checked_before_the_size_of_the_body(caller: Caller) -> None:
    reply = caller.send("POST", CREATE, body=b" " * 5_000_000, authorization="Bearer wrong")
    assert reply.error[1] == "invalid_api_token"


def test_token_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VMSPEC_SANDBOX_TOKEN", "canary-token")
    assert Sandbox().token == "canary-token"
    assert Sandbox(token="mine").token == "mine"
    monkeypatch.setenv("VMSPEC_SANDBOX_TOKEN", "")
    assert len(Sandbox().token) > 20


def test_unusable_token_of_the_environment_is_a_configuration_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VMSPEC_SANDBOX_TOKEN", "canary token")
    with pytest.raises(ConfigurationError, match="VMSPEC_SANDBOX_TOKEN must be printable ASCII") as raised:
        Sandbox()
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize("token", ["", "a b", "a\n", "tökén"])
def test_token_that_a_header_cannot_hold_is_a_value_error(token: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        Sandbox(token=token)


def test_ids_in_paths_replace_lookups_in_the_query(caller: Caller) -> None:
    created = caller.created()
    caller.clock.advance(50)
    machine_id = caller.sandbox.builds[0].machine_id
    organization_id = caller.sandbox.catalogue.organization_id

    assert caller.get(f"/tasks/{created['task']['id']}").json["task"]["id"] == created["task"]["id"]
    build = caller.get(f"/virtual_machines/builds/{created['build']['id']}").json["virtual_machine_build"]
    assert build["id"] == created["build"]["id"]
    assert caller.get(f"/virtual_machines/{machine_id}").json["virtual_machine"]["id"] == machine_id
    listed = caller.get(f"/organizations/{organization_id}/virtual_machines").json
    assert listed["pagination"]["total"] == 1
    assert caller.get("/tasks/task_unknown").error[:2] == (404, "task_not_found")
    assert caller.get("/organizations/org_other/virtual_machines").error[1] == "organization_not_found"
    assert caller.get("/tasks/nonsense").error[1] == "route_not_found"


def test_create_takes_the_organization_of_its_path(caller: Caller) -> None:
    path = f"/organizations/{caller.sandbox.catalogue.organization_id}/virtual_machines/build_from_spec"
    assert caller.call("POST", path, xml=caller.web_xml).status == 201
