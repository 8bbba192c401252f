"""Against replayed traffic: one POST with the very XML, and the right machine at the end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import define, field

from ..support.doubles import Clock, Kind, perform

BASE = "https://api.katapult.io/core/v1"
SENT = """<?xml version="1.0"?>
<VirtualMachineSpec>
  <DataCenter by="permalink">uk-lon-01</DataCenter>
  <Resources>
    <Package by="permalink">rock-3</Package>
  </Resources>
  <DiskTemplate>
    <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
  </DiskTemplate>
  <Hostname>
    <Hostname>Web-1</Hostname>
  </Hostname>
</VirtualMachineSpec>
"""
STORED = (
    SENT.replace('<DataCenter by="permalink">uk-lon-01', "<DataCenter>loc_AAAAAAAAAAAAAAAA")
    .replace(
        "</DiskTemplate>\n  </DiskTemplate>",
        '</DiskTemplate>\n    <Version by="number">4</Version>\n  </DiskTemplate>',
    )
    .replace("Web-1", "web-1")
)


def entry(
    method: str, path: str, response: object, request: object = None, status: int = 200
) -> dict[str, Any]:
    headers = {
        "Content-Type": "application/json",
        "X-Ratelimit-Permitted": "1000",
        "X-Ratelimit-Remaining": "989",
        "X-Request-Id": "22222222-3333-4444-5555-666666666666",
    }
    return {
        "method": method,
        "url": BASE + path,
        "request": request,
        "status": status,
        "headers": headers,
        "response": response,
    }


def build(state: str, machine: str | None) -> dict[str, Any]:
    found = {
        "id": "vmbuild_BBBBBBBBBBBBBBBB",
        "spec_xml": STORED,
        "state": state,
        "virtual_machine": machine
        and {"id": machine, "hostname": "web-1", "fqdn": "web-1.acme.test", "state": "x"},
        "created_at": 1786739228,
    }
    response = {"virtual_machine_build": found, "annotations": []}
    return entry(
        "GET", "/virtual_machines/builds/virtual_machine_build?virtual_machine_build%5Bid%5D=x", response
    )


def machine(state: str) -> dict[str, Any]:
    found = {
        "id": "vm_BBBBBBBBBBBBBBBB",
        "hostname": "web-1",
        "fqdn": "web-1.acme.test",
        "state": state,
        "initial_root_password": "[REDACTED]",
        "ip_addresses": [{"address": "192.0.2.9", "id": "ip_BBBBBBBBBBBBBBBB"}],
    }
    response = {"annotations": [], "virtual_machine": found}
    return entry("GET", "/virtual_machines/virtual_machine?virtual_machine%5Bid%5D=x", response)


RECORDING = [
    entry(
        "POST",
        "/organizations/organization/virtual_machines/build_from_spec",
        {
            "task": {"id": "task_BBBBBBBBBBBBBBBB", "name": "Build virtual machine", "status": "pending"},
            "build": {"id": "vmbuild_BBBBBBBBBBBBBBBB", "state": "pending"},
            "virtual_machine_build": {"id": "vmbuild_BBBBBBBBBBBBBBBB", "state": "pending"},
            "hostname": "web-1",
            "annotations": [],
        },
        {"organization": {"sub_domain": "acme"}, "xml": SENT},
        201,
    ),
    build("pending", None),
    build("building", None),
    build("building", "vm_BBBBBBBBBBBBBBBB"),
    build("complete", "vm_BBBBBBBBBBBBBBBB"),
    machine("stopped"),
    machine("starting"),
    machine("started"),
]


@define
class Replay:
    """Answers each endpoint as recorded, in order, its last answer for ever; tasks were not recorded."""

    recording: list[dict[str, Any]]
    posts: list[Any] = field(factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.posts.append(json.loads(request.content))
        if request.url.path.endswith("/tasks/task"):
            return httpx.Response(403, json={"error": {"code": "scope_not_granted"}})
        asked = (request.method, documented(request.url.path))
        left = [entry for entry in self.recording if (entry["method"], path_of(entry)) == asked]
        assert left, asked
        if len(left) > 1:
            self.recording.remove(left[0])
        return httpx.Response(left[0]["status"], headers=left[0]["headers"], json=left[0]["response"])


def documented(path: str) -> str:
    """The path with its names, where a recording has the shorter ``_``."""
    for name in ("organizations/organization", "builds/virtual_machine_build"):
        path = path.replace(name.rpartition("/")[0] + "/_", name)
    return path


def path_of(entry: dict[str, Any]) -> str:
    return documented(httpx.URL(entry["url"]).path)


def submit_and_wait(kind: Kind, recording: list[dict[str, Any]]) -> None:
    request, last = recording[0]["request"], recording[-1]["response"]["virtual_machine"]
    recorded = recording[0]["response"]
    replay = Replay(list(recording))
    how: dict[str, Any] = {"transport": httpx.MockTransport(replay), "clock": Clock()}

    submission = perform(kind, "submit", request["xml"], **how)
    assert submission.build.id == recorded["virtual_machine_build"]["id"]
    assert submission.task.id == recorded["task"]["id"]
    assert submission.hostname == recorded["hostname"]
    assert submission.request_id == recording[0]["headers"]["X-Request-Id"]

    found = perform(kind, "wait", submission, **how)
    assert (found.id, found.hostname, found.fqdn, found.state) == (
        last["id"],
        last["hostname"],
        last["fqdn"],
        "started",
    )
    assert found.addresses == tuple(row["address"] for row in last["ip_addresses"])
    assert [post["xml"] for post in replay.posts] == [request["xml"]]


def test_a_recording_is_replayed(kind: Kind) -> None:
    submit_and_wait(kind, RECORDING)


REAL = sorted((Path(__file__).parents[4] / "shared" / "data" / "recorded").glob("*.json"))


@pytest.mark.skipif(not REAL, reason="recordings of real traffic are not here")
def test_real_recordings_are_replayed(kind: Kind) -> None:
    for file in REAL:
        submit_and_wait(kind, json.loads(file.read_text()))
