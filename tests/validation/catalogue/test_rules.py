"""Each rule about a catalogue: its exact finding, and similar specs that it does not report."""

from __future__ import annotations

import datetime
import socket
from typing import Any

import pytest
from attrs import evolve

from tests.support.catalogues import EXAMPLE
from vmspec import VM, Severity, VirtualMachineSpec, existing_ip, new_ipv4, validate
from vmspec.catalogue import Catalogue, InUse, PolicyLimits, User, dump_catalogue
from vmspec.model import values
from vmspec.model.elements import AuthorizedKeys
from vmspec.validation.catalogue import RULES
from vmspec.validation.catalogue.fast import fast_check
from vmspec.validation.catalogue.limits import Totals, Usage

WEB = VM("web-1").data_center("uk-lon-01").package("rock-3").template("templates/ubuntu-22-04")
WINDOWS = VM("win-1").data_center("uk-lon-01").package("rock-3").template("templates/windows-2022")


def findings(vm: VM | VirtualMachineSpec, catalogue: Catalogue = EXAMPLE) -> list[tuple[str, str, str]]:
    spec = vm if isinstance(vm, VirtualMachineSpec) else vm.build()
    return [
        (finding.code, finding.path, finding.message + (f"; {finding.hint}" if finding.hint else ""))
        for finding in validate(spec, catalogue=catalogue).findings
        if finding.code in RULES
    ]


FITTING = (
    WEB.tags("web", "public")
    .disk(20)
    .network("uk-lon-01-public", existing_ip("198.51.100.10"), new_ipv4(), speed_profile="1gbps")
    .option("install_agent", "true")
)

WITHOUT_FINDING: list[VM] = [
    WEB,
    FITTING,
    VM("web-1").data_center("London", by="name").package("rock-3"),
    VM("web-1").zone("lon-zone-1").package("rock-3").group("Web servers"),
    WEB.network("uk-lon-01-public", existing_ip("2001:DB8:0::10")),
    WEB.network("us-nyc-01-public"),
    WEB.shared_disk("Shared data").virtual_network("vnet_Private00000001"),
    WEB.iso("iso_Unknown000000001"),
    WEB.authorize(ssh_keys=["ssh_Aa1Bb2Cc3Dd4Ee5F", "ssh-ed25519 AAAAC3 ada@laptop"]),
    WEB.authorize(users=["ada@example.org"]),
    WEB.disk(1000),
    WINDOWS.option("password", "S3cret-and-long"),
    WEB.template("templates/ubuntu-22-04", version=1),
]


@pytest.mark.parametrize("vm", WITHOUT_FINDING, ids=str)
def test_fitting_spec_has_no_finding(vm: VM) -> None:
    assert findings(vm) == []


def test_fast_check_accepts_a_fitting_spec() -> None:
    assert fast_check(EXAMPLE)(FITTING.build())


LOOKUPS: list[tuple[VM, str, str]] = [
    (
        VM("web-1").data_center("uk-lon-1").package("rock-3"),
        "data_center",
        'the organization has no data center with permalink "uk-lon-1"; did you mean "uk-lon-01"?',
    ),
    (
        VM("web-1").data_center("uk-lon-01", by="name").package("rock-3"),
        "data_center",
        'the organization has no data center with name "uk-lon-01"; look it up by permalink',
    ),
    (
        VM("web-1").data_center("uk-lon-01").package("vmpkg_Rock300000002", by="id"),
        "resources.package",
        'the organization has no package with id "vmpkg_Rock300000002"; did you mean "vmpkg_Rock300000001"?',
    ),
    (
        WEB.template("templates/debian-12"),
        "disk_template.template",
        'the organization has no disk template with permalink "templates/debian-12"',
    ),
    (
        WEB.network("uk-lon-01-public", existing_ip("203.0.113.7"), speed_profile="1gbps"),
        "network_interfaces[0].ip_address_allocations[0].ip_address",
        'the organization has no IP address with address "203.0.113.7"',
    ),
    (
        WEB.virtual_network("vnet_Zz9Yy8Xx7Ww6Vv5U"),
        "network_interfaces[0].virtual_network",
        'the organization has no virtual network with id "vnet_Zz9Yy8Xx7Ww6Vv5U"',
    ),
    (
        WEB.network("uk-lon-01-public", speed_profile="1 gbps"),
        "network_interfaces[0].speed_profile",
        'the organization has no network speed profile with permalink "1 gbps"; did you mean "1gbps"?',
    ),
    (
        WEB.group("Web server"),
        "group",
        'the organization has no group with name "Web server"; did you mean "Web servers"?',
    ),
]


@pytest.mark.parametrize(("vm", "path", "text"), LOOKUPS, ids=[path for _, path, _ in LOOKUPS])
def test_lookup_of_nothing_is_reported(vm: VM, path: str, text: str) -> None:
    assert [(code, text_) for code, _, text_ in findings(vm)] == [("VMS411", text)]


OTHERS: list[tuple[VM, str, str, str]] = [
    (
        WEB.tags("web", "wbe", "PUBLIC"),
        "VMS412",
        "tags[1]",
        'the organization has no tag "wbe", so it would be left out; did you mean "web"?',
    ),
    (
        WEB.authorize(ssh_keys=["ada@laptop"]),
        "VMS413",
        "authorized_keys.ssh_keys[0]",
        'the organization has no SSH key with id "ada@laptop"; did you mean "ssh_Aa1Bb2Cc3Dd4Ee5F"?',
    ),
    (
        WEB.template("templates/ubuntu-22-04", version=9),
        "VMS421",
        "disk_template.version",
        'template "templates/ubuntu-22-04" has no version "9"; the latest version is 2',
    ),
    (
        WINDOWS,
        "VMS422",
        "disk_template",
        'option "password" of the template is required; add an option with key password',
    ),
    (
        WINDOWS.option("pasword", "S3cret-and-long"),
        "VMS423",
        "disk_template.options[0]",
        'the template has no option "pasword"; did you mean "password"?',
    ),
    (
        WEB.option("install_agent", "perhaps"),
        "VMS424",
        "disk_template.options[0]",
        'option "install_agent" is not true or false; write true or false',
    ),
    (
        WINDOWS.option("password", " "),
        "VMS424",
        "disk_template.options[0]",
        'option "password" is required, but empty; give it a value',
    ),
    (
        WEB.disk(5).disk(1),
        "VMS425",
        "system_disks[0].size",
        "the boot disk of 5 GB is smaller than its template, which needs 10 GB; make it at least 10 GB",
    ),
    (
        WEB.network("uk-lon-01-public", existing_ip("198.51.100.9")),
        "VMS431",
        "network_interfaces[0].ip_address_allocations[0].ip_address",
        "IP address 198.51.100.9 belongs to virtual machine vm_Web0000000000001; name a free address",
    ),
    (
        WEB.network("us-nyc-01-public", existing_ip("ip_Free000000000001")),
        "VMS432",
        "network_interfaces[0].ip_address_allocations[0].ip_address",
        'IP address 198.51.100.10 is of network "uk-lon-01-public";'
        " name an address of the interface's network",
    ),
    (
        VM("web-1").data_center("uk-lon-01").cpu(2).memory(4),
        "VMS441",
        "resources.memory",
        "the organization may not use memory and CPU cores without a package; name a package",
    ),
    (
        WEB.disk(20).disk(1001),
        "VMS442",
        "system_disks[1].size",
        "a disk may have at most 1,000 GB",
    ),
    (
        WEB.disk(900).disk(900),
        "VMS443",
        "system_disks",
        "the machine has 1,800 GB of disk space; the organization may have 1,500;"
        " ask for less, or have the limit raised",
    ),
]


@pytest.mark.parametrize(("vm", "code", "path", "text"), OTHERS, ids=[code for _, code, *_ in OTHERS])
def test_misfit_is_reported(vm: VM, code: str, path: str, text: str) -> None:
    assert findings(vm)[:1] == [(code, path, text)]


def test_every_rule_has_a_test() -> None:
    tested = {"VMS411", "VMS433", "VMS451", *(code for _, code, *_ in OTHERS)}
    assert tested == RULES.keys()


def test_users_are_checked_by_email_address_only_if_all_are_known() -> None:
    ada = User(id="user_1", email_address="Ada@example.org")
    spec = WEB.authorize(users=["bob@example.org"])
    assert findings(spec, evolve(EXAMPLE, users=(ada,))) == [
        (
            "VMS411",
            "authorized_keys.users[0]",
            'the organization has no user with email address "bob@example.org";'
            ' did you mean "ada@example.org"?',
        )
    ]
    assert findings(WEB.authorize(users=["ada@example.org"]), evolve(EXAMPLE, users=(ada,))) == []
    assert findings(spec, evolve(EXAMPLE, users=(ada, User(id="user_2")))) == []


def test_flexible_resources_that_exist_are_not_doubted() -> None:
    limits = PolicyLimits(flexible_virtual_machine_resources=True)
    report = validate(
        VM("web-1").data_center("uk-lon-01").cpu(2).memory(4).template("templates/ubuntu-22-04").build(),
        catalogue=evolve(EXAMPLE, policy_limits=limits),
    )
    assert report.findings == ()


def test_old_catalogue_is_an_info(tmp_path: Any) -> None:
    old = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=31)
    path = tmp_path / "katapult.json"
    dump_catalogue(evolve(EXAMPLE, changed_on=old), path)
    (finding,) = validate(FITTING.build(), catalogue=path).findings
    assert (finding.code, finding.severity) == ("VMS451", Severity.INFO)
    assert finding.message == "the catalogue has not changed for 31 days"
    assert (
        validate(
            FITTING.build(), catalogue=evolve(EXAMPLE, changed_on=old + datetime.timedelta(days=1))
        ).findings
        == ()
    )


def test_hostname_that_exists_is_an_error() -> None:
    catalogue = evolve(EXAMPLE, in_use=InUse(hostnames=frozenset({"web-1"})))
    spec = WEB.build()
    assert findings(spec, catalogue) == [
        ("VMS433", "hostname", 'a machine with hostname "web-1" exists already; choose another hostname')
    ]


def test_limits_count_specs_together_and_what_exists() -> None:
    totals = Totals(evolve(EXAMPLE, in_use=InUse(machines=8, memory_in_gb=60)))
    assert totals.add(Usage(1, 3, 25)) == []
    (finding,) = totals.add(Usage(1, 3, 25))
    assert (finding.code, finding.path) == ("VMS443", "resources")
    assert finding.message == "with this spec there are 66 GB of memory; the organization may have 64"
    (finding,) = totals.add(Usage(1, 3, 25))
    assert finding.message == "with this spec there are 11 machines; the organization may have 10"
    assert totals.add(Usage(1, 3, 25)) == []


def test_no_hint_shows_the_value_of_an_option() -> None:
    spec = WINDOWS.option("install_agent", "hunter2-hunter2").build()
    assert "hunter2" not in str(validate(spec, catalogue=EXAMPLE).findings)


def test_many_unknown_names_take_little_time() -> None:
    many = evolve(EXAMPLE, tags=tuple(f"tag-{number:05}" for number in range(2000)))
    spec = VirtualMachineSpec(
        authorized_keys=AuthorizedKeys(users=tuple(values.User(f"user_{number}") for number in range(5000))),
        tags=tuple(f"gat-{number}" for number in range(5000)),
    )
    assert len(validate(spec, catalogue=many).findings) == 201


def test_no_socket_is_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    dump_catalogue(EXAMPLE, tmp_path / "katapult.json")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert validate(WEB.build(), catalogue=tmp_path / "katapult.json").findings == ()
