"""Progress on standard error: lines, and bars on a terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vmspec.cli.submission.job import Job
from vmspec.cli.submission.progress import HEARTBEAT_S, Lines, row_of
from vmspec.katapult import Build, Progress, Task, VirtualMachine

from ..support.api import Api
from ..support.command_line import WEB_XML
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
    display = Lines(row_of([JOB]))
    for progress in news:
        display.update(JOB, progress)
    assert capsys.readouterr().err.splitlines() == [f"web-1  {line}" for line in lines]


def test_closed_display_shows_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    """Threads may still report progress then."""
    display = Lines(row_of([JOB]))
    display.close()
    display.update(JOB, at(1))
    display.say("error: the end")
    assert capsys.readouterr().err == "error: the end\n"


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
