"""How progress is told where no terminal is."""

from __future__ import annotations

import pytest

from vmspec.cli.submission.job import Job
from vmspec.cli.submission.progress import HEARTBEAT_S, Lines, row_of
from vmspec.katapult import Build, Progress, Task, VirtualMachine

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
def test_a_line_for_each_state_and_now_and_then_one_more(
    news: list[Progress], lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    display = Lines(row_of([JOB]))
    for progress in news:
        display.update(JOB, progress)
    assert capsys.readouterr().err.splitlines() == [f"web-1  {line}" for line in lines]


def test_at_the_end_only_what_is_said_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Threads may still have news then."""
    display = Lines(row_of([JOB]))
    display.close()
    display.update(JOB, at(1))
    display.say("error: the end")
    assert capsys.readouterr().err == "error: the end\n"
