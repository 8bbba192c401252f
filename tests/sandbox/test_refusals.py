"""The errors of the sandbox: its own, and those that a test orders."""

from __future__ import annotations

import re
from typing import Any

import pytest

from vmspec.sandbox import Catalogue, Endpoint


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("/virtual_machines/builds/_", ("virtual_machine_build[id]", "vmbuild_x"), "build_not_found"),
        ("/tasks/_", ("task[id]", "task_x"), "task_not_found"),
        ("/virtual_machines/_", ("virtual_machine[id]", "vm_x"), "virtual_machine_not_found"),
        (
            "/disk_template_versions/_/spec",
            ("disk_template_version[id]", "dtv_x"),
            "disk_template_version_not_found",
        ),
        ("/organizations/_/virtual_machines", ("organization[id]", "org_x"), "organization_not_found"),
        ("/organizations/_/virtual_machines", ("page", "1"), "organization_not_found"),
        ("/disks/disk", ("disk[id]", "disk_x"), "disk_not_found"),
        ("/gpu_types/_", ("gpu_type[permalink]", "x"), "gpu_type_not_found"),
        ("/disk_backup_policies/_", ("page", "1"), "route_not_found"),
    ],
)
def test_unknown_ids_and_paths_answer_404(caller: Any, path: str, query: Any, code: str) -> None:
    assert caller.get(path, query).error == (404, code, {})


def test_paths_outside_the_base_path_answer_404(caller: Any) -> None:
    assert caller.send("GET", "/tasks/task", (("task[id]", "x"),)).error[1] == "route_not_found"
    assert caller.send("DELETE", "/core/v1/tasks/task").error[1] == "route_not_found"


@pytest.mark.parametrize("segment", ["organization", "_"])
def test_lookup_segment_has_two_spellings(caller: Any, segment: str) -> None:
    organization_id = Catalogue().organization_id
    reply = caller.get(f"/organizations/{segment}/virtual_machines", ("organization[id]", organization_id))

    assert reply.status == 200


@pytest.mark.parametrize(
    ("authorization", "refusal"),
    [
        ("", (400, "missing_api_token", {})),
        ("Bearer", (400, "missing_api_token", {})),
        ("Basic dXNlcjpwYXNz", (400, "missing_api_token", {})),
        ("Bearer wrong", (403, "invalid_api_token", {"details": None})),
    ],
)
def test_token_is_checked_first(caller: Any, authorization: str, refusal: Any) -> None:
    reply = caller.send("GET", "/core/v1/nowhere", authorization=authorization)

    assert reply.error == refusal


@pytest.mark.parametrize(
    ("organization", "status"),
    [
        ({"sub_domain": "sandbox"}, 201),
        ({"id": Catalogue().organization_id}, 201),
        ({"id": None, "sub_domain": "sandbox"}, 201),
        ({"sub_domain": "elsewhere"}, 404),
        ({"id": "org_x"}, 404),
        ({"id": "org_x", "sub_domain": "sandbox"}, 404),
        ({}, 404),
    ],
)
def test_create_needs_the_organization(caller: Any, organization: Any, status: int) -> None:
    reply = caller.create(organization=organization)

    assert reply.status == status
    assert status == 201 or reply.error == (404, "organization_not_found", {})
    assert len(caller.sandbox.builds) == (status == 201)


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        ("<VirtualMachineSpec><Name>a</Nam></VirtualMachineSpec>", r"1:\d+: ERROR: .+"),
        ("<VirtualMachineSpec>\n  <Nmae>a</Nmae>\n</VirtualMachineSpec>", r"2:4: ERROR: .*<Nmae>.*"),
        ("<VirtualMachineSpec><A/><B/></VirtualMachineSpec>", r"1:\d+: ERROR: .+\n1:\d+: ERROR: .+"),
        ("", r"1:1: ERROR: .+"),
        ("\ud800", r"1:1: ERROR: .+"),
    ],
)
def test_invalid_spec_is_refused_with_line_and_column(caller: Any, xml: str, words: str) -> None:
    status, code, detail = caller.create(xml).error

    assert (status, code) == (400, "invalid_spec_xml")
    assert re.fullmatch(words, detail["errors"])
    assert caller.sandbox.builds == ()


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (b"", (400, "invalid_json_body", {})),
        (b"[]", (400, "invalid_json_body", {})),
        (b"[" * 100_000, (400, "invalid_json_body", {})),
        (b"\xff", (400, "invalid_json_body", {})),
        (b'{"xml": ""}', (400, "missing_required_argument", {"argument": "organization"})),
        (b'{"organization": {}}', (400, "missing_required_argument", {"argument": "xml"})),
        (b'{"organization": {}, "xml": 1}', (400, "invalid_argument", {"argument": "xml"})),
        (b'{"organization": 1, "xml": ""}', (400, "invalid_argument", {"argument": "organization"})),
        (
            b'{"organization": {}, "xml": "", "annotations": {}}',
            (400, "invalid_argument", {"argument": "annotations"}),
        ),
        (
            b'{"organization": {}, "xml": "", "annotations": [{"value": "x"}]}',
            (400, "missing_required_argument", {"argument": "annotations.key"}),
        ),
    ],
)
def test_invalid_arguments_are_refused(caller: Any, body: bytes, refusal: Any) -> None:
    path = "/core/v1/organizations/organization/virtual_machines/build_from_spec"

    assert caller.send("POST", path, body=body).error == refusal


def test_missing_scope_is_refused(make_caller: Any) -> None:
    caller = make_caller(scopes=("virtual_machines:read",))

    assert caller.machines().status == 200
    assert caller.task("task_x").error == (
        403,
        "scope_not_granted",
        {"scopes": ["tasks", "tasks:read"]},
    )
    assert caller.create().error == (403, "scope_not_granted", {"scopes": ["virtual_machines"]})


def test_rate_limit_answers_429_until_the_minute_is_over(make_caller: Any) -> None:
    caller = make_caller(rate_limit=2)
    caller.clock.advance(30)
    allowed = [caller.machines(), caller.machines()]
    refused = caller.create()
    caller.clock.advance(29.9)
    still = caller.machines()
    caller.clock.advance(0.2)
    again = caller.create()

    assert [reply.headers["X-Ratelimit-Remaining"] for reply in allowed] == ["1", "0"]
    for reply in (refused, still):
        assert reply.error == (429, "rate_limit_reached", {"total_permitted": 2})
        assert reply.headers["X-Ratelimit-Remaining"] == "0"
        assert "Retry-After" not in reply.headers
    assert (again.status, again.headers["X-Ratelimit-Remaining"]) == (201, "1")


ERRORS = {
    "missing_api_token": (400, {}),
    "invalid_spec_xml": (400, {"errors": "1:21: FATAL: EndTag: '</' not found"}),
    "invalid_api_token": (403, {"details": None}),
    "scope_not_granted": (403, {"scopes": ["virtual_machines"]}),
    "permission_denied": (403, {"details": None}),
    "organization_suspended": (403, {}),
    "organization_not_activated": (403, {}),
    "unauthorized_network_for_api_token": (403, {"ip_address": "192.0.2.7"}),
    "organization_not_found": (404, {}),
    "validation_error": (422, {"errors": ["Hostname is invalid"]}),
    "rate_limit_reached": (429, {"total_permitted": 1000}),
    "service_unavailable": (503, {}),
}


@pytest.mark.parametrize("code", ERRORS)
def test_each_error_code_can_be_ordered(caller: Any, code: str) -> None:
    caller.sandbox.refuse_next(code)
    reply = caller.create()
    status, detail = ERRORS[code]

    assert reply.error == (status, code, detail)
    assert "X-Request-Id" in reply.headers
    assert caller.sandbox.builds == ()
    assert caller.create().status == 201


def test_refusal_can_be_ordered_for_one_endpoint(caller: Any) -> None:
    caller.sandbox.refuse_next("service_unavailable", at=Endpoint.TASK, times=2)
    caller.sandbox.refuse_next("validation_error", detail={"errors": ["Name is taken"]})
    created = caller.create()
    assert created.error == (422, "validation_error", {"errors": ["Name is taken"]})
    task_id = caller.created()["task"]["id"]

    assert [caller.task(task_id).status for _ in range(3)] == [503, 503, 200]


def test_unknown_error_code_is_a_value_error(caller: Any) -> None:
    with pytest.raises(
        ValueError,
        match="'organisation_suspended' is not an error code of the API",
    ):
        caller.sandbox.refuse_next("organisation_suspended")


def test_strict_sandbox_refuses_a_hostname_that_is_taken(make_caller: Any) -> None:
    caller = make_caller(strict=True)
    machine_id = caller.started()
    taken = (422, "validation_error", {"errors": ["Hostname has already been taken"]})
    assert caller.create().error == taken
    caller.call("DELETE", "/virtual_machines/_", virtual_machine={"id": machine_id})
    assert caller.create().status == 201
    assert caller.create().error == taken  # of a build without a machine yet


@pytest.mark.parametrize("xml", ["", "<Hostname><Hostname>web</Hostname></Hostname>"])
def test_strict_sandbox_refuses_a_spec_of_nothing_but_a_hostname(make_caller: Any, xml: str) -> None:
    reply = make_caller(strict=True).create(f"<VirtualMachineSpec>{xml}</VirtualMachineSpec>")
    assert reply.error == (422, "validation_error", {"errors": ["Package must be selected"]})
