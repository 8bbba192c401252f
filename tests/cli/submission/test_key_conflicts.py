"""``vmspec submit --key``: a rerun goes on where the first run stands, and sends nothing twice."""

from __future__ import annotations

import re
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from vmspec.cli.submission.job import Job
from vmspec.cli.submission.journal_lookup import read_entries
from vmspec.cli.submission.key_conflicts import find_key_conflicts
from vmspec.errors import JournalError
from vmspec.katapult import Entry, Katapult, SQLiteJournal
from vmspec.sandbox import Endpoint

from ..support.api import Api, Time, id_in, losing, submissions
from ..support.command_line import WEB_XML, Run
from ..support.processes import Child, go_on


@pytest.fixture
def submit(run: Run) -> Run:
    def submit_here(*arguments: str | Path, **options: Any) -> Any:
        return run("submit", "--poll", "0.01", "--settle", "0", *arguments, **options)

    return submit_here


def keys(journal: Path) -> list[str | None]:
    return [entry.key for entry in read_entries(journal)]


class TestNames:
    def test_one_file_has_the_key_itself(self, api: Api, submit: Run, web: str, own_journal: Path) -> None:
        result = submit(web, "--key", "prod/web", "--no-wait", "--output-format", "json")
        (one,) = submissions(result.out)
        assert one["annotations"]["vmspec.key"] == "prod/web"
        assert keys(own_journal) == ["prod/web"]

    def test_standard_input_too(self, api: Api, submit: Run, own_journal: Path) -> None:
        assert submit("-", "--key", "k", "--no-wait", stdin=WEB_XML.encode()).code == 0
        assert keys(own_journal) == ["k"]

    @pytest.mark.parametrize(
        ("arguments", "wanted"),
        [
            (["specs"], ["k/a.xml", "k/deep/b.xml"]),
            (["./specs/"], ["k/a.xml", "k/deep/b.xml"]),
            (["specs/deep"], ["k/b.xml"]),
            (["specs/**/*.xml"], ["k/a.xml", "k/deep/b.xml"]),
            (["specs/a.xml", "specs/deep/b.xml"], ["k/a.xml", "k/b.xml"]),
            (["specs/a.xml", "specs/deep"], ["k/a.xml", "k/b.xml"]),
        ],
    )
    def test_of_several_it_is_the_path_below_the_argument(
        self, api: Api, submit: Run, folder: Path, own_journal: Path, arguments: list[str], wanted: list[str]
    ) -> None:
        (folder / "specs" / "deep").mkdir(parents=True)
        (folder / "specs" / "a.xml").write_text(WEB_XML)
        (folder / "specs" / "deep" / "b.xml").write_text(WEB_XML.replace("web-1", "web-2"))
        assert submit(*arguments, "--key", "k", "--no-wait").code == 0
        assert sorted(keys(own_journal)) == wanted  # a few begin at the same time

    def test_two_documents_cannot_have_one(self, api: Api, submit: Run, folder: Path) -> None:
        for name in ("one", "two"):
            (folder / name).mkdir()
            (folder / name / "web.xml").write_text(WEB_XML)
        result = submit("one", "two", "--key", "k")
        assert (result.code, result.out, api.requests) == (2, "", [])
        assert result.err == (
            "error: two/web.xml: has the same key as one/web.xml: k/web.xml\n"
            "error: nothing was sent: two documents would have the same key\n"
        )

    def test_an_empty_one_is_wrong_use(self, api: Api, submit: Run, web: str) -> None:
        result = submit(web, "--key", "")
        assert (result.code, api.requests) == (2, [])
        assert "--key" in result.err


class TestRerun:
    def test_of_a_created_one_answers_with_its_machine(self, api: Api, submit: Run, web: str) -> None:
        assert submit(web, "--key", "k", "--no-wait").code == 0
        result = submit(web, "--key", "k")
        assert (result.code, api.posts) == (0, [201])
        assert result.out.startswith("web-1  started   web-1.sandbox.katapult.cloud")
        assert f"{api.sandbox.builds[0].id}  by an earlier run; nothing is sent\n" in result.err
        (one,) = submissions(submit(web, "--key", "k", "--no-wait", "--output-format", "json").out)
        assert one["virtual_machine"]["id"] == api.sandbox.builds[0].machine_id
        assert api.posts == [201]

    def test_of_another_spec_is_not_sent(self, api: Api, submit: Run, web: str, folder: Path) -> None:
        submit(web, "--key", "k", "--no-wait")
        (folder / "web.xml").write_text(WEB_XML.replace("web-1", "web-2"))
        result = submit(web, "--key", "k", "--output-format", "json")
        (one,) = submissions(result.out)
        assert (result.code, one["outcome"], one["submission_id"]) == (4, "not_sent", None)
        assert "the key k belongs to another spec" in one["error"]["message"]
        assert api.posts == [201]

    def test_of_an_unknown_one_adopts_its_machine(
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

    def test_of_one_whose_build_failed_says_so_and_what_frees_the_key(
        self, api: Api, submit: Run, web: str
    ) -> None:
        api.sandbox.fail_next_build()
        assert submit(web, "--key", "k").code == 5
        result = submit(web, "--key", "k")
        build_id = api.sandbox.builds[0].id
        assert (result.code, result.out, api.posts) == (5, f"web-1  failed    {build_id}\n", [201])
        told = f"the build of this key failed before ({build_id}); nothing was sent"
        assert f"error: web.xml: {told}\n" in result.err
        (one,) = submissions(submit(web, "--key", "k", "--output-format", "json").out)
        assert (one["annotations"]["vmspec.key"], one["error"]["message"]) == ("k", told)
        assert go_on(result.err)[0] == 0
        assert (submit(web, "--key", "k").code, api.posts) == (0, [201, 201])

    def test_of_a_refused_one_sends_it(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.refuse_next("validation_error", at=Endpoint.CREATE)
        assert submit(web, "--key", "k", "--no-wait").code == 3
        assert submit(web, "--key", "k", "--no-wait").code == 0
        assert api.posts == [422, 201]

    def test_without_one_is_a_new_wish(self, api: Api, submit: Run, web: str) -> None:
        assert [submit(web, "--no-wait").code for _ in range(2)] == [0, 0]
        assert api.posts == [201, 201]


class TestGrowing:
    """A pattern that the shell expands fits one file today and two tomorrow."""

    @pytest.fixture
    def two(self, folder: Path) -> tuple[str, str]:
        (folder / "gl").mkdir()
        for name in ("n1", "n2"):
            (folder / "gl" / f"{name}.xml").write_text(WEB_XML.replace("web-1", name))
        return "gl/n1.xml", "gl/n2.xml"

    def test_to_several_makes_no_second_machine(
        self, api: Api, submit: Run, two: tuple[str, str], own_journal: Path
    ) -> None:
        assert submit(two[0], "--key", "prod", "--no-wait").code == 0
        (entry,) = read_entries(own_journal)
        result = submit(*two, "--key", "prod", "--no-wait", "--output-format", "json")
        assert (result.code, api.posts, keys(own_journal)) == (4, [201], ["prod"])
        told = submissions(result.out)
        assert [(one["outcome"], one["submission_id"]) for one in told] == [("not_sent", None)] * 2
        first, second = (one["error"]["message"] for one in told)
        assert first == (
            f"this spec is on record under the key prod (submission {entry.id}, created)"
            " and would now get the key prod/n1.xml, because a single document has KEY, and each of several"
            " has KEY/PATH; to go on with that submission, submit the document alone with --key prod; for"
            " another machine give another --key"
        )
        assert second == "nothing was sent: gl/n1.xml would have another key than before"
        assert result.err == f"error: gl/n1.xml: {first}\nerror: gl/n2.xml: {second}\n"
        assert submit(two[0], "--key", "prod", "--no-wait").code == 0
        assert api.posts == [201]

    def test_to_one_makes_no_second_machine(
        self, api: Api, submit: Run, two: tuple[str, str], own_journal: Path
    ) -> None:
        assert submit(*two, "--key", "prod", "--no-wait").code == 0
        result = submit(two[1], "--key", "prod", "--no-wait")
        assert (result.code, result.out, api.posts) == (4, "n2  not sent\n", [201, 201])
        assert "error: gl/n2.xml: this spec is on record under the key prod/n2.xml (submission " in result.err
        assert submit(two[1], "--key", "prod/n2.xml", "--no-wait").code == 0
        assert sorted(filter(None, keys(own_journal))) == ["prod/n1.xml", "prod/n2.xml"]

    def test_is_no_matter_where_the_key_is_free_again(
        self, api: Api, submit: Run, two: tuple[str, str]
    ) -> None:
        api.sandbox.refuse_next("validation_error", at=Endpoint.CREATE)
        assert submit(two[0], "--key", "prod", "--no-wait").code == 3
        assert submit(*two, "--key", "prod", "--no-wait").code == 0

    def test_is_no_matter_of_another_spec_key_or_organization(
        self, api: Api, submit: Run, two: tuple[str, str]
    ) -> None:
        assert submit(two[0], "--key", "prod", "--no-wait").code == 0
        assert submit(two[0], "--key", "prod/new", "--no-wait").code == 0
        assert submit(*two, "--key", "production", "--no-wait").code == 0
        other = api.sandbox.catalogue.organization_id
        assert submit(*two, "--key", "prod", "--no-wait", "--organization", other).code == 0

    def test_goes_on_with_what_was_made_twice_already(
        self, api: Api, submit: Run, two: tuple[str, str]
    ) -> None:
        assert submit(two[0], "--key", "prod/n1.xml", "--no-wait").code == 0
        assert submit(two[0], "--key", "prod", "--no-wait", "--output-format", "json").code == 4
        assert submit(*two, "--key", "prod", "--no-wait").code == 0
        assert api.posts == [201, 201]


class TestJournal:
    def test_lies_where_it_is_said(self, api: Api, submit: Run, web: str, folder: Path) -> None:
        assert submit(web, "--journal", "state/j.sqlite3", "--no-wait").code == 0
        made = folder / "state" / "j.sqlite3"
        assert (made.stat().st_mode & 0o777, made.parent.stat().st_mode & 0o777) == (0o600, 0o700)

    @pytest.mark.parametrize("kind", ["link", "folder", "text"])
    def test_that_cannot_be_used_lets_nothing_be_sent(
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

    def test_that_another_process_keeps_is_told_of_each_document(
        self, api: Api, submit: Run, folder: Path, own_journal: Path
    ) -> None:
        for name in ("one", "two"):
            (folder / f"{name}.xml").write_text(WEB_XML.replace("web-1", name))
        assert submit("one.xml", "--key", "other", "--no-wait").code == 0
        locked = sqlite3.connect(own_journal, isolation_level=None)
        locked.execute("BEGIN EXCLUSIVE")
        result = submit("one.xml", "two.xml", "--key", "k", "--timeout", "0.2", "--no-wait")
        locked.rollback()
        locked.close()
        assert (result.code, api.posts) == (4, [201])
        assert result.out == "one  not sent\ntwo  not sent\n"
        for name in ("one", "two"):
            assert (
                f"error: {name}.xml: the journal {own_journal} cannot be used: database is locked\n"
                in result.err
            )

    def test_that_another_process_keeps_is_waited_for_as_long_as_it_is_said(self) -> None:
        waits: list[float] = []

        class Kept(SQLiteJournal):
            @contextmanager
            def within(self, wait_s: float) -> Iterator[None]:
                waits.append(wait_s)
                yield

            def entries(self) -> Sequence[Entry]:
                assert waits == [2.0]
                raise JournalError("it is kept")

        job = Job(name="web.xml", key="k")
        with Katapult(token="t", organization="acme", journal=Kept()) as katapult:
            told = find_key_conflicts([job], "k", katapult, 2.0)
        assert [(each, str(error)) for each, error in told.items()] == [(job, "it is kept")]

    def test_of_the_sandbox_is_in_memory(self, run: Run, web: str, own_journal: Path) -> None:
        assert run("submit", web, "--sandbox", "--no-wait", "--key", "k").code == 0
        assert not own_journal.exists()
        result = run("submit", web, "--sandbox", "--journal", "j")
        assert (result.code, "--sandbox takes no --organization" in result.err) == (2, True)

    def test_that_fails_just_after_the_create_is_told_with_6_and_the_ids(
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
        assert go_on(err)[0] == 0
        assert (submit(web, "--key", "k").code, api.posts) == (0, [201, 201])


class TestInterruption:
    def test_kill_9_while_it_is_sent_and_a_rerun_make_one_machine(
        self, api: Api, submit: Run, web: str
    ) -> None:
        """The process dies when the API has built and not answered yet."""
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

    def test_a_batch_that_is_killed_goes_on_where_it_was(
        self, api: Api, submit: Run, folder: Path, own_journal: Path
    ) -> None:
        """Twenty documents; the process dies when the seventh is built, and others are on their way."""
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
        told = submissions(result.out)
        made = [build.hostname for build in api.sandbox.builds]
        assert len(set(made)) == len(made)
        unknown = [one["submission_id"] for one in told if one["outcome"] == "unknown"]
        assert {one["outcome"] for one in told} <= {"created", "unknown"}
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

    def test_while_another_process_sends_it_stays_unknown(self, api: Api, web: str) -> None:
        sending, go = threading.Event(), threading.Event()

        def hold(method: str) -> None:
            if method == "POST":
                sending.set()
                go.wait(30)

        api.during.append(hold)
        first = Child("submit", web, "--key", "k", "--no-wait")
        assert sending.wait(30)
        second = Child("submit", web, "--key", "k")
        try:
            second.read_until("held")
            code, out, err = second.end(signal.SIGINT)
        finally:
            go.set()
        assert first.wait()[0] == 0
        assert (code, out) == (130, f"web-1  unknown   submission {id_in(out)}\n")
        held = f"is still sending this: do not submit it again before submission {id_in(out)}"
        assert re.search(rf"error: web.xml: process \d+ on \S+ {held}", err)
        assert go_on(err)[0] == 0
