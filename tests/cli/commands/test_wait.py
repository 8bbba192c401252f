"""``vmspec wait``: waiting for machines that were submitted before."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from vmspec.sandbox import Endpoint

from ..support.api import Api, Lost, Time, read_entries, submissions
from ..support.command_line import WEB_XML, Run
from ..support.processes import Child, follow_advice

JSON = ("--output-format", "json")


def states(journal: Path) -> list[str]:
    return [entry.state for entry in read_entries(journal)]


def test_submission_is_waited_for_by_a_prefix_of_its_id(
    api: Api, run: Run, web: str, own_journal: Path
) -> None:
    (one,) = submissions(run("submit", web, "--no-wait", *JSON).out)
    result = run("wait", one["submission_id"][:9], "--poll", "0.01")
    assert (result.code, result.out.split()[:3]) == (
        0,
        ["web-1", "started", "web-1.sandbox.katapult.cloud"],
    )
    (entry,) = read_entries(own_journal)
    assert entry.virtual_machine_id == api.sandbox.builds[0].machine_id


def test_build_is_waited_for_with_and_without_a_record(api: Api, run: Run, web: str) -> None:
    (one,) = submissions(run("submit", web, "--no-wait", *JSON).out)
    (here,) = submissions(run("wait", one["build_id"], "--poll", "0.01", *JSON).out)
    (there,) = submissions(run("wait", one["build_id"], "--journal", "x", "--poll", "0.01", *JSON).out)
    assert (here["submission_id"], here["path"]) == (one["submission_id"], None)
    assert there == here | {"submission_id": None, "task_id": None, "annotations": {}}
    assert there["virtual_machine"]["state"] == "started"


def test_several_are_waited_for_once_each(api: Api, run: Run, folder: Path) -> None:
    for number in (1, 2, 3):
        (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
    made = submissions(run("submit", ".", "--no-wait", *JSON).out)
    ids = [one["submission_id"] for one in made]
    result = run("wait", *ids, made[0]["build_id"], "--poll", "0.01")
    assert [line.split()[0] for line in result.out.splitlines()] == ["web-1", "web-2", "web-3"]


def test_unknown_submission_is_looked_for_first(lost: Lost, run: Run) -> None:
    assert run("wait", lost.id, *lost.there).code == 6
    lost.appear()
    result = run("wait", lost.id, *lost.there, "--poll", "0.01")
    assert (result.code, result.out.split()[1]) == (0, "started")


def test_failed_build_exits_with_5(api: Api, run: Run, web: str, own_journal: Path) -> None:
    api.sandbox.fail_next_build()
    (one,) = submissions(run("submit", web, "--no-wait", *JSON).out)
    result = run("wait", one["submission_id"], "--poll", "0.01")
    assert (result.code, result.out) == (5, f"web-1  failed    {one['build_id']}\n")
    assert states(own_journal) == ["failed"]


@pytest.mark.parametrize("key", [(), ("--key", "k")])
def test_abandoned_failed_build_exits_with_5(api: Api, run: Run, web: str, key: tuple[str, ...]) -> None:
    api.sandbox.fail_next_build()
    (one,) = submissions(run("submit", web, "--poll", "0.01", *key, *JSON).out)
    assert run("submissions", "abandon", one["submission_id"]).code == 0
    for command in ("wait", "reconcile"):
        result = run(command, one["submission_id"])
        assert (result.code, result.out) == (5, f"web-1  failed    {one['build_id']}\n")
        message = f"error: web-1: the build {one['build_id']} failed, and the submission was abandoned\n"
        assert message in result.err
        assert "submissions abandon" not in result.err


def test_deadline_exits_with_7_and_prints_how_to_wait_on(
    serve: Callable[..., Api], run: Run, web: str
) -> None:
    time = Time()
    serve(speed=1, clock=time)
    (one,) = submissions(run("submit", web, "--no-wait", *JSON).out)
    for wanted in (one["submission_id"], one["build_id"]):
        result = run("wait", wanted, "--timeout", "0.2", "--poll", "0.05")
        assert (result.code, result.out) == (7, f"web-1  building  {one['build_id']}\n")
    time.now = 100.0
    assert follow_advice(result.err)[0] == 0


def test_refused_poll_of_a_build_exits_with_3(api: Api, run: Run) -> None:
    api.sandbox.refuse_next("permission_denied", at=Endpoint.BUILD)
    result = run("wait", "vmbuild_1", *JSON)
    (one,) = submissions(result.out)
    assert (result.code, one["outcome"], one["build_id"]) == (3, "refused", "vmbuild_1")
    assert one["error"]["code"] == "permission_denied"


def test_invisible_build_is_reported_at_once(api: Api, run: Run) -> None:
    child = Child("wait", "vmbuild_nope", "--timeout", "40")
    child.read_until("the build is not visible yet; looking for it (40 s left)\n")
    code, out, err = child.end(signal.SIGINT)
    assert (code, out) == (130, "vmbuild_nope  building  vmbuild_nope\n")
    assert err.startswith("vmbuild_nope  unseen    the build is not visible yet; looking for it (40 s")
    assert "error: vmbuild_nope: interrupted; the build was not visible yet\n" in err


def test_build_that_was_never_seen_is_not_called_building(api: Api, run: Run) -> None:
    result = run("wait", "vmbuild_nope", "--timeout", "1", "--poll", "0.4")
    assert (result.code, result.out) == (7, "vmbuild_nope  building  vmbuild_nope\n")
    assert "error: vmbuild_nope: no build vmbuild_nope was seen within 1 s: refused (" in result.err
    assert (
        "a build may become visible only some time after it was accepted; to look for it again:\n"
        in result.err
    )
    assert "do not submit it again" not in result.err


@pytest.mark.parametrize("wanted", ["nonsense", ""])
def test_unknown_id_is_a_usage_error(api: Api, run: Run, wanted: str) -> None:
    result = run("wait", wanted)
    assert (result.code, result.out, api.requests) == (2, "", [])
    assert result.err == f"error: no submission on record begins with '{wanted}'\n"


def test_interrupted_wait_prints_how_to_go_on(serve: Callable[..., Api], run: Run, web: str) -> None:
    time = Time()
    serve(speed=1, clock=time)
    (one,) = submissions(run("submit", web, "--no-wait", *JSON).out)
    child = Child("wait", one["submission_id"], "--poll", "0.01")
    child.read_until("pending")
    code, out, err = child.end(signal.SIGINT)
    assert (code, out) == (130, f"web-1  building  {one['build_id']}\n")
    assert "error: web-1: interrupted; the build goes on\n" in err
    time.now = 100.0
    assert follow_advice(err)[0] == 0
