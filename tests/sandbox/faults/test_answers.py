"""Faults of answers, by the plain object: effect, answer and delivery."""

from __future__ import annotations

import gzip
import json
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
    Endless,
    Exhausted,
    Foreign,
    Interrupted,
    Redirect,
    Refusal,
    Slow,
)

from ..support.caller import CREATE, WEB, Caller

TRUE, LOST = (201, True), (503, False)


FILTER = (("annotations[][key]", "vmspec.submission"), ("annotations[][value]", "one"))


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
def test_answer_faults_decide_effect_and_delivery(caller: Any, name: str) -> None:
    fault, said, builds, delivery = ANSWERS[name]
    caller.sandbox.order(fault)
    answer = create(caller)

    assert (answer.status, answer.arrives) == said
    assert answer.delivery == delivery
    assert len(caller.sandbox.builds) == builds
    assert caller.sandbox.orders == ()


def test_delayed_request_can_be_carried_out_later(caller: Any) -> None:
    caller.sandbox.order(Delay(40, later_s=20))
    answer = create(caller, **{"vmspec.submission": "one"})
    build_id = json.loads(answer.body)["build"]["id"]

    caller.clock.advance(19.9)
    assert caller.sandbox.builds == ()
    assert caller.build(build_id).error == (404, "build_not_found", {})
    caller.clock.advance(0.2)
    assert [build.id for build in caller.sandbox.builds] == [build_id]
    assert caller.build(build_id).json["virtual_machine_build"]["state"] == "pending"
    assert caller.machines(*FILTER).json["virtual_machines"] == []
    caller.clock.advance(8)
    assert len(caller.machines(*FILTER).json["virtual_machines"]) == 1


def test_later_seconds_do_not_depend_on_the_speed(make_caller: Any) -> None:
    caller = make_caller(speed=10)
    caller.sandbox.order(Drop(carried_out=True, later_s=20))
    create(caller)
    caller.clock.advance(19.9)
    assert caller.sandbox.builds == ()
    caller.clock.advance(0.1)
    assert len(caller.sandbox.builds) == 1


def test_builds_are_ordered_by_the_time_they_are_accepted(caller: Any) -> None:
    caller.sandbox.order(Drop(carried_out=True, later_s=20))
    create(caller, n="1")
    create(caller, n="2")
    caller.clock.advance(30)
    assert [build.annotations[0].value for build in caller.sandbox.builds] == ["2", "1"]


def test_answer_knows_how_long_it_takes(caller: Any) -> None:
    caller.sandbox.order(Slow(2))
    slow = create(caller)
    caller.sandbox.order(Endless())
    endless = create(caller)

    assert slow.arrives_in_s == 2 * len(slow.sent())
    assert endless.arrives_in_s == float("inf")
    assert create(caller).arrives_in_s == 0


def test_cut_answer_ends_in_the_given_part(caller: Any) -> None:
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


def test_bomb_contains_the_answer_after_spaces(caller: Any) -> None:
    caller.sandbox.order(Bomb(2))
    answer = create(caller)

    assert answer.header("Content-Encoding") == "gzip"
    assert len(answer.body) < 10_000
    unpacked = gzip.decompress(answer.body)
    assert len(unpacked) > 2 * 1024 * 1024
    assert json.loads(unpacked)["build"]["id"] == caller.sandbox.builds[0].id


def test_foreign_answer_has_no_katapult_headers(caller: Any) -> None:
    caller.sandbox.order(Foreign(201, "<p>hello</p>", carried_out=True))
    assert create(caller) == Answer(201, (("Content-Type", "text/html"),), b"<p>hello</p>")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_has_a_location(caller: Any, status: int) -> None:
    caller.sandbox.order(Redirect(status, "http://192.0.2.1/x"))
    assert create(caller) == Answer(status, (("Location", "http://192.0.2.1/x"),))


@pytest.mark.parametrize("told", ["7", "Wed, 21 Oct 2026 07:28:00 GMT", "soon", "-5", "1e9"])
def test_refusal_can_have_retry_after(caller: Any, told: str) -> None:
    caller.sandbox.order(Refusal("rate_limit_reached", retry_after=told))
    reply = caller.create()

    assert reply.error == (429, "rate_limit_reached", {"total_permitted": 1000})
    assert (reply.headers["Retry-After"], reply.headers["X-Ratelimit-Remaining"]) == (told, "0")


def test_invalid_request_gets_its_own_error_despite_a_refusal(caller: Any) -> None:
    caller.sandbox.order(Refusal("service_unavailable", carried_out=True))
    assert caller.create("<nonsense").error[:2] == (400, "invalid_spec_xml")


def test_exhausted_rate_limit_recovers_in_the_next_minute(caller: Any) -> None:
    caller.sandbox.order(Exhausted(), at=Endpoint.MACHINES)
    assert caller.create().status == 201
    assert [caller.machines().status, caller.create().status] == [429, 429]
    caller.clock.advance(60)
    assert caller.create().headers["X-Ratelimit-Remaining"] == "999"


def test_altered_answer_lacks_keys(caller: Any) -> None:
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


def test_altered_answer_has_other_values(caller: Any) -> None:
    build_id = caller.created()["build"]["id"]
    caller.sandbox.order(
        Altered(values={"virtual_machine_build.state": "paused"}), at=Endpoint.BUILD, times=2
    )

    states = [caller.build(build_id).json["virtual_machine_build"]["state"] for _ in range(3)]
    assert states == ["paused", "paused", "pending"]
