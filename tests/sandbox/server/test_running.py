"""The sandbox on a loopback address, called over HTTP."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading

import httpx
import pytest

from vmspec.sandbox import Sandbox, running

XML = "<VirtualMachineSpec><Hostname><Hostname>Web-1</Hostname></Hostname></VirtualMachineSpec>"


def create(url: str, token: str) -> httpx.Response:
    return httpx.post(
        f"{url}/organizations/organization/virtual_machines/build_from_spec",
        headers={"Authorization": f"Bearer {token}"},
        json={
            "organization": {"sub_domain": "sandbox"},
            "xml": XML,
            "annotations": [{"key": "a b", "value": "ü&=["}],
        },
    )


def test_client_reaches_the_given_sandbox() -> None:
    now = 0.0
    sandbox = Sandbox(clock=lambda: now)
    with running(sandbox) as katapult:
        created = create(katapult.url, katapult.token)
        now = 100.0
        listed = httpx.get(
            f"{katapult.url}/organizations/_/virtual_machines",
            headers={"Authorization": f"Bearer {katapult.token}"},
            params=[
                ("organization[sub_domain]", katapult.organization),
                ("annotations[][key]", "a b"),
                ("annotations[][value]", "ü&=["),
            ],
        )

    assert katapult.sandbox is sandbox
    assert katapult.url.startswith("http://127.0.0.1:")
    assert created.status_code == 201
    assert created.headers["content-type"] == "application/json"
    assert created.headers["x-ratelimit-remaining"] == "999"
    assert [row["hostname"] for row in listed.json()["virtual_machines"]] == ["web-1"]
    assert [build.hostname for build in sandbox.builds] == ["web-1"]


def test_log_has_each_request() -> None:
    seen: list[tuple[str, str, int]] = []
    with running(log=lambda *entry: seen.append(entry)) as katapult:
        create(katapult.url, katapult.token)
        create(katapult.url, "wrong")
        httpx.get(f"{katapult.url}/tasks/task?task[id]=x", headers={"Authorization": "Bearer wrong"})

    path = "/core/v1/organizations/organization/virtual_machines/build_from_spec"
    assert seen == [("POST", path, 201), ("POST", path, 403), ("GET", "/core/v1/tasks/task", 403)]


def test_port_can_be_chosen_and_is_released() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"), running(port=port):
            pass
    for _ in range(2):
        with running(port=port) as katapult:
            assert katapult.url == f"http://127.0.0.1:{port}/core/v1"
            assert create(katapult.url, katapult.token).status_code == 201


def test_two_sandboxes_run_side_by_side() -> None:
    with running() as one, running() as other:
        assert create(one.url, one.token).status_code == 201
        assert create(other.url, one.token).status_code == 403
        assert (len(one.sandbox.builds), len(other.sandbox.builds)) == (1, 0)


def test_server_ends_despite_an_open_connection() -> None:
    before = threading.active_count()
    with httpx.Client() as client:
        with running() as katapult:
            client.get(katapult.url)
            assert threading.active_count() > before
        with pytest.raises(httpx.TransportError):
            client.get(katapult.url)
    assert threading.active_count() == before


def test_server_ends_after_an_error_in_the_block() -> None:
    before = threading.active_count()
    with pytest.raises(RuntimeError, match="mine"), running():
        raise RuntimeError("mine")
    assert threading.active_count() == before


def test_repr_hides_the_token() -> None:
    with running() as katapult:
        assert katapult.token not in repr(katapult)


def test_missing_extra_is_named_in_the_error() -> None:
    """In an interpreter of its own, from which the extra's packages are hidden."""
    script = """
import sys
sys.modules["starlette"] = sys.modules["uvicorn"] = None
from vmspec.errors import VmspecError
from vmspec.sandbox import Sandbox, running
Sandbox()
try:
    with running():
        pass
except VmspecError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == (
        "the sandbox needs uvicorn, which is not installed: pip install 'vmspec[sandbox]'\n"
    )


def test_plain_object_loads_no_http_library() -> None:
    script = """
import sys
from vmspec.sandbox import Sandbox
Sandbox()
print([name for name in ("starlette", "uvicorn", "httpx", "asyncio") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
