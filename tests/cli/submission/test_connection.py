"""Options and environment that say where to submit, and the sandbox."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..support.api import Api, submissions
from ..support.command_line import ENTRY, Process, Run

TOP = Path(__file__).parents[3]


@pytest.mark.parametrize("option", ["--api-url", "--organization", "--journal", "--ca-bundle"])
@pytest.mark.parametrize("command", ["submit", "reconcile", "wait"])
def test_empty_option_is_a_usage_error(api: Api, run: Run, web: str, command: str, option: str) -> None:
    """An unset shell variable must not mean the environment's setting, which may be another."""
    result = run(command, web, option, "")
    assert (result.code, result.out, api.requests) == (2, "", [])
    assert f"'{option}': the value is empty; give one, or leave the option out." in result.err


@pytest.mark.parametrize("name", ["KATAPULT_API_KEY", "KATAPULT_ORGANIZATION"])
def test_missing_setting_is_a_usage_error(
    api: Api, submit: Run, web: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(name)
    result = submit(web, "--output-format", "json")
    assert (result.code, api.requests) == (2, [])
    assert re.fullmatch(f"error: no (API key|organization): set {name}.*\n", result.err)
    assert [one["outcome"] for one in submissions(result.out)] == ["not_sent"]


def test_api_key_that_others_can_read_is_warned_of(
    api: Api, submit: Run, web: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Path("key")
    key.write_text(f"{api.running.token}\n")
    key.chmod(0o644)
    monkeypatch.delenv("KATAPULT_API_KEY")
    monkeypatch.setenv("KATAPULT_API_KEY_FILE", "key")
    result = submit(web)
    assert result.code == 0
    assert result.err.startswith("warning: others can read the API key in key; chmod 600 it\n")


def test_closed_port_is_not_sent(submit: Run, web: str, api: Api) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    result = submit(
        web, "--timeout", "0.9", "--api-url", f"http://127.0.0.1:{port}", "--output-format", "json"
    )
    (one,) = submissions(result.out)
    assert (result.code, one["outcome"], one["build_id"]) == (4, "not_sent", None)
    assert "nothing was sent: no connection was made" in one["error"]["message"]
    assert api.requests == []


class TestSandbox:
    def test_environment_is_ignored(self, run: Run, api: Api, web: str) -> None:
        result = run("submit", web, "--sandbox", "--no-wait")
        assert result.code == 0
        assert re.match(r"sandbox: http://127\.0\.0\.1:\d+/core/v1 on this machine", result.err)
        assert api.requests == []

    def test_first_example_is_started_within_seconds(self, process: Process) -> None:
        begin = time.monotonic()
        done = process("submit", TOP / "examples" / "web.yaml", "--sandbox", env={"KATAPULT_API_KEY": ""})
        assert (done.returncode, time.monotonic() - begin < 10) == (0, True)
        assert re.fullmatch(
            r"web-1  started   web-1\.sandbox\.katapult\.cloud  198\.19\.0\.10  \d s\n", done.stdout.decode()
        )

    def test_missing_extra_is_named(self, web: str) -> None:
        hidden = "import sys; sys.modules['uvicorn'] = None; "
        done = subprocess.run(
            [sys.executable, "-P", "-c", hidden + ENTRY, "submit", web, "--sandbox"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.endswith("pip install 'vmspec[sandbox]'\n")

    def test_journal_is_in_memory(self, run: Run, web: str, own_journal: Path) -> None:
        assert run("submit", web, "--sandbox", "--no-wait", "--key", "k").code == 0
        assert not own_journal.exists()
        result = run("submit", web, "--sandbox", "--journal", "j")
        assert (result.code, "--sandbox takes no --organization" in result.err) == (2, True)
