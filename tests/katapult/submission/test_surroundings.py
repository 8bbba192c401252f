"""Submission in its surroundings: forks, event loops, other journals, odd answers."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import traceback
from typing import Any

import httpx
import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vmspec import VM, errors
from vmspec.katapult import Katapult, SQLiteJournal, Submission, spec_matches
from vmspec.sandbox import Sandbox, running

from ..support.doubles import (
    CREATED,
    TOKEN,
    Api,
    Clock,
    Kind,
    Server,
    answer,
    build,
    error,
    machine,
    perform,
    sends,
)
from ..support.faulty import FaultyApi
from ..support.judging import Verdicts, judge
from ..support.process import Plan
from ..support.schedules import specs_of, timeline
from ..support.site import KEY, LOST, NOT_SENT, OTHER_XML, XML, Fault, Site, answers, carried_out_later
from ..support.world import World
from ..transport.test_rate import let_in
from .test_keys import abandoned, only

GONE = answers(error(404, "virtual_machine_not_found"))
IN_TRASH = answers(error(406, "object_in_trash"))
BAD_TOKEN = answers(error(403, "invalid_api_token"))


def elsewhere(site: Site, *, age_s: float = 60.0) -> Site:
    """Return the same Katapult as another machine meets it, whose journal is empty."""
    site.clock.now += age_s
    site.journal = SQLiteJournal(clock=site.clock)
    return site


# Answers are tied to the question


def test_a_client_used_before_a_fork_gets_its_own_answers() -> None:
    with (
        running(Sandbox(speed=1000)) as api,
        Katapult(
            token=api.token, organization=api.organization, api_url=api.url, journal=SQLiteJournal()
        ) as katapult,
    ):
        ids = [
            katapult.submit(VM(name).data_center("uk-lon-01").package("rock-3").build()).build_id or ""
            for name in ("a", "b")
        ]
        child = os.fork()
        if child == 0:
            wrong = 1
            try:
                wrong = sum(katapult.build(ids[0]).id != ids[0] for _ in range(40))
            finally:
                os._exit(min(wrong, 100))
        assert [katapult.build(ids[1]).id for _ in range(40)] == [ids[1]] * 40
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


TWO_LOOPS = """
import asyncio, sys
from vmspec.katapult import AsyncKatapult, SQLiteJournal
url, token, organization, xml = sys.argv[1:]
katapult = AsyncKatapult(token=token, organization=organization, api_url=url, journal=SQLiteJournal())
submission = asyncio.run(katapult.submit(xml))
assert asyncio.run(katapult.wait(submission, poll_s=0.01)).state == "started"
"""


def test_a_client_is_used_in_a_second_event_loop() -> None:
    with running(Sandbox(speed=1000)) as api:
        command = [sys.executable, "-c", TWO_LOOPS, api.url, api.token, api.organization, XML]
        subprocess.run(command, check=True, timeout=60)


def test_a_blocking_client_is_used_within_a_running_event_loop() -> None:
    async def go() -> Submission:
        submission: Submission = Api([answer(201, CREATED)]).perform("sync", "submit", XML)
        return submission

    assert asyncio.run(go()).outcome == "created"


@pytest.mark.parametrize(
    ("reply", "method"),
    [(build("building"), "build"), (machine("started"), "virtual_machine")],
)
def test_an_answer_about_something_else_is_an_error(kind: Kind, reply: httpx.Response, method: str) -> None:
    with pytest.raises(errors.UnexpectedAnswerError):
        Api([reply]).perform(kind, method, "another_id")


def test_the_machine_of_another_submission_is_never_accepted(kind: Kind) -> None:
    site = Site()
    submission = site.submit(kind)

    def of_another(site: Site, request: httpx.Request) -> httpx.Response:
        told = site.answer(request)
        return httpx.Response(told.status_code, text=told.text.replace(submission.id, "f" * 36))

    site.of_reads = [of_another] * 999
    with pytest.raises(errors.BuildTimeoutError, match="the answer is about another submission"):
        site.perform(kind, "wait", submission, timeout_s=60.0)
    assert (only(site).state, only(site).virtual_machine_id) == ("created", None)


# No answer breaks off a step


def test_an_unpaired_surrogate_in_an_answer_is_recorded(kind: Kind) -> None:
    def odd(site: Site, request: httpx.Request) -> httpx.Response:
        told = json.loads(site.answer(request).text) | {"hostname": "web-\ud800"}
        return httpx.Response(201, content=json.dumps(told).encode())

    site = Site(of_posts=[odd])
    submission = site.submit(kind)
    assert only(site).state == "created"
    assert site.submit(kind).id == submission.id
    assert site.posts == 1


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just("\ud800x\x1b[2J"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def altered(value: object, chance: Any, junk: Any) -> object:
    """Return a JSON value with some parts replaced, left out, or doubled."""
    if chance(0, 9) == 0:
        return junk()
    if isinstance(value, dict):
        return {key: altered(part, chance, junk) for key, part in value.items() if chance(0, 14)}
    if isinstance(value, list):
        return [altered(part, chance, junk) for part in value]
    return value


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_only_errors_of_vmspec_leave_the_library_whatever_is_answered(data: st.DataObject) -> None:
    def chance(least: int, most: int) -> int:
        return data.draw(st.integers(least, most))

    def odd(site: Site, request: httpx.Request) -> httpx.Response:
        told = site.answer(request)
        found = altered(json.loads(told.text), chance, lambda: data.draw(JUNK))
        return httpx.Response(told.status_code, content=json.dumps(found).encode())

    site = Site(of_posts=[odd], of_lists=[odd] * 3, of_reads=[odd] * 6)
    made: Submission | None = None
    try:
        made = site.submit("async", settle_s=40.0)
        site.perform("async", "wait", made, timeout_s=120.0)
    except errors.VmspecError as raised:
        str(raised).encode()
    entry = only(site)
    assert site.posts == 1
    if entry.virtual_machine_id is not None and entry.state == "created":
        assert entry.virtual_machine_id == site.builds[0].machine_id
    site.clock.now += 600
    site.of_lists, site.of_reads = [], []
    if entry.state == "unknown":
        assert site.perform("async", "reconcile", entry.id).virtual_machine.id == site.builds[0].machine_id


# Proxies


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
        b"HTTP/1.1 403 Forbidden\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.test\r\n\r\n",
        b"HTTP/1.1 200",
        b"",
    ],
)
def test_a_proxy_that_opens_no_tunnel_has_been_sent_nothing(
    kind: Kind, server: Server, monkeypatch: pytest.MonkeyPatch, reply: bytes
) -> None:
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.port}")
    monkeypatch.setenv("no_proxy", "")
    server.behaviours = [sends(reply)]
    journal = SQLiteJournal()
    with pytest.raises(errors.NotSentError):
        perform(kind, "submit", XML, clock=Clock(), journal=journal)
    assert [entry.state for entry in journal.entries()] == ["not_sent"]


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
def test_a_socks_proxy_is_a_configuration_error(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, "socks5://127.0.0.1:1")
    with pytest.raises(errors.ConfigurationError, match=f"{variable} names a socks5 proxy"):
        Katapult(token=TOKEN, organization="acme", journal=SQLiteJournal())


# A key that is new to the journal


def test_a_machine_that_another_journal_made_with_the_key_and_spec_is_adopted(kind: Kind) -> None:
    site = Site()
    first = site.submit(kind)
    again = elsewhere(site).submit(kind)
    assert (again.id, again.is_new) == (first.id, False)
    assert again.virtual_machine.id == site.builds[0].machine_id
    assert site.posts == 1
    assert site.submit(kind).id == first.id


def test_a_key_that_another_journal_used_for_another_spec_is_refused_by_name(kind: Kind) -> None:
    site = Site()
    site.submit(kind)
    with pytest.raises(errors.KeyInUseError, match=site.builds[0].machine_id):
        elsewhere(site).submit(kind, OTHER_XML)
    assert site.posts == 1


def test_a_machine_of_an_abandoned_submission_does_not_count(kind: Kind) -> None:
    site = Site(of_posts=[LOST])
    with pytest.raises(errors.OutcomeUnknownError):
        site.submit(kind, settle_s=0.0)
    abandoned(site, kind)
    site.clock.now += 60
    assert site.submit(kind).is_new
    assert site.posts == 2


@pytest.mark.parametrize("other", [0, 40])
def test_keys_of_a_batch_are_looked_up_in_one_list(kind: Kind, other: int) -> None:
    site = Site()
    for number in range(other):
        site.submit(kind, VM(f"other-{number}").data_center("uk-lon-01").package("rock-3").to_xml(), None)
    specs = [VM(f"web-{number}").data_center("uk-lon-01").package("rock-3").build() for number in range(4)]
    site.perform(kind, "submit_many", specs, "release", poll_s=None)
    posts = site.posts
    results = elsewhere(site).perform(kind, "submit_many", specs, "release", poll_s=None)
    assert [result.error for result in results] == [None] * 4
    assert [result.submission.is_new for result in results] == [False] * 4
    assert site.posts == posts


def test_the_same_key_and_spec_under_another_address_is_warned_of(kind: Kind) -> None:
    site = Site()
    site.submit(kind)
    site.clock.now -= 1
    second = site.perform(
        kind, "submit", XML, KEY, api_url="https://other.katapult.test/core/v1", settle_s=0.0
    )
    assert "the same spec and key were submitted to" in " ".join(second.warnings)


# After the machine


@pytest.mark.parametrize("fault", [GONE, IN_TRASH])
def test_a_machine_that_no_longer_exists_is_gone(kind: Kind, fault: Fault) -> None:
    site = Site()
    submission = site.submit(kind)
    site.perform(kind, "wait", submission)
    site.of_reads = [fault] * 9
    for call in (
        lambda: site.perform(kind, "reconcile", submission.id),
        lambda: site.submit(kind),
    ):
        with pytest.raises(errors.MachineGoneError, match="no longer exists"):
            call()
    assert (only(site).state, site.posts) == ("gone", 1)
    abandoned(site, kind)
    site.of_reads = []
    site.clock.now += 60
    assert only(site).state == "abandoned"


def test_a_machine_that_goes_while_it_is_waited_for_ends_the_wait(kind: Kind) -> None:
    site = Site()
    submission = site.submit(kind)
    site.clock.now += 18
    site.of_reads = [*[lambda site, request: site.answer(request)] * 2, IN_TRASH, IN_TRASH]
    with pytest.raises(errors.MachineGoneError):
        site.perform(kind, "wait", submission)
    assert only(site).state == "gone"


def test_a_wrong_token_is_not_a_success_of_reconcile(kind: Kind) -> None:
    site = Site()
    submission = site.submit(kind)
    site.perform(kind, "wait", submission)
    site.of_reads = [BAD_TOKEN]
    with pytest.raises(errors.InvalidApiTokenError) as raised:
        site.perform(kind, "reconcile", submission.id)
    assert raised.value.submission_id == submission.id


def test_a_machine_that_failed_or_was_stopped_ends_the_wait_at_once() -> None:
    vm = "vm_AAAAAAAAAAAAAAAA"
    for states in (["failed"], ["starting", "stopped"]):
        api = Api([build("complete", vm), *map(machine, states)])
        with pytest.raises(errors.BuildFailedError, match=f"is {states[-1]}"):
            api.perform("sync", "wait", "vmbuild_AAAAAAAAAAAAAAAA")
        assert api.clock.now < 1020


def test_an_abandoned_submission_whose_machine_appears_late_is_adopted_without_its_key(kind: Kind) -> None:
    site = Site(of_posts=[carried_out_later(300.0)])
    with pytest.raises(errors.OutcomeUnknownError) as raised:
        site.submit(kind, settle_s=0.0)
    late = raised.value.submission_id or ""
    site.perform(kind, "abandon", late)
    second = site.submit(kind)
    site.clock.now += 600
    adopted = site.perform(kind, "reconcile", late)
    assert adopted.journalled
    entries = {entry.id: (entry.state, entry.key) for entry in site.journal.entries()}
    assert entries == {late: ("created", None), second.id: ("created", KEY)}


# A batch


def webs(count: int) -> dict[str, Any]:
    return {
        f"web-{number}": VM(f"web-{number}").data_center("uk-lon-01").package("rock-3").build()
        for number in range(count)
    }


@pytest.mark.parametrize("fault", [BAD_TOKEN, NOT_SENT])
def test_a_batch_stops_when_every_other_create_would_end_the_same_way(kind: Kind, fault: Fault) -> None:
    site = Site(of_posts=[fault] * 9999)
    results = site.perform(kind, "submit_many", webs(100), poll_s=None)
    assert site.posts <= 8 * 3
    left = {str(result.error) for result in results if "not begun" in str(result.error)}
    assert len(left) == 1
    assert sum("not begun" in str(result.error) for result in results) >= 92


def test_a_429_at_the_start_makes_a_batch_wait() -> None:
    world = World(FaultyApi(7, timeline(8.0), 1000))
    process = world.submitting_many(Plan(specs=specs_of(20, "rock-3"), timeout_s=5.0, poll_s=None))
    process.post_faults = ["429"] * 8
    while world.go():
        pass
    assert [result.error for result in process.results or ()] == [None] * 20
    assert judge(world) == Verdicts()


def test_an_unknown_outcome_does_not_hold_up_other_creates() -> None:
    world = World(FaultyApi(7, timeline(8.0), 1000))
    process = world.submitting_many(Plan(specs=specs_of(20, "rock-3"), poll_s=None))
    process.post_faults = ["lost before"] * 8
    start = world.now
    while sum(run.announced is not None for run in process.runs) < 12:
        assert world.go()
    assert world.now - start <= 5.0
    while world.go():
        pass
    assert sum(result.error is not None for result in process.results or ()) == 8


def test_a_listener_that_raises_does_not_end_the_batch(kind: Kind) -> None:
    site = Site(of_posts=[LOST] * 3)

    def broken(name: str, event: object) -> None:
        raise OSError("the display broke")

    with pytest.raises(OSError, match="the display broke"):
        site.perform(kind, "submit_many", webs(5), poll_s=None, on_event=broken)
    assert [entry.state for entry in site.journal.entries()] == ["created"] * 5


def test_a_rerun_without_waiting_names_no_machine_of_somebody_else() -> None:
    world = World(FaultyApi(0, timeline(0.0), 1000, ignores_filters=True))
    let_in(world, 1)
    world.api.sandbox.fail_next_build()
    plan = Plan(specs=specs_of(2, "rock-3"), key="a", poll_s=None, concurrency=1)
    for _ in range(2):
        world.submitting_many(plan)
        while world.go():
            pass
    assert judge(world, is_settled=False) == Verdicts()


# Secrets

SECRET = "Tr0ub4dor&3<x>"
SECRET_SPEC = (
    VM("web-1").data_center("uk-lon-01").package("rock-3").template("templates/ubuntu-22-04", password=SECRET)
)


def test_a_digest_is_salted_and_slow(kind: Kind) -> None:
    site = Site()
    first, second = (site.submit(kind, key=None) for _ in range(2))
    digests = {first.annotations["vmspec.spec"], second.annotations["vmspec.spec"]}
    assert len(digests) == 2
    assert all(digest.startswith("scrypt:") for digest in digests)
    assert all(spec_matches(entry, XML) for entry in site.journal.entries())


def test_an_entry_with_an_older_digest_still_matches(kind: Kind) -> None:
    from hashlib import sha256

    site = Site()
    submission = site.submit(kind)
    old = evolve(only(site), spec_sha256=sha256(XML.encode()).hexdigest())
    assert site.journal.advance(old)
    assert site.submit(kind).id == submission.id


@pytest.mark.parametrize(
    "said",
    [
        SECRET,
        SECRET.upper(),
        json.dumps(SECRET),
        SECRET.replace("&", "&amp;").replace("<", "&lt;"),
        TOKEN,
        TOKEN.upper(),
    ],
)
def test_words_of_the_api_in_exceptions_are_redacted(kind: Kind, said: str) -> None:
    api = Api([error(422, "validation_error", f"cannot use {said} here")])
    with pytest.raises(errors.ValidationRefusedError) as raised:
        api.perform(kind, "submit", SECRET_SPEC.build())
    shown = f"{raised.value!r} {raised.value}".lower()
    assert "r0ub4dor" not in shown
    assert TOKEN.lower() not in shown
    assert "***" in shown


@pytest.mark.parametrize("reply", [error(422, "validation_error", SECRET), httpx.ReadError("reset")])
def test_frames_of_a_traceback_show_no_secret(kind: Kind, reply: Any) -> None:
    with pytest.raises(errors.ApiError) as raised:
        Api([reply]).perform(kind, "submit", SECRET_SPEC.build())
    for frame, _ in traceback.walk_tb(raised.value.__traceback__):
        if "/vmspec/" in frame.f_code.co_filename:
            shown = {name: repr(value) for name, value in frame.f_locals.items()}
            assert SECRET not in str(shown), frame.f_code.co_qualname
            assert TOKEN not in str(shown), frame.f_code.co_qualname


def test_a_half_made_client_shows_no_token() -> None:
    with pytest.raises(errors.ConfigurationError) as raised:
        Katapult(token=TOKEN, organization="two words")
    own = raised.tb.tb_next if raised.tb is not None else None
    while own is not None:
        shown = {name: repr(value) for name, value in own.tb_frame.f_locals.items()}
        assert TOKEN not in str(shown), own.tb_frame.f_code.co_name
        own = own.tb_next


# Bounds


def test_a_list_of_ever_new_machines_ends_in_an_error() -> None:
    served = 0

    def pages(request: httpx.Request) -> httpx.Response:
        nonlocal served
        served += 1
        rows = [{"id": f"vm_{served}_{row}", "hostname": "x", "fqdn": "x"} for row in range(1000)]
        return httpx.Response(200, json={"virtual_machines": rows, "pagination": {"total_pages": 10**6}})

    with pytest.raises(errors.UnexpectedAnswerError, match="more than 50,000 rows"):
        perform("sync", "virtual_machines", transport=httpx.MockTransport(pages), clock=Clock())
    assert served <= 52


def test_rows_older_than_the_submission_are_not_read(kind: Kind) -> None:
    old = {"id": "vm_old", "hostname": "web-1", "fqdn": "web-1", "created_at": 5}
    listed = answer(200, {"virtual_machines": [old], "pagination": {"total_pages": 1}})
    api = Api([httpx.ReadError("reset"), listed], Clock(1_000_000.0))
    with pytest.raises(errors.OutcomeUnknownError):
        api.perform(kind, "submit", XML, journal=SQLiteJournal(clock=api.clock))
    assert [request.method for request in api.requests] == ["POST", "GET"]


# Until SSH answers, and limits


def test_waiting_until_ssh_answers() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    tried: list[int] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            tried.append(1)
            with connection:
                connection.sendall(b"SSH-2.0-x\r\n" if len(tried) > 2 else b"")

    threading.Thread(target=serve, daemon=True).start()
    started = json.loads(machine("started").text)
    started["virtual_machine"]["ip_addresses"] = [{"address": "127.0.0.1"}]
    api = Api([build("complete", "vm_AAAAAAAAAAAAAAAA"), answer(200, started)])
    client = Katapult(
        token=TOKEN,
        organization="acme",
        transport=httpx.MockTransport(api),
        clock=api.clock,
        sleep=api.clock.sleep,
        journal=SQLiteJournal(),
        ssh_port=listener.getsockname()[1],
    )
    with client:
        assert client.wait("vmbuild_AAAAAAAAAAAAAAAA", until="ssh").state == "started"
    assert len(tried) == 3
    listener.close()


@pytest.mark.parametrize(
    "limits",
    [
        {"virtual_machines": {"limit": 10, "current": 8}},
        {"maximum_virtual_machines": {"value": 10, "unlimited": False}},
    ],
)
def test_the_organizations_limits_are_obeyed_before_anything_is_sent(
    kind: Kind, limits: dict[str, object]
) -> None:
    posts: list[str] = []

    def api(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("policy_limits"):
            return httpx.Response(200, json={"policy_limits": limits})
        if request.url.path.endswith("virtual_machines"):
            pagination = {"total_pages": 8, "total": 8}
            return httpx.Response(200, json={"pagination": pagination, "virtual_machines": []})
        posts.append(request.method)
        return httpx.Response(500)

    with pytest.raises(errors.LimitExceededError, match="more than the organization may have"):
        perform(kind, "submit_many", webs(3), transport=httpx.MockTransport(api), clock=Clock())
    assert posts == []
