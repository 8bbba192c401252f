"""The spec of a machine that exists, from what the API tells of it.

The API does not tell everything, and names the same things in other ways than a spec does. So the machine
is described in the words of another spec, where there is one: what cannot be seen is taken from that spec.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from attrs import evolve, field, frozen

from vmspec.live.machine import Disk, Interface, MachineDetails, Names, Policy
from vmspec.live.matching import allocations_like, is_named, is_same_policy, paired
from vmspec.model.elements import (
    BackupPolicy,
    DiskTemplate,
    NetworkInterface,
    Option,
    Resources,
    Schedule,
    SystemDisk,
)
from vmspec.model.schema import Lookup, lookup_keys
from vmspec.model.spec import VirtualMachineSpec
from vmspec.model.values import (
    ISO,
    DataCenter,
    Group,
    IOProfile,
    Network,
    Package,
    SharedDisk,
    SpeedProfile,
    Template,
    TemplateVersion,
    VirtualNetwork,
    Zone,
)

L = TypeVar("L", bound=Lookup)

_PREFERRED = ("permalink", "number", "address", "id", "name")
"""By what a resource is looked up where the other spec does not say."""
NEVER_SHOWN = (
    *("authorized_keys", "cloud_init", "shared_disks"),
    *("system_disks.file_system_type", "backup_policies.schedule.frequency", "backup_policies.schedule.time"),
)
"""Paths of all that the API does not show of a machine, or not as such."""


@frozen
class MachineSpec:
    """The spec of a machine, and the paths of what it does not show."""

    spec: VirtualMachineSpec
    not_shown: tuple[str, ...]


def describe_like(details: MachineDetails, like: VirtualMachineSpec) -> MachineSpec:
    """Describe a machine in the words of a spec; equal to that where nothing that is shown differs.

    What the spec leaves to Katapult, such as the size of a disk, counts as unchanged. ``not_shown`` has what
    the spec says and the machine does not show.
    """
    describer = _Describer(details, like, imports=False)
    return MachineSpec(describer.spec(), tuple(dict.fromkeys(describer.not_shown)))


def describe(details: MachineDetails) -> MachineSpec:
    """Describe a machine of which no spec is known."""
    describer = _Describer(details, VirtualMachineSpec(), imports=True)
    spec = describer.spec()
    return MachineSpec(spec, tuple(dict.fromkeys([*describer.not_shown, *NEVER_SHOWN])))


@frozen
class _Describer:
    details: MachineDetails
    like: VirtualMachineSpec
    imports: bool
    """True to say all that the machine shows, False to say only what the other spec says."""
    not_shown: list[str] = field(factory=list)

    def spec(self) -> VirtualMachineSpec:
        details, like = self.details, self.like
        self._note("authorized_keys", like.authorized_keys)
        self._note("cloud_init", like.cloud_init)
        return VirtualMachineSpec(
            zone=self._zone(),
            data_center=self._data_center(),
            resources=self._resources(),
            disk_template=self._disk_template(),
            cloud_init=like.cloud_init,
            system_disks=self._system_disks(),
            shared_disks=self._shared_disks(),
            network_interfaces=self._interfaces(),
            hostname=self._hostname(),
            hostname_type=like.hostname_type,
            name=self._name(),
            description=details.description or (None if like.description else like.description),
            group=self._lookup("group", Group, details.group, like.group),
            authorized_keys=like.authorized_keys,
            backup_policies=self._policies("backup_policies", None, like.backup_policies),
            tags=like.tags if {*like.tags} == {*details.tags} else details.tags,
            iso=self._lookup("iso", ISO, details.iso, like.iso),
        )

    def _note(self, path: str, value: object) -> None:
        if value:
            self.not_shown.append(path)

    def _unreadable(self, path: str, kind: str) -> None:
        self.not_shown.append(f"{path} ({self.details.unreadable.get(kind, 'not readable')})")

    def _lookup(self, path: str, cls: type[L], names: Names | None, like: L | None) -> L | None:
        """Return the lookup of a resource, by the same as the other spec's where that is known."""
        if not names:
            return None
        if like is not None:
            if like.by not in names:
                self.not_shown.append(path)
                return like
            return like if names[like.by] == like.value else cls(names[like.by], by=like.by)
        by = next(by for by in _PREFERRED if by in names and by in lookup_keys(cls))
        return cls(names[by], by=by)

    def _zone(self) -> Zone | None:
        if self.like.zone is None:
            return None
        return self._lookup("zone", Zone, self.details.zone, self.like.zone)

    def _data_center(self) -> DataCenter | None:
        like = self.like.data_center
        if like is None and not self.imports:
            return None
        return self._lookup("data_center", DataCenter, self.details.data_center, like)

    def _hostname(self) -> str | None:
        like, hostname = self.like.hostname, self.details.machine.hostname
        if not like:
            return hostname if self.imports else like
        return like if like.lower() == hostname.lower() else hostname

    def _name(self) -> str | None:
        # A machine without a name of its own has its hostname's.
        is_own = self.details.name != self.details.machine.hostname
        return self.details.name if is_own or self.like.name else self.like.name

    def _resources(self) -> Resources | None:
        details, like = self.details, self.like.resources
        if like is None and not self.imports:
            return None
        like = like or Resources()
        package = self._lookup("resources.package", Package, details.package, like.package)
        says_sizes = package is None
        return Resources(
            package=package,
            memory=details.memory if says_sizes or like.memory is not None else None,
            cpu_cores=details.cpu_cores if says_sizes or like.cpu_cores is not None else None,
        )

    def _disk_template(self) -> DiskTemplate | None:
        self._note("disk_template", self.like.disk_template)
        if not self.imports:
            return self.like.disk_template  # what a disk was made of does not change
        boot = next(iter(self.details.disks or ()), None)
        template = self._lookup("disk_template", Template, boot.template if boot else None, None)
        if boot is None or template is None:
            self.not_shown.append("disk_template")
            return None
        self.not_shown.append("disk_template.options that are passwords")
        return DiskTemplate(
            template=template,
            version=self._lookup("", TemplateVersion, boot.template_version, None),
            options=tuple(Option(key=key, value=value) for key, value in boot.options.items()),
        )

    def _system_disks(self) -> tuple[SystemDisk, ...]:
        like, disks = self.like.system_disks, self.details.disks
        if disks is None:
            if like or self.imports:
                self._unreadable("system_disks", "disks")
            return like
        shared = [lookup.value for lookup in self.like.shared_disks]
        own = [disk for disk in disks if disk.id not in shared and disk.name not in shared]
        if not like and not self.imports:
            own = own[1:]  # the boot disk, which a spec need not name
        pairs = paired(like, own, is_named)
        return tuple(
            self._system_disk(f"system_disks[{index}]", disk, other)
            for index, (other, disk) in enumerate(pairs)
        )

    def _system_disk(self, path: str, disk: Disk, like: SystemDisk | None) -> SystemDisk:
        says_all, like = like is None, like or SystemDisk()
        self._note(f"{path}.file_system_type", like.file_system_type)
        speed, io_profile = like.speed, like.io_profile
        if speed and disk.speed is None:
            self.not_shown.append(f"{path}.speed")
        if (speed or says_all) and disk.speed is not None:
            speed = disk.speed
        if io_profile or says_all:
            io_profile = self._lookup(f"{path}.io_profile", IOProfile, disk.io_profile, like.io_profile)
        return SystemDisk(
            name=disk.name if says_all or like.name else like.name,
            size=disk.size if says_all or like.size is not None else None,
            speed=speed,
            io_profile=io_profile,
            file_system_type=like.file_system_type,
            backup_policies=self._policies(f"{path}.backup_policies", disk.id, like.backup_policies),
        )

    def _shared_disks(self) -> tuple[SharedDisk, ...]:
        seen = {value for disk in self.details.disks or () for value in (disk.id, disk.name)}
        if any(lookup.value not in seen for lookup in self.like.shared_disks):
            self.not_shown.append("shared_disks")
        return self.like.shared_disks

    def _policies(
        self, path: str, disk_id: str | None, like: Sequence[BackupPolicy]
    ) -> tuple[BackupPolicy, ...]:
        if self.details.policies is None:
            if like or (self.imports and disk_id is None):
                self._unreadable(path, "backup_policies")
            return tuple(like)
        rows = [row for row in self.details.policies if row.disk_id == disk_id]
        pairs = paired(like, rows, is_same_policy)
        return tuple(
            self._policy(f"{path}[{index}].schedule", row, other) for index, (other, row) in enumerate(pairs)
        )

    def _policy(self, path: str, row: Policy, like: BackupPolicy | None) -> BackupPolicy:
        says_all, like = like is None, like or BackupPolicy()
        schedule = like.schedule
        if row.interval is not None and (says_all or (schedule and schedule.interval)):
            schedule = evolve(schedule or Schedule(), interval=row.interval)
        if like.schedule is not None:
            self._note(f"{path}.frequency", like.schedule.frequency)
            self._note(f"{path}.time", like.schedule.time)
        retention = row.retention if says_all or like.retention is not None else None
        return BackupPolicy(retention=retention, schedule=schedule)

    def _interfaces(self) -> tuple[NetworkInterface, ...]:
        like = self.like.network_interfaces
        if not like and not self.imports:
            return ()  # what Katapult connects by itself is not known
        rows = self.details.interfaces
        if rows is None:
            self._unreadable("network_interfaces", "network_interfaces")
            rows = tuple(self._interfaces_by_network())
            if not self.imports and len(like) != 1:
                return like
        pairs = paired(like, rows, self._is_connected)
        return tuple(
            self._interface(f"network_interfaces[{index}]", row, other)
            for index, (other, row) in enumerate(pairs)
        )

    def _interfaces_by_network(self) -> Iterator[Interface]:
        """Yield what is known of the interfaces from the addresses of the machine."""
        networks = {network.get("id"): network for _, network in self.details.addresses}
        for network_id, network in networks.items():
            addresses = (names for names, its in self.details.addresses if its.get("id") == network_id)
            yield Interface(network=network, addresses=tuple(addresses))

    def _is_connected(self, like: NetworkInterface, row: Interface) -> bool:
        lookup, names = like.virtual_network or like.network, row.virtual_network or self._network(row)
        return lookup is not None and names is not None and names.get(lookup.by) == lookup.value

    def _network(self, row: Interface) -> Names | None:
        """Return the network of an interface; its permalink is told with addresses only."""
        wanted = (row.network or {}).get("id")
        return next((its for _, its in self.details.addresses if its.get("id") == wanted), row.network)

    def _interface(self, path: str, row: Interface, like: NetworkInterface | None) -> NetworkInterface:
        says_all, like = like is None, like or NetworkInterface()
        speed_profile = like.speed_profile
        if speed_profile is not None and row.speed_profile is None:
            self.not_shown.append(f"{path}.speed_profile")
        elif speed_profile is not None or says_all:
            speed_profile = self._lookup(
                f"{path}.speed_profile", SpeedProfile, row.speed_profile, like.speed_profile
            )
        network = None
        if says_all or like.network or not row.virtual_network:
            network = self._lookup(f"{path}.network", Network, self._network(row), like.network)
        if like.network is None and like.virtual_network is None and not says_all:
            network = None
        return NetworkInterface(
            network=network,
            virtual_network=self._lookup(
                f"{path}.virtual_network", VirtualNetwork, row.virtual_network, like.virtual_network
            ),
            speed_profile=speed_profile,
            ip_address_allocations=tuple(allocations_like(like.ip_address_allocations, row.addresses)),
        )
