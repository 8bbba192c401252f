"""Interrupted runs, and results that cannot be written."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from vmspec.cli.submission.connection import ConnectionOptions
from vmspec.cli.submission.job import Job
from vmspec.cli.submission.output import OutputOptions
from vmspec.cli.submission.run import Run as JobRun
from vmspec.katapult import Build, Katapult, Outcome, Submission

from ..support.api import Api, id_in, submissions
from ..support.command_line import WEB_XML, Process, Run
from ..support.processes import Child, follow_advice


class TestInterruption:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_interrupted_wait_prints_ids_and_how_to_go_on(
        self, serve: Callable[..., Api], web: str, number: signal.Signals
    ) -> None:
        now = 0.0
        api = serve(speed=1, clock=lambda: now)
        child = Child("submit", web, "--poll", "0.01")
        child.read_until("pending")
        code, out, err = child.end(number)
        (build,) = api.sandbox.builds
        (submission_id,) = [one.value for one in build.annotations if one.key == "vmspec.submission"]
        assert (code, out) == (130, f"web-1  building  {build.id}\n")
        assert "error: web.xml: interrupted; the build goes on\n" in err
        assert f"submission {submission_id}, build {build.id}, hostname web-1\n" in err
        assert "do not submit it again" in err
        now = 100.0
        assert follow_advice(err)[0] == 0
        assert api.posts == [201]

    def test_json_after_an_interruption(self, serve: Callable[..., Api], folder: Path) -> None:
        """Some are building, some have no answer yet, and the rest is not sent.

        Eight are sent at a time: once a ninth arrives, the answer to one has been read.
        """
        for number in range(20):
            (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
        api = serve(speed=0.001)
        held, go = threading.Event(), threading.Event()

        def hold_the_ninth(method: str) -> None:
            if len(api.posts) == 9 and method == "POST":
                held.set()
                go.wait(30)

        api.during.append(hold_the_ninth)
        child = Child("submit", ".", "--output-format", "json")
        try:
            assert held.wait(30)
            code, out, err = child.end(signal.SIGINT)
        finally:
            go.set()
        results = submissions(out)
        assert code == 130
        building = [one["build_id"] for one in results if one["outcome"] == "building"]
        assert building
        assert {*building} <= {build.id for build in api.sandbox.builds}
        unknown = [one for one in results if one["outcome"] == "unknown"]
        assert 1 <= len(unknown) <= 8
        for one in unknown:
            assert "a machine may have been made" in one["error"]["message"]
            assert one["submission_id"] in err
        left = [one["error"]["message"] for one in results if one["outcome"] == "not_sent"]
        assert left == ["interrupted before it was sent"] * (20 - len(building) - len(unknown))

    def test_interrupted_before_anything_is_sent(self, api: Api, folder: Path) -> None:
        os.mkfifo(folder / "web.xml")
        child = Child("submit", "web.xml")
        with (folder / "web.xml").open("wb"):  # comes back as soon as the command reads
            assert child.end(signal.SIGINT) == (130, "", "error: interrupted; nothing was sent\n")
        assert api.requests == []

    def test_interrupted_while_another_process_sends(self, api: Api, web: str) -> None:
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
        assert re.search(r"error: web.xml: process \d+ on \S+ is still sending this\n", err)
        assert err.endswith("\n  to go on, run the same command again\n")
        assert Child("submit", web, "--key", "k", "--poll", "0.01").wait()[0] == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("output", [[], ["--no-wait"], ["--output-format", "json"]])
def test_results_that_cannot_be_written_exit_with_6(
    api: Api, process: Process, web: str, output: list[str]
) -> None:
    with Path("/dev/full").open("wb") as full:
        done = process("submit", web, "--poll", "0.01", *output, stdout=full)
    assert (done.returncode, api.posts) == (6, [201])
    assert api.sandbox.builds[0].id.encode() in done.stderr
    assert b"error: the results cannot be written: No space left on device\n" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("output", [[], ["--no-wait"], ["--output-format", "json"]])
def test_messages_that_cannot_be_written_exit_with_6(
    api: Api, process: Process, web: str, output: list[str]
) -> None:
    with Path("/dev/full").open("wb") as full:
        done = process("submit", web, "--poll", "0.01", *output, stderr=full)
        both = process("submit", web, "--poll", "0.01", *output, stderr=full, stdout=full)
    assert (done.returncode, both.returncode, api.posts) == (6, 6, [201, 201])
    assert b"created" in done.stdout or b"started" in done.stdout


def test_closed_pipe_exits_with_6(api: Api, process: Process, web: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = process("submit", web, "--no-wait", stdout=writer)
    os.close(writer)
    assert (done.returncode, api.posts) == (6, [201])
    assert done.stderr.endswith(b"error: the results cannot be written: Broken pipe\n")


def test_unwritable_output_exits_with_2_if_nothing_was_sent(api: Api, process: Process, folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = process("submit", "nope.xml", stderr=full, stdout=full)
    assert (done.returncode, api.requests) == (2, [])


class TestStats:
    def test_stats_are_a_line(self, api: Api, submit: Run, web: str) -> None:
        err = submit(web, "--stats").err
        line = next(line for line in err.splitlines() if line.startswith("stats: "))
        requests = len(api.requests)
        assert re.fullmatch(
            rf"stats: \d+\.\d s; {requests} requests \({requests - 1} GET, 1 POST\); 0 rate limited;"
            r" 0 unanswered; create \d\.\d s median, \d\.\d s longest;"
            r" started after \d\.\d s median, \d\.\d s longest",
            line,
        )

    def test_stats_are_in_the_json(self, api: Api, submit: Run, web: str) -> None:
        result = submit(web, "--stats", "--output-format", "json")
        stats = json.loads(result.out)["stats"]
        assert stats["requests"] == {"GET": len(api.requests) - 1, "POST": 1}
        assert (stats["rate_limited"], stats["unanswered"]) == (0, 0)
        assert "stats" not in result.err

    def test_stats_of_nothing_sent(self, api: Api, run: Run) -> None:
        assert re.fullmatch(
            r"nothing to look for.*\nstats: 0\.\d s; 0 requests; 0 rate limited; 0 unanswered\n",
            run("reconcile", "--stats").err,
        )


def test_internal_error_after_a_create_exits_with_6_and_the_results(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    job = Job(name="web.xml", hostname="web-1")
    run = JobRun(jobs=[job], connection=ConnectionOptions(), output=OutputOptions(), waits=False)
    created = Submission(id="1", outcome=Outcome.CREATED, build=Build(id="vmbuild_1", state="pending"))

    def work(_: Katapult) -> None:
        run.on_event(job, created)
        raise RuntimeError("bug")

    assert run.finish(run.execute(work)) == 6
    written = capsys.readouterr()
    assert written.out == "web-1  created   vmbuild_1\n"
    assert written.err.endswith("error: internal error in vmspec (RuntimeError); please report it\n")


def test_internal_error_before_a_create_is_raised(api: Api) -> None:
    run = JobRun(
        jobs=[Job(name="web.xml")], connection=ConnectionOptions(), output=OutputOptions(), waits=False
    )

    def work(_: Katapult) -> None:
        raise RuntimeError("bug")

    with pytest.raises(RuntimeError):
        run.execute(work)
