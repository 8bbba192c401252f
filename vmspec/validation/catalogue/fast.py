"""The fast check of a spec against a catalogue: it says yes, or leaves the verdict to the rules.

Most specs fit their organization, and the rules about the catalogue take as long as all others together. A
test compares the two: where this says yes, none of those rules has a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from attrs import frozen

from vmspec.catalogue import OLD_AFTER_DAYS, Catalogue, Package, PolicyLimits, Template, TemplateVersion
from vmspec.model.elements import DiskTemplate, IPAddressAllocation, NetworkInterface, SystemDisk
from vmspec.model.schema import Lookup
from vmspec.model.spec import VirtualMachineSpec

FastCheck: TypeAlias = Callable[[VirtualMachineSpec], bool]
ByValue: TypeAlias = Mapping[str, Any]
"""Entries by the value of a lookup."""

_UNLIMITED = PolicyLimits()


def fast_check(catalogue: Catalogue) -> FastCheck:
    """Return a function that returns True for a spec about which no rule has a finding."""
    if catalogue.age_in_days() > OLD_AFTER_DAYS or catalogue.in_use is not None:
        return lambda spec: False
    entries, tags = _Entries(catalogue), catalogue.tag_names
    fits_sizes = _sizes_check(catalogue.policy_limits or _UNLIMITED)
    has_tags, has_keys = catalogue.tags is not None, catalogue.ssh_keys is not None

    def fits(spec: VirtualMachineSpec) -> bool:
        own: dict[str, Any] = spec.__dict__
        resources, keys, disks = own["resources"], own["authorized_keys"], own["system_disks"]
        if resources is None or resources.package is None:
            return False
        package = entries.find(resources.package)
        if package is None or (has_tags and own["tags"] and not tags.issuperset(own["tags"])):
            return False
        if keys is not None and ((keys.ssh_keys and has_keys) or not entries.have(keys.users)):
            return False
        lookups = (own["zone"], own["data_center"], own["group"], own["iso"], *own["shared_disks"])
        return (
            entries.have(lookups)
            and entries.have([disk.io_profile for disk in disks])
            and entries.fit_interfaces(own["network_interfaces"])
            and fits_sizes(package, disks)
            and (own["disk_template"] is None or entries.fit_template(own["disk_template"], package, disks))
        )

    return fits


_UNKNOWN = Package(id="")
"""Entry of a kind that is not known."""


class _Entries:
    """The entries of a catalogue, prepared for fast lookups."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._index = {cls: catalogue.index.get(cls, {}) for cls in catalogue.classes}
        self._versions = {
            template.id: _versions_of(template)
            for template in catalogue.disk_templates or ()
            if template.versions is not None
        }

    def find(self, lookup: Lookup) -> Any:
        """Return an entry, also for what is not known; None for what may not exist."""
        by_value = self._index[type(lookup)].get(lookup.by)
        return _UNKNOWN if by_value is None else by_value.get(lookup.value)

    def have(self, lookups: Any) -> bool:
        """Return whether all lookups are found; None counts as found."""
        for lookup in lookups:
            if lookup is not None:
                by_value = self._index[type(lookup)].get(lookup.by)
                if by_value is not None and lookup.value not in by_value:
                    return False
        return True

    def fit_interfaces(self, interfaces: tuple[NetworkInterface, ...]) -> bool:
        """Return whether networks, profiles and addresses are found, and the addresses are free."""
        for interface in interfaces:
            if not self.have((interface.network, interface.virtual_network, interface.speed_profile)):
                return False
            for allocation in interface.ip_address_allocations:
                if not self._fits(allocation, interface.network):
                    return False
        return True

    def _fits(self, allocation: IPAddressAllocation, network: Lookup | None) -> bool:
        if allocation.subnet is not None and not self.have((allocation.subnet,)):
            return False
        if allocation.ip_address is None:
            return True
        address = self.find(allocation.ip_address)
        if address is _UNKNOWN:
            return True
        if address is None or address.allocation_id is not None:
            return False
        if address.network is None or network is None:
            return True
        return self.find(network).id in ("", address.network.id)

    def fit_template(self, part: DiskTemplate, package: Package, disks: tuple[SystemDisk, ...]) -> bool:
        """Return whether template, version and options are found, and the boot disk is large enough."""
        template = self.find(part.template)
        versions = self._versions.get(template.id) if template is not None else None
        if versions is None:
            return template is not None
        version = versions.get(None if part.version is None else part.version.value)
        if version is None:
            return False
        size = (disks[0].size if disks else None) or package.storage_in_gb
        return (size is None or size >= version.size) and version.fit_options(part.options)


@frozen
class _Version:
    """A version of a template: the size of its disk, and its options."""

    size: int
    names: frozenset[str] | None
    """None if the options are not known."""
    booleans: frozenset[str]
    required: frozenset[str]

    @classmethod
    def of(cls, version: TemplateVersion) -> _Version:
        options = version.options or ()
        return cls(
            version.size_in_gb or 0,
            None if version.options is None else frozenset(option.name for option in options),
            frozenset(option.name for option in options if option.type == "Boolean"),
            frozenset(option.name for option in options if option.required),
        )

    def fit_options(self, given: Any) -> bool:
        if self.names is None:
            return True
        for option in given:
            key = option.key
            if key not in self.names or (key in self.booleans and option.value not in ("true", "false")):
                return False
        return not self.required or self.required.issubset(
            [option.key for option in given if option.value.strip()]
        )


def _versions_of(template: Template) -> dict[str | None, _Version]:
    """Return the versions by id and number, and the latest one by None."""
    versions: dict[str | None, _Version] = {}
    for version in sorted(template.versions or (), key=lambda version: version.number):
        prepared = _Version.of(version)
        versions |= {version.id: prepared, str(version.number): prepared, None: prepared}
    return versions


def _sizes_check(limits: PolicyLimits) -> Callable[[Package, tuple[SystemDisk, ...]], bool]:
    """Return a function that returns True for a package and disks within the limits."""
    if limits.maximum_virtual_machines == 0:
        return lambda package, disks: False
    infinite = float("inf")
    most_memory = _or(limits.maximum_virtual_machine_memory, infinite)
    most_space = _or(limits.maximum_disk_space, infinite)
    most, least = _or(limits.maximum_disk_size, infinite), limits.minimum_disk_size or 0

    def fits(package: Package, disks: tuple[SystemDisk, ...]) -> bool:
        space = 0
        for disk in disks:
            size = disk.size or package.storage_in_gb or 0
            if disk.size is not None and not least <= size <= most:
                return False
            space += size
        return (package.memory_in_gb or 0) <= most_memory and (
            space or package.storage_in_gb or 0
        ) <= most_space

    return fits


def _or(limit: int | None, unlimited: float) -> float:
    return unlimited if limit is None else limit
