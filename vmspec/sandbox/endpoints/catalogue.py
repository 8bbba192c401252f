"""Endpoints of the catalogue: the resources of the organization."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from attrs import frozen

from vmspec.sandbox.build_store import BuildStore
from vmspec.sandbox.catalogue import Catalogue
from vmspec.sandbox.catalogue.resources import Template
from vmspec.sandbox.endpoints import arguments, responses
from vmspec.sandbox.endpoints.builds import Handler
from vmspec.sandbox.endpoints.hardware import disks_of
from vmspec.sandbox.http import JSON, Request
from vmspec.sandbox.refusals import RefusalError
from vmspec.sandbox.routes import Endpoint


@frozen
class _Kind:
    """The endpoints of one kind of resources."""

    resources: Callable[[Catalogue], Sequence[Any]]
    many: Endpoint
    key: str
    """Key of the list."""
    has_pages: bool = True
    one: Endpoint | None = None
    name: str = ""
    """Key of a single resource, and its name in lookups."""
    not_found: str = ""
    """Error code for a resource that does not exist."""


_KINDS = (
    _Kind(
        lambda catalogue: catalogue.data_centers,
        *(Endpoint.DATA_CENTERS, "data_centers", False),
        *(Endpoint.DATA_CENTER, "data_center", "data_center_not_found"),
    ),
    _Kind(
        lambda catalogue: catalogue.zones,
        *(Endpoint.ZONES, "zones", False),
        *(Endpoint.ZONE, "zone", "zone_not_found"),
    ),
    _Kind(
        lambda catalogue: catalogue.packages,
        *(Endpoint.PACKAGES, "virtual_machine_packages", True),
        *(Endpoint.PACKAGE, "virtual_machine_package", "package_not_found"),
    ),
    _Kind(
        lambda catalogue: catalogue.templates,
        *(Endpoint.DISK_TEMPLATES, "disk_templates", True),
        *(Endpoint.DISK_TEMPLATE, "disk_template", "disk_template_not_found"),
    ),
    _Kind(
        lambda catalogue: catalogue.virtual_networks,
        *(Endpoint.VIRTUAL_NETWORKS, "virtual_networks", True),
        *(Endpoint.VIRTUAL_NETWORK, "virtual_network", "virtual_network_not_found"),
    ),
    _Kind(
        lambda catalogue: catalogue.groups,
        *(Endpoint.GROUPS, "virtual_machine_groups", False),
        *(Endpoint.GROUP, "virtual_machine_group", "virtual_machine_group_not_found"),
    ),
    _Kind(
        lambda catalogue: catalogue.gpu_types,
        *(Endpoint.GPU_TYPES, "gpu_types", True),
        *(Endpoint.GPU_TYPE, "gpu_type", "gpu_type_not_found"),
    ),
    _Kind(lambda catalogue: catalogue.speed_profiles, Endpoint.SPEED_PROFILES, "network_speed_profiles"),
    _Kind(lambda catalogue: catalogue.io_profiles, Endpoint.IO_PROFILES, "disk_io_profiles"),
    _Kind(lambda catalogue: catalogue.users, Endpoint.USERS, "users"),
    _Kind(lambda catalogue: catalogue.ssh_keys, Endpoint.SSH_KEYS, "ssh_keys"),
)


def _list(kind: _Kind, store: BuildStore, request: Request) -> JSON:
    if "{organization}" in kind.many.value.path:
        arguments.check_organization(arguments.organization(request), store.catalogue)
    rows = [item.row for item in kind.resources(store.catalogue)]
    return responses.page(request, kind.key, rows) if kind.has_pages else {kind.key: rows}


def _get(kind: _Kind, store: BuildStore, request: Request) -> JSON:
    return {kind.name: _find(kind, store, request).detail}


def _find(kind: _Kind, store: BuildStore, request: Request) -> Any:
    lookup = arguments.lookup(request, kind.name, ("id", "permalink"))
    for item in kind.resources(store.catalogue):
        if lookup and all(getattr(item, key, None) == value for key, value in lookup.items()):
            return item
    raise RefusalError(kind.not_found)


def _default_network(store: BuildStore, request: Request) -> JSON:
    data_center = _find(_KINDS[0], store, request)
    return {"network": store.catalogue.network(None, data_center).row}


def _networks(store: BuildStore, request: Request) -> JSON:
    arguments.check_organization(arguments.organization(request), store.catalogue)
    return {
        "networks": [item.row for item in store.catalogue.networks],
        "virtual_networks": [
            {**item.names, "data_center": item.data_center.names} for item in store.catalogue.virtual_networks
        ],
    }


def _network(store: BuildStore, request: Request) -> JSON:
    kind = _Kind(
        lambda catalogue: catalogue.networks,
        *(Endpoint.NETWORKS, "networks", False),
        *(Endpoint.NETWORK, "network", "network_not_found"),
    )
    return _get(kind, store, request)


def _template_versions(store: BuildStore, request: Request) -> JSON:
    template: Template = _find(_KINDS[3], store, request)
    rows = [version.row for version in template.versions]
    return {"disk_template": template.names, **responses.page(request, "disk_template_versions", rows)}


def _template_version(store: BuildStore, request: Request) -> dict[str, JSON]:
    found = store.catalogue.template_version(request.parameter("disk_template_version[id]"))
    if found is None:
        raise RefusalError("disk_template_version_not_found")
    template, version = found
    return {"disk_template_version": {**version.row, "disk_template": template.names}}


def _template_options(store: BuildStore, request: Request) -> JSON:
    answer = _template_version(store, request)
    found = store.catalogue.template_version(request.parameter("disk_template_version[id]"))
    options = [] if found is None else [item.json for item in found[1].fields]
    return {**answer, "spec": {"fields": options}}


def _tags(store: BuildStore, request: Request) -> JSON:
    arguments.check_organization(arguments.organization(request), store.catalogue)
    tags = [responses.tag(name) for name in store.catalogue.tags]
    rows = [{key: tag[key] for key in ("id", "name", "color")} for tag in tags]
    return responses.page(request, "tags", rows)


def _tag(store: BuildStore, request: Request) -> JSON:
    wanted = request.parameter("tag[id]")
    for name in store.catalogue.tags:
        if responses.tag(name)["id"] == wanted:
            return {"tag": responses.tag(name)}
    raise RefusalError("tag_not_found")


def _policy_limits(store: BuildStore, request: Request) -> JSON:
    arguments.check_organization(arguments.organization(request), store.catalogue)
    return {"policy_limits": store.catalogue.policy_limits.json}


def _policy(store: BuildStore, request: Request) -> JSON:
    """Return limits beside what is in use; an unlimited resource has no limit."""
    arguments.check_organization(arguments.organization(request), store.catalogue)
    limits, machines = store.catalogue.policy_limits, store.machines()
    sizes = [responses.resources(item.machine, store.catalogue)["memory_in_gb"] or 0 for item in machines]
    disks = [disk for item in machines for disk in disks_of(item, store)]
    free = [item for item in store.catalogue.addresses if item.allocation_id is None]
    current = {
        "virtual_machines": (limits.maximum_virtual_machines, len(machines), None),
        "virtual_machine_memory": (limits.maximum_virtual_machine_memory, sum(sizes), "GB"),
        "disk_space": (limits.maximum_disk_space, sum(disk.size_in_gb for disk in disks), "GB"),
        "unallocated_ip_addresses": (limits.maximum_unallocated_ip_addresses, len(free), None),
        "virtual_networks": (limits.maximum_virtual_networks, len(store.catalogue.virtual_networks), None),
        "isos": (limits.maximum_isos, 0, None),
    }
    permitted = {
        "flexible_virtual_machine_resources": {"permitted": limits.flexible_virtual_machine_resources}
    }
    return {
        "policy_type": "auto",
        "policy_name": None,
        "limits": {
            name: {"limit": limit, "current": used, "unit": unit}
            for name, (limit, used, unit) in current.items()
            if limit is not None
        },
        "features": permitted,
        "reasons_for_disallowing_resource_creation": [],
    }


def _organizations(store: BuildStore, request: Request) -> JSON:
    return {"organizations": [responses.organization_row(store.catalogue)]}


def _organization(store: BuildStore, request: Request) -> JSON:
    arguments.check_organization(arguments.organization(request), store.catalogue)
    return {"organization": responses.organization(store.catalogue)}


HANDLERS: Mapping[Endpoint, Handler] = {
    **{kind.many: partial(_list, kind) for kind in _KINDS},
    **{kind.one: partial(_get, kind) for kind in _KINDS if kind.one is not None},
    Endpoint.DEFAULT_NETWORK: _default_network,
    Endpoint.NETWORKS: _networks,
    Endpoint.NETWORK: _network,
    Endpoint.TEMPLATE_VERSIONS: _template_versions,
    Endpoint.TEMPLATE_VERSION: _template_version,
    Endpoint.TEMPLATE: _template_options,
    Endpoint.TAGS: _tags,
    Endpoint.TAG: _tag,
    Endpoint.POLICY_LIMITS: _policy_limits,
    Endpoint.POLICY: _policy,
    Endpoint.ORGANIZATIONS: _organizations,
    Endpoint.ORGANIZATION: _organization,
}
