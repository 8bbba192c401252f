"""Reads: builds, tasks, machines, lists; what is asked, what is read, what is tried again."""

from __future__ import annotations

from urllib.parse import parse_qsl

import httpx
import pytest

from vmspec import errors
from vmspec.katapult import Build, Task, VirtualMachine

from .support.doubles import XML, Api, Kind, Scripted, answer, build, error, machine, task


def test_a_build(kind: Kind) -> None:
    found = VirtualMachine(id="vm_1", hostname="web-1", fqdn="web-1.acme.test", state="starting")
    assert Api([build("building", "vm_1")]).perform(kind, "build", "vmbuild_AAAAAAAAAAAAAAAA") == Build(
        id="vmbuild_AAAAAAAAAAAAAAAA",
        state="building",
        virtual_machine=found,
        spec_xml=XML,
        created_at=1786739228,
        annotations={},
    )


def test_a_task(kind: Kind) -> None:
    api = Api([task("running", 63)])
    assert api.perform(kind, "task", "task_AAAAAAAAAAAAAAAA") == Task(
        id="task_AAAAAAAAAAAAAAAA", name="Build", status="running", progress=63
    )
    assert (
        str(api.requests[0].url)
        == "https://api.katapult.test/core/v1/tasks/task?task%5Bid%5D=task_AAAAAAAAAAAAAAAA"
    )


@pytest.mark.parametrize(("name", "key"), [("vm_AAAAAAAAAAAAAAAA", "id"), ("web-1.acme.test", "fqdn")])
def test_a_machine_is_asked_for_by_id_or_by_name(kind: Kind, name: str, key: str) -> None:
    api = Api([machine("started")])
    api.perform(kind, "virtual_machine", name)
    assert dict(api.requests[0].url.params) == {f"virtual_machine[{key}]": name}


def page(number: int, total: int | None, *ids: str) -> httpx.Response:
    rows = [
        {"id": id, "hostname": id, "fqdn": f"{id}.test", "ip_addresses": [{"address": "::1"}]} for id in ids
    ]
    return answer(
        200, {"pagination": {"current_page": number, "total_pages": total}, "virtual_machines": rows}
    )


def test_all_pages_are_read(kind: Kind) -> None:
    api = Api([page(1, 3, "vm_1", "vm_2"), page(2, 3, "vm_2", "vm_3"), page(3, 3, "vm_4")])
    machines = api.perform(kind, "virtual_machines", {"team": "web", "a b": "ü&=["})
    assert [found.id for found in machines] == ["vm_1", "vm_2", "vm_3", "vm_4"]
    assert {(found.state, found.annotations, found.addresses) for found in machines} == {
        (None, None, ("::1",))
    }
    assert [parse_qsl(request.url.query.decode()) for request in api.requests] == [
        [
            ("organization[sub_domain]", "acme"),
            ("annotations[][key]", "team"),
            ("annotations[][value]", "web"),
            ("annotations[][key]", "a b"),
            ("annotations[][value]", "ü&=["),
            ("page", str(number)),
        ]
        for number in (1, 2, 3)
    ]


def test_pages_that_are_not_counted_are_read_until_nothing_new_comes() -> None:
    api = Api([page(1, None, "vm_1"), page(2, None, "vm_2"), page(3, None)])
    assert len(api.perform("sync", "virtual_machines")) == 2


def test_a_list_that_ignores_the_page_ends() -> None:
    api = Api([page(1, None, "vm_1")])
    assert len(api.perform("sync", "virtual_machines")) == 1
    assert len(api.requests) == 2


def test_no_machines() -> None:
    assert Api([page(1, 0)]).perform("sync", "virtual_machines") == ()


def test_a_lost_page_is_asked_for_again(kind: Kind) -> None:
    api = Api([page(1, 2, "vm_1"), httpx.Response(503), page(2, 2, "vm_2")])
    assert len(api.perform(kind, "virtual_machines")) == 2
    assert [request.url.params["page"] for request in api.requests] == ["1", "2", "2"]


def test_pages_without_end_end_at_the_deadline() -> None:
    api = Api([page(1, 10**9, "vm_1")], costs_s=1.0)
    with pytest.raises(errors.NotSentError):
        api.perform("sync", "virtual_machines")
    assert api.clock.now <= 1121


@pytest.mark.parametrize(
    "lost", [httpx.ReadError("…"), httpx.Response(500), error(429, "rate_limit_reached"), answer(200, [])]
)
def test_a_lost_read_is_tried_again(kind: Kind, lost: Scripted) -> None:
    api = Api([lost, lost, machine("started")])
    assert api.perform(kind, "virtual_machine", "vm_AAAAAAAAAAAAAAAA").state == "started"
    assert 1 <= api.clock.slept[0] < api.clock.slept[1] <= 2.5


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        (httpx.ConnectError("refused"), errors.NotSentError),
        (httpx.ReadError("reset"), errors.UnexpectedAnswerError),
        (httpx.Response(502), errors.UnexpectedAnswerError),
        (answer(200, {"virtual_machine": {"id": 5}}), errors.UnexpectedAnswerError),
        (
            httpx.Response(200, headers={"content-encoding": "br"}, content=b"{}"),
            errors.UnexpectedAnswerError,
        ),
        (error(429, "rate_limit_reached"), errors.RateLimitedError),
    ],
)
def test_a_read_gives_up_at_its_deadline(kind: Kind, lost: Scripted, expected: type[Exception]) -> None:
    api = Api([lost])
    with pytest.raises(expected):
        api.perform(kind, "virtual_machine", "vm_AAAAAAAAAAAAAAAA")
    assert len(api.requests) > 2
    assert api.clock.now <= 1030


def test_a_refused_read_is_not_tried_again(kind: Kind) -> None:
    api = Api([error(404, "virtual_machine_not_found", "No such machine.")])
    with pytest.raises(errors.RefusedError, match="virtual_machine_not_found"):
        api.perform(kind, "virtual_machine", "vm_AAAAAAAAAAAAAAAA")
    assert len(api.requests) == 1


def test_a_read_of_tasks_that_is_not_granted_says_so(kind: Kind) -> None:
    with pytest.raises(errors.ScopeNotGrantedError):
        Api([error(403, "scope_not_granted")]).perform(kind, "task", "task_AAAAAAAAAAAAAAAA")
