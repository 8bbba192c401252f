"""Drift and import: what is found of machines, and what is not taken for a difference."""

from __future__ import annotations

import httpx
import pytest
from attrs import evolve

from vmspec import VM, VirtualMachineSpec, dumps, existing_ip, loads, new_ipv4
from vmspec.katapult import Katapult, SQLiteJournal, Submission
from vmspec.sandbox import Endpoint, RunningSandbox
from vmspec.sandbox.faults import Refusal

from .conftest import Connect

RICH = (
    VM("Web-1")
    .name("Web server")
    .description("The first.")
    .data_center("uk-lon-01")
    .package("rock-3")
    .template("templates/windows-2022", install_agent=True)
    .option("password", "hunter2-hunter2")
    .disk(20, name="System", speed="nvme", io_profile="nvme")
    .disk(40, name="Data")
    .network("uk-lon-01-public", new_ipv4(), existing_ip("198.51.100.10"), speed_profile="1gbps")
    .virtual_network("vnet_AAAAAAAAAAAAAAAA")
    .authorize(users="all", ssh_keys="all")
    .cloud_init("#cloud-config\n")
    .backup(retention=7, every="daily", at=2)
    .group("Web servers")
    .tags("web", "public")
    .spec
)
PLAIN = VM("web-2").data_center("uk-lon-01").cpu(2).memory(4).template("templates/ubuntu-22-04").spec
NAMELESS = VM().data_center("uk-lon-01").package("rock-1").template("templates/debian-12").spec


def build(katapult: Katapult, spec: VirtualMachineSpec, key: str | None = None) -> Submission:
    submission = katapult.submit(spec, key=key)
    katapult.wait(submission, poll_s=0.02)
    return submission


def change(api: RunningSandbox, machine_id: str, **properties: object) -> None:
    """Change a machine behind vmspec's back."""
    httpx.patch(
        f"{api.url}/virtual_machines/virtual_machine",
        headers={"Authorization": f"Bearer {api.token}"},
        json={"virtual_machine": {"id": machine_id}, "properties": properties},
    ).raise_for_status()


def delete(api: RunningSandbox, machine_id: str) -> None:
    httpx.delete(
        f"{api.url}/virtual_machines/virtual_machine",
        headers={"Authorization": f"Bearer {api.token}"},
        params={"virtual_machine[id]": machine_id},
    ).raise_for_status()


def machine_of(katapult: Katapult, submission: Submission) -> str:
    entry = next(entry for entry in katapult.submissions() if entry.id == submission.id)
    assert entry.virtual_machine_id is not None
    return entry.virtual_machine_id


@pytest.mark.parametrize("spec", [RICH, PLAIN, NAMELESS], ids=["rich", "plain", "nameless"])
def test_fresh_machine_is_as_it_was_sent(connect: Connect, spec: VirtualMachineSpec) -> None:
    _, katapult = connect()
    build(katapult, spec, key="fleet/web")
    (with_spec,) = katapult.drift({"web": spec}, "fleet")
    (without_spec,) = katapult.drift()
    for drift in (with_spec, without_spec):
        assert (drift.status, drift.note, drift.stored, drift.machine) == ("same", "", (), ())
    assert without_spec.explained == ()


def test_changes_at_storing_are_explained(connect: Connect) -> None:
    _, katapult = connect()
    build(katapult, RICH)
    (drift,) = katapult.drift([RICH])
    assert {item.change.path: item.reason for item in drift.explained} == {
        "data_center": "stored by id",
        "disk_template.version": "the latest version",
        "network_interfaces[0].speed_profile": "stored by id",
        "hostname": "stored in lower case",
        "authorized_keys.continuous_management": "off by default",
    }
    assert drift.not_compared == (
        "authorized_keys",
        "cloud_init",
        "disk_template",
        "backup_policies[0].schedule.time",
    )


def test_changes_of_the_machine_are_found_by_path(connect: Connect) -> None:
    api, katapult = connect()
    machine_id = machine_of(katapult, build(katapult, RICH, key="web"))
    change(api, machine_id, tag_names=["web", "database"], name="Renamed", description="", hostname="web-9")
    (drift,) = katapult.drift({"web": RICH}, {"web": "web"})
    assert drift.status == "differs"
    assert [(item.path, item.before, item.after) for item in drift.machine] == [
        ("hostname", "web-1", "web-9"),
        ("name", "Web server", "Renamed"),
        ("description", "The first.", None),
        ("tags", "public", None),
        ("tags", None, "database"),
    ]
    assert drift.stored == ()


def test_changes_of_the_file_are_found_by_path(connect: Connect) -> None:
    _, katapult = connect()
    build(katapult, RICH)
    edited = evolve(RICH, tags=("web",), hostname="web-1")
    (drift,) = katapult.drift([edited])
    assert (drift.status, drift.note) == ("differs", "the spec has changed since it was sent")
    assert [item.path for item in drift.machine] == ["tags"]
    assert drift.stored == ()


def test_edits_of_what_the_machine_does_not_show_are_found(connect: Connect) -> None:
    _, katapult = connect()
    build(katapult, RICH)
    edited = VM.from_spec(RICH).cloud_init("#cloud-config\npackages: [nginx]\n").spec
    (drift,) = katapult.drift([edited])
    assert (drift.status, drift.machine) == ("differs", ())
    assert [str(item) for item in drift.stored] == ["cloud_init.user_data: *** -> ***"]


def test_lookup_of_another_thing_is_not_explained(connect: Connect) -> None:
    _, katapult = connect()
    build(katapult, PLAIN)
    moved = VM.from_spec(PLAIN).data_center("us-nyc-01").spec
    (drift,) = katapult.drift([moved])
    assert [item.path for item in drift.machine] == ["data_center"]


def test_gone_and_missing_machines_are_named(connect: Connect) -> None:
    api, katapult = connect()
    machine_id = machine_of(katapult, build(katapult, PLAIN))
    delete(api, machine_id)
    gone, missing = katapult.drift([PLAIN, RICH])
    assert (gone.status, gone.note) == ("gone", f"machine {machine_id} is gone")
    assert (missing.status, missing.note) == (
        "missing",
        "neither a submission nor a machine of this spec is known",
    )


def test_machine_without_submission_is_compared_with_its_spec(connect: Connect) -> None:
    api, katapult = connect()
    machine_id = machine_of(katapult, build(katapult, PLAIN))
    with other(api) as stranger:
        (drift,) = stranger.drift([PLAIN])
        assert (drift.status, drift.note) == ("same", "no build of it is on record")
        change(api, machine_id, name="Renamed")
        (drift,) = stranger.drift([PLAIN])
        assert [item.path for item in drift.machine] == ["name"]


def test_lists_that_the_token_may_not_read_are_not_compared(connect: Connect) -> None:
    api, katapult = connect()
    build(katapult, RICH)
    for endpoint in (Endpoint.MACHINE_DISKS, Endpoint.INTERFACES, Endpoint.MACHINE_BACKUP_POLICIES):
        api.sandbox.order(Refusal("scope_not_granted"), at=endpoint)
    (drift,) = katapult.drift([RICH])
    assert drift.status == "same"
    assert [item for item in drift.not_compared if item.endswith(" (scope_not_granted)")] == [
        "system_disks (scope_not_granted)",
        "network_interfaces (scope_not_granted)",
        "backup_policies (scope_not_granted)",
    ]


@pytest.mark.parametrize("spec", [RICH, PLAIN, NAMELESS], ids=["rich", "plain", "nameless"])
def test_import_with_a_journal_is_the_stored_spec(connect: Connect, spec: VirtualMachineSpec) -> None:
    _, katapult = connect()
    submission = build(katapult, spec)
    assert submission.build_id is not None
    stored = katapult.build(submission.build_id).spec_xml or ""
    machine_id = machine_of(katapult, submission)
    for name in (submission.build_id, machine_id, katapult.virtual_machine(machine_id).fqdn):
        found = katapult.import_machine(name)
        assert dumps(found.spec, "xml") == stored
        assert (found.build_id, found.not_known) == (submission.build_id, ())
    assert katapult.import_spec(machine_id) == loads(stored, "xml")


def test_import_has_what_changed_since_the_build(connect: Connect) -> None:
    api, katapult = connect()
    machine_id = machine_of(katapult, build(katapult, PLAIN))
    change(api, machine_id, tag_names=["web"])
    spec = katapult.import_spec(machine_id)
    assert spec.tags == ("web",)
    (drift,) = katapult.drift([spec])
    assert drift.machine == ()


@pytest.mark.parametrize("spec", [RICH, PLAIN, NAMELESS], ids=["rich", "plain", "nameless"])
def test_import_without_a_journal_describes_the_machine(connect: Connect, spec: VirtualMachineSpec) -> None:
    api, katapult = connect()
    machine_id = machine_of(katapult, build(katapult, spec))
    with other(api) as stranger:
        found = stranger.import_machine(machine_id)
        assert found.build_id is None
        assert {"authorized_keys", "cloud_init"} <= {*found.not_known}
        assert (found.spec.name, found.spec.description) == (spec.name, spec.description)
        (drift,) = stranger.drift({"imported": found.spec})
        assert (drift.status, drift.machine) == ("same", ())


def test_imported_machine_without_journal_has_its_parts(connect: Connect) -> None:
    api, katapult = connect()
    machine_id = machine_of(katapult, build(katapult, RICH))
    with other(api) as stranger:
        spec = stranger.import_spec(machine_id)
    assert [(disk.name, disk.size, disk.speed) for disk in spec.system_disks] == [
        ("System", 20, "nvme"),
        ("Data", 40, "ssd"),
    ]
    assert spec.disk_template is not None
    assert [(option.key, option.value) for option in spec.disk_template.options] == [
        ("install_agent", "true")
    ]
    assert spec.disk_template.template.value == "templates/windows-2022"
    public, private = spec.network_interfaces
    assert public.network is not None
    assert public.network.value == "uk-lon-01-public"
    assert len(public.ip_address_allocations) == 2
    assert private.virtual_network is not None
    assert [policy.retention for policy in spec.backup_policies] == [7]
    assert spec.group is not None
    assert {*spec.tags} == {"web", "public"}


def other(api: RunningSandbox) -> Katapult:
    """Return a client whose journal is empty."""
    return Katapult(token=api.token, organization=api.organization, api_url=api.url, journal=SQLiteJournal())


def test_machine_that_cannot_be_read_is_named_and_others_are_compared(connect: Connect) -> None:
    api, katapult = connect()
    build(katapult, PLAIN, "web-2")
    build(katapult, NAMELESS, "nameless")
    api.sandbox.order(Refusal("validation_error"), at=Endpoint.MACHINE)
    drifts = katapult.drift(
        {"web-2": PLAIN, "nameless": NAMELESS}, {"web-2": "web-2", "nameless": "nameless"}
    )
    assert sorted(drift.status for drift in drifts) == ["same", "unreadable"]
    (unreadable,) = (drift for drift in drifts if drift.status == "unreadable")
    assert "validation_error" in unreadable.note
    assert unreadable.build_id is not None
