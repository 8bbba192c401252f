"""``vmspec catalogue`` and ``vmspec preflight``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from vmspec.catalogue import load_catalogue
from vmspec.sandbox import Catalogue, Endpoint
from vmspec.sandbox.catalogue import PolicyLimits
from vmspec.sandbox.faults import Refusal
from vmspec.sandbox.routes import ALL_SCOPES

from ..support.api import Api
from ..support.command_line import WEB_XML, Run

Serve = Callable[..., Api]


def test_file_is_written_once(run: Run, serve: Serve, folder: Path) -> None:
    serve()
    result = run("catalogue", "-o", "katapult.json")
    assert (result.code, result.out, result.err) == (0, "", "katapult.json: written\n")
    before = (folder / "katapult.json").read_bytes()
    assert run("catalogue", "-o", "katapult.json").err == "katapult.json: unchanged\n"
    assert (folder / "katapult.json").read_bytes() == before
    assert load_catalogue("katapult.json").tags


def test_catalogue_is_printed_without_a_file(run: Run, serve: Serve) -> None:
    serve()
    result = run("catalogue")
    assert (result.code, json.loads(result.out)["version"]) == (0, 1)


def test_unreadable_kinds_are_named(run: Run, serve: Serve, folder: Path) -> None:
    serve(scopes=[scope for scope in ALL_SCOPES if not scope.startswith("tags")])
    result = run("catalogue", "-o", "katapult.json")
    assert result.err == "warning: not readable (scope_not_granted): tags\nkatapult.json: written\n"
    assert json.loads((folder / "katapult.json").read_text())["unreadable"]["tags"] == "scope_not_granted"


def test_refusal_has_its_exit_code(run: Run, serve: Serve) -> None:
    serve().sandbox.order(Refusal("organization_suspended"), at=Endpoint.ZONES)
    result = run("catalogue")
    assert (result.code, result.out) == (3, "")
    assert "organization_suspended" in result.err


def test_unreachable_api_has_its_exit_code(run: Run, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    url = serve().running.url
    monkeypatch.setenv("KATAPULT_API_URL", url.replace("http:", "https:"))
    result = run("preflight", "-", stdin=WEB_XML.encode())
    assert (result.code, result.out) == (4, "")


def test_missing_key_is_wrong_use(run: Run) -> None:
    assert run("catalogue").code == 2
    assert run("preflight", "web.xml").code == 2


def test_preflight_finds_nothing_before_a_build_and_its_hostname_after_it(
    run: Run, serve: Serve, folder: Path
) -> None:
    serve()
    (folder / "web.xml").write_text(WEB_XML)
    assert run("preflight", "web.xml").code == 0
    assert run("submit", "web.xml").code == 0
    result = run("preflight", "web.xml", "--output-format", "json")
    assert result.code == 1
    (file,) = json.loads(result.out)["files"]
    assert [finding["code"] for finding in file["findings"]] == ["VMS433"]


def test_preflight_counts_the_machines_that_exist(run: Run, serve: Serve, folder: Path) -> None:
    serve(catalogue=Catalogue(policy_limits=PolicyLimits(maximum_virtual_machines=1)))
    (folder / "web.xml").write_text(WEB_XML)
    (folder / "web-2.xml").write_text(WEB_XML.replace("web-1", "web-2"))
    assert run("preflight", "web-2.xml").code == 0
    assert run("submit", "web.xml").code == 0
    result = run("preflight", "web-2.xml")
    assert result.code == 1
    assert "with this spec there are 2 machines; the organization may have 1" in result.out


def test_preflight_reports_all_other_findings_too(run: Run, serve: Serve, folder: Path) -> None:
    serve()
    (folder / "web.xml").write_text(WEB_XML.replace("web-1", "WEB-1").replace("rock-3", "rokc-3"))
    result = run("preflight", "web.xml", "--fail-on", "warning")
    assert result.code == 1
    assert [line.split()[2] for line in result.out.splitlines() if " VMS" in line] == ["VMS411", "VMS231"]
