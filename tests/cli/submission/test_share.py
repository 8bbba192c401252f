"""``vmspec submit --share``: several runners with the same folder, key and journal."""

from __future__ import annotations

import json
import signal
import threading
from collections import Counter
from pathlib import Path

import pytest

from ..support.api import Api, submissions
from ..support.command_line import WEB_XML, Run
from ..support.processes import Child

COUNT = 24


@pytest.fixture
def specs(folder: Path) -> str:
    for number in range(COUNT):
        (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
    return "."


def machines(api: Api) -> Counter[str | None]:
    """Return how many machines each hostname has."""
    return Counter(build.hostname for build in api.sandbox.builds)


def test_one_runner_does_all_the_work_and_a_rerun_none(api: Api, submit: Run, specs: str) -> None:
    first = submit(specs, "--key", "k", "--share")
    assert (first.code, len(api.posts)) == (0, COUNT)
    assert len(first.out.splitlines()) == COUNT
    again = submit(specs, "--key", "k", "--share", "--output-format", "json")
    results = submissions(again.out)
    assert (again.code, len(api.posts)) == (0, COUNT)
    assert {one["path"] for one in results} == {f"{number}.xml" for number in range(COUNT)}
    assert {one["outcome"] for one in results} == {"created"}
    assert {one["new"] for one in results} == {False}


def test_runners_at_once_make_each_machine_once(api: Api, submit: Run, specs: str) -> None:
    runners = [Child("submit", specs, "--key", "k", "--share", "--poll", "0.05") for _ in range(3)]
    ended = [runner.wait() for runner in runners]
    assert [code for code, _, _ in ended] == [0, 0, 0], ended
    assert (len(api.posts), set(machines(api).values()), len(machines(api))) == (COUNT, {1}, COUNT)
    for _, out, _ in ended:
        assert len(out.splitlines()) == COUNT


def test_others_finish_what_a_killed_runner_has_left(api: Api, submit: Run, specs: str) -> None:
    fifth, go = threading.Event(), threading.Event()

    def hold(method: str) -> None:
        if len(api.posts) == 5 and method == "POST":
            fifth.set()
            go.wait(30)

    api.during.append(hold)
    killed = Child("submit", specs, "--key", "k", "--share", "--poll", "0.05")
    try:
        assert fifth.wait(30)
        killed.end(signal.SIGKILL)
    finally:
        go.set()
    api.during.clear()
    result = submit(specs, "--key", "k", "--share", "--settle", "5", "--output-format", "json")
    results = submissions(result.out)
    unknown = [one["path"] for one in results if one["outcome"] == "unknown"]
    assert len(results) == COUNT
    assert set(machines(api).values()) == {1}
    assert len(machines(api)) + len(unknown) >= COUNT
    assert result.code == (6 if unknown else 0)


def test_every_runner_exits_with_the_code_of_the_whole(api: Api, submit: Run, specs: str) -> None:
    api.sandbox.fail_next_build()
    for _ in range(2):
        result = submit(specs, "--key", "k", "--share", "--output-format", "json")
        outcomes = Counter(one["outcome"] for one in submissions(result.out))
        assert (result.code, outcomes) == (5, {"created": COUNT - 1, "failed": 1})
    assert len(api.posts) == COUNT


def test_files_are_checked_before_anything_is_sent(api: Api, submit: Run, specs: str, folder: Path) -> None:
    (folder / "7.xml").write_text(WEB_XML.replace("web-1", "web-8"))
    result = submit(specs, "--key", "k", "--share")
    assert (result.code, api.posts) == (1, [])
    assert "web-8" in result.err
    assert "claimed by" in result.err


def test_runners_need_a_key(api: Api, submit: Run, specs: str) -> None:
    result = submit(specs, "--share")
    assert (result.code, api.posts) == (2, [])
    assert "--share needs a --key, by which the runners know each other." in " ".join(result.err.split())


def test_json_is_one_document(api: Api, submit: Run, specs: str) -> None:
    data = json.loads(submit(specs, "--key", "k", "--share", "--output-format", "json").out)
    assert (data["version"], len(data["submissions"])) == (1, COUNT)
