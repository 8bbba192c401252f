"""What most pieces of a spec look like: a shortcut for asking rules, and no rule itself.

Each function is true only of pieces to which no rule about their class objects, and need not be true of
all of them. Rules are then not asked one by one, which would cost as much as parsing the document.
Whoever adds a rule looks here; a test asks the rules all the same, and compares.
"""

from __future__ import annotations

from vmspec.model.elements import (
    AuthorizedKeys,
    DiskTemplate,
    IPAddressAllocation,
    NetworkInterface,
    Resources,
    SystemDisk,
)
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.rules.addresses import same_ip_twice
from vmspec.validation.rules.asking import Usual
from vmspec.validation.rules.naming import blank_tag, padded_tag, tag_twice
from vmspec.validation.rules.registry import is_padded


def _hostname(spec: VirtualMachineSpec) -> bool:
    """A plain hostname, or none."""
    hostname = spec.hostname
    return hostname is None or (
        hostname.islower()
        and hostname.isascii()
        and len(hostname) <= 63
        and hostname.replace("-", "").isalnum()
        and hostname.strip("-") == hostname
    )


def _spec(spec: VirtualMachineSpec) -> bool:
    """One location, a package, a template, and no shared disks."""
    resources = spec.resources
    return (
        (spec.data_center is None) is not (spec.zone is None)
        and resources is not None
        and resources.package is not None
        and spec.disk_template is not None
        and spec.hostname_type is None
        and not is_padded(spec.name)
        and not spec.shared_disks
        and not (spec.tags and (blank_tag(spec) or tag_twice(spec) or padded_tag(spec)))
        and not (spec.network_interfaces and same_ip_twice(spec))
    )


def _resources(resources: Resources) -> bool:
    """A package alone."""
    return resources.package is not None and resources.memory is None and resources.cpu_cores is None


def _template(template: DiskTemplate) -> bool:
    """One option at most."""
    return len(template.options) < 2


def _disk(disk: SystemDisk) -> bool:
    """Large enough, and without blanks around its name."""
    return disk.size is not None and disk.size >= 10 and not is_padded(disk.name)


def _interface(interface: NetworkInterface) -> bool:
    """In a network."""
    return interface.network is not None


def _allocation(allocation: IPAddressAllocation) -> bool:
    """An existing address and no more, or a new one of a version."""
    if allocation.type == "existing":
        return allocation.ip_address is not None and allocation.version is None and allocation.subnet is None
    return (
        allocation.type == "new"
        and allocation.version is not None
        and allocation.ip_address is None
        and allocation.subnet is None
    )


def _keys(keys: AuthorizedKeys) -> bool:
    """All users and all SSH keys, and none listed."""
    return bool(keys.all_users and keys.all_ssh_keys and not keys.users and not keys.ssh_keys)


USUAL: Usual = {
    VirtualMachineSpec: {"hostname": _hostname, "": _spec},
    Resources: {"": _resources},
    DiskTemplate: {"": _template},
    SystemDisk: {"": _disk},
    NetworkInterface: {"": _interface},
    IPAddressAllocation: {"": _allocation},
    AuthorizedKeys: {"": _keys},
}
