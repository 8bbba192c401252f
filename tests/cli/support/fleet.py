"""Fleets of machines for tests of what shows them."""

from __future__ import annotations

from vmspec import VM, VirtualMachineSpec, existing_ip, new_ipv4, validate
from vmspec.cli.output.fleet import Machine, machines_of

PLACES = ("uk-lon-01", "us-nyc-01", "nl-ams-01")
PRIVATE = "vnet_gVRkZdSKczfNg34P"


def machine(number: int) -> VirtualMachineSpec:
    """Return one of many specs: every third is in a private network, every tenth has a small disk."""
    place = PLACES[number % 3]
    vm = (
        VM(f"web-{number}")
        .data_center(place)
        .package(("rock-3", "rock-12")[number % 2])
        .template("templates/ubuntu-22-04", install_agent=True)
        .disk(5 if number % 10 == 0 else 20 + number)
        .network(f"{place}-public", new_ipv4())
        .authorize(users="all", ssh_keys="all")
        .tags("web")
    )
    if number % 3 == 0:
        vm = vm.virtual_network(PRIVATE)
    if number % 20 == 5:
        vm = vm.network("spare", existing_ip("10.0.0.300"))
    return vm.spec


def fleet(size: int) -> list[Machine]:
    """Return a fleet of some size."""
    return machines_of((f"specs/{number}.xml", validate(machine(number))) for number in range(size))
