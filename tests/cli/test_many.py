"""Whole repositories: the same outcome over any executor and any number of processes, and little is held."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from vmspec import Report, validate, validate_many
from vmspec.cli.inputs.checking import FEW
from vmspec.validation.many import AHEAD, CHUNK

from .support.command_line import Process
from .support.documents import BAD, FINE, FINE_YAML


class Lazy(Executor):
    """Carries a task out when its result is asked for, and notes how many were given out."""

    def __init__(self) -> None:
        self.given = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.given += 1

        class Task(Future[Any]):
            def result(self, timeout: float | None = None) -> Any:
                return fn(*args, **kwargs)

        return Task()


@pytest.fixture
def paths(folder: Path) -> list[Path]:
    """One file of each kind of outcome."""
    for name, text in {
        "a.xml": FINE,
        "b.yaml": FINE_YAML,
        "c.xml": BAD,
        "d.conf": FINE,
        "e.json": "",
    }.items():
        (folder / name).write_text(text)
    return sorted(folder.iterdir())


class TestLibrary:
    def test_gives_the_report_of_each_file_in_order(self, paths: list[Path]) -> None:
        reports = [validate(path) for path in paths]
        assert {report.ok for report in reports} == {True, False}
        assert [*validate_many(paths)] == reports
        assert [*validate_many(map(str, paths))] == reports
        assert [*validate_many([])] == []

    def test_takes_any_executor_and_leaves_it_open(self, paths: list[Path]) -> None:
        reports = [validate(path) for path in paths] * CHUNK
        for executor in (
            ThreadPoolExecutor(3),
            ProcessPoolExecutor(2, get_context("forkserver")),
            Lazy(),
        ):
            with executor:
                assert [*validate_many(paths * CHUNK, executor)] == reports
                assert [*validate_many(paths, executor)] == reports[: len(paths)]

    def test_reads_no_further_than_it_is_asked_for(self, paths: list[Path]) -> None:
        taken = 0

        def endless() -> Iterator[Path]:
            nonlocal taken
            while True:
                taken += 1
                yield paths[0]

        assert next(validate_many(endless())).ok
        assert taken == 1
        executor = Lazy()
        reports = validate_many(endless(), executor)
        for _ in range(3 * CHUNK):
            assert next(reports).ok
        assert executor.given == AHEAD + 2
        assert taken == 1 + CHUNK * (AHEAD + 2)

    @pytest.mark.parametrize("executor", [None, Lazy()])
    def test_raises_in_its_place_for_what_cannot_be_read(
        self, paths: list[Path], executor: Executor | None
    ) -> None:
        reports = validate_many([*paths, "missing.xml", paths[0]], executor)
        assert [next(reports) for _ in paths] == [validate(path) for path in paths]
        with pytest.raises(FileNotFoundError, match=r"missing\.xml"):
            next(reports)
        assert next(reports, None) is None

    def test_cancels_what_is_not_asked_for_any_more(self, paths: list[Path]) -> None:
        futures: list[Future[Any]] = []

        class Noting(Lazy):
            def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
                futures.append(super().submit(fn, *args, **kwargs))
                return futures[-1]

        reports = validate_many(paths * CHUNK * AHEAD, Noting())
        assert isinstance(next(reports), Report)
        reports.close()  # type: ignore[attr-defined]
        assert [future.cancelled() for future in futures] == [False] + [True] * (AHEAD - 1)


@pytest.fixture
def repository(folder: Path) -> Path:
    """More files than one process checks alone, some of each kind of outcome."""
    for number in range(FEW + 100):
        inner = folder / f"team-{number % 7}"
        inner.mkdir(exist_ok=True)
        text = {0: BAD, 1: "<project/>", 2: FINE.replace("web-1", "WEB-1")}.get(number % 50, FINE)
        (inner / f"web-{number:04}.xml").write_text(text)
    (folder / "team-3" / "web-0003.xml").unlink()
    (folder / "team-3" / "web-0003.xml").symlink_to("web-0003.xml")
    return folder


class TestProcesses:
    @pytest.mark.parametrize("output_format", ["text", "json", "sarif", "github"])
    def test_change_nothing_of_the_output(
        self, process: Process, repository: Path, output_format: str
    ) -> None:
        pattern = "team-*/*.xml"
        alone, three = (
            process(
                "validate", "--output-format", output_format, "--jobs", jobs, pattern, "-", "missing.xml",
                input=BAD.encode(),
            )
            for jobs in ("1", "3")
        )  # fmt: skip
        assert (alone.returncode, b"VMS102" in alone.stdout) == (2, True)
        assert (three.returncode, three.stdout, three.stderr) == (2, alone.stdout, alone.stderr)

    def test_are_several_only_for_many_files(self, process: Process, repository: Path) -> None:
        for folder, several in (("team-1", False), (".", True)):
            result = process("validate", "-j", "2", folder, env={"PYTHONPROFILEIMPORTTIME": "1"})
            assert (b"vmspec.cli.inputs.workers" in result.stderr) is several

    def test_check_named_files_too(self, process: Process, repository: Path) -> None:
        names = sorted(str(path) for path in Path().rglob("*.xml"))
        result = process("validate", "-j", "2", "--skip-foreign", "--output-format", "json", *names)
        files = json.loads(result.stdout)["files"]
        foreign = {name for name in names if Path(name).is_file() and Path(name).read_text() == "<project/>"}
        assert [file["path"] for file in files] == [
            name for name in names if name not in foreign and Path(name).is_file()
        ]
        assert result.returncode == 2  # the link to itself

    def test_have_a_reader_that_may_go_away(self, process: Process, repository: Path) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        result = process("validate", "-j", "2", "--output-format", "json", ".", stdout=writing)
        os.close(writing)
        assert (result.returncode, result.stderr) == (141, b"")

    @pytest.mark.parametrize("jobs", ["0", "-1", "many"])
    def test_are_at_least_one(self, process: Process, jobs: str) -> None:
        assert process("validate", "--jobs", jobs, ".").returncode == 2


WORKERS = """
import os, signal, sys
from contextlib import closing
from vmspec.cli.inputs.workers import CHUNK, WorkerLostError, shared

parent = os.getpid()
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where this was started deaf to it

def work(item):
    if item == {odd!r} and os.getpid() != parent:
        {act}
    return item * 2

items, number = range({count}), None
try:
    with closing(shared(work, items, 3)) as results:
        for number, result in enumerate(results):
            assert result == number * 2, (number, result)
            if number == {stop!r}:
                break
except BaseException as error:
    print(type(error).__name__, number, *getattr(error, "args", ()))
else:
    print("done", number)
try:
    os.waitpid(-1, os.WNOHANG)
    print("a process was left")
except ChildProcessError:
    pass
"""


def workers(count: int, *, odd: int | None = None, act: str = "pass", stop: int | None = None) -> str:
    """What a script says that shares work; nothing is left of its processes at the end."""
    code = WORKERS.format(count=count, odd=odd, act=act, stop=stop)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    return done.stdout


class TestWorkers:
    @pytest.mark.parametrize("count", [1, 64, 65, 1000])
    def test_give_all_results_in_order(self, count: int) -> None:
        assert workers(count) == f"done {count - 1}\n"

    def test_end_when_nobody_asks_any_more(self) -> None:
        assert workers(10_000, odd=100, act="signal.pause()", stop=10) == "done 10\n"

    def test_raise_here_what_was_raised_there(self) -> None:
        assert workers(1000, odd=500, act="raise ValueError('odd')") == "ValueError 447 odd\n"

    def test_are_missed_when_they_are_gone(self) -> None:
        assert workers(1000, odd=500, act="os._exit(0)").startswith("WorkerLostError 447")
        assert workers(1000, odd=500, act="os.kill(os.getpid(), signal.SIGKILL)").startswith(
            "WorkerLostError"
        )

    def test_leave_interrupts_to_the_process_they_work_for(self) -> None:
        act = "os.kill(os.getpid(), signal.SIGINT)"
        assert workers(1000, odd=500, act=act) == "done 999\n"
        act = "os.kill(parent, signal.SIGINT); signal.pause()"
        assert workers(1000, odd=500, act=act).startswith("KeyboardInterrupt")
