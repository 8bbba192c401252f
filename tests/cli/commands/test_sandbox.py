"""``vmspec sandbox`` as a process, and requests to it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from vmspec import VM

from ..support.api import submissions
from ..support.command_line import ENTRY, Run
from ..support.processes import Child

WEB = VM("web-1").data_center("uk-lon-01").package("rock-3")


@pytest.fixture
def sandbox() -> Iterator[tuple[Child, dict[str, str]]]:
    """Start a sandbox, and return it with the settings it prints."""
    child = Child("sandbox")
    settings = dict(child.out_line().strip().removeprefix("export ").split("=", 1) for _ in range(3))
    yield child, settings
    child.end(signal.SIGKILL)


def test_settings_are_printed_for_a_shell(sandbox: tuple[Child, dict[str, str]]) -> None:
    _, settings = sandbox
    assert list(settings) == ["KATAPULT_API_URL", "KATAPULT_ORGANIZATION", "KATAPULT_API_KEY"]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/core/v1", settings["KATAPULT_API_URL"])
    assert re.fullmatch(r"[\w-]{20,}", settings["KATAPULT_API_KEY"])


def test_each_request_is_logged(
    sandbox: tuple[Child, dict[str, str]], run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child, settings = sandbox
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    (folder / "web.xml").write_text(WEB.to_xml())
    assert run("submit", "web.xml", "--no-wait").code == 0
    httpx.get(f"{settings['KATAPULT_API_URL']}/%1b[31m?secret=1")
    code, out, err = child.end(signal.SIGINT)
    assert (code, out) == (130, "")
    assert err.splitlines()[1:] == [
        "POST /core/v1/organizations/organization/virtual_machines/build_from_spec 201",
        r"GET /core/v1/\x1b[31m 400",
    ]
    assert settings["KATAPULT_API_KEY"] not in err


def test_hostname_that_is_taken_and_spec_of_a_hostname_alone_are_refused(
    sandbox: tuple[Child, dict[str, str]], run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in sandbox[1].items():
        monkeypatch.setenv(name, value)
    (folder / "web.xml").write_text(WEB.to_xml())
    (folder / "bare.yaml").write_text("hostname: bare-1\n")
    assert run("submit", "web.xml", "--no-wait").code == 0
    taken = run("submit", "web.xml", "--no-wait")
    assert (taken.code, "Hostname has already been taken" in taken.err) == (3, True)
    bare = run("submit", "bare.yaml", "--no-wait", "--ignore", "VMS201,VMS211")
    assert (bare.code, "Package must be selected" in bare.err) == (3, True)


def test_catalogue_is_read_from_a_file(folder: Path) -> None:
    content = {
        "organization": {"sub_domain": "acme"},
        "policy_limits": {"maximum_virtual_machines": 3},
        "gpu_types": [
            {"permalink": "a100", "memory_in_gb": 80, "data_centers": [{"permalink": "uk-lon-01"}]}
        ],
    }
    (folder / "katapult.json").write_text(json.dumps(content))
    child = Child("sandbox", "--catalogue", "katapult.json")
    url, organization, key = (child.out_line().strip().partition("=")[2] for _ in range(3))
    headers = {"Authorization": f"Bearer {key}"}
    place = {"organization[sub_domain]": organization}
    limits = httpx.get(f"{url}/organizations/_/policy_limits", headers=headers, params=place).json()
    (gpu,) = httpx.get(f"{url}/gpu_types", headers=headers).json()["gpu_types"]
    child.end(signal.SIGINT)
    assert organization == "acme"
    assert limits["policy_limits"]["maximum_virtual_machines"] == {"value": 3, "unlimited": False}
    assert (gpu["permalink"], gpu["memory_in_gb"]) == ("a100", 80)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "katapult.json: No such file or directory"),
        ("[]", "katapult.json is not a catalogue: expected an object, got []"),
        ('{"gpu_types": [{"name": "A100"}]}', "katapult.json is not a catalogue: "),
        ('{"packages": [{"permalink": "p", "memory_in_gb": "3"}]}', "memory_in_gb must be of type int"),
    ],
)
def test_catalogue_that_cannot_be_read_is_a_usage_error(
    run: Run, folder: Path, content: str | None, says: str
) -> None:
    if content is not None:
        (folder / "katapult.json").write_text(content)
    result = run("sandbox", "--catalogue", "katapult.json")
    assert (result.code, result.out, says in result.err) == (2, "", True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_without_a_traceback(number: signal.Signals) -> None:
    child = Child("sandbox")
    assert child.out_line()
    code, _, err = child.end(number)
    assert (code, "Traceback" in err) == (130, False)


def test_port_option_is_used() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    child = Child("sandbox", "--port", str(port))
    assert child.out_line() == f"export KATAPULT_API_URL=http://127.0.0.1:{port}/core/v1\n"
    child.end(signal.SIGINT)


def test_port_in_use_is_a_usage_error(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("sandbox", "--port", str(port))
    assert (result.code, result.out) == (2, "")
    assert result.err == f"error: port {port} is in use; choose another one, or omit --port\n"


def test_port_is_at_most_65535(run: Run) -> None:
    assert run("sandbox", "--port", "65536").code == 2


def test_missing_extra_is_named() -> None:
    hidden = "import sys; sys.modules['starlette'] = None; sys.modules['uvicorn'] = None; "
    done = subprocess.run(
        [sys.executable, "-P", "-c", hidden + ENTRY, "sandbox"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("pip install 'vmspec[sandbox]'\n")


class TestOptions:
    def start(self, *options: str) -> tuple[Child, dict[str, str]]:
        child = Child("sandbox", *options)
        return child, dict(child.out_line().strip().removeprefix("export ").split("=", 1) for _ in range(3))

    def test_token_is_that_of_the_environment(
        self, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("VMSPEC_SANDBOX_TOKEN", "fixed-token")
        child, settings = self.start()
        child.end(signal.SIGINT)
        assert settings["KATAPULT_API_KEY"] == "fixed-token"

    @pytest.mark.parametrize("token", ["a b", "t\u00f6ken"])
    def test_invalid_token_is_a_usage_error(
        self, run: Run, token: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("VMSPEC_SANDBOX_TOKEN", token)
        result = run("sandbox")
        assert (result.code, result.out, token in result.err) == (2, "", False)
        assert "VMSPEC_SANDBOX_TOKEN must be printable ASCII" in result.err

    @pytest.mark.parametrize(
        "options", [("--rate-limit", "0"), ("--speed", "0"), ("--speed", "nan"), ("--speed", "inf")]
    )
    def test_invalid_option_is_a_usage_error(self, run: Run, options: tuple[str, str]) -> None:
        assert run("sandbox", *options).code == 2

    def test_rate_limit_speed_and_seed_are_used(
        self, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder / "web.xml").write_text(WEB.to_xml())
        build_ids = []
        for _ in range(2):
            child, settings = self.start("--seed", "7", "--speed", "5000", "--rate-limit", "9")
            for name, value in settings.items():
                monkeypatch.setenv(name, value)
            result = run("submit", "web.xml", "--poll", "0.01", "--output-format", "json")
            assert result.code == 0
            answer = httpx.get(settings["KATAPULT_API_URL"])
            assert answer.headers["X-Ratelimit-Permitted"] == "9"
            child.end(signal.SIGINT)
            build_ids += [one["build_id"] for one in submissions(result.out)]
        assert build_ids[0] == build_ids[1]
