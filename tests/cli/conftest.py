"""Fixtures for running the command line in this process, and as a process of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from vmspec.cli import main
from vmspec.sandbox import Sandbox, running

from .support.api import QUICK_SPEED, Api, Lost, Time, id_in, losing
from .support.command_line import ENTRY, WEB_XML, Process, Result, Run


@pytest.fixture
def run(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in this process."""

    def run_here(*arguments: str | Path, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main([str(argument) for argument in arguments])
        written = capsysbinary.readouterr()
        return Result(code, written.out.decode(), written.err.decode())

    return run_here


@pytest.fixture
def process() -> Process:
    """Run a command line as a process, with bytes in and out."""

    def run_there(
        *arguments: str | bytes | Path, env: dict[str, str] | None = None, **options: object
    ) -> subprocess.CompletedProcess[bytes]:
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 60} | options
        command = [sys.executable, "-P", "-c", ENTRY, *arguments]
        return subprocess.run(command, env=os.environ | (env or {}), check=False, **options)

    return run_there


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty current folder, so that output has plain file names."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Api]]:
    """Start a sandbox with settings of its own, and name it in the environment."""
    with ExitStack() as stack:

        def start(**settings: Any) -> Api:
            requests: list[tuple[str, str, int]] = []
            during: list[Callable[[str], object]] = []

            def log(method: str, path: str, status: int) -> None:
                requests.append((method, path, status))
                for action in during:
                    action(method)

            given: dict[str, Any] = {"speed": QUICK_SPEED} | settings
            api = Api(stack.enter_context(running(Sandbox(**given), log=log)), requests, during)
            monkeypatch.setenv("KATAPULT_API_URL", api.running.url)
            monkeypatch.setenv("KATAPULT_ORGANIZATION", api.running.organization)
            monkeypatch.setenv("KATAPULT_API_KEY", api.running.token)
            monkeypatch.delenv("KATAPULT_API_KEY_FILE", raising=False)
            return api

        yield start


@pytest.fixture
def api(serve: Callable[..., Api]) -> Api:
    return serve()


@pytest.fixture
def submit(run: Run) -> Run:
    """Run ``vmspec submit`` in this process, polling so often that no test waits."""

    def submit_here(*arguments: str | Path, **options: Any) -> Result:
        return run("submit", "--poll", "0.01", "--settle", "0.1", *arguments, **options)

    return submit_here


@pytest.fixture
def lost(serve: Callable[..., Api], run: Run, web: str) -> Iterator[Lost]:
    """Submit a spec with the key k, lose the answer, and hide its machine until ``appear`` is called."""
    time = Time()
    api = serve(speed=1, clock=time)
    with losing(api.running.url) as url:
        result = run("submit", web, "--settle", "0", "--api-url", url, "--key", "k")
        assert result.code == 6
        yield Lost(api, time, id_in(result.out), ("--api-url", url))


@pytest.fixture
def web(folder: Path) -> str:
    """Write a valid document and return its name."""
    (folder / "web.xml").write_text(WEB_XML)
    return "web.xml"
