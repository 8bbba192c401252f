"""What the sandbox refuses: by itself, and because a test told it to."""

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
        ("/disks/disk", ("disk[id]", "disk_x"), "route_not_found"),
    ],
)
def test_what_is_not_there_answers_404(caller: Any, path: str, query: Any, code: str) -> None:
    assert caller.get(path, query).refusal == (404, code, {})


def test_a_path_is_found_only_below_the_base_of_the_api(caller: Any) -> None:
    assert caller.send("GET", "/tasks/task", (("task[id]", "x"),)).refusal[1] == "route_not_found"
    assert caller.send("DELETE", "/core/v1/tasks/task").refusal[1] == "route_not_found"


@pytest.mark.parametrize("segment", ["organization", "_"])
def test_the_lookup_segment_of_a_path_has_two_spellings(caller: Any, segment: str) -> None:
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
def test_the_token_is_checked_first(caller: Any, authorization: str, refusal: Any) -> None:
    reply = caller.send("GET", "/core/v1/nowhere", authorization=authorization)

    assert reply.refusal == refusal


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
def test_a_create_names_the_organization(caller: Any, organization: Any, status: int) -> None:
    reply = caller.create(organization=organization)

    assert reply.status == status
    assert status == 201 or reply.refusal == (404, "organization_not_found", {})
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
def test_xml_that_is_no_spec_is_refused_with_one_text_that_says_where(
    caller: Any, xml: str, words: str
) -> None:
    status, code, detail = caller.create(xml).refusal

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
def test_a_create_with_other_arguments_is_refused(caller: Any, body: bytes, refusal: Any) -> None:
    path = "/core/v1/organizations/organization/virtual_machines/build_from_spec"

    assert caller.send("POST", path, body=body).refusal == refusal


def test_a_token_without_a_scope_cannot_do_what_needs_it(caller_of: Any) -> None:
    caller = caller_of(scopes=("virtual_machines:read",))

    assert caller.machines().status == 200
    assert caller.task("task_x").refusal == (
        403,
        "scope_not_granted",
        {"scopes": ["tasks", "tasks:read"]},
    )
    assert caller.create().refusal == (403, "scope_not_granted", {"scopes": ["virtual_machines"]})


def test_too_many_requests_within_a_minute_answer_429_until_it_is_over(caller_of: Any) -> None:
    caller = caller_of(rate_limit=2)
    caller.clock.go_on(30)
    allowed = [caller.machines(), caller.machines()]
    refused = caller.create()
    caller.clock.go_on(29.9)
    still = caller.machines()
    caller.clock.go_on(0.2)
    again = caller.create()

    assert [reply.headers["X-Ratelimit-Remaining"] for reply in allowed] == ["1", "0"]
    for reply in (refused, still):
        assert reply.refusal == (429, "rate_limit_reached", {"total_permitted": 2})
        assert reply.headers["X-Ratelimit-Remaining"] == "0"
        assert "Retry-After" not in reply.headers
    assert (again.status, again.headers["X-Ratelimit-Remaining"]) == (201, "1")


REFUSALS = {
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


@pytest.mark.parametrize("code", REFUSALS)
def test_each_refusal_can_be_ordered_and_carries_nothing_out(caller: Any, code: str) -> None:
    caller.sandbox.refuse_next(code)
    reply = caller.create()
    status, detail = REFUSALS[code]

    assert reply.refusal == (status, code, detail)
    assert "X-Request-Id" in reply.headers
    assert caller.sandbox.builds == ()
    assert caller.create().status == 201


def test_an_order_can_wait_for_one_endpoint_and_be_met_more_than_once(caller: Any) -> None:
    caller.sandbox.refuse_next("service_unavailable", at=Endpoint.TASK, times=2)
    caller.sandbox.refuse_next("validation_error", detail={"errors": ["Name is taken"]})
    created = caller.create()
    assert created.refusal == (422, "validation_error", {"errors": ["Name is taken"]})
    task_id = caller.created()["task"]["id"]

    assert [caller.task(task_id).status for _ in range(3)] == [503, 503, 200]


def test_a_refusal_that_katapult_does_not_have_is_a_mistake(caller: Any) -> None:
    with pytest.raises(ValueError, match="'organisation_suspended' is not a refusal; one of missing_api"):
        caller.sandbox.refuse_next("organisation_suspended")
