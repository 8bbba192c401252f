"""Running the command line in this process, and as a process of its own."""

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

from .support.api import QUICK, Api
from .support.command_line import ENTRY, WEB_XML, Process, Result, Run


@pytest.fixture
def run(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line in this process."""

    def run_here(*arguments: str | Path, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main([str(argument) for argument in arguments])
        written = capsysbinary.readouterr()
        return Result(code, written.out.decode(), written.err.decode())

    return run_here


@pytest.fixture
def process() -> Process:
    """Runs a command line as a process, bytes in and out."""

    def run_there(
        *arguments: str | bytes | Path, env: dict[str, str] | None = None, **options: object
    ) -> subprocess.CompletedProcess[bytes]:
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 60} | options
        command = [sys.executable, "-P", "-c", ENTRY, *arguments]
        return subprocess.run(command, env=os.environ | (env or {}), check=False, **options)

    return run_there


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the current one, so that outputs name files without it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Api]]:
    """Serves a sandbox with settings of the test's own."""
    with ExitStack() as stack:

        def start(**settings: Any) -> Api:
            requests: list[tuple[str, str, int]] = []
            during: list[Callable[[str], object]] = []

            def log(method: str, path: str, status: int) -> None:
                requests.append((method, path, status))
                for action in during:
                    action(method)

            given: dict[str, Any] = {"speed": QUICK} | settings
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
def web(folder: Path) -> str:
    """The name of a good document."""
    (folder / "web.xml").write_text(WEB_XML)
    return "web.xml"
