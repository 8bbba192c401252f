"""The JSON of each answer, with the keys and in the form of the API."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from vmspec.documents import dumps
from vmspec.model.elements import Resources
from vmspec.sandbox.builds import Annotation, Build
from vmspec.sandbox.catalogue import Catalogue
from vmspec.sandbox.http import JSON
from vmspec.sandbox.resources import CREATED_AT, Address, DataCenter, Group, Template, Zone, derived_id


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


def build_answer(build: Build, age: float, catalogue: Catalogue) -> JSON:
    """Return the answer to a build's own GET."""
    machine: JSON = None
    if build.has_machine(age):
        machine = {**_names(build, catalogue), "state": build.machine_state(age)}
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


def task_answer(build: Build, age: float) -> JSON:
    """Return the answer to a task's own GET."""
    status = build.task_status(age)
    timeline = build.timeline
    return {
        "task": {
            "id": build.task_id,
            "name": "Build virtual machine",
            "status": status,
            "created_at": build.created_at,
            "started_at": None if status == "pending" else int(build.created_at + timeline.building_s),
            "finished_at": int(build.created_at + timeline.complete_s + build.built_late_s)
            if status in ("completed", "failed")
            else None,
            "progress": build.progress(age),
        }
    }


def machine_answer(build: Build, age: float, catalogue: Catalogue) -> JSON:
    """Return the answer to a machine's own GET; it holds the initial root password, a secret."""
    spec = build.stored
    tags = [tag for tag in catalogue.tags if tag in spec.tags]
    return {
        "virtual_machine": {
            **_names(build, catalogue),
            "description": spec.description,
            "created_at": _machine_created_at(build),
            "initial_root_password": build.root_password,
            "state": build.machine_state(age),
            "zone": _zone(build, catalogue.data_center(spec.data_center)),
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
            "ip_addresses": [_address(build, item, index, catalogue) for item, index in build.addresses],
        },
        "annotations": _annotations(build.annotations),
    }


def list_answer(builds: Sequence[Build], page: int, per_page: int, catalogue: Catalogue) -> JSON:
    """Return one page of the machines of these builds."""
    first = (page - 1) * per_page
    return {
        "pagination": {
            "current_page": page,
            "total_pages": -(-len(builds) // per_page),
            "total": len(builds),
            "per_page": per_page,
            "large_set": False,
        },
        "virtual_machines": [_row(build, catalogue) for build in builds[first : first + per_page]],
    }


def template_answer(template: Template, number: int) -> JSON:
    """Return the options of a version of a disk template."""
    return {
        "disk_template_version": template.json(number),
        "spec": {"fields": [item.json for item in template.fields]},
    }


def _annotations(annotations: Sequence[Annotation]) -> JSON:
    return [{"key": item.key, "value": item.value} for item in annotations]


def _names(build: Build, catalogue: Catalogue) -> dict[str, JSON]:
    return {
        "id": build.machine_id,
        "name": build.name,
        "hostname": build.hostname,
        "fqdn": build.fqdn(catalogue),
    }


def _machine_created_at(build: Build) -> int:
    return int(build.created_at + build.timeline.machine_seen_s + build.built_late_s)


def _row(build: Build, catalogue: Catalogue) -> JSON:
    """Return a row of the list: without state, annotations or password."""
    package = build.stored.resources.package if build.stored.resources else None
    return {
        **_names(build, catalogue),
        "created_at": _machine_created_at(build),
        "zone": _zone(build, catalogue.data_center(build.stored.data_center)),
        "package": None if package is None else {"name": catalogue.package(package).name},
        "gpu_type": None,
        "ip_addresses": [{"address": item.address} for item, _ in build.addresses],
    }


def _zone(build: Build, data_center: DataCenter) -> JSON:
    if build.stored.zone is not None:
        return Zone.placeholder(build.stored.zone).json(data_center)
    return Zone(permalink=f"{data_center.permalink}-zone-1", name=f"{data_center.name} 1").json(data_center)


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


def _address(build: Build, address: Address, interface: int, catalogue: Catalogue) -> JSON:
    data_center = catalogue.data_center(build.stored.data_center)
    network = catalogue.network(build.stored.network_interfaces[interface].network, data_center)
    return {
        **address.json,
        "reverse_dns": build.fqdn(catalogue),
        "network": network.json(data_center),
        "allocation_id": build.machine_id,
        "allocation_type": "VirtualMachine",
    }
