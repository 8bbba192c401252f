"""``vmspec reconcile``: looking again for the machines of unknown submissions."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import evolve

from vmspec.katapult import Entry, SQLiteJournal

from ..support.api import Api, Lost, read_entries, submissions
from ..support.command_line import WEB_XML, Run
from ..support.processes import Child, follow_advice

JSON = ("--output-format", "json")
OTHER_ID = "00000000-0000-4000-8000-000000000000"
OTHER_ORGANIZATION = "org_0000000000000000"


def states(journal: Path) -> list[str]:
    return [entry.state for entry in read_entries(journal)]


def put_on_record(journal: Path, api: Api, state: Any, hold_s: float = 0.0) -> None:
    store = SQLiteJournal(journal)
    place = {"api_url": api.running.url, "organization": api.running.organization}
    begun = store.begin(Entry(id="1", spec_sha256="", **place), 0)
    if state != "intent":
        store.advance(evolve(begun, state=state), hold_s)
    store.close()


def test_machine_that_has_appeared_is_adopted(lost: Lost, run: Run, own_journal: Path) -> None:
    still = run("reconcile", *lost.there)
    assert (still.code, still.out) == (6, f"web-1  unknown   submission {lost.id}\n")
    assert "error: web-1: the spec was sent, but the answer was cut off" in still.err
    give_up = f"vmspec submissions abandon {lost.id}"
    assert f"  once you are sure that it does not exist, give the submission up: {give_up}\n" in still.err
    machine_id = lost.appear()
    result = run("reconcile", *lost.there, *JSON)
    (one,) = submissions(result.out)
    assert result.code == 0
    assert (one["path"], one["outcome"], one["submission_id"]) == (None, "created", lost.id)
    assert (one["virtual_machine"]["id"], one["virtual_machine"]["state"]) == (machine_id, "started")
    assert states(own_journal) == ["created"]
    assert run("reconcile", *lost.there, *JSON).out == '{\n  "version": 1,\n  "submissions": []\n}\n'


def test_prefix_of_an_id_is_enough(lost: Lost, run: Run) -> None:
    lost.appear()
    result = run("reconcile", lost.id[:8], *lost.there)
    assert (result.code, result.out) == (
        0,
        "web-1  started   web-1.sandbox.katapult.cloud  198.19.0.10\n",
    )
    assert run("reconcile", lost.id, *lost.there).out == result.out


def test_settle_goes_on_looking(lost: Lost, run: Run) -> None:
    lost.api.during.append(lambda _: lost.appear())
    result = run("reconcile", "--settle", "30", *lost.there)
    assert result.code == 0


def test_time_left_is_shown(lost: Lost) -> None:
    child = Child("reconcile", "--settle", "161", *lost.there)
    child.read_until("looking")
    lost.appear()
    code, _, err = child.wait()
    assert (code, err.splitlines()[0]) == (
        0,
        f"web-1  looking   submission {lost.id} is being looked for (2 min 41 s left);"
        " do not submit it again",
    )


def test_submission_of_another_journal_is_found(lost: Lost, run: Run, folder: Path) -> None:
    lost.appear()
    other = ("--journal", "other")
    result = run("reconcile", lost.id, *lost.there, *other, *JSON)
    assert submissions(result.out)[0]["virtual_machine"]["hostname"] == "web-1"
    assert run("reconcile", OTHER_ID, *lost.there, *other).code == 6


@pytest.mark.parametrize("command", ["reconcile", "wait"])
def test_abandoned_submission_is_unknown_until_its_machine_appears(
    lost: Lost, run: Run, command: str
) -> None:
    assert run("submissions", "abandon", lost.id).code == 0
    result = run(command, lost.id, *lost.there)
    assert (result.code, result.out) == (6, f"web-1  unknown   submission {lost.id}\n")
    assert f"error: web-1: submission {lost.id} was abandoned: a person decided that no" in result.err
    assert "there is nothing left to do; if its machine appears, delete it or adopt it" in result.err
    assert "do not submit it again" not in result.err
    lost.appear()
    assert follow_advice(result.err)[0] == 0


def test_several_machines_are_listed(lost: Lost, run: Run) -> None:
    """Another program repeats the request with its annotations, which vmspec never does."""
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
    lost.appear()
    result = run("reconcile", *lost.there)
    ids = [build.machine_id for build in lost.api.sandbox.builds]
    assert (result.code, result.out) == (6, f"web-1  unknown   submission {lost.id}\n")
    assert f"error: web-1: several machines carry the id of one submission: {', '.join(ids)}" in result.err
    assert "do not submit it again before" not in result.err
    assert f"  {ids[0]}\n  {ids[1]}\n  check each of them and delete those" in result.err


def test_nothing_is_unknown(api: Api, run: Run) -> None:
    result = run("reconcile")
    assert (result.code, result.out, api.requests) == (0, "", [])
    assert result.err == f"nothing to look for: no submission to sandbox at {api.running.url} is unknown\n"


def test_other_organization_is_left_alone(lost: Lost, run: Run) -> None:
    lost.appear()
    assert run("reconcile", *lost.there, "--organization", OTHER_ORGANIZATION).code == 0
    result = run("reconcile", lost.id, *lost.there, "--organization", OTHER_ORGANIZATION)
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
def test_settled_submission_needs_no_request(
    api: Api, run: Run, own_journal: Path, state: Any, code: int, outcome: str
) -> None:
    put_on_record(own_journal, api, state)
    result = run("reconcile", "1", *JSON)
    (one,) = submissions(result.out)
    assert (result.code, one["outcome"], one["submission_id"]) == (code, outcome, "1")
    assert api.requests == []


def test_submission_sent_by_another_process_is_left_alone(api: Api, run: Run, own_journal: Path) -> None:
    put_on_record(own_journal, api, "sending", hold_s=60)
    result = run("reconcile")
    assert (result.code, result.out, api.requests) == (6, "1  unknown   submission 1\n", [])
    assert "is sending it now; try again when that has ended" in result.err


def test_wrong_api_key_exits_with_3(lost: Lost, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KATAPULT_API_KEY", "wrong")
    result = run("reconcile", *lost.there, *JSON)
    (one,) = submissions(result.out)
    assert (result.code, one["submission_id"], one["error"]["code"]) == (3, lost.id, "invalid_api_token")


@pytest.mark.parametrize(("command", "options"), [("reconcile", ()), ("wait", ("--timeout", "1"))])
def test_wrong_api_key_does_not_change_what_is_known(
    api: Api, run: Run, web: str, monkeypatch: pytest.MonkeyPatch, command: str, options: tuple[str, ...]
) -> None:
    (sent,) = submissions(run("submit", web, *JSON).out)
    monkeypatch.setenv("KATAPULT_API_KEY", "wrong")
    result = run(command, sent["submission_id"], *options, *JSON)
    (one,) = submissions(result.out)
    assert (result.code, one["outcome"], one["error"]["code"]) == (3, "building", "invalid_api_token")


def test_api_key_is_required(api: Api, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KATAPULT_API_KEY")
    assert run("reconcile").code == 2
    assert run("wait", "vmbuild_1").code == 2


def test_interruption_leaves_the_journal_as_it_is(lost: Lost, own_journal: Path) -> None:
    child = Child("reconcile", "--settle", "100", *lost.there)
    child.read_until("looking")
    code, out, err = child.end(signal.SIGTERM)
    assert (code, out) == (130, f"web-1  unknown   submission {lost.id}\n")
    assert states(own_journal) == ["unknown"]
    lost.appear()
    assert follow_advice(err)[0] == 0
