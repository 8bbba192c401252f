"""Drift and import on recorded builds, where the recordings lie beside the project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from vmspec import dumps, loads
from vmspec.katapult import Katapult, SQLiteJournal

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "recorded"
RECORDINGS = sorted(FOLDER.glob("*.json"))
NOT_FOUND = {"error": {"code": "route_not_found", "description": "No such endpoint", "detail": {}}}


def replayed(exchanges: list[dict[str, Any]]) -> httpx.MockTransport:
    """Return a transport that gives the last recorded answer to each request; 404 to all others."""
    answers = {}
    for exchange in exchanges:
        url = urlsplit(exchange["url"].replace("/builds/_", "/builds/virtual_machine_build"))
        path = url.path.replace("/organizations/_/", "/organizations/organization/")
        answers[exchange["method"], path] = (parse_qs(url.query), exchange)

    def answer(request: httpx.Request) -> httpx.Response:
        query, exchange = answers.get((request.method, request.url.path), ({}, None))
        if exchange is None or any(
            value not in query.values() for value in parse_qs(request.url.query.decode()).values()
        ):
            return httpx.Response(404, json=NOT_FOUND)
        return httpx.Response(exchange["status"], json=exchange["response"])

    return httpx.MockTransport(answer)


@pytest.mark.skipif(not RECORDINGS, reason="needs the recordings beside the project")
@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_recorded_build_has_no_drift_and_is_imported_as_stored(path: Path) -> None:
    exchanges = json.loads(path.read_text())
    xml = exchanges[0]["request"]["xml"]
    spec = loads(xml, "xml")
    builds = [item for item in exchanges if "/builds/" in item["url"]]
    stored = builds[-1]["response"]["virtual_machine_build"]["spec_xml"]
    with Katapult(
        token="token",
        organization="terraform-acc-test",
        api_url="https://api.katapult.io/core/v1",
        journal=SQLiteJournal(),
        transport=replayed(exchanges),
    ) as katapult:
        submission = katapult.submit(spec)
        machine = katapult.wait(submission, poll_s=0.01)
        for drift in (*katapult.drift([spec]), *katapult.drift()):
            assert (drift.status, drift.stored, drift.machine) == ("same", (), ())
        assert submission.build_id is not None
        for name in (machine.id, submission.build_id):
            assert dumps(katapult.import_spec(name), "xml") == stored
