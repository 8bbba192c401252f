"""Real processes: killed at each step of a submission, and two of them with one key or with two."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from vmspec import errors
from vmspec.katapult import Katapult, SQLiteJournal
from vmspec.sandbox import Endpoint, RunningSandbox, Sandbox, running
from vmspec.sandbox.faults import Delay

from ..support.victim import XML

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
VICTIM = Path(__file__).parents[1] / "support" / "victim.py"
KEY = "orders/42"


@pytest.fixture
def katapult() -> Iterator[RunningSandbox]:
    """A day passes there in a minute and a half here."""
    with running(Sandbox(speed=1000)) as katapult:
        yield katapult


@pytest.fixture
def journal(tmp_path: Path) -> SQLiteJournal:
    return SQLiteJournal(tmp_path / "journal.sqlite3")


def victim(
    katapult: RunningSandbox, journal: SQLiteJournal, key: str, point: str = "", lost: str = ""
) -> subprocess.Popen[str]:
    command = [sys.executable, str(VICTIM), katapult.url, katapult.token, str(journal.path), key, point, lost]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def posts(katapult: RunningSandbox) -> int:
    return katapult.sandbox.requests(Endpoint.CREATE)


def rerun(katapult: RunningSandbox, journal: SQLiteJournal) -> Katapult:
    return Katapult(
        token=katapult.token, organization=katapult.organization, api_url=katapult.url, journal=journal
    )


SENDS_ONCE, NEVER_SENDS, ADOPTS, ANSWERS = "sends once", "never sends", "adopts", "answers"
POINTS = [
    ("begin before", "", SENDS_ONCE),
    ("begin after", "", SENDS_ONCE),
    ("sending before", "", SENDS_ONCE),
    ("sending after", "", NEVER_SENDS),
    ("post before", "", NEVER_SENDS),
    ("post after", "", ADOPTS),
    ("created before", "", ADOPTS),
    ("created after", "", ANSWERS),
    ("unknown before", "lost", ADOPTS),
    ("unknown after", "lost", ADOPTS),
    ("look before", "lost", ADOPTS),
    ("look after", "lost", ADOPTS),
    ("created before", "lost", ADOPTS),
    ("created after", "lost", ANSWERS),
]


@pytest.mark.parametrize(("point", "lost", "expected"), POINTS)
def test_a_process_that_is_killed_leaves_a_rerun_with_the_key_to_go_on(
    katapult: RunningSandbox, journal: SQLiteJournal, point: str, lost: str, expected: str
) -> None:
    process = victim(katapult, journal, KEY, point, lost)
    output, _ = process.communicate("go\n", timeout=30)
    assert (process.returncode, output) == (-9, "")
    left = journal.entries()
    assert [entry.held_by for entry in left] == [None] * len(left)
    sent = posts(katapult)
    with rerun(katapult, journal) as again:
        if expected == NEVER_SENDS:
            for _ in range(2):
                with pytest.raises(errors.OutcomeUnknownError) as raised:
                    again.submit(XML, KEY, settle_s=0.0)
                assert raised.value.submission_id == left[0].id
            assert (posts(katapult), katapult.sandbox.builds) == (0, ())
            return
        submission = again.submit(XML, KEY, settle_s=5.0)
        assert submission.outcome == "created"
        [build] = katapult.sandbox.builds
        assert posts(katapult) == 1
        assert sent == (0 if expected == SENDS_ONCE else 1)
        if expected == SENDS_ONCE:
            assert submission.build is not None
            assert submission.build.id == build.id
        if expected == ADOPTS or lost:
            assert submission.virtual_machine is not None
            assert submission.virtual_machine.id == build.machine_id
        assert again.wait(submission, poll_s=0.05).id == build.machine_id
        [entry] = again.submissions()
        assert left in ([], [entry]) or left[0].id == entry.id
        assert (entry.state, entry.virtual_machine_id) == ("created", build.machine_id)


def together(processes: list[subprocess.Popen[str]]) -> list[dict[str, str]]:
    time.sleep(0.3)  # so that both are ready; nothing hangs on it
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    told: list[dict[str, str]] = [json.loads(process.communicate(timeout=30)[0]) for process in processes]
    return told


def test_two_processes_with_one_key_make_one_post_and_answer_with_the_same_machine(
    journal: SQLiteJournal,
) -> None:
    with running(Sandbox(speed=1000)) as katapult:
        katapult.sandbox.order(Delay(0.7), at=Endpoint.CREATE)
        one, other = together([victim(katapult, journal, KEY) for _ in range(2)])
        [build] = katapult.sandbox.builds
        assert posts(katapult) == 1
    assert one == other == {"submission": one["submission"], "build": build.id, "machine": None}
    assert [entry.id for entry in journal.entries()] == [one["submission"]]


def test_two_processes_with_one_key_of_which_one_is_killed(journal: SQLiteJournal) -> None:
    with running(Sandbox(speed=1000)) as katapult:
        killed = victim(katapult, journal, KEY, "post after")
        killed.communicate("go\n", timeout=30)
        one, other = together([victim(katapult, journal, KEY) for _ in range(2)])
        [build] = katapult.sandbox.builds
    assert one == other == {"submission": one["submission"], "build": None, "machine": build.machine_id}


def test_two_processes_with_two_keys_make_two_machines_and_do_not_wait_for_each_other(
    journal: SQLiteJournal,
) -> None:
    with running(Sandbox(speed=1000)) as katapult:
        one, other = together([victim(katapult, journal, key) for key in ("a", "b")])
        assert {one["build"], other["build"]} == {build.id for build in katapult.sandbox.builds}
        assert posts(katapult) == 2
    assert [entry.state for entry in journal.entries()] == ["created", "created"]
