"""The endpoints of the sandbox: method, path and scopes."""

from __future__ import annotations

import re
from enum import Enum

from attrs import frozen

from vmspec.sandbox.http import BASE_PATH

_ID = re.compile(r"[a-z]+_[A-Za-z0-9]+")


@frozen
class Route:
    """Method and path of an endpoint. A segment in braces is sent as its name, as ``_``, or as an id."""

    method: str
    path: str
    scopes: tuple[str, ...] = ()
    """Scopes of which the token needs one; none for a token of any scope."""

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """Return the ids in the segments of a path, by parameter; None for another endpoint's path."""
        ids: dict[str, str] = {}
        for ours, theirs in zip(self.path.split("/"), segments, strict=True):
            name = ours.strip("{}")
            if theirs == name or (name != ours and theirs == "_"):
                continue
            if name == ours or not _ID.fullmatch(theirs):
                return None
            ids[f"{name}[id]"] = theirs
        return ids


_ORGANIZATION = "/organizations/{organization}"
_MACHINE = "/virtual_machines/{virtual_machine}"
_READ = ("virtual_machines", "virtual_machines:read")
_WRITE = ("virtual_machines",)
_POWER = ("virtual_machines", "virtual_machines:power_actions")
_DISKS = ("disks", "disks:read")
_GROUPS = ("virtual_machine_groups", "virtual_machine_groups:read")
_ORGANIZATIONS = ("organizations:read",)
_PACKAGES = ("virtual_machine_packages:read",)
_TEMPLATES = ("disk_templates", "disk_templates:read")
_VIRTUAL_NETWORKS = ("virtual_networks", "virtual_networks:read")


class Endpoint(Enum):
    """An endpoint of the API."""

    CREATE = Route("POST", f"{_ORGANIZATION}/virtual_machines/build_from_spec", _WRITE)
    BUILD = Route("GET", "/virtual_machines/builds/{virtual_machine_build}", _READ)
    TASK = Route("GET", "/tasks/{task}", ("tasks", "tasks:read"))
    MACHINE = Route("GET", _MACHINE, _READ)
    MACHINES = Route("GET", f"{_ORGANIZATION}/virtual_machines", _READ)
    TEMPLATE = Route("GET", "/disk_template_versions/{disk_template_version}/spec", _TEMPLATES)
    START = Route("POST", f"{_MACHINE}/start", _POWER)
    STOP = Route("POST", f"{_MACHINE}/stop", _POWER)
    SHUTDOWN = Route("POST", f"{_MACHINE}/shutdown", _POWER)
    CHANGE = Route("PATCH", _MACHINE, _WRITE)
    DELETE = Route("DELETE", _MACHINE, _WRITE)
    TRASH = Route("GET", f"{_ORGANIZATION}/trash_objects", ("trash_objects:read",))
    TRASH_OBJECT = Route("GET", "/trash_objects/{trash_object}", ("trash_objects:read",))
    PURGE = Route("DELETE", "/trash_objects/{trash_object}", ("trash_objects:purge",))
    RESTORE = Route("POST", "/trash_objects/{trash_object}/restore", ("trash_objects:restore",))
    MACHINE_DISKS = Route("GET", f"{_MACHINE}/disks", _DISKS)
    MACHINE_BACKUP_POLICIES = Route(
        "GET", f"{_MACHINE}/disk_backup_policies", ("disk_backup_policies", "disk_backup_policies:read")
    )
    INTERFACES = Route("GET", f"{_MACHINE}/network_interfaces", _READ)
    INTERFACE = Route("GET", "/virtual_machine_network_interfaces/{virtual_machine_network_interface}", _READ)
    DISKS = Route("GET", f"{_ORGANIZATION}/disks", _DISKS)
    DISK = Route("GET", "/disks/{disk}", _DISKS)
    ADDRESSES = Route("GET", f"{_ORGANIZATION}/ip_addresses", ("ip_addresses", "ip_addresses:read"))
    ADDRESS = Route("GET", "/ip_addresses/{ip_address}", ("ip_addresses", "ip_addresses:read"))
    ORGANIZATIONS = Route("GET", "/organizations", _ORGANIZATIONS)
    ORGANIZATION = Route("GET", _ORGANIZATION, _ORGANIZATIONS)
    POLICY_LIMITS = Route("GET", f"{_ORGANIZATION}/policy_limits", _ORGANIZATIONS)
    POLICY = Route("GET", f"{_ORGANIZATION}/policy", _ORGANIZATIONS)
    USERS = Route("GET", f"{_ORGANIZATION}/users_with_access", _ORGANIZATIONS)
    SSH_KEYS = Route("GET", f"{_ORGANIZATION}/ssh_keys")
    DATA_CENTERS = Route("GET", "/data_centers")
    DATA_CENTER = Route("GET", "/data_centers/{data_center}")
    DEFAULT_NETWORK = Route("GET", "/data_centers/{data_center}/default_network")
    ZONES = Route("GET", "/zones")
    ZONE = Route("GET", "/zones/{zone}")
    PACKAGES = Route("GET", "/virtual_machine_packages", _PACKAGES)
    PACKAGE = Route("GET", "/virtual_machine_packages/{virtual_machine_package}", _PACKAGES)
    DISK_TEMPLATES = Route("GET", f"{_ORGANIZATION}/disk_templates", _TEMPLATES)
    DISK_TEMPLATE = Route("GET", "/disk_templates/{disk_template}", _TEMPLATES)
    TEMPLATE_VERSIONS = Route("GET", "/disk_templates/{disk_template}/versions", _TEMPLATES)
    TEMPLATE_VERSION = Route("GET", "/disk_template_versions/{disk_template_version}", _TEMPLATES)
    GPU_TYPES = Route("GET", "/gpu_types")
    GPU_TYPE = Route("GET", "/gpu_types/{gpu_type}")
    NETWORKS = Route("GET", f"{_ORGANIZATION}/available_networks")
    NETWORK = Route("GET", "/networks/{network}")
    VIRTUAL_NETWORKS = Route("GET", f"{_ORGANIZATION}/virtual_networks", _VIRTUAL_NETWORKS)
    VIRTUAL_NETWORK = Route("GET", "/virtual_networks/{virtual_network}", _VIRTUAL_NETWORKS)
    SPEED_PROFILES = Route("GET", f"{_ORGANIZATION}/network_speed_profiles")
    IO_PROFILES = Route("GET", f"{_ORGANIZATION}/disk_io_profiles")
    GROUPS = Route("GET", f"{_ORGANIZATION}/virtual_machine_groups", _GROUPS)
    GROUP = Route("GET", "/virtual_machine_groups/{virtual_machine_group}", _GROUPS)
    TAGS = Route("GET", f"{_ORGANIZATION}/tags", ("tags", "tags:read"))
    TAG = Route("GET", "/tags/{tag}", ("tags", "tags:read"))


ALL_SCOPES = tuple(sorted({scope for endpoint in Endpoint for scope in endpoint.value.scopes}))

_BY_SHAPE: dict[tuple[str, int], list[Endpoint]] = {}
for _endpoint in Endpoint:
    _shape = (_endpoint.value.method, _endpoint.value.path.count("/"))
    _BY_SHAPE.setdefault(_shape, []).append(_endpoint)


def find_endpoint(method: str, path: str) -> tuple[Endpoint | None, dict[str, str]]:
    """Return the endpoint of a request, None for an unknown path, and the ids in its path."""
    if path.startswith(f"{BASE_PATH}/"):
        segments = path.removeprefix(BASE_PATH).split("/")
        for endpoint in _BY_SHAPE.get((method, len(segments) - 1), ()):
            ids = endpoint.value.match(segments)
            if ids is not None:
                return endpoint, ids
    return None, {}
