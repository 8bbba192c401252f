"""Hostile documents end in one clear error, soon and in little memory, and nothing is opened."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

if sys.platform != "linux":
    pytest.skip("memory is measured as Linux counts it", allow_module_level=True)

from vmspec import codes
from vmspec.cli import main
from vmspec.cli.output.snippets import MASK_NOTE

from . import hostile
from .test_vectors import INVALID, expected_findings

DOCUMENTS = hostile.documents("/canary", "http://127.0.0.1/")
ROOT = Path(__file__).parents[2]
MAX_S = 1.0
MAX_MB = 150


@define
class Canaries:
    """A named pipe and a loopback listener that notice being opened."""

    pipe: Path
    listener: socket.socket = field(factory=lambda: socket.create_server(("127.0.0.1", 0)))
    opened: threading.Event = field(factory=threading.Event)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/canary"

    @property
    def touched(self) -> list[str]:
        touched = ["file"] if self.opened.is_set() else []
        self.listener.setblocking(False)
        try:
            self.listener.accept()[0].close()
        except BlockingIOError:
            return touched
        return [*touched, "address"]

    def wait_for_a_reader(self) -> None:
        """Wait until the pipe is opened for reading: opening it for writing blocks until then."""
        with self.pipe.open("wb"):
            self.opened.set()


@contextmanager
def canaries(folder: Path) -> Iterator[Canaries]:
    pipe = folder / "canary"
    os.mkfifo(pipe)
    watched = Canaries(pipe)
    watcher = threading.Thread(target=watched.wait_for_a_reader)
    watcher.start()
    try:
        yield watched
    finally:
        os.close(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK))
        watcher.join()
        watched.listener.close()


def test_hostile_documents_are_many_and_have_unique_names() -> None:
    names = {(document.format, document.name) for document in DOCUMENTS}
    assert len(names) == len(DOCUMENTS) >= 150


def test_canaries_notice_being_opened(tmp_path: Path) -> None:
    with canaries(tmp_path) as watched:
        assert watched.touched == []
        watched.pipe.read_bytes()
        port = watched.listener.getsockname()[1]
        socket.create_connection(("127.0.0.1", port)).close()
        assert watched.touched == ["file", "address"]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The output of a process that read every document."""
    with canaries(tmp_path_factory.mktemp("hostile")) as watched:
        answer = subprocess.run(
            [sys.executable, "-m", "tests.vectors.hostile", str(watched.pipe), watched.address],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            timeout=240,
            check=False,
        )
        assert (answer.returncode, answer.stderr) == (0, b"")
        return {**json.loads(answer.stdout), "touched": watched.touched}


@pytest.mark.parametrize(
    "document",
    DOCUMENTS,
    ids=lambda item: f"{item.format}-{item.name}",
)
def test_hostile_document_ends_in_one_error_soon(document: hostile.Hostile, outcome: dict[str, Any]) -> None:
    findings, taken_s = outcome["answers"][f"{document.format} {document.name}"]
    assert findings[:1] == ([] if document.finding is None else [document.finding])
    assert len(findings) == (0 if document.finding is None else document.findings)
    assert taken_s < MAX_S


def test_hostile_documents_take_little_memory(outcome: dict[str, Any]) -> None:
    assert outcome["grown_mb"] < MAX_MB


def test_reading_opens_and_fetches_nothing(outcome: dict[str, Any]) -> None:
    assert outcome["touched"] == []


@pytest.mark.parametrize("output_format", ["text", "github"])
def test_command_line_prints_findings_without_control_characters(
    output_format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names = [f"{number}.{document.format}" for number, document in enumerate(DOCUMENTS)]
    for name, document in zip(names, DOCUMENTS, strict=True):
        Path(name).write_bytes(document.data)
    assert main(["validate", "--output-format", output_format, *names]) == 1
    out, err = capfd.readouterr()
    assert all(line.isprintable() for line in out.split("\n"))
    start = "" if output_format == "text" else "::error file="
    wrong = [name for name, document in zip(names, DOCUMENTS, strict=True) if document.finding is not None]
    assert [name for name in wrong if f"\n{start}{name}" not in f"\n{out}"] == []
    summary, *note = err.splitlines()
    assert summary.endswith(" files")
    assert note == ([MASK_NOTE] if output_format == "text" else [])


def test_every_code_of_a_reader_is_in_a_vector() -> None:
    defined = codes.UNREADABLE.keys() | codes.GRAMMAR.keys()
    met = {finding.code for path in INVALID for finding in expected_findings(path)}
    met |= {code for document in DOCUMENTS for code in re.findall(r"VMS\d{3}", document.finding or "")}
    assert defined - met == {codes.UNKNOWN_FORMAT}, "reported by the command line only"
