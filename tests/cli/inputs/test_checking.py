"""Many files: the same output by any number of processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vmspec.cli.inputs.checking import PARALLEL_THRESHOLD

from ..support.command_line import Process
from ..support.documents import BAD, FINE


@pytest.fixture
def repository(folder: Path) -> Path:
    """More files than one process checks alone: valid, invalid, doubtful, foreign, and a broken link."""
    for number in range(PARALLEL_THRESHOLD + 100):
        inner = folder / f"team-{number % 7}"
        inner.mkdir(exist_ok=True)
        text = {0: BAD, 1: "<project/>", 2: FINE.replace("web-1", "WEB-1")}.get(number % 50, FINE)
        (inner / f"web-{number:04}.xml").write_text(text)
    (folder / "team-3" / "web-0003.xml").unlink()
    (folder / "team-3" / "web-0003.xml").symlink_to("web-0003.xml")
    return folder


@pytest.mark.parametrize("output_format", ["text", "json", "sarif", "github", "gitlab"])
def test_processes_give_the_same_output(process: Process, repository: Path, output_format: str) -> None:
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


def test_few_files_are_checked_in_one_process(process: Process, repository: Path) -> None:
    for folder, has_pool in (("team-1", False), (".", True)):
        result = process("validate", "-j", "2", folder, env={"PYTHONPROFILEIMPORTTIME": "1"})
        assert (b"concurrent.futures.process" in result.stderr) is has_pool


def test_named_files_are_checked_by_several_processes(process: Process, repository: Path) -> None:
    names = sorted(str(path) for path in Path().rglob("*.xml"))
    result = process("validate", "-j", "2", "--skip-foreign", "--output-format", "json", *names)
    files = json.loads(result.stdout)["files"]
    foreign = {name for name in names if Path(name).is_file() and Path(name).read_text() == "<project/>"}
    assert [file["path"] for file in files] == [
        name for name in names if name not in foreign and Path(name).is_file()
    ]
    assert result.returncode == 2  # the link to itself


def test_closed_pipe_ends_the_run(process: Process, repository: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = process("validate", "-j", "2", "--output-format", "json", ".", stdout=writing)
    os.close(writing)
    assert (result.returncode, result.stderr) == (141, b"")


@pytest.mark.parametrize("jobs", ["0", "-1", "many"])
def test_jobs_is_a_positive_number(process: Process, jobs: str) -> None:
    assert process("validate", "--jobs", jobs, ".").returncode == 2


SCRIPT = """
import os, signal, sys
from contextlib import closing
from pathlib import Path
from vmspec.cli.inputs.checking import Checker, WorkerError, check_files
from vmspec.cli.inputs.paths import InputPath

main_process = os.getpid()
signal.signal(signal.SIGINT, signal.default_int_handler)  # the tests may run with Ctrl-C ignored

class Reporter:
    def render(self, source, report):
        if source.name == "web-0500.xml" and os.getpid() != main_process:
            {action}
        return source.name

count = 0
try:
    names = sorted(str(path) for path in Path().glob("*.xml"))
    paths = [InputPath(name, is_named=True) for name in names]
    with closing(check_files(Checker(Reporter(), False, "libxml2"), paths, 3)) as results:
        for name, result in zip(names, results, strict=True):
            assert result.text == name, (result.text, name)
            count += 1
            if count == {stop}:
                break
except BaseException as error:
    print(type(error).__name__, *getattr(error, "args", ()))
else:
    print("done", count)
try:
    os.waitpid(-1, os.WNOHANG)
    print("a process was left")
except ChildProcessError:
    pass
"""


class TestWorkers:
    def run(self, folder: Path, action: str = "pass", *, stop: int = 0) -> str:
        """Check 1,200 files, act in the worker that checks number 500, and return what was printed."""
        for number in range(1200):
            (folder / f"web-{number:04}.xml").touch()
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT.format(action=action, stop=stop)],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert done.stderr == ""
        return done.stdout

    def test_results_come_in_order(self, folder: Path) -> None:
        assert self.run(folder) == "done 1200\n"

    def test_workers_end_with_the_iterator(self, folder: Path) -> None:
        assert self.run(folder, stop=10) == "done 10\n"

    def test_exception_in_a_worker_is_raised(self, folder: Path) -> None:
        assert self.run(folder, "raise ValueError('odd')") == "ValueError odd\n"

    @pytest.mark.parametrize("action", ["os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)"])
    def test_killed_worker_is_an_error(self, folder: Path, action: str) -> None:
        assert self.run(folder, action) == "WorkerError a worker process ended unexpectedly; try --jobs 1\n"

    def test_workers_ignore_an_interrupt(self, folder: Path) -> None:
        assert self.run(folder, "os.kill(os.getpid(), signal.SIGINT)") == "done 1200\n"

    def test_interrupt_of_the_main_process_ends_the_workers(self, folder: Path) -> None:
        assert self.run(folder, "os.kill(main_process, signal.SIGINT)") == "KeyboardInterrupt\n"
