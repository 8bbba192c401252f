"""From a build to a started machine."""

from __future__ import annotations

import httpx
import pytest

from vmspec import errors
from vmspec.katapult import Build, Progress, Submission, Task, VirtualMachine

from ..support.doubles import CREATED, XML, Api, Kind, Scripted, answer, build, error, machine, task

VM = "vm_AAAAAAAAAAAAAAAA"
BUILD_ID = "vmbuild_AAAAAAAAAAAAAAAA"
SUBMISSION = Submission(
    id="7f3c",
    outcome="created",
    build=Build(id=BUILD_ID, state="pending"),
    task=Task(id="task_AAAAAAAAAAAAAAAA", name="Build", status="pending"),
)
NO_SCOPE = error(403, "scope_not_granted", "The scopes do not allow this.")


def paths(api: Api) -> list[str]:
    return [request.url.path.rpartition("/")[2] for request in api.requests]


def test_the_build_is_followed_and_then_the_machine(kind: Kind) -> None:
    api = Api(
        [
            build("pending"),
            build("building", VM),
            build("complete", VM),
            machine("stopped"),
            machine("started"),
        ]
    )
    assert api.perform(kind, "wait", BUILD_ID) == VirtualMachine(
        id=VM,
        hostname="web-1",
        fqdn="web-1.acme.test",
        state="started",
        addresses=("192.0.2.7", "2001:db8::7"),
        annotations={"team": "web"},
    )
    assert paths(api) == ["virtual_machine_build"] * 3 + ["virtual_machine"] * 2
    assert {request.method for request in api.requests} == {"GET"}
    assert str(api.requests[0].url).endswith(f"?virtual_machine_build%5Bid%5D={BUILD_ID}")
    assert str(api.requests[3].url).endswith(f"?virtual_machine%5Bid%5D={VM}")


def test_the_pause_between_polls_is_obeyed_as_given(kind: Kind) -> None:
    api = Api([build("pending"), build("building"), build("complete", VM), machine("started")])
    api.perform(kind, "wait", BUILD_ID, poll_s=2.5)
    assert api.clock.slept == [2.5, 2.5]


def test_result_of_submit_can_be_waited_for(kind: Kind) -> None:
    api = Api([answer(201, CREATED), NO_SCOPE])
    submission = api.perform(kind, "submit", XML)
    api = Api([build("building"), NO_SCOPE, build("complete", VM), machine("started")])
    assert api.perform(kind, "wait", submission).id == VM


def test_progress_comes_from_the_task(kind: Kind) -> None:
    seen: list[Progress] = []
    api = Api(
        [
            build("building"),
            task("running", 40),
            build("complete", VM),
            machine("starting"),
            machine("started"),
        ],
        costs_s=1.0,
    )
    api.perform(kind, "wait", SUBMISSION, on_progress=seen.append)
    assert [(told.build and told.build.state, told.task and told.task.progress) for told in seen] == [
        ("building", 40),
        ("complete", 40),
        ("complete", 40),
    ]
    assert [told.elapsed_s for told in seen] == [2.0, 9.0, 15.0]
    assert [told.virtual_machine and told.virtual_machine.state for told in seen] == [
        None,
        "starting",
        "started",
    ]


def test_a_token_that_may_not_read_tasks_is_asked_for_none_again(kind: Kind) -> None:
    api = Api([build("pending"), NO_SCOPE, build("building"), build("complete", VM), machine("started")])
    seen: list[Progress] = []
    api.perform(kind, "wait", SUBMISSION, on_progress=seen.append)
    assert paths(api).count("task") == 1
    assert seen[0].task is None


@pytest.mark.parametrize(
    "lost", [httpx.ReadTimeout("…"), httpx.Response(500), httpx.Response(200, text="<html>")]
)
def test_a_lost_look_at_the_task_costs_nothing(kind: Kind, lost: Scripted) -> None:
    api = Api([build("building"), lost, build("complete", VM), machine("started")])
    assert api.perform(kind, "wait", SUBMISSION).id == VM
    assert api.clock.slept == [5.0]


def name(lost: Scripted) -> str:
    return repr(lost) if isinstance(lost, Exception) else str(lost.status_code)


LOST: list[Scripted] = [
    httpx.ConnectError("refused"),
    httpx.ReadError("reset"),
    httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("cut"),
    error(429, "rate_limit_reached"),
    httpx.Response(429, text="slow down"),
    error(500, "internal_server_error"),
    httpx.Response(502, text="<html>Bad Gateway</html>"),
    error(503, "service_unavailable"),
    httpx.Response(200, text="<html>Welcome</html>"),
    answer(200, {"virtual_machine_build": {"id": BUILD_ID}}),
    build("of_another_day"),
    build("draft"),
    error(404, "virtual_machine_build_not_found"),
]


@pytest.mark.parametrize("lost", LOST, ids=name)
def test_a_lost_poll_and_an_unknown_state_are_waited_out(kind: Kind, lost: Scripted) -> None:
    api = Api([lost, lost, build("complete", VM), machine("started")])
    assert api.perform(kind, "wait", BUILD_ID).state == "started"
    assert len(api.requests) == 4


@pytest.mark.parametrize("lost", LOST[:10], ids=name)
def test_a_lost_look_at_the_machine_is_waited_out_too(lost: Scripted) -> None:
    api = Api([build("complete", VM), lost, machine("started")])
    assert api.perform("sync", "wait", BUILD_ID).state == "started"


def test_a_machine_that_is_not_visible_yet_is_waited_for() -> None:
    api = Api(
        [
            build("complete", VM),
            error(404, "virtual_machine_not_found"),
            build("complete", VM),
            machine("started"),
        ]
    )
    assert api.perform("sync", "wait", BUILD_ID).state == "started"


@pytest.mark.parametrize("state", ["stopped", "allocating", "of_another_day"])
def test_a_machine_that_is_not_started_yet_is_waited_for(state: str) -> None:
    api = Api([build("complete", VM), machine(state), machine("started")])
    assert api.perform("sync", "wait", BUILD_ID).state == "started"


def test_a_failed_build_is_told_with_all_ids(kind: Kind) -> None:
    api = Api([build("building", VM), NO_SCOPE, build("failed", VM)])
    with pytest.raises(errors.BuildFailedError) as raised:
        api.perform(kind, "wait", SUBMISSION)
    told = raised.value
    assert (told.build_id, told.task_id, told.virtual_machine_id, told.submission_id) == (
        BUILD_ID,
        "task_AAAAAAAAAAAAAAAA",
        VM,
        "7f3c",
    )
    assert BUILD_ID in str(told)


def test_the_deadline_is_kept_and_told_with_all_ids(kind: Kind) -> None:
    api = Api([build("building", VM)])
    with pytest.raises(errors.BuildTimeoutError) as raised:
        api.perform(kind, "wait", BUILD_ID, timeout_s=60.0, poll_s=7.0)
    assert api.clock.now == 1060
    assert (raised.value.build_id, raised.value.virtual_machine_id) == (BUILD_ID, VM)
    assert raised.value.submission_id is None
    assert "building" in str(raised.value)


@pytest.mark.parametrize("lost", LOST[:9], ids=name)
def test_an_api_that_never_answers_ends_at_the_deadline(kind: Kind, lost: Scripted) -> None:
    api = Api([lost])
    with pytest.raises(errors.BuildTimeoutError) as raised:
        api.perform(kind, "wait", BUILD_ID, timeout_s=100.0)
    assert api.clock.now == pytest.approx(1100)
    assert raised.value.build_id == BUILD_ID
    assert 5 < len(api.requests) < 40


def test_a_wait_of_no_time_sends_nothing() -> None:
    api = Api([build("building")])
    with pytest.raises(errors.BuildTimeoutError):
        api.perform("sync", "wait", BUILD_ID, timeout_s=0.0)
    assert api.requests == []


def test_a_build_that_stays_unknown_is_told_as_such(kind: Kind) -> None:
    api = Api([error(404, "virtual_machine_build_not_found")])
    with pytest.raises(errors.RefusedError) as raised:
        api.perform(kind, "wait", BUILD_ID)
    assert raised.value.code == "virtual_machine_build_not_found"
    assert 1060 <= api.clock.now <= 1070


@pytest.mark.parametrize("status", [401, 403, 406])
def test_a_refused_poll_ends_the_wait(status: int) -> None:
    api = Api([error(status, "no")])
    with pytest.raises(errors.RefusedError):
        api.perform("sync", "wait", BUILD_ID)
    assert len(api.requests) == 1


def test_a_machine_found_without_a_build_is_waited_for(kind: Kind) -> None:
    found = Submission(
        id="7f3c",
        outcome="created",
        virtual_machine=VirtualMachine(id=VM, hostname="web-1", fqdn="web-1.acme.test"),
    )
    api = Api([machine("starting"), machine("started")])
    assert api.perform(kind, "wait", found).state == "started"
    assert paths(api) == ["virtual_machine", "virtual_machine"]


def test_unknown_submission_cannot_be_waited_for() -> None:
    with pytest.raises(errors.BuildError):
        Api([]).perform("sync", "wait", Submission(id="7f3c", outcome="unknown"))
