"""``vmspec submit --key``: a rerun goes on with the earlier submission, and makes no second machine."""

from __future__ import annotations

import re
import signal
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from vmspec.sandbox import Endpoint
from vmspec.sandbox.faults import GoneMachine

from ..support.api import Api, Lost, Time, id_in, losing, submissions
from ..support.command_line import WEB_XML, Run
from ..support.processes import Child, follow_advice


class TestRerun:
    def test_created_one_is_not_sent_again(self, api: Api, submit: Run, web: str) -> None:
        assert submit(web, "--key", "k", "--no-wait").code == 0
        result = submit(web, "--key", "k")
        assert (result.code, api.posts) == (0, [201])
        assert result.out.startswith("web-1  started   web-1.sandbox.katapult.cloud")
        assert f"{api.sandbox.builds[0].id}  by an earlier run; nothing is sent\n" in result.err
        (one,) = submissions(submit(web, "--key", "k", "--no-wait", "--output-format", "json").out)
        assert one["virtual_machine"]["id"] == api.sandbox.builds[0].machine_id
        assert api.posts == [201]

    def test_other_spec_is_rejected(self, api: Api, submit: Run, web: str, folder: Path) -> None:
        submit(web, "--key", "k", "--no-wait")
        (folder / "web.xml").write_text(WEB_XML.replace("web-1", "web-2"))
        result = submit(web, "--key", "k", "--output-format", "json")
        (one,) = submissions(result.out)
        assert (result.code, one["outcome"], one["submission_id"]) == (4, "not_sent", None)
        assert "the key k belongs to another spec" in one["error"]["message"]
        assert api.posts == [201]

    def test_machine_of_an_unknown_one_is_adopted(
        self, serve: Callable[..., Api], submit: Run, web: str
    ) -> None:
        time = Time()
        api = serve(speed=1, clock=time)
        with losing(api.running.url) as url:
            first = submit(web, "--key", "k", "--api-url", url)
            again = submit(web, "--key", "k", "--api-url", url)
            assert (first.code, again.code, again.out) == (6, 6, first.out)
            time.now = 100.0
            result = submit(web, "--key", "k", "--api-url", url, "--output-format", "json")
        (one,) = submissions(result.out)
        assert (result.code, one["outcome"], one["build_id"]) == (0, "created", None)
        assert one["submission_id"] == id_in(first.out)
        assert one["virtual_machine"]["id"] == api.sandbox.builds[0].machine_id
        assert api.posts == [201]

    def test_failed_build_keeps_the_key_until_it_is_abandoned(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.fail_next_build()
        assert submit(web, "--key", "k").code == 5
        result = submit(web, "--key", "k")
        build_id = api.sandbox.builds[0].id
        assert (result.code, result.out, api.posts) == (5, f"web-1  failed    {build_id}\n", [201])
        message = f"the build {build_id} failed; nothing was sent"
        assert f"error: web.xml: {message}\n" in result.err
        (one,) = submissions(submit(web, "--key", "k", "--output-format", "json").out)
        assert (one["annotations"]["vmspec.key"], one["error"]["message"]) == ("k", message)
        assert follow_advice(result.err)[0] == 0
        assert (submit(web, "--key", "k").code, api.posts) == (0, [201, 201])

    def test_refused_one_is_sent_again(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.refuse_next("validation_error", at=Endpoint.CREATE)
        assert submit(web, "--key", "k", "--no-wait").code == 3
        assert submit(web, "--key", "k", "--no-wait").code == 0
        assert api.posts == [422, 201]

    def test_run_without_a_key_makes_another_machine(self, api: Api, submit: Run, web: str) -> None:
        assert [submit(web, "--no-wait").code for _ in range(2)] == [0, 0]
        assert api.posts == [201, 201]


@pytest.mark.parametrize("is_purged", [False, True])
class TestGoneMachine:
    """A machine that was deleted after it had started."""

    @pytest.fixture
    def api(self, serve: Callable[..., Api]) -> Api:
        self.time = Time()
        return serve(speed=1, clock=self.time)

    @pytest.fixture
    def gone(self, api: Api, submit: Run, web: str, is_purged: bool) -> str:
        """Submit a spec with the key k and delete its machine; return the id of the submission."""
        api.sandbox.order(GoneMachine(100, purged=is_purged))
        assert submit(web, "--key", "k", "--no-wait").code == 0
        self.time.now = 90
        result = submit(web, "--key", "k", "--output-format", "json")
        assert result.code == 0
        self.time.now = 300
        return str(submissions(result.out)[0]["submission_id"])

    def test_rerun_exits_with_5_until_it_is_abandoned(
        self, api: Api, submit: Run, web: str, gone: str
    ) -> None:
        result = submit(web, "--key", "k")
        assert (result.code, api.posts) == (5, [201])
        assert result.out.startswith("web-1  gone ")
        assert "the machine no longer exists" in result.err
        assert follow_advice(result.err)[0] == 0
        assert (submit(web, "--key", "k", "--no-wait").code, api.posts) == (0, [201, 201])

    @pytest.mark.parametrize("command", ["reconcile", "wait"])
    def test_reconcile_and_wait_exit_with_5(self, run: Run, gone: str, command: str) -> None:
        result = run(command, gone, "--output-format", "json")
        (one,) = submissions(result.out)
        assert (result.code, one["outcome"], one["submission_id"]) == (5, "gone", gone)


class TestJournal:
    def test_journal_option_names_the_file(self, api: Api, submit: Run, web: str, folder: Path) -> None:
        assert submit(web, "--journal", "state/j.sqlite3", "--no-wait").code == 0
        made = folder / "state" / "j.sqlite3"
        assert (made.stat().st_mode & 0o777, made.parent.stat().st_mode & 0o777) == (0o600, 0o700)

    @pytest.mark.parametrize("kind", ["link", "folder", "text"])
    def test_nothing_is_sent_without_a_usable_journal(
        self, api: Api, submit: Run, web: str, folder: Path, kind: str
    ) -> None:
        path = folder / "journal"
        match kind:
            case "link":
                path.symlink_to("elsewhere")
            case "folder":
                path.mkdir()
            case _:
                path.write_text("no database, and longer than its head would be" * 9)
        result = submit(web, "--journal", "journal", "--output-format", "json")
        (one,) = submissions(result.out)
        assert (result.code, one["outcome"], api.requests) == (4, "not_sent", [])
        assert "error: web.xml: the journal journal cannot be used: " in result.err

    def test_journal_locked_during_the_create_exits_with_6_and_the_ids(
        self, api: Api, submit: Run, web: str, own_journal: Path
    ) -> None:
        """Another process keeps the journal locked while the API answers."""

        def lock(method: str) -> None:
            if method == "POST":
                locked.execute("BEGIN EXCLUSIVE")

        submit(web, "--no-wait", "--key", "other")
        locked = sqlite3.connect(own_journal, isolation_level=None, check_same_thread=False)
        api.during.append(lock)
        code, out, err = Child("submit", web, "--key", "k", "--timeout", "1.5").wait()
        locked.rollback()
        locked.close()
        api.during.clear()
        build = api.sandbox.builds[1]
        submission_id = id_in(out)
        assert (code, out) == (6, f"web-1  unknown   submission {submission_id}, {build.id}\n")
        assert "it was created, but the journal could not be written" in err
        assert f"submission {submission_id}, build {build.id}, " in err
        assert follow_advice(err)[0] == 0
        assert (submit(web, "--key", "k").code, api.posts) == (0, [201, 201])


class TestProcesses:
    def test_killed_run_and_its_rerun_make_one_machine(self, api: Api, submit: Run, web: str) -> None:
        """The process is killed before the API answers."""
        built, go = threading.Event(), threading.Event()

        def hold(method: str) -> None:
            if method == "POST":
                built.set()
                go.wait(30)

        api.during.append(hold)
        child = Child("submit", web, "--key", "k")
        try:
            assert built.wait(30)
            child.end(signal.SIGKILL)
        finally:
            go.set()
        result = submit(web, "--key", "k", "--settle", "5", "--output-format", "json")
        (one,) = submissions(result.out)
        assert (result.code, one["outcome"], api.posts) == (0, "created", [201])
        assert one["virtual_machine"]["id"] == api.sandbox.builds[0].machine_id

    def test_killed_batch_and_its_rerun_make_one_machine_each(
        self, api: Api, submit: Run, folder: Path, own_journal: Path
    ) -> None:
        """The process is killed at the seventh create of twenty, while others are under way."""
        for number in range(20):
            (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
        seventh, go = threading.Event(), threading.Event()

        def hold(method: str) -> None:
            if len(api.posts) == 7 and method == "POST":
                seventh.set()
                go.wait(30)

        api.during.append(hold)
        child = Child("submit", ".", "--key", "k", "--no-wait")
        try:
            assert seventh.wait(30)
            child.end(signal.SIGKILL)
        finally:
            go.set()
        result = submit(".", "--key", "k", "--settle", "5", "--output-format", "json")
        results = submissions(result.out)
        made = [build.hostname for build in api.sandbox.builds]
        assert len(set(made)) == len(made)
        unknown = [one["submission_id"] for one in results if one["outcome"] == "unknown"]
        assert {one["outcome"] for one in results} <= {"created", "unknown"}
        assert len(made) + len(unknown) >= 20
        assert result.code == (6 if unknown else 0)

    def test_two_processes_with_one_key_make_one_machine(self, api: Api, submit: Run, web: str) -> None:
        sending, go = threading.Event(), threading.Event()

        def hold(method: str) -> None:
            if method == "POST":
                sending.set()
                go.wait(30)

        api.during.append(hold)
        first = Child("submit", web, "--key", "k", "--poll", "0.01")
        assert sending.wait(30)
        second = Child("submit", web, "--key", "k", "--poll", "0.01")
        try:
            second.read_until("held")
        finally:
            go.set()
        ended = [child.wait() for child in (first, second)]
        assert [code for code, _, _ in ended] == [0, 0]
        assert {out.split()[2] for _, out, _ in ended} == {"web-1.sandbox.katapult.cloud"}
        assert "web-1  held      waiting for another process that is sending submission" in ended[1][2]
        assert api.posts == [201]


class TestEarlierRuns:
    """Machines of earlier runs among the results."""

    @pytest.fixture
    def six(self, folder: Path) -> str:
        for number in range(6):
            (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
        return "."

    def test_new_and_earlier_machines_are_counted(self, api: Api, submit: Run, six: str) -> None:
        assert submit("0.xml", "1.xml", "--key", "k", "--no-wait").err.endswith("\n2 created\n")
        assert submit(six, "--key", "k", "--no-wait").err.endswith("\n6 created (4 new, 2 were there)\n")
        result = submit(six, "--key", "k")
        assert result.err.endswith("\n6 created (0 new, 6 were there)\n")
        assert api.posts == [201] * 6

    def test_json_says_which_are_new(self, api: Api, submit: Run, six: str) -> None:
        submit("0.xml", "1.xml", "--key", "k", "--no-wait")
        results = submissions(submit(six, "--key", "k", "--no-wait", "--output-format", "json").out)
        assert [one["new"] for one in results] == [False, False, True, True, True, True]

    def test_rerun_without_waiting_reads_lists_and_not_each_machine(
        self, api: Api, submit: Run, folder: Path
    ) -> None:
        for number in range(40):
            (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
        assert submit(".", "--key", "k").code == 0
        sent = len(api.requests)
        result = submit(".", "--key", "k", "--no-wait")
        assert (result.code, len(api.posts)) == (0, 40)
        reads = [path for method, path, _ in api.requests[sent:] if method == "GET"]
        assert len(reads) <= 6, reads

    def test_machine_of_another_journal_was_there(self, api: Api, submit: Run, web: str) -> None:
        first = submissions(submit(web, "--key", "k", "--output-format", "json").out)
        again = submit(web, "--key", "k", "--journal", "other", "--output-format", "json")
        (one,) = submissions(again.out)
        assert (again.code, api.posts, one["new"]) == (0, [201], False)
        assert one["virtual_machine"]["id"] == first[0]["virtual_machine"]["id"]

    def test_changed_annotations_are_named(self, api: Api, submit: Run, web: str) -> None:
        first = submit(web, "--key", "k", "--no-wait", "--annotation", "team=web", "--annotation", "cost=1")
        assert "warning" not in first.err
        again = submit(web, "--key", "k", "--no-wait", "--annotation", "team=db", "--annotation", "seen")
        words = "the machine was made with other annotations (cost, seen, team), which it keeps"
        assert again.err.count("warning: ") == 1
        assert f"warning: web.xml: {words}\n" in again.err

    def test_warnings_are_grouped(self, api: Api, submit: Run, six: str) -> None:
        submit(six, "--key", "k", "--no-wait")
        again = submit(six, "--key", "k", "--no-wait", "--annotation", "team=db")
        first, rest = [line for line in again.err.splitlines() if line.startswith("warning: ")]
        assert first.endswith(".xml: the machine was made with other annotations (team), which it keeps")
        assert re.fullmatch(r"warning: the same for (\d.xml, ){2}\d.xml and 2 more", rest)

    def test_wrong_api_key_does_not_change_what_is_known(
        self, api: Api, submit: Run, web: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        submit(web, "--key", "k")
        monkeypatch.setenv("KATAPULT_API_KEY", "wrong")
        for options in ((), ("--no-wait",)):
            result = submit(web, "--key", "k", "--output-format", "json", *options)
            (one,) = submissions(result.out)
            assert (result.code, one["outcome"], one["error"]["code"]) == (3, "building", "invalid_api_token")

    def test_rerun_is_the_advice_for_an_unknown_one(self, lost: Lost, submit: Run, web: str) -> None:
        result = submit(web, "--key", "k", *lost.there)
        assert (result.code, result.err.splitlines()[-1]) == (6, "  to go on, run the same command again")
        assert "do not submit it again" not in result.err
        lost.appear()
        assert submit(web, "--key", "k", *lost.there).code == 0
