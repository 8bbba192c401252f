"""Catalogues for tests: one that has everything that a spec refers to, and one for examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import evolve

from vmspec.catalogue import (
    Address,
    Catalogue,
    Disk,
    Entry,
    Organization,
    Package,
    Placed,
    PolicyLimits,
    Reference,
    Resource,
    SSHKey,
    Subnet,
    Template,
    TemplateOption,
    TemplateVersion,
    User,
)
from vmspec.model import values
from vmspec.model.schema import Lookup, Part, fields_of
from vmspec.model.spec import VirtualMachineSpec

INSTALL_AGENT = TemplateOption(name="install_agent", type="Boolean", prefill="true")
PASSWORD = TemplateOption(name="password", type="Password", required=True)
LONDON = Reference(id="dc_London0000000001")
PUBLIC = Reference(id="netw_London00000001")

EXAMPLE = Catalogue(
    api="https://api.katapult.io/core/v1",
    organization=Organization(id="org_Acme000000000001", sub_domain="acme"),
    unreadable={"users": "scope_not_granted", "subnets": "no_endpoint", "isos": "no_endpoint"},
    data_centers=(Resource(id=LONDON.id, name="London", permalink="uk-lon-01"),),
    zones=(Placed(id="zone_London00000001", permalink="lon-zone-1", data_center=LONDON),),
    packages=(
        Package(
            id="vmpkg_Rock300000001",
            name="ROCK-3",
            permalink="rock-3",
            memory_in_gb=3,
            cpu_cores=1,
            storage_in_gb=25,
        ),
    ),
    disk_templates=(
        Template(
            id="dtpl_Ubuntu00000001",
            permalink="templates/ubuntu-22-04",
            versions=(
                TemplateVersion(id="dtv_Ubuntu00000001", number=1, size_in_gb=10, options=(INSTALL_AGENT,)),
                TemplateVersion(id="dtv_Ubuntu00000002", number=2, size_in_gb=10, options=(INSTALL_AGENT,)),
            ),
        ),
        Template(
            id="dtpl_Windows0000001",
            permalink="templates/windows-2022",
            versions=(TemplateVersion(id="dtv_Windows0000001", number=1, options=(PASSWORD,)),),
        ),
    ),
    networks=(
        Placed(id=PUBLIC.id, permalink="uk-lon-01-public", data_center=LONDON),
        Placed(id="netw_NewYork0000001", permalink="us-nyc-01-public"),
    ),
    virtual_networks=(Placed(id="vnet_Private00000001", name="private"),),
    speed_profiles=(Resource(id="nsp_1gbps0000000001", permalink="1gbps"),),
    io_profiles=(Resource(id="diop_100k0000000001", permalink="100k"),),
    ip_addresses=(
        Address(
            id="ip_Taken00000000001",
            address="198.51.100.9",
            network=PUBLIC,
            allocation_id="vm_Web0000000000001",
            allocation_type="VirtualMachine",
        ),
        Address(id="ip_Free000000000001", address="198.51.100.10", network=PUBLIC),
        Address(id="ip_Free000000000006", address="2001:db8::10", network=PUBLIC),
    ),
    groups=(Entry(id="vmgrp_Web000000001", name="Web servers"),),
    tags=("web", "public"),
    ssh_keys=(SSHKey(id="ssh_Aa1Bb2Cc3Dd4Ee5F", name="ada@laptop"),),
    disks=(Disk(id="disk_Shared00000001", name="Shared data", size_in_gb=100),),
    policy_limits=PolicyLimits(
        maximum_virtual_machines=10,
        maximum_virtual_machine_memory=64,
        maximum_disk_space=1500,
        maximum_disk_size=1000,
        minimum_disk_size=1,
        flexible_virtual_machine_resources=False,
    ),
)
"""An organization, for the examples of rules."""


def lookups_in(part: Part, path: str = "") -> Iterator[tuple[str, Lookup]]:
    """Yield the lookups in a part, each with its path."""
    for field in fields_of(type(part)):
        value = getattr(part, field.name)
        items = enumerate(value) if field.many else [(None, value)]
        for index, item in items:
            step = f"{path}.{field.name}".lstrip(".") + ("" if index is None else f"[{index}]")
            if isinstance(item, Lookup):
                yield step, item
            elif isinstance(item, Part):
                yield from lookups_in(item, step)


_KINDS: dict[type[Lookup], tuple[str, Any]] = {
    values.DataCenter: ("data_centers", Resource),
    values.Zone: ("zones", Placed),
    values.Package: ("packages", Package),
    values.Network: ("networks", Placed),
    values.VirtualNetwork: ("virtual_networks", Placed),
    values.SpeedProfile: ("speed_profiles", Resource),
    values.IOProfile: ("io_profiles", Resource),
    values.Subnet: ("subnets", Subnet),
    values.Group: ("groups", Entry),
    values.User: ("users", User),
    values.SharedDisk: ("disks", Disk),
    values.ISO: ("isos", Entry),
}
_REQUIRED = {Subnet: "address", Address: "address", User: "email_address"}


def catalogue_for(spec: VirtualMachineSpec) -> Catalogue:
    """Return a catalogue that has just what a spec refers to."""
    found: dict[str, list[Any]] = {name: [] for name, _ in _KINDS.values()}
    for number, (_, lookup) in enumerate(lookups_in(spec)):
        if type(lookup) in _KINDS:
            name, cls = _KINDS[type(lookup)]
            found[name].append(entry_of(lookup, cls, number))
    kinds: dict[str, Any] = {name: unique(entries) for name, entries in found.items()}
    template = _template(spec)
    keys = spec.authorized_keys.ssh_keys if spec.authorized_keys is not None else ()
    return Catalogue(
        **kinds,
        disk_templates=() if template is None else (template,),
        ip_addresses=unique(_addresses(spec)),
        tags=tuple(dict.fromkeys(spec.tags)),
        ssh_keys=tuple(SSHKey(id=key) for key in dict.fromkeys(keys)),
        policy_limits=PolicyLimits(flexible_virtual_machine_resources=True),
    )


def entry_of(lookup: Lookup, cls: Any, number: int, **more: Any) -> Any:
    """Return an entry that a lookup finds."""
    fields = {"id": f"id-{number}"}
    if cls in _REQUIRED:
        fields[_REQUIRED[cls]] = f"value-{number}"
    return cls(**fields | {lookup.by: lookup.value} | more)


def unique(entries: list[Any]) -> tuple[Any, ...]:
    """Return entries without those that have the same id or value as an earlier one."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for entry in entries:
        keys = {
            (name, str(value).lower())
            for name in ("id", "name", "permalink", "address", "email_address")
            if (value := getattr(entry, name, None)) is not None
        }
        if keys.isdisjoint(seen):
            kept.append(entry)
            seen |= keys
    return tuple(kept)


def _template(spec: VirtualMachineSpec) -> Template | None:
    part = spec.disk_template
    if part is None:
        return None
    keys = dict.fromkeys(option.key for option in part.options)
    version = TemplateVersion(
        id="dtv_1", number=1, size_in_gb=1, options=tuple(TemplateOption(name=key) for key in keys)
    )
    if part.version is not None and part.version.value.isdecimal():
        version = evolve(version, number=int(part.version.value))
    elif part.version is not None:
        version = evolve(version, id=part.version.value)
    return entry_of(part.template, Template, 0, versions=(version,))  # type: ignore[no-any-return]


def _addresses(spec: VirtualMachineSpec) -> list[Address]:
    return [
        entry_of(allocation.ip_address, Address, number * 100 + inner)
        for number, interface in enumerate(spec.network_interfaces)
        for inner, allocation in enumerate(interface.ip_address_allocations)
        if allocation.ip_address is not None
    ]
