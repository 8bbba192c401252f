"""The token, what is in a spec and passwords of machines appear in no text, whatever goes wrong."""

from __future__ import annotations

import json
import logging
import traceback
from pathlib import Path
from typing import Any

import httpx
import pytest

from .support.doubles import (
    CREATED,
    TOKEN,
    Api,
    Clock,
    Kind,
    Server,
    answer,
    build,
    error,
    machine,
    perform,
    raw,
    reset,
    sends,
)

XML = """<?xml version="1.0"?>
<VirtualMachineSpec><Option key="password">canary-option</Option></VirtualMachineSpec>
"""
CANARIES = (TOKEN, "canary-option", "canary-password", "canary-body")
ECHO = f"Authorization: Bearer {TOKEN}"

REPLIES = {
    "created": answer(201, CREATED | {"initial_root_password": "canary-password"}),
    "html": httpx.Response(201, text=f"<html>canary-body {ECHO}</html>"),
    "shape": answer(201, {"password": "canary-password", "canary-body": ECHO}),
    "server": httpx.Response(500, text=f"canary-body {ECHO}"),
    "gateway": httpx.Response(502, text=ECHO, headers={"X-Request-Id": TOKEN, "X-Echo": ECHO}),
    "redirect": httpx.Response(307, headers={"Location": f"https://elsewhere.test/?{TOKEN}"}),
    "refused": error(403, "invalid_api_token", f"No such token: {TOKEN}", {"errors": [ECHO]}),
    "refused oddly": error(422, TOKEN, ECHO),
    "build": build("failed", "vm_AAAAAAAAAAAAAAAA"),
    "machine": machine("started"),
}


def shown(*things: object) -> str:
    """All that a careless script, a traceback or a debugger's repr would show, causes and contexts too."""
    text = ""
    for thing in things:
        text += f"{thing} {thing!r} {getattr(thing, '__dict__', '')}"
        if isinstance(thing, BaseException):
            text += "".join(traceback.format_exception(thing))
            text += shown(*(part for part in (thing.__cause__, thing.__context__) if part))
    return text


def outcome(kind: Kind, method: str, argument: str, **how: Any) -> object:
    try:
        return perform(kind, method, argument, **how)
    except Exception as caught:  # noqa: BLE001 - whatever comes is looked at
        return caught


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("method", ["submit", "build", "virtual_machine", "wait"])
def test_no_answer_brings_a_secret_out(
    kind: Kind, method: str, reply: str, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.behaviours = [sends(raw(REPLIES[reply]))]
    argument = XML if method == "submit" else "vm_1"
    limits = {"timeout_s": 30.0} if method in ("submit", "wait") else {}
    came = outcome(kind, method, argument, api_url=server.url, clock=Clock(), **limits)
    # httpcore's own log of an answer's headers shows what the server repeats there; it is not the client's.
    logged = [text for text in caplog.messages if not text.startswith("receive_response_headers.complete")]
    text = shown(came, *logged)
    assert [canary for canary in CANARIES if canary in text] == []
    assert TOKEN.encode() in server.requests[0]


@pytest.mark.parametrize("fault", ["reset", "cut", "refused", "no tls"])
def test_no_fault_brings_a_secret_out(
    kind: Kind, fault: str, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api_url = server.url.replace("http:", "https:") if fault == "no tls" else server.url
    server.behaviours = [reset if fault == "reset" else sends(b"HTTP/1.1 201 Created\r\n")]
    server.takes = 3 if fault == "no tls" else None
    if fault == "refused":
        server.close()
    text = shown(outcome(kind, "submit", XML, api_url=api_url, clock=Clock())) + caplog.text
    assert [canary for canary in CANARIES if canary in text] == []


def test_a_bug_in_a_transport_brings_no_secret_out(kind: Kind) -> None:
    text = shown(outcome(kind, "submit", XML, transport=httpx.MockTransport(Api([RuntimeError("a bug")]))))
    assert "a bug" in text
    assert [canary for canary in CANARIES if canary in text] == []


def test_a_read_build_does_not_show_its_spec() -> None:
    api = Api([answer(200, json.loads(build("building").text.replace("loc_", "canary-option")))])
    found = api.perform("sync", "build", "vmbuild_AAAAAAAAAAAAAAAA")
    assert "canary-option" in found.spec_xml
    assert "canary-option" not in repr(found)


def test_a_machine_keeps_no_password() -> None:
    assert "canary-password" not in shown(
        Api([machine("started")]).perform("sync", "virtual_machine", "vm_AAAAAAAAAAAAAAAA")
    )


def test_a_key_file_does_not_show_in_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vmspec.katapult import Katapult

    file = tmp_path / "key"
    file.write_text(f"{TOKEN} {TOKEN}\n")
    file.chmod(0o600)
    monkeypatch.delenv("KATAPULT_API_KEY", raising=False)
    monkeypatch.setenv("KATAPULT_API_KEY_FILE", str(file))
    monkeypatch.setenv("KATAPULT_ORGANIZATION", "acme")
    with pytest.raises(Exception, match="API key") as raised:
        Katapult.from_environment()
    assert TOKEN not in shown(raised.value)
