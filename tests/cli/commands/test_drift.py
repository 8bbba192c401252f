"""``vmspec drift`` and ``vmspec import``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from vmspec import load, loads

from ..support.api import Api
from ..support.command_line import WEB_XML, Run

Serve = Callable[..., Api]


@pytest.fixture
def api(run: Run, serve: Serve, folder: Path) -> Api:
    """A sandbox in which the machine of web.xml is started, submitted with the key web."""
    api = serve()
    (folder / "web.xml").write_text(WEB_XML)
    assert run("submit", "web.xml", "--key", "web").code == 0
    return api


def rename(api: Api) -> None:
    running = api.running
    httpx.patch(
        f"{running.url}/virtual_machines/virtual_machine",
        headers={"Authorization": f"Bearer {running.token}"},
        json={
            "virtual_machine": {"id": running.sandbox.builds[0].machine_id},
            "properties": {"name": "Renamed"},
        },
    ).raise_for_status()


@pytest.mark.parametrize("arguments", [(), ("web.xml",), ("web.xml", "--key", "web")])
def test_exit_code_says_whether_something_differs(run: Run, api: Api, arguments: tuple[str, ...]) -> None:
    same = run("drift", *arguments)
    assert (same.code, same.err) == (0, "1 machine, none with differences\n")
    rename(api)
    changed = run("drift", *arguments)
    assert (changed.code, changed.err) == (1, "1 machine, 1 with differences\n")
    assert "    name: absent -> 'Renamed'\n" in changed.out


def test_json_has_the_changes(run: Run, api: Api) -> None:
    rename(api)
    result = run("drift", "web.xml", "--output-format", "json")
    (machine,) = json.loads(result.out)["machines"]
    assert result.code == 1
    assert (machine["name"], machine["status"]) == ("web.xml", "differs")
    assert machine["machine"] == [{"path": "name", "before": None, "after": "Renamed"}]
    assert {"path": "data_center", "reason": "stored by id"} in [
        {key: item[key] for key in ("path", "reason")} for item in machine["explained"]
    ]


def test_unknown_key_and_wrong_use(run: Run, api: Api) -> None:
    assert run("drift", "--key", "web").code == 2
    assert run("drift", "missing.xml").code == 2
    result = run("drift", "web.xml", "--key", "other")
    assert (result.code, result.out.split(": ")[:2]) == (1, ["web.xml", "missing"])


def test_import_gives_the_stored_spec(run: Run, api: Api, folder: Path) -> None:
    build = api.sandbox.builds[0]
    result = run("import", build.machine_id, "--to", "xml")
    assert (result.code, loads(result.out, "xml")) == (0, build.stored)
    assert run("import", build.id, "-o", "out.json").code == 0
    assert load(folder / "out.json") == build.stored
    assert run("drift", "out.json").code == 0


@pytest.mark.parametrize("target", ["xml", "yaml", "json", "python"])
def test_unknown_parts_are_a_comment(
    run: Run, api: Api, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.setenv("VMSPEC_JOURNAL", "empty.sqlite")
    result = run("import", api.sandbox.builds[0].machine_id, "--to", target)
    comment = "not known: disk_template.options that are passwords, authorized_keys, cloud_init"
    assert result.code == 0
    assert comment in (result.err if target == "json" else result.out)
    if target == "python":
        names: dict[str, object] = {}
        exec(result.out, names)
        assert "spec" in names
    else:
        assert loads(result.out, target).hostname == "web-1"  # type: ignore[arg-type]


def test_preflight_of_an_import_finds_only_what_is_taken(run: Run, api: Api) -> None:
    assert run("import", api.sandbox.builds[0].machine_id, "-o", "out.xml").code == 0
    result = run("preflight", "out.xml", "--output-format", "json")
    (file,) = json.loads(result.out)["files"]
    assert {finding["code"] for finding in file["findings"]} <= {"VMS433", "VMS434", "VMS430"}


def test_all_machines_are_written_to_a_folder(run: Run, api: Api, folder: Path) -> None:
    result = run("import", "--all", "-o", "fleet/", "--to", "json")
    assert (result.code, result.err) == (0, "1 file written to fleet\n")
    assert [path.name for path in (folder / "fleet").iterdir()] == ["web-1.json"]


def test_wrong_use_of_import(run: Run, api: Api) -> None:
    assert run("import").code == 2
    assert run("import", "--all", "vm_a").code == 2
    assert run("import", "vm_a", "vm_b").code == 2


def test_machines_that_cannot_be_imported_are_named(run: Run, api: Api, folder: Path) -> None:
    result = run("import", "vm_AAAAAAAAAAAAAAAA")
    assert (result.code, result.out) == (3, "")
    assert result.err.startswith("error: vm_AAAAAAAAAAAAAAAA: refused (virtual_machine_not_found")
    result = run("import", "vm_AAAAAAAAAAAAAAAA", api.sandbox.builds[0].machine_id, "-o", "fleet/")
    assert result.code == 3
    assert [path.name for path in (folder / "fleet").iterdir()] == ["web-1.yaml"]
