"""Plans: each machine is made once, whoever applies the plan, and whatever happens on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from vmspec import VM, VirtualMachineSpec, dump
from vmspec.errors import ConfigurationError, PlanError
from vmspec.katapult import Katapult, SQLiteJournal, abandon
from vmspec.live.plan import Plan, dump_plan, load_plan
from vmspec.sandbox import Endpoint, RunningSandbox
from vmspec.sandbox.faults import Cut, Delay, Drop, Foreign, Interrupted, Refusal, Slow

from .conftest import Connect

SPECS = {
    name: VM(name)
    .data_center("uk-lon-01")
    .package("rock-3")
    .template("templates/windows-2022")
    .option("password", "hunter2-hunter2")
    .build()
    for name in ("web-1", "web-2", "web-3")
}
CREATE = Endpoint.CREATE


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, VirtualMachineSpec]:
    """The specs by path, in files of the current folder."""
    monkeypatch.chdir(tmp_path)
    for name, spec in SPECS.items():
        dump(spec, f"{name}.xml")
    return {f"{name}.xml": spec for name, spec in SPECS.items()}


def other_client(api: RunningSandbox, journal: SQLiteJournal | None = None) -> Katapult:
    return Katapult(
        token=api.token,
        organization=api.organization,
        api_url=api.url,
        journal=SQLiteJournal() if journal is None else journal,
    )


def made(api: RunningSandbox) -> Counter[str]:
    """Return the number of machines that were made of each submission id."""
    ids = [
        annotation.value
        for build in api.sandbox.builds
        for annotation in build.annotations
        if annotation.key == "vmspec.submission"
    ]
    return Counter(ids)


def ids_of(plan: Plan) -> set[str]:
    return {machine.submission_id for machine in plan.machines}


def test_each_machine_is_made_under_its_id(connect: Connect) -> None:
    api, katapult = connect()
    plan = katapult.plan(SPECS)
    assert api.sandbox.requests(CREATE) == 0
    assert [machine.action for machine in plan.machines] == ["create"] * 3
    results = katapult.apply(plan, poll_s=0.05)
    assert [result.virtual_machine.hostname for result in results if result.virtual_machine] == [*SPECS]
    assert {result.submission.id for result in results if result.submission} == ids_of(plan)
    assert made(api) == dict.fromkeys(ids_of(plan), 1)


def test_used_plan_is_refused(connect: Connect) -> None:
    api, katapult = connect()
    plan = katapult.plan(SPECS)
    katapult.apply(plan, poll_s=None)
    with pytest.raises(PlanError, match="the plan is used"):
        katapult.apply(plan, poll_s=None)
    assert api.sandbox.requests(CREATE) == 3


def test_plan_for_another_organization_is_refused(connect: Connect) -> None:
    api, katapult = connect()
    plan = katapult.plan(SPECS)
    for changed in (evolve(plan, organization="acme"), evolve(plan, api="https://api.example.org/core/v1")):
        with pytest.raises(PlanError, match=r"the plan is for organization .* at "):
            katapult.apply(changed)
    assert api.sandbox.requests(CREATE) == 0


def test_changed_and_missing_files_are_named(connect: Connect, files: dict[str, Any]) -> None:
    api, katapult = connect()
    dump_plan(katapult.plan(files), "plan.json")
    dump(SPECS["web-3"], "web-1.xml")
    Path("web-2.xml").unlink()
    with pytest.raises(
        PlanError, match=r"changed since plan\.json was made, or not readable: web-1\.xml, web-2\.xml"
    ):
        katapult.apply(load_plan("plan.json"))
    assert api.sandbox.requests(CREATE) == 0


def test_file_holds_no_secret_and_reads_back(connect: Connect, files: dict[str, Any]) -> None:
    _, katapult = connect()
    plan = katapult.plan(files)
    dump_plan(plan, "plan.json")
    assert "hunter2" not in Path("plan.json").read_text() + repr(plan)
    assert load_plan("plan.json") == evolve(plan, name="plan.json")


def test_comments_and_formats_may_change(connect: Connect, files: dict[str, Any]) -> None:
    api, katapult = connect()
    dump_plan(katapult.plan(files), "plan.json")
    path = Path("web-1.xml")
    path.write_text(path.read_text().replace("<Resources>", "<!-- small -->\n  <Resources>"))
    katapult.apply(load_plan("plan.json"), poll_s=None)
    assert len(api.sandbox.builds) == 3


def test_existing_machines_are_not_made_again(connect: Connect) -> None:
    api, katapult = connect()
    vm = katapult.wait(katapult.submit(SPECS["web-1"]), poll_s=0.05)
    submission = katapult.submit(SPECS["web-2"])
    plan = katapult.plan(SPECS)
    assert (plan.machines[0].action, plan.machines[0].exists_as) == ("exists", vm.id)
    assert plan.machines[1].action == "exists"
    assert plan.machines[1].exists_as in (submission.id, api.sandbox.builds[1].machine_id)
    assert [machine.hostname for machine in plan.new] == ["web-3"]
    katapult.apply(plan, poll_s=None)
    assert len(api.sandbox.builds) == 3


def test_existing_machine_of_another_journal_is_found_by_its_annotations(connect: Connect) -> None:
    api, katapult = connect()
    vm = katapult.wait(katapult.submit(SPECS["web-1"]), poll_s=0.05)
    with other_client(api) as other:
        [machine] = other.plan([SPECS["web-1"]]).machines
    assert (machine.action, machine.exists_as) == ("exists", vm.id)


def test_plan_applied_with_another_journal_finds_its_machines(connect: Connect) -> None:
    api, katapult = connect()
    plan = katapult.plan(SPECS)
    machines = [result.virtual_machine for result in katapult.apply(plan, poll_s=0.05)]
    with other_client(api) as other:
        assert not other.is_on_record(plan)
        found = other.apply(plan, poll_s=0.05)
        assert [result.virtual_machine.id for result in found if result.virtual_machine] == [
            machine.id for machine in machines if machine
        ]
        with pytest.raises(PlanError, match="is used"):
            other.apply(plan)
    assert made(api) == dict.fromkeys(ids_of(plan), 1)


FAULTS = [
    *(
        Drop(),
        Drop(carried_out=True),
        Drop(how="end", carried_out=True),
        Cut(part="body"),
        Cut(part="status"),
    ),
    *(
        Foreign(502),
        Foreign(502, carried_out=True),
        Foreign(201),
        Interrupted(),
        Refusal("service_unavailable"),
    ),
    *(
        Refusal("validation_error"),
        Refusal("rate_limit_reached", retry_after="1"),
        Delay(0.2),
        Slow(byte_s=0.001),
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_fault_makes_no_machine_twice(connect: Connect, fault: Any) -> None:
    api, katapult = connect()
    plan = katapult.plan(SPECS)
    api.sandbox.order(fault, at=None if isinstance(fault, Interrupted) else CREATE, times=2)
    for _ in range(3):
        try:
            katapult.apply(plan, poll_s=None, settle_s=0)
        except PlanError:
            break
    counts = made(api)
    assert set(counts) <= ids_of(plan)
    assert max(counts.values()) == 1
    refused = [entry for entry in katapult.submissions() if entry.state in ("refused", "not_sent")]
    unknown = [entry for entry in katapult.submissions() if entry.state == "unknown"]
    assert len(counts) + len(refused) + len(unknown) >= 3
    assert not refused


def test_two_clients_with_one_journal_make_each_machine_once(connect: Connect, tmp_path: Path) -> None:
    api, _ = connect()
    clients = [other_client(api, SQLiteJournal(tmp_path / "journal.sqlite3")) for _ in range(2)]
    plan = clients[0].plan(SPECS)
    raised: list[Exception] = []

    def apply(katapult: Katapult) -> None:
        try:
            katapult.apply(plan, poll_s=0.05)
        except PlanError:
            pass
        except Exception as error:  # noqa: BLE001
            raised.append(error)

    threads = [threading.Thread(target=apply, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        client.__exit__()
    assert raised == []
    assert api.sandbox.requests(CREATE) == 3
    assert made(api) == dict.fromkeys(ids_of(plan), 1)


def command(api: RunningSandbox, *arguments: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "KATAPULT_API_KEY": api.token,
        "KATAPULT_API_URL": api.url,
        "KATAPULT_ORGANIZATION": api.organization,
        "VMSPEC_JOURNAL": str(Path("journal.sqlite3").absolute()),
    }
    command = [sys.executable, "-m", "vmspec", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def write_plan(api: RunningSandbox, files: dict[str, Any]) -> None:
    process = command(api, "plan", *files, "-o", "plan.json")
    process.communicate()
    assert process.returncode == 0


def test_two_processes_with_one_journal_make_each_machine_once(
    connect: Connect, files: dict[str, Any]
) -> None:
    api, _ = connect()
    write_plan(api, files)
    processes = [command(api, "apply", "plan.json") for _ in range(2)]
    for process in processes:
        process.communicate()
    codes = sorted(process.returncode for process in processes)
    assert codes in ([0, 0], [0, 4])
    assert api.sandbox.requests(CREATE) == 3
    assert set(made(api).values()) == {1}


def test_killed_apply_goes_on_and_makes_no_machine_twice(connect: Connect, files: dict[str, Any]) -> None:
    api, _ = connect()
    write_plan(api, files)
    api.sandbox.order(Delay(5, carried_out=True), at=CREATE, times=1, after=1)
    killed = command(api, "apply", "plan.json")
    while api.sandbox.requests(CREATE) < 2:
        assert killed.poll() is None
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    again = command(api, "apply", "plan.json", "--settle", "6")
    _, err = again.communicate()
    with closing(SQLiteJournal(Path("journal.sqlite3"))) as journal:
        unknown = [entry for entry in journal.entries() if entry.state in ("unknown", "sending")]
    assert again.returncode == (6 if unknown else 0), err
    assert set(made(api).values()) == {1}
    assert len(made(api)) + len(unknown) >= 3


def test_abandoned_submission_is_not_sent_again(connect: Connect) -> None:
    api, katapult = connect()
    plan = katapult.plan({"web-1": SPECS["web-1"], "web-2": SPECS["web-2"]})
    api.sandbox.order(Drop(), at=CREATE)
    katapult.apply(plan, poll_s=None, settle_s=0)
    [lost] = [entry for entry in katapult.submissions() if entry.state == "unknown"]
    abandon(katapult.journal, lost.id)
    with pytest.raises(PlanError, match="is used"):
        katapult.apply(plan)
    assert made(api)[lost.id] == 0


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 2}', '{"version": 1, "machines": [1]}'])
def test_other_files_are_not_plans(content: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match="is not a plan"):
        load_plan(path)
