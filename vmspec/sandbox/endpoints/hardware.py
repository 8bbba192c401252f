"""Endpoints of addresses, disks and network interfaces: of machines, and free ones."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from vmspec.model.elements import BackupPolicy, DiskTemplate, NetworkInterface, Resources, Schedule
from vmspec.sandbox.build_store import BuildStore
from vmspec.sandbox.catalogue.base import CREATED_AT, derived_id
from vmspec.sandbox.catalogue.places import DataCenter
from vmspec.sandbox.catalogue.resources import Address, Disk
from vmspec.sandbox.endpoints import arguments, responses
from vmspec.sandbox.endpoints.builds import Handler
from vmspec.sandbox.http import JSON, Request
from vmspec.sandbox.machines import Record
from vmspec.sandbox.refusals import RefusalError
from vmspec.sandbox.routes import Endpoint


def _addresses(store: BuildStore) -> list[tuple[Address, Record | None]]:
    """Return all addresses, each with its machine."""
    catalogue = store.catalogue
    found: dict[str, tuple[Address, Record | None]] = {item.id: (item, None) for item in catalogue.addresses}
    for record in store.machines():
        for address, network in responses.machine_addresses(record.machine, catalogue):
            found[address.id] = (evolve(address, network=network), record)
    return list(found.values())


def _address_row(address: Address, record: Record | None, store: BuildStore) -> dict[str, JSON]:
    machine = None if record is None else record.machine
    return {
        "id": address.id,
        "address": address.address,
        "reverse_dns": address.address if machine is None else machine.fqdn(store.catalogue),
        "vip": False,
        "allocation_id": address.allocation_id if machine is None else machine.machine_id,
        "allocation_type": address.allocation_type if machine is None else "VirtualMachine",
    }


def _list_addresses(store: BuildStore, request: Request) -> JSON:
    arguments.check_organization(arguments.organization(request), store.catalogue)
    rows = [_address_row(address, record, store) for address, record in _addresses(store)]
    wanted = {"true": True, "false": False}.get(request.parameter("allocated") or "")
    rows = [row for row in rows if wanted in (None, row["allocation_id"] is not None)]
    return responses.page(request, "ip_addresses", rows)


def _get_address(store: BuildStore, request: Request) -> JSON:
    lookup = arguments.lookup(request, "ip_address", ("id", "address"))
    for address, record in _addresses(store):
        if lookup and all(getattr(address, key, None) == value for key, value in lookup.items()):
            network = address.network or store.catalogue.networks[0]
            detail = {
                **_address_row(address, record, store),
                "label": None,
                "address_with_mask": address.address_with_mask,
                "network": network.detail,
            }
            names: JSON = None
            if record is not None:
                names = {"id": record.machine.machine_id, "name": record.machine.name}
            return {"ip_address": detail, "allocation": names}
    raise RefusalError("ip_address_not_found")


def disks_of(record: Record, store: BuildStore) -> list[Disk]:
    """Return the disks of a machine; the first is the boot disk."""
    spec, machine = record.machine.stored, record.machine
    resources = spec.resources or Resources()
    default_size = 10 if resources.package is None else store.catalogue.package(resources.package).storage
    sizes = [(disk.name, disk.size) for disk in spec.system_disks] or [(None, None)]
    return [
        Disk(
            name=name or ("System Disk" if index == 0 else f"Disk #{index + 1}"),
            id=derived_id("disk", f"{machine.machine_id} {index}"),
            size_in_gb=size or default_size,
        )
        for index, (name, size) in enumerate(sizes)
    ]


def _list_disks(store: BuildStore, request: Request) -> JSON:
    arguments.check_organization(arguments.organization(request), store.catalogue)
    rows: list[JSON] = [disk.row for disk in store.catalogue.disks]
    for record in store.machines():
        machine: JSON = {"id": record.machine.machine_id, "fqdn": record.machine.fqdn(store.catalogue)}
        attachment: JSON = {"virtual_machine": machine}
        rows += [{**disk.row, "virtual_machine_disk": attachment} for disk in disks_of(record, store)]
    return responses.page(request, "disk", rows)


def _get_disk(store: BuildStore, request: Request) -> JSON:
    wanted = request.parameter("disk[id]")
    for disk in store.catalogue.disks:
        if disk.id == wanted:
            return _disk_answer(disk, store.catalogue.data_centers[0], None, {})
    for record in store.machines():
        for index, disk in enumerate(disks_of(record, store)):
            if disk.id == wanted:
                machine = record.machine
                attachment: JSON = {
                    "virtual_machine": {"id": machine.machine_id, "fqdn": machine.fqdn(store.catalogue)},
                    "attach_on_boot": True,
                    "boot": index == 0,
                    "state": "attached",
                }
                data_center = store.catalogue.zone(machine.stored).data_center
                return _disk_answer(disk, data_center, attachment, _details(store, record, index))
    raise RefusalError("disk_not_found")


def _disk_answer(disk: Disk, data_center: DataCenter, attachment: JSON, details: dict[str, JSON]) -> JSON:
    more: dict[str, JSON] = {
        "created_at": CREATED_AT,
        "storage_speed": "ssd",
        "io_profile": None,
        "bus_type": "virtio",
        "data_center": data_center.names,
        "virtual_machine_disk": attachment,
        "installation": None,
    }
    return {"disk": {**disk.row, **more, **details}, "annotations": []}


def _details(store: BuildStore, record: Record, index: int) -> dict[str, JSON]:
    """Return what a disk has of its spec: speed and IO profile, and the template of the boot disk."""
    spec = record.machine.stored
    details: dict[str, JSON] = {}
    if index < len(spec.system_disks):
        disk = spec.system_disks[index]
        profile = disk.io_profile
        details["storage_speed"] = disk.speed or "ssd"
        details["io_profile"] = None if profile is None else store.catalogue.io_profile(profile).row
    if index == 0 and spec.disk_template is not None:
        details["installation"] = _installation(store, spec.disk_template)
    return details


def _installation(store: BuildStore, installed: DiskTemplate) -> JSON:
    template, wanted = store.catalogue.template(installed.template), installed.version
    versions = [item for item in template.versions if wanted and wanted.value in (item.id, str(item.number))]
    types = {item.name: item.type for version in versions for item in version.fields}
    attributes: list[JSON] = [
        {
            "key": option.key,
            "label": option.key,
            "value": None if types.get(option.key) == "Password" else option.value,
            "description": None,
            "protect": types.get(option.key) == "Password",
        }
        for option in installed.options
    ]
    version: dict[str, JSON] = {"disk_template": template.row}
    if versions:
        version = {**versions[0].row, **version}
    return {
        "id": derived_id("dinst", template.id),
        "disk_template_version": version,
        "attributes": attributes,
    }


def _list_backup_policies(store: BuildStore, request: Request) -> JSON:
    record = store.find_machine(arguments.lookup(request, "virtual_machine", ("id", "fqdn")))
    machine_id, spec = record.machine.machine_id, record.machine.stored
    rows: list[JSON] = [
        _policy_row(policy, machine_id, f"{machine_id} {number}")
        for number, policy in enumerate(spec.backup_policies)
    ]
    if request.parameter("include_disks") == "true":
        disks = zip(disks_of(record, store), spec.system_disks, strict=False)
        rows += [
            _policy_row(policy, disk.id, f"{disk.id} {number}")
            for disk, its in disks
            for number, policy in enumerate(its.backup_policies)
        ]
    return responses.page(request, "disk_backup_policies", rows)


def _policy_row(policy: BackupPolicy, target_id: str, seed: str) -> JSON:
    schedule = policy.schedule or Schedule()
    return {
        "id": derived_id("dbp", seed),
        "retention": policy.retention or 1,
        "total_size": 0.0,
        "target": {"target": {"id": target_id}},
        "schedule": {"interval": schedule.interval or "daily", "next_invocation_at": CREATED_AT},
    }


def _machine_disks(store: BuildStore, request: Request) -> JSON:
    record = store.find_machine(arguments.lookup(request, "virtual_machine", ("id", "fqdn")))
    rows: list[JSON] = []
    for index, disk in enumerate(disks_of(record, store)):
        shown = {key: disk.row[key] for key in ("id", "name", "size_in_gb", "wwn", "state")}
        rows.append(
            {
                "disk": {**shown, "created_at": record.machine.machine_created_at},
                "attach_on_boot": True,
                "boot": index == 0,
                "state": "attached",
            }
        )
    return responses.page(request, "disks", rows)


def _interface_row(
    record: Record, index: int, interface: NetworkInterface, store: BuildStore
) -> dict[str, JSON]:
    machine, catalogue = record.machine, store.catalogue
    data_center = catalogue.zone(machine.stored).data_center
    virtual = interface.virtual_network
    network = None if virtual else catalogue.network(interface.network, data_center).names
    return {
        "id": derived_id("vmnet", f"{machine.machine_id} {index}"),
        "name": f"Network Interface #{index + 1}",
        "network": None if network is None else {key: network[key] for key in ("id", "name")},
        "virtual_network": None if virtual is None else catalogue.virtual_network(virtual, data_center).names,
        "ip_addresses": [
            {"id": address.id, "address": address.address} for address, at in machine.addresses if at == index
        ],
    }


def _list_interfaces(store: BuildStore, request: Request) -> JSON:
    record = store.find_machine(arguments.lookup(request, "virtual_machine", ("id", "fqdn")))
    rows = [
        _interface_row(record, index, interface, store)
        for index, interface in enumerate(record.machine.stored.network_interfaces)
    ]
    return responses.page(request, "virtual_machine_network_interfaces", rows)


def _get_interface(store: BuildStore, request: Request) -> JSON:
    wanted = request.parameter("virtual_machine_network_interface[id]")
    for record in store.machines():
        for index, interface in enumerate(record.machine.stored.network_interfaces):
            row = _interface_row(record, index, interface, store)
            if row["id"] == wanted:
                profile = interface.speed_profile
                return {
                    "virtual_machine_network_interface": {
                        **row,
                        "virtual_machine": {"id": record.machine.machine_id, "name": record.machine.name},
                        "mac_address": f"06:00:00:00:{index:02x}:01",
                        "state": "attached",
                        "speed_profile": (
                            store.catalogue.speed_profiles[0]
                            if profile is None
                            else store.catalogue.speed_profile(profile)
                        ).names,
                    }
                }
    raise RefusalError("virtual_machine_network_interface_not_found")


HANDLERS: Mapping[Endpoint, Handler] = {
    Endpoint.ADDRESSES: _list_addresses,
    Endpoint.ADDRESS: _get_address,
    Endpoint.DISKS: _list_disks,
    Endpoint.DISK: _get_disk,
    Endpoint.MACHINE_DISKS: _machine_disks,
    Endpoint.MACHINE_BACKUP_POLICIES: _list_backup_policies,
    Endpoint.INTERFACES: _list_interfaces,
    Endpoint.INTERFACE: _get_interface,
}
