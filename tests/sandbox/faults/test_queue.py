"""The queue of faults: order, counts, limits, and invalid faults."""

from __future__ import annotations

import json
import re
import threading
from typing import Any

import pytest

from vmspec.sandbox import Answer, Endpoint, Request
from vmspec.sandbox.faults import (
    Altered,
    Bomb,
    ConnectionReset,
    Cut,
    Delay,
    Drop,
    Duplicate,
    FailedBuild,
    Foreign,
    Interrupted,
    Redirect,
    Unfiltered,
)

from ..support.caller import CREATE, WEB, Caller


def create(caller: Caller, **annotations: str) -> Answer:
    pairs = [{"key": key, "value": value} for key, value in annotations.items()]
    body = {"organization": {"sub_domain": "sandbox"}, "xml": WEB, "annotations": pairs}
    headers = (("Authorization", f"Bearer {caller.sandbox.token}"),)
    return caller.sandbox.answer(Request("POST", CREATE, (), headers, json.dumps(body).encode()))


def test_faults_are_taken_in_order_and_counted_separately(caller: Any) -> None:
    sandbox = caller.sandbox
    sandbox.order(Foreign(502), at=Endpoint.TASK)
    sandbox.order(Foreign(503), times=2)
    sandbox.order(Foreign(504), after=3)

    assert [create(caller).status for _ in range(5)] == [503, 503, 201, 504, 201]
    assert caller.answer("GET", "/core/v1/tasks/_").status == 502


def test_fault_without_times_lasts_until_it_is_withdrawn(caller: Any) -> None:
    forever = caller.sandbox.order(Foreign(502), times=None)
    caller.sandbox.order(Foreign(503))
    assert [create(caller).status for _ in range(3)] == [502] * 3
    assert caller.sandbox.withdraw(forever) == 1
    assert [create(caller).status for _ in range(2)] == [503, 201]
    caller.sandbox.order(Drop())
    caller.sandbox.order(Drop())
    assert (caller.sandbox.withdraw(), caller.sandbox.orders) == (2, ())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Drop("gone"), "how must be one of reset, end"),
        (lambda: Cut("foot"), "part must be one of status, headers, body, chunk"),
        (lambda: Delay(-1), "seconds must be a number from 0 to 1e+09"),
        (lambda: Delay("long"), "seconds must be a number from 0 to 1e+09"),
        (lambda: Delay(float("nan")), "seconds must be a number from 0 to 1e+09"),
        (lambda: Foreign(99), "status must be an integer from 200 to 599"),
        (lambda: Foreign(200, 7), "body must be a string"),
        (lambda: Foreign(200, content_type="a\r\nb: c"), "content_type must be a string of printable ASCII"),
        (lambda: Redirect(304), "status must be one of 301, 302, 303, 307, 308"),
        (lambda: Bomb(True), "mebibytes must be an integer from 1 to 1024"),
        (lambda: Altered(without="build"), "without must be a list of strings"),
        (lambda: Altered(values=()), "values must be an object"),
        (lambda: Duplicate(1), "builds must be an integer from 2 to 100"),
        (lambda: Drop(carried_out="no"), "carried_out must be true or false"),
    ],
)
def test_invalid_field_is_a_value_error(make: Any, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        make()


@pytest.mark.parametrize(
    ("fault", "order", "words"),
    [
        ("drop", {}, "fault is not one of the sandbox's faults"),
        (Drop(), {"times": 0}, "times must be an integer from 1 to 1000000000"),
        (Drop(), {"after": -1}, "after must be an integer from 0 to 1000000000"),
        (
            ConnectionReset(),
            {"at": Endpoint.CREATE},
            "ConnectionReset happens before a request, so it takes no endpoint",
        ),
        (
            ConnectionReset(),
            {"times": None},
            "ConnectionReset needs a number of times: a client could not withdraw it",
        ),
        (FailedBuild(), {"at": Endpoint.BUILD}, "FailedBuild applies to creates only"),
        (Unfiltered(), {"at": Endpoint.MACHINE}, "Unfiltered applies to lists of machines only"),
    ],
)
def test_impossible_order_is_a_value_error(caller: Any, fault: Any, order: Any, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        caller.sandbox.order(fault, **order)
    assert caller.sandbox.orders == ()


def test_requests_are_counted_by_endpoint_and_status(make_caller: Any) -> None:
    caller = make_caller(rate_limit=4)
    caller.sandbox.order(ConnectionReset())
    caller.sandbox.order(Interrupted())
    caller.sandbox.order(Drop(carried_out=True))
    for _ in range(4):
        create(caller)
    caller.get("/nowhere")
    caller.machines()
    caller.machines()
    sandbox = caller.sandbox

    assert sandbox.seen == {
        (Endpoint.CREATE, None): 2,
        (Endpoint.CREATE, 201): 1,
        (None, 404): 1,
        (Endpoint.MACHINES, 200): 1,
        (Endpoint.MACHINES, 429): 1,
    }
    assert (sandbox.requests(), sandbox.requests(Endpoint.CREATE), sandbox.requests(status=429)) == (6, 3, 1)
    assert sandbox.requests(Endpoint.CREATE, status=429) == 0


def test_each_fault_is_taken_once_across_threads(caller: Any) -> None:
    caller.sandbox.order(Foreign(502), at=Endpoint.CREATE, times=50)
    threads = [threading.Thread(target=lambda: [create(caller) for _ in range(25)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert caller.sandbox.seen == {(Endpoint.CREATE, 502): 50, (Endpoint.CREATE, 201): 50}
    assert len(caller.sandbox.builds) == 50
