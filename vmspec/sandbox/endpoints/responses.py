"""The JSON of builds, tasks and machines, with the keys and in the form of the API."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from vmspec.documents import dumps
from vmspec.model.elements import Resources
from vmspec.sandbox.build_store import BuildStore
from vmspec.sandbox.builds import Annotation, Build
from vmspec.sandbox.catalogue import Catalogue
from vmspec.sandbox.catalogue.resources import (
    CREATED_AT,
    Address,
    DataCenter,
    Group,
    Template,
    Zone,
    derived_id,
)
from vmspec.sandbox.endpoints.arguments import positive_number
from vmspec.sandbox.http import JSON, Request
from vmspec.sandbox.machines import Record


def page(request: Request, key: str, rows: Sequence[JSON]) -> JSON:
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
    tags = [tag for tag in catalogue.tags if tag in spec.tags]
    return {
        "virtual_machine": {
            **_names(machine, catalogue),
            "description": spec.description,
            "created_at": machine.machine_created_at,
            "initial_root_password": machine.root_password,
            "state": record.machine_state(store.clock.now()),
            "zone": _zone(machine, catalogue.data_center(spec.data_center)),
            "organization": _organization(catalogue),
            "group": None if spec.group is None else Group.placeholder(spec.group).json,
            **_resources(spec.resources or Resources(), catalogue),
            "attached_iso": None
            if spec.iso is None
            else {"id": spec.iso.value, "name": spec.iso.value, "operating_system": None},
            "use_dedicated_cpus": False,
            "gpu_type": None,
            "gpus": [],
            "suspended": False,
            "suspended_at": None,
            "tags": [_tag(tag) for tag in tags],
            "tag_names": tags,
            "ip_addresses": [_address(machine, item, index, catalogue) for item, index in machine.addresses],
        },
        "annotations": _annotations(machine.annotations),
    }


def machine_row(machine: Build, catalogue: Catalogue) -> JSON:
    """Return a row of the list of machines: without state, annotations or password."""
    package = machine.stored.resources.package if machine.stored.resources else None
    return {
        **_names(machine, catalogue),
        "created_at": machine.machine_created_at,
        "zone": _zone(machine, catalogue.data_center(machine.stored.data_center)),
        "package": None if package is None else {"name": catalogue.package(package).name},
        "gpu_type": None,
        "ip_addresses": [{"address": item.address} for item, _ in machine.addresses],
    }


def template_answer(template: Template, number: int) -> JSON:
    """Return the options of a version of a disk template."""
    return {
        "disk_template_version": template.json(number),
        "spec": {"fields": [item.json for item in template.fields]},
    }


def _annotations(annotations: Sequence[Annotation]) -> JSON:
    return [{"key": item.key, "value": item.value} for item in annotations]


def _names(machine: Build, catalogue: Catalogue) -> dict[str, JSON]:
    return {
        "id": machine.machine_id,
        "name": machine.name,
        "hostname": machine.hostname,
        "fqdn": machine.fqdn(catalogue),
    }


def _zone(machine: Build, data_center: DataCenter) -> JSON:
    if machine.stored.zone is not None:
        return Zone.placeholder(machine.stored.zone).json(data_center)
    zone = Zone(permalink=f"{data_center.permalink}-zone-1", name=f"{data_center.name} 1")
    return zone.json(data_center)


def _resources(resources: Resources, catalogue: Catalogue) -> dict[str, JSON]:
    package = None if resources.package is None else catalogue.package(resources.package)
    return {
        "package": None if package is None else package.json,
        "memory_in_gb": resources.memory or (None if package is None else package.memory),
        "cpu_cores": resources.cpu_cores or (None if package is None else package.cpu_cores),
    }


def _organization(catalogue: Catalogue) -> JSON:
    unset: dict[str, JSON] = dict.fromkeys(
        ("address1", "address2", "address3", "address4", "postcode", "vat_number", "phone_number")
    )
    return {
        "id": catalogue.organization_id,
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_DNS, catalogue.domain)),
        "name": catalogue.sub_domain,
        "sub_domain": catalogue.sub_domain,
        "infrastructure_domain": catalogue.domain,
        "created_at": CREATED_AT,
        "activated_at": CREATED_AT,
        "suspended": False,
        "managed": False,
        "billing_name": catalogue.sub_domain,
        **unset,
        "currency": {"id": derived_id("cur", "GBP"), "name": "Pound", "iso_code": "GBP", "symbol": "£"},
        "country": catalogue.data_centers[0].country.json,
        "country_state": None,
    }


def _tag(name: str) -> JSON:
    return {"id": derived_id("tag", name), "name": name, "color": "teal", "created_at": CREATED_AT}


def _address(machine: Build, address: Address, interface: int, catalogue: Catalogue) -> JSON:
    data_center = catalogue.data_center(machine.stored.data_center)
    network = catalogue.network(machine.stored.network_interfaces[interface].network, data_center)
    return {
        **address.json,
        "reverse_dns": machine.fqdn(catalogue),
        "network": network.json(data_center),
        "allocation_id": machine.machine_id,
        "allocation_type": "VirtualMachine",
    }
