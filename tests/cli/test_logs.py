"""``--log-level`` and ``VMSPEC_LOG``."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from vmspec.sandbox import Endpoint

from .support.api import UUID, Api, Time, id_in, losing
from .support.command_line import Process, Run
from .support.processes import on_terminal

STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
CREATE = "POST /organizations/organization/virtual_machines/build_from_spec"


def logged(err: str) -> list[str]:
    """Return the lines of the log without times, and with placeholders for durations and ids."""
    lines = [re.sub(f"^{STAMP} ", "", line) for line in err.splitlines() if re.match(STAMP, line)]
    return [re.sub(UUID, "ID", re.sub(r"\d+\.\d{3} s", "T s", line)) for line in lines]


def test_debug_logs_each_step(api: Api, run: Run, web: str) -> None:
    result = run("--log-level", "debug", "submit", web, "--no-wait")
    assert logged(result.err) == [
        "INFO journal: submission ID, intent, try 0",
        "INFO journal: submission ID, sending, try 1",
        f"DEBUG {CREATE} goes out",
        f"INFO {CREATE} 201 in T s, request ID",
        "INFO journal: submission ID, created, try 1",
    ]


@pytest.mark.parametrize("name", ["info", "INFO"])
def test_level_comes_from_the_environment(
    api: Api, run: Run, web: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VMSPEC_LOG", name)
    result = run("submit", web, "--no-wait")
    assert [line.split()[0] for line in logged(result.err)] == ["INFO"] * 4
    assert logged(run("--log-level", "warning", "submit", web, "--no-wait").err) == []


def test_warning_logs_errors(serve: Callable[..., Api], run: Run, web: str) -> None:
    api = serve(speed=1, clock=Time())
    api.sandbox.refuse_next("validation_error", at=Endpoint.CREATE)
    result = run("--log-level", "warning", "submit", web, "--no-wait")
    assert logged(result.err) == [f"WARNING {CREATE} 422 in T s, request ID"]
    with losing(api.running.url) as url:
        lost = run("--log-level", "warning", "submit", web, "--settle", "0", "--api-url", url)
    assert logged(lost.err) == [f"WARNING {CREATE} no answer after T s (cut_answer, it may have arrived)"]


def test_key_in_use_and_journal_errors_are_logged(api: Api, run: Run, web: str, folder: Path) -> None:
    first = run("submit", web, "--no-wait", "--key", "k", "--output-format", "json")
    again = run("--log-level", "info", "submit", web, "--no-wait", "--key", "k")
    assert logged(again.err)[0] == "INFO journal: the key belongs to submission ID, created"
    assert id_in(first.out) in again.err
    failing = run("--log-level", "info", "submit", web, "--journal", ".")
    assert logged(failing.err) == ["WARNING journal: insert failed"]


@pytest.mark.parametrize("arguments", [[], ["--output-format", "json"]])
def test_nothing_is_logged_by_default(
    api: Api, run: Run, process: Process, web: str, arguments: list[str]
) -> None:
    """A warning without a handler would be printed by Python itself."""
    api.sandbox.refuse_next("validation_error", at=Endpoint.CREATE)
    done = process("submit", web, *arguments)
    assert (done.returncode, done.stderr.decode().count("\n"), b"POST" in done.stderr) == (3, 1, False)


def test_log_replaces_progress_bars(api: Api, web: str) -> None:
    env = {"TERM": "xterm", "VMSPEC_LOG": "debug"}
    code, out, shown = on_terminal("submit", web, "--poll", "0.01", env=env)
    assert (code, out.count("\n"), "\x1b" in shown) == (0, 1, False)
    assert logged(shown.replace("\r\n", "\n"))


def test_logger_is_restored(api: Api, run: Run, web: str) -> None:
    logger = logging.getLogger("vmspec")
    before = (logger.level, list(logger.handlers))
    run("--log-level", "debug", "validate", web)
    assert (logger.level, logger.handlers) == before


@pytest.mark.parametrize("how", ["option", "environment"])
def test_unknown_level_is_a_usage_error(
    run: Run, web: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "environment":
        monkeypatch.setenv("VMSPEC_LOG", "loud")
    result = run(*(["--log-level", "loud"] if how == "option" else []), "validate", web)
    assert (result.code, result.out) == (2, "")
    assert "'loud' is not one of 'debug', 'info', 'warning'" in result.err


def test_json_has_one_object_a_line(api: Api, run: Run, web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VMSPEC_LOG_FORMAT", "json")
    err = run("--log-level", "info", "submit", web, "--no-wait").err
    records = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    (request,) = [record for record in records if "status" in record]
    assert re.fullmatch(STAMP, request.pop("time"))
    assert re.fullmatch(UUID, request.pop("request_id"))
    assert re.fullmatch(rf"{CREATE} 201 in .*", request.pop("message"))
    assert request.pop("duration_s") < 10
    assert request == {"level": "info", "method": "POST", "path": CREATE.removeprefix("POST "), "status": 201}
    assert [(one["state"], one["try"]) for one in records if "state" in one] == [
        ("intent", 0),
        ("sending", 1),
        ("created", 1),
    ]


def test_other_log_format_is_a_usage_error(run: Run, web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VMSPEC_LOG_FORMAT", "xml")
    result = run("--log-level", "info", "validate", web)
    assert (result.code, result.out) == (2, "")
    assert "VMSPEC_LOG_FORMAT is 'xml'; it may be text or json" in result.err
