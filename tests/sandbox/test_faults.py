"""Each fault by the plain object: what is carried out, what is answered, and how that travels."""

from __future__ import annotations

import gzip
import json
import re
import threading
from typing import Any

import pytest

from vmspec.sandbox import Answer, Delivery, Endpoint, Request
from vmspec.sandbox.faults import (
    Altered,
    Bomb,
    Closed,
    ConnectionReset,
    Cut,
    Delay,
    Drop,
    Duplicate,
    Endless,
    Exhausted,
    FailedBuild,
    Foreign,
    Incomplete,
    Interrupted,
    LateMachine,
    LostAnnotations,
    Redirect,
    Refusal,
    Slow,
    Unfiltered,
)

from .conftest import CREATE, WEB, Caller

FILTER = (("annotations[][key]", "vmspec.submission"), ("annotations[][value]", "one"))
TRUE, LOST = (201, True), (503, False)


def create(caller: Caller, **annotations: str) -> Answer:
    pairs = [{"key": key, "value": value} for key, value in annotations.items()]
    body = {"organization": {"sub_domain": "sandbox"}, "xml": WEB, "annotations": pairs}
    headers = (("Authorization", f"Bearer {caller.sandbox.token}"),)
    return caller.sandbox.answer(Request("POST", CREATE, (), headers, json.dumps(body).encode()))


ANSWERS: dict[str, tuple[Any, tuple[int, bool], int, Delivery]] = {
    "turned away": (ConnectionReset(), LOST, 0, Delivery(dropped="reset")),
    "interrupted": (Interrupted(), LOST, 0, Delivery(dropped="reset")),
    "reset": (Drop(), LOST, 0, Delivery(dropped="reset")),
    "ended": (Drop("end"), LOST, 0, Delivery(dropped="end")),
    "reset after it was carried out": (Drop(carried_out=True), (201, False), 1, Delivery(dropped="reset")),
    "ended after it": (Drop("end", carried_out=True), (201, False), 1, Delivery(dropped="end")),
    "late": (Delay(40), TRUE, 1, Delivery(wait_s=40)),
    "late and not carried out": (Delay(40, carried_out=False), (503, True), 0, Delivery(wait_s=40)),
    "cut status line": (Cut("status"), (201, False), 1, Delivery(cut="status")),
    "cut headers": (Cut("headers"), (201, False), 1, Delivery(cut="headers")),
    "cut body": (Cut("body"), (201, False), 1, Delivery(cut="body")),
    "cut chunk": (Cut("chunk"), (201, False), 1, Delivery(cut="chunk")),
    "slow": (Slow(2), TRUE, 1, Delivery(byte_s=2)),
    "endless": (Endless(), (201, False), 1, Delivery(is_endless=True)),
    "bomb": (Bomb(1), TRUE, 1, Delivery()),
    "html with 201": (Foreign(201, carried_out=True), TRUE, 1, Delivery()),
    "a proxy's 502": (Foreign(502), (502, True), 0, Delivery()),
    "a proxy's 504": (Foreign(504, carried_out=True), (504, True), 1, Delivery()),
    "202": (Altered(202), (202, True), 1, Delivery()),
    "redirect": (Redirect(308), (308, True), 0, Delivery()),
    "503": (Refusal("service_unavailable"), (503, True), 0, Delivery()),
    "503, carried out": (Refusal("service_unavailable", carried_out=True), (503, True), 1, Delivery()),
    "429": (Refusal("rate_limit_reached"), (429, True), 0, Delivery()),
    "exhausted": (Exhausted(), (429, True), 0, Delivery()),
    "closed": (Closed(), TRUE, 1, Delivery(closes="answered")),
    "closed when reused": (Closed("reused"), TRUE, 1, Delivery(closes="reused")),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_fault_of_the_answer_says_what_is_carried_out_and_what_arrives(caller: Any, name: str) -> None:
    fault, said, builds, delivery = ANSWERS[name]
    caller.sandbox.order(fault)
    answer = create(caller)

    assert (answer.status, answer.arrives) == said
    assert answer.delivery == delivery
    assert len(caller.sandbox.builds) == builds
    assert caller.sandbox.orders == ()


def test_a_delay_may_carry_out_later_than_the_client_waits(caller: Any) -> None:
    caller.sandbox.order(Delay(40, later_s=20))
    answer = create(caller, **{"vmspec.submission": "one"})
    build_id = json.loads(answer.body)["build"]["id"]

    caller.clock.go_on(19.9)
    assert caller.sandbox.builds == ()
    assert caller.build(build_id).refusal == (404, "build_not_found", {})
    caller.clock.go_on(0.2)
    assert [build.id for build in caller.sandbox.builds] == [build_id]
    assert caller.build(build_id).json["virtual_machine_build"]["state"] == "pending"
    assert caller.machines(*FILTER).json["virtual_machines"] == []
    caller.clock.go_on(8)
    assert len(caller.machines(*FILTER).json["virtual_machines"]) == 1


def test_later_seconds_are_the_clock_s_whatever_the_speed(caller_of: Any) -> None:
    caller = caller_of(speed=10)
    caller.sandbox.order(Drop(carried_out=True, later_s=20))
    create(caller)
    caller.clock.go_on(19.9)
    assert caller.sandbox.builds == ()
    caller.clock.go_on(0.1)
    assert len(caller.sandbox.builds) == 1


def test_builds_are_in_the_order_in_which_they_came_to_be(caller: Any) -> None:
    caller.sandbox.order(Drop(carried_out=True, later_s=20))
    create(caller, n="1")
    create(caller, n="2")
    caller.clock.go_on(30)
    assert [build.annotations[0].value for build in caller.sandbox.builds] == ["2", "1"]


def test_how_long_an_answer_takes(caller: Any) -> None:
    caller.sandbox.order(Slow(2))
    slow = create(caller)
    caller.sandbox.order(Endless())
    endless = create(caller)

    assert slow.arrives_in_s == 2 * len(slow.sent())
    assert endless.arrives_in_s == float("inf")
    assert create(caller).arrives_in_s == 0


def test_what_is_sent_ends_in_the_part_that_is_cut(caller: Any) -> None:
    whole = create(caller)
    head, _, body = whole.sent().partition(b"\r\n\r\n")
    sent = {}
    for part in ("status", "headers", "body", "chunk"):
        caller.sandbox.order(Cut(part))
        sent[part] = create(caller).sent()

    assert body == whole.body
    assert head.startswith(b"HTTP/1.1 201 Created\r\n")
    assert head.endswith(b"\r\nContent-Length: %d" % len(body))
    assert sent["status"] == b"HTTP/1.1 2"
    assert sent["headers"].startswith(b"HTTP/1.1 201 Created\r\n")
    assert b"\r\n\r\n" not in sent["headers"]
    assert len(sent["body"].partition(b"\r\n\r\n")[2]) == len(body) // 2
    chunked, _, piece = sent["chunk"].partition(b"\r\n\r\n")
    assert chunked.endswith(b"Transfer-Encoding: chunked")
    assert piece.startswith(b"%x\r\n" % len(body))
    assert len(piece.partition(b"\r\n")[2]) == len(body) // 2


def test_a_bomb_holds_the_answer_behind_blanks(caller: Any) -> None:
    caller.sandbox.order(Bomb(2))
    answer = create(caller)

    assert answer.header("Content-Encoding") == "gzip"
    assert len(answer.body) < 10_000
    unpacked = gzip.decompress(answer.body)
    assert len(unpacked) > 2 * 1024 * 1024
    assert json.loads(unpacked)["build"]["id"] == caller.sandbox.builds[0].id


def test_a_foreign_answer_has_nothing_of_katapult(caller: Any) -> None:
    caller.sandbox.order(Foreign(201, "<p>hello</p>", carried_out=True))
    assert create(caller) == Answer(201, (("Content-Type", "text/html"),), b"<p>hello</p>")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_leads_elsewhere(caller: Any, status: int) -> None:
    caller.sandbox.order(Redirect(status, "http://192.0.2.1/x"))
    assert create(caller) == Answer(status, (("Location", "http://192.0.2.1/x"),))


@pytest.mark.parametrize("told", ["7", "Wed, 21 Oct 2026 07:28:00 GMT", "soon", "-5", "1e9"])
def test_a_refusal_may_say_when_to_come_back(caller: Any, told: str) -> None:
    caller.sandbox.order(Refusal("rate_limit_reached", retry_after=told))
    reply = caller.create()

    assert reply.refusal == (429, "rate_limit_reached", {"total_permitted": 1000})
    assert (reply.headers["Retry-After"], reply.headers["X-Ratelimit-Remaining"]) == (told, "0")


def test_a_refusal_carried_out_is_none_where_the_request_is_no_good(caller: Any) -> None:
    caller.sandbox.order(Refusal("service_unavailable", carried_out=True))
    assert caller.create("<nonsense").refusal[:2] == (400, "invalid_spec_xml")


def test_an_exhausted_rate_limit_is_back_with_the_next_minute(caller: Any) -> None:
    caller.sandbox.order(Exhausted(), at=Endpoint.MACHINES)
    assert caller.create().status == 201
    assert [caller.machines().status, caller.create().status] == [429, 429]
    caller.clock.go_on(60)
    assert caller.create().headers["X-Ratelimit-Remaining"] == "999"


def test_an_answer_can_lack_what_it_should_have(caller: Any) -> None:
    caller.sandbox.order(Altered(without=("virtual_machine_build", "build", "task.id", "no.such.thing")))
    caller.sandbox.order(Altered(without=("annotations",)))
    without_build = caller.create().json
    without_annotations = caller.create(annotations=[{"key": "team"}]).json

    assert without_build == {
        "task": {"name": "Build virtual machine", "status": "pending"},
        "hostname": "web-1",
        "annotations": [],
    }
    assert without_annotations.keys() == {"task", "build", "virtual_machine_build", "hostname"}
    assert len(caller.sandbox.builds[1].annotations) == 1


def test_a_build_can_be_in_a_state_that_nobody_knows(caller: Any) -> None:
    build_id = caller.created()["build"]["id"]
    caller.sandbox.order(
        Altered(values={"virtual_machine_build.state": "paused"}), at=Endpoint.BUILD, times=2
    )

    states = [caller.build(build_id).json["virtual_machine_build"]["state"] for _ in range(3)]
    assert states == ["paused", "paused", "pending"]


@pytest.mark.parametrize(
    ("fault", "listed", "shown"),
    [
        (LateMachine(30), 0, 404),
        (LateMachine(30, by_get=False), 0, 200),
        (LateMachine(30, in_list=False), 1, 404),
        (LateMachine(30, in_build=False), 0, 404),
    ],
)
def test_a_machine_may_be_seen_late(caller: Any, fault: Any, listed: int, shown: int) -> None:
    """No build is complete that has no machine yet."""
    caller.sandbox.order(fault)
    build_id = caller.created(**{"vmspec.submission": "one"})["build"]["id"]
    machine_id = caller.sandbox.builds[0].machine_id
    caller.clock.go_on(37)
    build = caller.build(build_id).json["virtual_machine_build"]

    assert build["state"] == ("building" if fault.in_build else "complete")
    assert (build["virtual_machine"] is None) == fault.in_build
    assert len(caller.machines(*FILTER).json["virtual_machines"]) == listed
    assert caller.machine(id=machine_id).status == shown
    caller.clock.go_on(1)  # 8 + 30
    build = caller.build(build_id).json["virtual_machine_build"]
    assert build["virtual_machine"]["id"] == machine_id
    assert build["virtual_machine"]["state"] == "stopped"
    assert len(caller.machines(*FILTER).json["virtual_machines"]) == 1
    assert caller.machine(id=machine_id).status == 200
    caller.clock.go_on(35)  # 43 + 30
    assert caller.build(build_id).json["virtual_machine_build"]["state"] == "complete"
    assert caller.machine(id=machine_id).json["virtual_machine"]["state"] == "started"


@pytest.mark.parametrize("echoed", [False, True])
def test_annotations_may_be_lost(caller: Any, echoed: bool) -> None:
    caller.sandbox.order(LostAnnotations(echoed=echoed))
    created = caller.created(**{"vmspec.submission": "one"})
    caller.clock.go_on(50)
    machine_id = caller.sandbox.builds[0].machine_id

    assert created["annotations"] == ([{"key": "vmspec.submission", "value": "one"}] if echoed else [])
    assert caller.build(created["build"]["id"]).json["annotations"] == []
    assert caller.machine(id=machine_id).json["annotations"] == []
    assert caller.machines(*FILTER).json["virtual_machines"] == []


def test_one_create_may_make_several_machines(caller: Any) -> None:
    caller.sandbox.order(Duplicate(3))
    caller.created(**{"vmspec.submission": "one"})
    caller.created()
    caller.clock.go_on(50)
    rows = caller.machines(*FILTER).json["virtual_machines"]

    assert len(caller.sandbox.builds) == 4
    assert len({row["id"] for row in rows}) == len({str(row["ip_addresses"]) for row in rows}) == 3
    for row in rows:
        shown = caller.machine(id=row["id"]).json
        assert shown["annotations"] == [{"key": "vmspec.submission", "value": "one"}]


def test_a_failed_build_is_ordered_as_any_other_fault(caller: Any) -> None:
    caller.sandbox.order(FailedBuild(), after=1)
    ids = [caller.created()["build"]["id"] for _ in range(3)]
    caller.clock.go_on(50)

    states = [caller.build(item).json["virtual_machine_build"]["state"] for item in ids]
    assert states == ["complete", "failed", "complete"]


def test_what_becomes_of_a_build_waits_for_one_that_is_accepted(caller: Any) -> None:
    caller.sandbox.order(FailedBuild())
    caller.sandbox.order(Drop())
    create(caller)
    assert caller.create("<nonsense").status == 400
    create(caller)

    assert [build.fails for build in caller.sandbox.builds] == [True]


def test_several_things_may_become_of_one_build(caller: Any) -> None:
    for fault in (Drop(carried_out=True), LateMachine(100), LostAnnotations(), Duplicate(2)):
        caller.sandbox.order(fault, at=Endpoint.CREATE)
    answer = create(caller, team="web")
    caller.clock.go_on(50)

    assert not answer.arrives
    assert [(build.annotations, build.listed_late_s) for build in caller.sandbox.builds] == [((), 100)] * 2
    assert caller.sandbox.orders == ()


def test_a_list_may_ignore_its_filter_or_lack_a_machine(caller: Any) -> None:
    for name in ("one", "two"):
        caller.created(WEB.replace("Web-1", name), **{"vmspec.submission": name})
    caller.clock.go_on(50)

    def listed() -> list[str]:
        return [row["hostname"] for row in caller.machines(*FILTER).json["virtual_machines"]]

    caller.sandbox.order(Unfiltered())
    assert [listed(), listed()] == [["one", "two"], ["one"]]
    caller.sandbox.order(Incomplete(), times=2)
    assert [listed(), listed(), listed()] == [[], [], ["one"]]
    caller.sandbox.order(Incomplete())
    caller.sandbox.order(Unfiltered())
    assert listed() == ["one"]


def test_orders_come_in_the_order_given_and_each_counts_by_itself(caller: Any) -> None:
    sandbox = caller.sandbox
    sandbox.order(Foreign(502), at=Endpoint.TASK)
    sandbox.order(Foreign(503), times=2)
    sandbox.order(Foreign(504), after=3)

    assert [create(caller).status for _ in range(5)] == [503, 503, 201, 504, 201]
    assert caller.sandbox.answer(Request("GET", "/core/v1/tasks/_")).status == 502


def test_an_order_may_hold_until_it_is_withdrawn(caller: Any) -> None:
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
        (lambda: Drop("gone"), "how is one of reset, end"),
        (lambda: Cut("foot"), "part is one of status, headers, body, chunk"),
        (lambda: Delay(-1), "seconds is a number from 0 to 1e+09"),
        (lambda: Delay("long"), "seconds is a number from 0 to 1e+09"),
        (lambda: Delay(float("nan")), "seconds is a number from 0 to 1e+09"),
        (lambda: Foreign(99), "status is a whole number from 200 to 599"),
        (lambda: Foreign(200, 7), "body is a text"),
        (lambda: Foreign(200, content_type="a\r\nb: c"), "content_type is a text of printable ASCII"),
        (lambda: Redirect(304), "status is one of 301, 302, 303, 307, 308"),
        (lambda: Bomb(True), "mebibytes is a whole number from 1 to 1024"),
        (lambda: Altered(without="build"), "without is a list of texts"),
        (lambda: Altered(values=()), "values is an object"),
        (lambda: Duplicate(1), "builds is a whole number from 2 to 100"),
        (lambda: Drop(carried_out="no"), "carried_out is true or false"),
    ],
)
def test_a_fault_that_makes_no_sense_is_a_mistake(make: Any, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        make()


@pytest.mark.parametrize(
    ("fault", "order", "words"),
    [
        ("drop", {}, "fault is not one of the sandbox's faults"),
        (Drop(), {"times": 0}, "times is a whole number from 1 to 1000000000"),
        (Drop(), {"after": -1}, "after is a whole number from 0 to 1000000000"),
        (
            ConnectionReset(),
            {"at": Endpoint.CREATE},
            "ConnectionReset is met before a request; it has no endpoint",
        ),
        (
            ConnectionReset(),
            {"times": None},
            "ConnectionReset needs a number of times; nobody could withdraw it",
        ),
        (FailedBuild(), {"at": Endpoint.BUILD}, "FailedBuild is met by creates only"),
        (Unfiltered(), {"at": Endpoint.MACHINE}, "Unfiltered is met by lists of machines only"),
    ],
)
def test_an_order_that_nobody_could_meet_is_a_mistake(
    caller: Any, fault: Any, order: Any, words: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        caller.sandbox.order(fault, **order)
    assert caller.sandbox.orders == ()


def test_requests_are_counted_by_endpoint_and_status(caller_of: Any) -> None:
    caller = caller_of(rate_limit=4)
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


def test_orders_are_met_once_however_many_threads_ask(caller: Any) -> None:
    caller.sandbox.order(Foreign(502), at=Endpoint.CREATE, times=50)
    threads = [threading.Thread(target=lambda: [create(caller) for _ in range(25)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert caller.sandbox.seen == {(Endpoint.CREATE, 502): 50, (Endpoint.CREATE, 201): 50}
    assert len(caller.sandbox.builds) == 50


def test_annotations_of_vmspec_s_own_are_kept_and_filtered_by(caller: Any) -> None:
    for run in ("one", "two"):
        caller.created(**{"vmspec.submission": run, "vmspec.spec": "abc", "vmspec.key": "k/a.xml"})
    caller.clock.go_on(50)
    both = (*FILTER, ("annotations[][key]", "vmspec.key"), ("annotations[][value]", "k/a.xml"))

    assert len(caller.machines(*both).json["virtual_machines"]) == 1
    assert len(caller.machines(*both[2:], ("per_page", "1")).json["virtual_machines"]) == 1
    assert caller.machines(*both[2:]).json["pagination"]["total"] == 2
