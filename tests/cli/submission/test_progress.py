"""Progress on standard error: lines, and bars on a terminal."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

from vmspec.cli.submission.bars import Bars
from vmspec.cli.submission.job import Job
from vmspec.cli.submission.progress import HEARTBEAT_S, Lines, row_of
from vmspec.katapult import Build, Progress, Submission, Task, VirtualMachine
from vmspec.sandbox import Endpoint

from ..support.api import Api
from ..support.command_line import WEB_XML, Run
from ..support.processes import on_terminal

JOB = Job(name="web.xml", hostname="web-1")


def at(seconds: float, state: str = "building", done: int | None = None, machine: str = "") -> Progress:
    return Progress(
        elapsed_s=seconds,
        build=Build(id="vmbuild_1", state=state),
        task=None if done is None else Task(id="task_1", name="", status="running", progress=done),
        virtual_machine=VirtualMachine(id="vm_1", hostname="", fqdn="", state=machine) if machine else None,
    )


@pytest.mark.parametrize(
    ("news", "lines"),
    [
        ([at(0, "pending"), at(5), at(10)], ["pending   0 s", "building  5 s"]),
        ([at(1, done=7), at(2, done=9)], ["building    7 %  1 s"]),
        (
            [at(0), at(HEARTBEAT_S - 1), at(HEARTBEAT_S), at(HEARTBEAT_S + 5)],
            ["building  0 s", "building  30 s"],
        ),
        ([at(9, machine="stopped")], ["building  9 s"]),
        ([at(9, "complete", 94, "starting")], ["starting  100 %  9 s"]),
        ([at(1, "\x1b[2J")], [r"\x1b[2J   1 s"]),
    ],
)
def test_line_for_each_state_and_at_least_each_heartbeat(
    news: list[Progress], lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    display = Lines(row_of([JOB]), [JOB])
    for progress in news:
        display.update(JOB, progress)
    assert capsys.readouterr().err.splitlines() == [f"web-1  {line}" for line in lines]


def test_machine_that_is_started_at_the_last_poll_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    job = Job(name="web.xml", hostname="web-1")
    display = Lines(row_of([job]), [job])
    display.update(job, at(5))
    job.on_progress(at(9))
    job.on_started(VirtualMachine(id="vm_1", hostname="web-1", fqdn="", state="started"))
    display.ended(job)
    assert capsys.readouterr().err.splitlines()[-1] == "web-1  started   100 %  9 s"


def test_closed_display_shows_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    """Threads may still report progress then."""
    display = Lines(row_of([JOB]), [JOB])
    display.close()
    display.update(JOB, at(1))
    display.say("error: the end")
    assert capsys.readouterr().err == "error: the end\n"


def many(count: int) -> list[Job]:
    return [Job(name=f"{number}.xml", hostname=f"web-{number}") for number in range(count)]


def build_of(job: Job) -> Submission:
    return Submission(id=f"id-{job.name}", outcome="created", build=Build(id="vmbuild_1", state="pending"))


class Screen(io.StringIO):
    """A terminal that keeps what it got."""

    def isatty(self) -> bool:
        return True


class TestManyJobs:
    def test_lines_are_written_for_creates_and_starts_only(self, capsys: pytest.CaptureFixture[str]) -> None:
        jobs = many(13)
        display = Lines(row_of(jobs), jobs)
        for progress in (at(0, "pending"), at(5), at(40), at(50, "complete", machine="started")):
            display.update(jobs[0], progress)
        assert capsys.readouterr().err.splitlines() == ["web-0   started   100 %  50 s"]

    def test_total_is_written_now_and_then(self, capsys: pytest.CaptureFixture[str]) -> None:
        jobs, now = many(500), 0.0
        display = Lines(row_of(jobs), jobs, clock=lambda: now)
        for job in jobs[:400]:
            display.update(job, at(1))
        for job in jobs[:100]:
            display.ended(job)
        now = 31.0
        display.update(jobs[399], at(32))
        display.update(jobs[398], at(32))
        assert capsys.readouterr().err.splitlines() == [
            "100 of 500 done; 300 building, 100 not sent yet",
        ]

    def test_bars_fit_an_80x24_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        screen = Screen()
        monkeypatch.setattr(sys, "stderr", screen)
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setenv("LINES", "24")
        monkeypatch.setenv("TERM", "xterm")
        jobs = [Job(name=f"{n}.xml", hostname=f"a-rather-long-hostname-of-a-machine-{n}") for n in range(500)]
        display = Bars(jobs)
        for job in jobs[:300]:
            job.on_created(build_of(job), waits=True)
            display.created(job)
            display.update(job, at(14, done=63))
        for job in jobs[:44]:
            display.ended(job)
        display.close()
        last_frame = screen.getvalue().partition("\x1b[?25h")[0].rpartition("\x1b[2K")[2]
        lines = [line.rstrip() for line in last_frame.splitlines()]
        assert len(lines) == 14
        assert all(len(line) <= 80 for line in lines)
        assert re.fullmatch(r"a-rather-long-hostname-of-a-machi…  building  ━+ *63 %  +14 s", lines[0])
        assert re.fullmatch(r"all +━+ +44 of 500", lines[-2])
        assert lines[-1] == "+444 more: 244 building, 200 not sent yet"


class TestJSONLines:
    def test_each_event_is_an_object(self, api: Api, submit: Run, web: str) -> None:
        result = submit(web, "--progress", "jsonl")
        events = [json.loads(line) for line in result.err.splitlines()]
        assert result.err.isascii()
        assert (events[0]["event"], events[-1]["event"]) == ("created", "ended")
        assert {event["event"] for event in events} == {"created", "progress", "ended"}
        assert (events[0]["path"], events[0]["new"]) == ("web.xml", True)
        build = api.sandbox.builds[0]
        assert [event["build_id"] for event in events] == [build.id] * len(events)
        assert (events[-1]["outcome"], events[-1]["virtual_machine_id"]) == ("created", build.machine_id)

    def test_errors_and_advice_are_messages(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.refuse_next("service_unavailable", at=Endpoint.CREATE)
        result = submit(web, "--progress", "jsonl")
        events = [json.loads(line) for line in result.err.splitlines()]
        messages = [event["message"] for event in events if event["event"] == "message"]
        assert messages[0].startswith("error: web.xml: the spec was sent, but")
        assert messages[-1].startswith("vmspec reconcile ")


def test_lines_can_be_asked_for_on_a_terminal(api: Api, web: str) -> None:
    code, _, shown = on_terminal(
        "submit", web, "--poll", "0.01", "--progress", "lines", env={"TERM": "xterm"}
    )
    assert (code, "\x1b" in shown) == (0, False)


class TestTerminal:
    def test_bars_are_on_standard_error_only(self, api: Api, web: str) -> None:
        code, out, shown = on_terminal("submit", web, "--poll", "0.01", env={"TERM": "xterm"})
        assert (code, out.count("\n"), "\x1b" in out) == (0, 1, False)
        assert "━" in shown
        assert out.startswith("web-1  started")

    def test_several_jobs_have_a_bar_for_all(self, api: Api, web: str, folder: Path) -> None:
        for number in range(20):
            (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
        (folder / web).unlink()
        code, out, shown = on_terminal("submit", ".", "--poll", "0.01", env={"TERM": "xterm"})
        assert (code, out.count("\n")) == (0, 20)
        assert "of 20" in shown
        assert "20 created" in shown

    def test_no_color_leaves_the_bars_without_colours(self, api: Api, web: str) -> None:
        _, _, shown = on_terminal("submit", web, "--poll", "0.01", env={"TERM": "xterm", "NO_COLOR": "1"})
        assert "━" in shown
        assert re.findall(r"\x1b\[[\d;]*m", shown) == []

    def test_dumb_terminal_gets_lines(self, api: Api, web: str) -> None:
        code, _, shown = on_terminal("submit", web, "--poll", "0.01", env={"TERM": "dumb"})
        assert (code, "\x1b" in shown) == (0, False)
