"""The control endpoint of a running sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from vmspec.sandbox import RunningSandbox, Sandbox, running
from vmspec.sandbox.faults import (
    Altered,
    Drop,
    Interrupted,
    LateMachine,
)

from ..support.caller import Clock
from ..support.wire import control, create, post


@pytest.fixture
def api() -> Iterator[RunningSandbox]:
    """Its clock stands still."""
    with running(Sandbox(clock=Clock())) as api:
        yield api


def test_faults_are_ordered_listed_and_withdrawn_over_http(api: RunningSandbox) -> None:
    ordered = control(
        api,
        "POST",
        "/faults",
        {"fault": "Drop", "how": "end", "carried_out": True, "at": "create", "times": 2},
    )
    expected = {
        "id": 1,
        "fault": "Drop",
        "how": "end",
        "carried_out": True,
        "later_s": 0.0,
        "at": "create",
        "times": 2,
        "after": 0,
    }
    assert (ordered.status_code, ordered.json()) == (201, {"faults": [expected]})
    assert api.sandbox.orders[0].fault == Drop("end", carried_out=True)
    assert create(api) == b""
    assert control(api, "GET", "/faults").json() == {"faults": [expected | {"times": 1}]}
    assert control(api, "DELETE", "/faults").json() == {"withdrawn": 1}
    assert post(api).status_code == 201

    assert control(api, "GET", "/requests").json() == {
        "requests": [
            {"at": "create", "status": None, "count": 1},
            {"at": "create", "status": 201, "count": 1},
        ]
    }
    assert [build["id"] for build in control(api, "GET", "/builds").json()["builds"]] == [
        build.id for build in api.sandbox.builds
    ]


def test_several_faults_are_ordered_at_once(api: RunningSandbox) -> None:
    orders = [
        {"fault": "LateMachine", "seconds": 60, "in_list": False},
        {"fault": "Altered", "without": ["annotations"], "values": {"task.status": "odd"}},
        {"fault": "Foreign", "status": 504, "at": None, "times": None, "after": 3},
    ]
    assert control(api, "POST", "/faults", orders).status_code == 201
    assert control(api, "DELETE", "/faults", params={"id": "3"}).json() == {"withdrawn": 1}
    assert [order.fault for order in api.sandbox.orders] == [
        LateMachine(60, in_list=False),
        Altered(without=("annotations",), values={"task.status": "odd"}),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Drop", "an order must be an object"),
        ({}, "fault must be one of ConnectionReset, Interrupted, Drop, "),
        ({"fault": ["Drop"]}, "fault must be one of "),
        (
            {"fault": "Drop", "when": "now"},
            "Drop has no field when; its fields are carried_out, later_s, how, at, times, after",
        ),
        (
            {"fault": "Endless", "bytes": 3},
            "Endless has no field bytes; its fields are at, times, after",
        ),
        ({"fault": "Refusal", "at": "create"}, "Refusal needs code"),
        ({"fault": "Drop", "how": "gone"}, "how must be one of reset, end"),
        ({"fault": "Delay"}, "Delay needs seconds"),
        (
            {"fault": "Drop", "at": "nowhere"},
            "at must be one of create, build, task, machine, machines",
        ),
        ({"fault": "Drop", "at": ["create"]}, "at must be one of "),
        ({"fault": "Drop", "times": "two"}, "times must be an integer"),
        ({"fault": "Refusal", "code": []}, "code must be a string"),
        (
            {"fault": "Refusal", "code": "nonsense"},
            "'nonsense' is not an error code of the API",
        ),
        ({"fault": "ConnectionReset", "times": None}, "ConnectionReset needs a number of times"),
        ([{"fault": "Drop"}, {"fault": "Unfiltered", "at": "build"}], "Unfiltered applies to lists"),
    ],
)
def test_invalid_order_is_refused_with_a_reason(api: RunningSandbox, content: Any, words: str) -> None:
    response = control(api, "POST", "/faults", content)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (422, "invalid_order")
    assert error["description"].startswith(words)
    assert api.sandbox.orders == ()


def test_control_endpoint_needs_the_token(api: RunningSandbox) -> None:
    for method, path in (("POST", "/faults"), ("GET", "/builds"), ("GET", "/nothing")):
        refused = control(api, method, path, headers={"Authorization": "Bearer wrong"})
        assert refused.json()["error"]["code"] == "invalid_api_token"
    assert control(api, "GET", "/nothing").status_code == 404
    assert control(api, "PUT", "/faults").status_code == 404
    assert control(api, "DELETE", "/faults", params={"id": "7"}).status_code == 422
    broken = control(api, "POST", "/faults", content=b"{")
    assert broken.json()["error"]["code"] == "invalid_json_body"


def test_control_endpoint_takes_no_faults_and_is_not_counted() -> None:
    with running(Sandbox(rate_limit=1)) as api:
        for fault in (Drop(), Interrupted()):
            api.sandbox.order(fault, times=None)
        assert [control(api, "GET", "/requests").status_code for _ in range(3)] == [200] * 3
        assert control(api, "DELETE", "/faults").json() == {"withdrawn": 2}
        assert post(api).status_code == 201
        assert api.sandbox.requests() == 1
