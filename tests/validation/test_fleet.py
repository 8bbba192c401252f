"""Checks across specs."""

from __future__ import annotations

import pickle

from vmspec import VM, Finding, Severity, VirtualMachineSpec, check_fleet, existing_ip, new_ipv4
from vmspec.model.claims import Claim, claims_of
from vmspec.validation.fleet import Fleet

ADDRESS = "network_interfaces[0].ip_address_allocations[{}].ip_address"


def machine(hostname: str | None, *addresses: str) -> VirtualMachineSpec:
    ips = (existing_ip(address, by="id" if "_" in address else "address") for address in addresses)
    return VM(hostname).network("uk-lon-01-public", *ips, new_ipv4()).spec


def warning(code: str, message: str, path: str, hint: str) -> Finding:
    return Finding(code, message, Severity.WARNING, path, hint=hint)


def test_hostname_and_address_of_an_earlier_spec_are_found() -> None:
    specs = [
        machine("web-1", "2001:db8::1"),
        machine("web-2", "ip_zE2hXn9WbQ6sTl0M"),
        machine("WEB-1", "192.0.2.1", "2001:DB8:0::1", "ip_zE2hXn9WbQ6sTl0M"),
    ]
    hint = "name another address"
    assert check_fleet(specs) == (
        warning(
            "VMS401",
            'hostname "WEB-1" is also claimed by specs[0]',
            "[2].hostname",
            "choose another hostname",
        ),
        warning(
            "VMS402",
            'IP address "2001:DB8:0::1" is also claimed by specs[0]',
            f"[2].{ADDRESS.format(1)}",
            hint,
        ),
        warning(
            "VMS402",
            'IP address "ip_zE2hXn9WbQ6sTl0M" is also claimed by specs[1]',
            f"[2].{ADDRESS.format(2)}",
            hint,
        ),
    )


def test_different_machines_have_no_findings() -> None:
    assert check_fleet([machine("web-1", "192.0.2.1"), machine("web-2", "192.0.2.2")]) == ()


def test_random_hostnames_and_new_addresses_are_ignored() -> None:
    assert check_fleet([machine(None), machine(None), machine("")]) == ()


def test_repetition_within_a_spec_is_left_to_the_rules() -> None:
    assert check_fleet([machine("web-1", "192.0.2.1", "192.0.2.1")]) == ()


def test_invalid_addresses_are_compared_as_text() -> None:
    [finding] = check_fleet([machine("a", "nowhere"), machine("b", "nowhere")])
    assert finding.message == 'IP address "nowhere" is also claimed by specs[0]'


def test_fleet_names_the_first_owner() -> None:
    fleet = Fleet()
    claims = list(claims_of(machine("web-1")))
    keys = [claim.key for claim in claims]
    assert not fleet.add("a.xml", keys)
    assert fleet.findings_of("a.xml", claims) == []
    for name in ("b.json", "c.yaml"):
        assert fleet.add(name, keys)
        [finding] = fleet.findings_of(name, claims)
        assert (finding.message, finding.path) == ('hostname "web-1" is also claimed by a.xml', "hostname")


def test_claims_can_be_pickled() -> None:
    claims = list(claims_of(machine("Web-1", "192.0.2.1")))
    assert pickle.loads(pickle.dumps(claims)) == claims
    assert claims[0] == Claim("hostname", "Web-1", "hostname", "hostname web-1")
