"""The JSON of builds, tasks and machines, with the keys and in the form of the API."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from vmspec.documents import dumps
from vmspec.model.elements import Resources
from vmspec.sandbox.build_store import BuildStore
from vmspec.sandbox.builds import Annotation, Build
from vmspec.sandbox.catalogue import Catalogue
from vmspec.sandbox.catalogue.base import CREATED_AT, derived_id
from vmspec.sandbox.catalogue.places import Network
from vmspec.sandbox.catalogue.resources import Address
from vmspec.sandbox.endpoints.arguments import positive_number
from vmspec.sandbox.http import JSON, Request
from vmspec.sandbox.machines import Record


def page(request: Request, key: str, rows: Sequence[JSON]) -> dict[str, JSON]:
    """Return the requested page of a list."""
    number, per_page = positive_number(request, "page", 1), positive_number(request, "per_page", 30)
    first = (number - 1) * per_page
    return {
        "pagination": {
            "current_page": number,
            "total_pages": -(-len(rows) // per_page),
            "total": len(rows),
            "per_page": per_page,
            "large_set": False,
        },
        key: rows[first : first + per_page],
    }


def created(build: Build) -> JSON:
    """Return the answer to a create."""
    state: JSON = {"id": build.id, "state": "pending"}
    return {
        "task": {"id": build.task_id, "name": "Build virtual machine", "status": "pending"},
        "build": state,
        "virtual_machine_build": state,
        "hostname": build.hostname,
        "annotations": _annotations(build.annotations),
    }


def build_answer(record: Record, store: BuildStore) -> JSON:
    """Return the answer to a build's own GET."""
    build, age = record.build, store.age(record)
    machine: JSON = None
    if build.has_machine(age) and not record.is_purged:
        state = record.machine_state(store.clock.now())
        machine = {**_names(record.machine, store.catalogue), "state": state}
    return {
        "virtual_machine_build": {
            "id": build.id,
            "spec_xml": dumps(build.stored, "xml"),
            "state": build.state(age),
            "virtual_machine": machine,
            "created_at": build.created_at,
        },
        "annotations": _annotations(build.annotations),
    }


def task_answer(record: Record, store: BuildStore) -> JSON:
    """Return the answer to the own GET of a build's task."""
    build, age = record.build, store.age(record)
    status = build.task_status(age)
    finished_at = int(build.created_at + build.timeline.complete_s + build.built_late_s)
    return {
        "task": {
            "id": build.task_id,
            "name": "Build virtual machine",
            "status": status,
            "created_at": build.created_at,
            "started_at": None if status == "pending" else int(build.created_at + build.timeline.building_s),
            "finished_at": finished_at if status in ("completed", "failed") else None,
            "progress": build.progress(age),
        }
    }


def machine_answer(record: Record, store: BuildStore) -> dict[str, JSON]:
    """Return the answer to a machine's own GET; it holds the initial root password, a secret."""
    machine, catalogue = record.machine, store.catalogue
    spec = machine.stored
    names = [name for name in catalogue.tags if name in spec.tags]
    return {
        "virtual_machine": {
            **_names(machine, catalogue),
            "description": spec.description,
            "created_at": machine.machine_created_at,
            "initial_root_password": machine.root_password,
            "state": record.machine_state(store.clock.now()),
            "zone": catalogue.zone(spec).detail,
            "organization": organization(catalogue),
            "group": None if spec.group is None else catalogue.group(spec.group).row,
            **resources(machine, catalogue),
            "attached_iso": None
            if spec.iso is None
            else {"id": spec.iso.value, "name": spec.iso.value, "operating_system": None},
            "use_dedicated_cpus": False,
            "gpu_type": None,
            "gpus": [],
            "suspended": False,
            "suspended_at": None,
            "tags": [tag(name) for name in names],
            "tag_names": names,
            "ip_addresses": [
                _address(machine, address, network, catalogue)
                for address, network in machine_addresses(machine, catalogue)
            ],
        },
        "annotations": _annotations(machine.annotations),
    }


def machine_row(machine: Build, catalogue: Catalogue) -> JSON:
    """Return a row of the list of machines: without state, annotations or password."""
    package = machine.stored.resources.package if machine.stored.resources else None
    return {
        **_names(machine, catalogue),
        "created_at": machine.machine_created_at,
        "zone": catalogue.zone(machine.stored).detail,
        "package": None if package is None else {"name": catalogue.package(package).name},
        "gpu_type": None,
        "ip_addresses": [{"address": item.address} for item, _ in machine.addresses],
    }


def machine_addresses(machine: Build, catalogue: Catalogue) -> list[tuple[Address, Network]]:
    """Return the addresses of a machine with their networks."""
    data_center = catalogue.zone(machine.stored).data_center
    interfaces = machine.stored.network_interfaces
    return [
        (address, catalogue.network(interfaces[index].network, data_center))
        for address, index in machine.addresses
    ]


def organization_row(catalogue: Catalogue) -> dict[str, JSON]:
    """Return a row of the list of organizations."""
    return {
        "id": catalogue.organization_id,
        "name": catalogue.sub_domain,
        "sub_domain": catalogue.sub_domain,
        "infrastructure_domain": catalogue.domain,
        "created_at": CREATED_AT,
        "activated_at": CREATED_AT,
        "suspended": False,
        "managed": False,
    }


def organization(catalogue: Catalogue) -> dict[str, JSON]:
    """Return the organization as its own GET and machines show it."""
    unset = ("address1", "address2", "address3", "address4", "postcode", "vat_number", "phone_number")
    return {
        **organization_row(catalogue),
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_DNS, catalogue.domain)),
        "billing_name": catalogue.sub_domain,
        **dict.fromkeys(unset),
        "currency": {"id": derived_id("cur", "GBP"), "name": "Pound", "iso_code": "GBP", "symbol": "£"},
        "country": catalogue.data_centers[0].country.detail,
        "country_state": None,
    }


def tag(name: str) -> dict[str, JSON]:
    """Return a tag as its own GET shows it."""
    return {"id": derived_id("tag", name), "name": name, "color": "teal", "created_at": CREATED_AT}


def _annotations(annotations: Sequence[Annotation]) -> JSON:
    return [{"key": item.key, "value": item.value} for item in annotations]


def _names(machine: Build, catalogue: Catalogue) -> dict[str, JSON]:
    return {
        "id": machine.machine_id,
        "name": machine.name,
        "hostname": machine.hostname,
        "fqdn": machine.fqdn(catalogue),
    }


def resources(machine: Build, catalogue: Catalogue) -> dict[str, Any]:
    """Return package, memory and cores of a machine."""
    resources = machine.stored.resources or Resources()
    package = None if resources.package is None else catalogue.package(resources.package)
    return {
        "package": None if package is None else package.row,
        "memory_in_gb": resources.memory or (None if package is None else package.memory),
        "cpu_cores": resources.cpu_cores or (None if package is None else package.cpu_cores),
    }


def _address(machine: Build, address: Address, network: Network, catalogue: Catalogue) -> JSON:
    return {
        "id": address.id,
        "address": address.address,
        "address_with_mask": address.address_with_mask,
        "vip": False,
        "label": None,
        "subnet": address.subnet,
        "reverse_dns": machine.fqdn(catalogue),
        "network": network.detail,
        "allocation_id": machine.machine_id,
        "allocation_type": "VirtualMachine",
    }
