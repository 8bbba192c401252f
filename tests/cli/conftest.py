"""Running the command line in this process, and as a process of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import frozen

from vmspec.cli import main

ENTRY = "import sys; from vmspec.cli import main; sys.exit(main())"
"""What the console script does."""


@frozen
class Result:
    """What a run ended with and wrote."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]
Process = Callable[..., subprocess.CompletedProcess[bytes]]


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
