"""``vmspec reconcile`` and ``vmspec wait``: going on where an earlier command stood."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import evolve

from vmspec.cli.submission.journal_lookup import read_entries
from vmspec.katapult import Entry, SQLiteJournal
from vmspec.sandbox import Endpoint

from ..support.api import UUID, Api, Time, id_in, losing, submissions
from ..support.command_line import WEB_XML, Run
from ..support.processes import Child, go_on

JSON = ("--output-format", "json")
NOBODY = "00000000-0000-4000-8000-000000000000"


class Lost:
    def __init__(self, api: Api, time: Time, url: str, submission_id: str) -> None:
        self.api, self.time, self.id = api, time, submission_id
        self.there = ("--api-url", url)

    def appears(self) -> str:
        self.time.now += 100.0
        machine_id = self.api.sandbox.builds[0].machine_id
        assert machine_id is not None
        return machine_id


@pytest.fixture
def lost(serve: Callable[..., Api], run: Run, web: str) -> Iterator[Lost]:
    """A machine whose create was not answered, and which is not seen before its time."""
    time = Time()
    api = serve(speed=1, clock=time)
    with losing(api.running.url) as url:
        result = run("submit", web, "--settle", "0", "--api-url", url, "--key", "k")
        assert result.code == 6
        yield Lost(api, time, url, id_in(result.out))


def states(journal: Path) -> list[str]:
    return [entry.state for entry in read_entries(journal)]


class TestReconcile:
    def test_adopts_what_has_appeared(self, lost: Lost, run: Run, own_journal: Path) -> None:
        still = run("reconcile", *lost.there)
        assert (still.code, still.out) == (6, f"web-1  unknown   submission {lost.id}\n")
        assert "error: web-1: the spec was sent, but the answer was cut off" in still.err
        give_up = f"vmspec submissions abandon {lost.id}"
        assert f"  once you are sure that it does not exist, give the submission up: {give_up}\n" in still.err
        machine_id = lost.appears()
        result = run("reconcile", *lost.there, *JSON)
        (one,) = submissions(result.out)
        assert result.code == 0
        assert (one["path"], one["outcome"], one["submission_id"]) == (None, "created", lost.id)
        assert (one["virtual_machine"]["id"], one["virtual_machine"]["state"]) == (machine_id, "started")
        assert states(own_journal) == ["created"]
        assert run("reconcile", *lost.there, *JSON).out == '{\n  "version": 1,\n  "submissions": []\n}\n'

    def test_by_the_beginning_of_an_id(self, lost: Lost, run: Run) -> None:
        lost.appears()
        result = run("reconcile", lost.id[:8], *lost.there)
        assert (result.code, result.out) == (
            0,
            "web-1  started   web-1.sandbox.katapult.cloud  198.19.0.10\n",
        )
        assert run("reconcile", lost.id, *lost.there).out == result.out

    def test_goes_on_looking_for_a_while(self, lost: Lost, run: Run) -> None:
        lost.api.during.append(lambda _: lost.appears())
        result = run("reconcile", "--settle", "30", *lost.there)
        assert result.code == 0

    def test_says_how_long_it_still_looks(self, lost: Lost) -> None:
        child = Child("reconcile", "--settle", "161", *lost.there)
        child.read_until("looking")
        lost.appears()
        code, _, err = child.wait()
        assert (code, err.splitlines()[0]) == (
            0,
            f"web-1  looking   submission {lost.id} is being looked for (2 min 41 s left);"
            " do not submit it again",
        )

    def test_finds_what_is_not_on_record_here(self, lost: Lost, run: Run, folder: Path) -> None:
        lost.appears()
        other = ("--journal", "other")
        result = run("reconcile", lost.id, *lost.there, *other, *JSON)
        assert submissions(result.out)[0]["virtual_machine"]["hostname"] == "web-1"
        assert run("reconcile", NOBODY, *lost.there, *other).code == 6

    @pytest.mark.parametrize("command", ["reconcile", "wait"])
    def test_says_what_it_means_that_one_was_abandoned(self, lost: Lost, run: Run, command: str) -> None:
        assert run("submissions", "abandon", lost.id).code == 0
        result = run(command, lost.id, *lost.there)
        assert (result.code, result.out) == (6, f"web-1  unknown   submission {lost.id}\n")
        assert f"error: web-1: submission {lost.id} was abandoned: a person decided that no" in result.err
        assert "there is nothing left to do; if its machine appears, delete it or adopt it" in result.err
        assert "do not submit it again" not in result.err
        lost.appears()
        assert go_on(result.err)[0] == 0

    def test_several_machines_are_an_alarm(self, lost: Lost, run: Run) -> None:
        """What vmspec never makes happen: somebody else repeats the request, annotations and all."""
        body = {
            "organization": {"sub_domain": lost.api.running.organization},
            "xml": WEB_XML,
            "annotations": [{"key": "vmspec.submission", "value": lost.id}],
        }
        httpx.post(
            f"{lost.api.running.url}/organizations/organization/virtual_machines/build_from_spec",
            json=body,
            headers={"Authorization": f"Bearer {lost.api.running.token}"},
        )
        lost.appears()
        result = run("reconcile", *lost.there)
        ids = [build.machine_id for build in lost.api.sandbox.builds]
        assert (result.code, result.out) == (6, f"web-1  unknown   submission {lost.id}\n")
        assert (
            f"error: web-1: several machines carry the id of one submission: {', '.join(ids)}" in result.err
        )
        assert "do not submit it again before" not in result.err
        assert f"  {ids[0]}\n  {ids[1]}\n  check each of them and delete those" in result.err

    def test_without_anything_unknown(self, api: Api, run: Run) -> None:
        result = run("reconcile")
        assert (result.code, result.out, api.requests) == (0, "", [])
        assert (
            result.err == f"nothing to look for: no submission to sandbox at {api.running.url} is unknown\n"
        )

    def test_leaves_another_organization_alone(self, lost: Lost, run: Run) -> None:
        lost.appears()
        assert run("reconcile", *lost.there, "--organization", "org_0000000000000000").code == 0
        result = run("reconcile", lost.id, *lost.there, "--organization", "org_0000000000000000")
        assert (result.code, result.out) == (2, "")
        assert f"submission {lost.id} belongs to organization sandbox at {lost.there[1]}; give" in result.err

    @pytest.mark.parametrize(
        ("state", "code", "outcome"),
        [
            ("refused", 3, "refused"),
            ("not_sent", 4, "not_sent"),
            ("intent", 4, "not_sent"),
            ("failed", 5, "failed"),
        ],
    )
    def test_says_what_is_settled(
        self, api: Api, run: Run, own_journal: Path, state: Any, code: int, outcome: str
    ) -> None:
        put(own_journal, api, state)
        result = run("reconcile", "1", *JSON)
        (one,) = submissions(result.out)
        assert (result.code, one["outcome"], one["submission_id"]) == (code, outcome, "1")
        assert api.requests == []

    def test_leaves_alone_what_another_process_sends(self, api: Api, run: Run, own_journal: Path) -> None:
        put(own_journal, api, "sending", hold_s=60)
        result = run("reconcile")
        assert (result.code, result.out, api.requests) == (6, "1  unknown   submission 1\n", [])
        assert "is sending it now; try again when that has ended" in result.err

    def test_needs_a_key(self, api: Api, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("KATAPULT_API_KEY")
        assert run("reconcile").code == 2
        assert run("wait", "vmbuild_1").code == 2

    def test_ctrl_c_leaves_it_as_it_is(self, lost: Lost, own_journal: Path) -> None:
        child = Child("reconcile", "--settle", "100", *lost.there)
        child.read_until("looking")
        code, out, err = child.end(signal.SIGTERM)
        assert (code, out) == (130, f"web-1  unknown   submission {lost.id}\n")
        assert states(own_journal) == ["unknown"]
        lost.appears()
        assert go_on(err)[0] == 0


def put(journal: Path, api: Api, state: Any, hold_s: float = 0.0) -> None:
    store = SQLiteJournal(journal)
    place = {"api_url": api.running.url, "organization": api.running.organization}
    begun = store.begin(Entry(id="1", spec_sha256="", **place), 0)
    if state != "intent":
        store.advance(evolve(begun, state=state), hold_s)
    store.close()


class TestWait:
    def test_by_submission_goes_on_until_it_is_started(
        self, api: Api, run: Run, web: str, own_journal: Path
    ) -> None:
        (one,) = submissions(run("submit", web, "--no-wait", *JSON).out)
        result = run("wait", one["submission_id"][:9], "--poll", "0.01")
        assert (result.code, result.out.split()[:3]) == (
            0,
            ["web-1", "started", "web-1.sandbox.katapult.cloud"],
        )
        (entry,) = read_entries(own_journal)
        assert entry.virtual_machine_id == api.sandbox.builds[0].machine_id

    def test_by_build_too_also_where_it_is_not_on_record(self, api: Api, run: Run, web: str) -> None:
        (one,) = submissions(run("submit", web, "--no-wait", *JSON).out)
        (here,) = submissions(run("wait", one["build_id"], "--poll", "0.01", *JSON).out)
        (there,) = submissions(run("wait", one["build_id"], "--journal", "x", "--poll", "0.01", *JSON).out)
        assert (here["submission_id"], here["path"]) == (one["submission_id"], None)
        assert there == here | {"submission_id": None, "task_id": None, "annotations": {}}
        assert there["virtual_machine"]["state"] == "started"

    def test_several_at_once(self, api: Api, run: Run, folder: Path) -> None:
        for number in (1, 2, 3):
            (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
        made = submissions(run("submit", ".", "--no-wait", *JSON).out)
        ids = [one["submission_id"] for one in made]
        result = run("wait", *ids, made[0]["build_id"], "--poll", "0.01")
        assert [line.split()[0] for line in result.out.splitlines()] == ["web-1", "web-2", "web-3"]

    def test_adopts_one_that_was_lost(self, lost: Lost, run: Run) -> None:
        assert run("wait", lost.id, *lost.there).code == 6
        lost.appears()
        result = run("wait", lost.id, *lost.there, "--poll", "0.01")
        assert (result.code, result.out.split()[1]) == (0, "started")

    def test_ends_with_5_where_the_build_fails(self, api: Api, run: Run, web: str, own_journal: Path) -> None:
        api.sandbox.fail_next_build()
        (one,) = submissions(run("submit", web, "--no-wait", *JSON).out)
        result = run("wait", one["submission_id"], "--poll", "0.01")
        assert (result.code, result.out) == (5, f"web-1  failed    {one['build_id']}\n")
        assert states(own_journal) == ["failed"]

    @pytest.mark.parametrize("key", [(), ("--key", "k")])
    def test_of_a_failed_build_that_was_abandoned_still_says_that_it_failed(
        self, api: Api, run: Run, web: str, key: tuple[str, ...]
    ) -> None:
        api.sandbox.fail_next_build()
        (one,) = submissions(run("submit", web, "--poll", "0.01", *key, *JSON).out)
        assert run("submissions", "abandon", one["submission_id"]).code == 0
        for command in ("wait", "reconcile"):
            result = run(command, one["submission_id"])
            assert (result.code, result.out) == (5, f"web-1  failed    {one['build_id']}\n")
            told = f"error: web-1: the build {one['build_id']} failed, and the submission was abandoned\n"
            assert told in result.err
            assert "submissions abandon" not in result.err

    def test_ends_with_7_at_the_deadline_and_says_how_to_go_on(
        self, serve: Callable[..., Api], run: Run, web: str
    ) -> None:
        time = Time()
        serve(speed=1, clock=time)
        (one,) = submissions(run("submit", web, "--no-wait", *JSON).out)
        for wanted in (one["submission_id"], one["build_id"]):
            result = run("wait", wanted, "--timeout", "0.2", "--poll", "0.05")
            assert (result.code, result.out) == (7, f"web-1  building  {one['build_id']}\n")
        time.now = 100.0
        assert go_on(result.err)[0] == 0

    def test_a_refused_look_by_build_ends_with_3(self, api: Api, run: Run) -> None:
        api.sandbox.refuse_next("permission_denied", at=Endpoint.BUILD)
        result = run("wait", "vmbuild_1", *JSON)
        (one,) = submissions(result.out)
        assert (result.code, one["outcome"], one["build_id"]) == (3, "refused", "vmbuild_1")
        assert one["error"]["code"] == "permission_denied"

    def test_by_a_build_that_is_not_visible_says_so_at_once(self, api: Api, run: Run) -> None:
        child = Child("wait", "vmbuild_nope", "--timeout", "40")
        child.read_until("the build is not visible yet; looking for it (40 s left)\n")
        code, out, err = child.end(signal.SIGINT)
        assert (code, out) == (130, "vmbuild_nope  building  vmbuild_nope\n")
        assert err.startswith("vmbuild_nope  unseen    the build is not visible yet; looking for it (40 s")
        assert "error: vmbuild_nope: interrupted; the build was not visible yet\n" in err

    def test_by_a_build_that_is_never_seen_does_not_say_that_it_is_being_built(
        self, api: Api, run: Run
    ) -> None:
        result = run("wait", "vmbuild_nope", "--timeout", "0.2", "--poll", "0.05")
        assert (result.code, result.out) == (7, "vmbuild_nope  building  vmbuild_nope\n")
        assert "error: vmbuild_nope: no build vmbuild_nope was seen within 0.2 s: refused (" in result.err
        assert (
            "a build may become visible only some time after it was accepted; to look for it again:\n"
            in result.err
        )
        assert "do not submit it again" not in result.err

    @pytest.mark.parametrize("wanted", ["nonsense", ""])
    def test_of_what_nobody_knows_is_wrong_use(self, api: Api, run: Run, wanted: str) -> None:
        result = run("wait", wanted)
        assert (result.code, result.out, api.requests) == (2, "", [])
        assert result.err == f"error: no submission on record begins with '{wanted}'\n"

    def test_ctrl_c_says_how_to_go_on(self, serve: Callable[..., Api], run: Run, web: str) -> None:
        time = Time()
        serve(speed=1, clock=time)
        (one,) = submissions(run("submit", web, "--no-wait", *JSON).out)
        child = Child("wait", one["submission_id"], "--poll", "0.01")
        child.read_until("pending")
        code, out, err = child.end(signal.SIGINT)
        assert (code, out) == (130, f"web-1  building  {one['build_id']}\n")
        assert "error: web-1: interrupted; the build goes on\n" in err
        time.now = 100.0
        assert go_on(err)[0] == 0


def test_ids_have_the_shape_that_is_looked_for() -> None:
    assert re.fullmatch(UUID, NOBODY)
