"""VM: builds a spec step by step; every step gives a new VM, so a base may be shared.

>>> base = VM().data_center("uk-lon-01").package("rock-3")
>>> web, db = base.tags("web"), base.tags("db")
>>> base.spec.tags, web.spec.tags
((), ('web',))
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar

from attrs import evolve, frozen

from vmspec.documents import dumps
from vmspec.errors import InvalidSpecError, SpecError
from vmspec.model.elements import (
    AuthorizedKeys,
    BackupPolicy,
    CloudInit,
    DiskTemplate,
    IPAddressAllocation,
    NetworkInterface,
    Option,
    Resources,
    Schedule,
    SystemDisk,
)
from vmspec.model.schema import Lookup, lookup_keys
from vmspec.model.spec import VirtualMachineSpec, check_is_spec
from vmspec.model.values import (
    ISO,
    DataCenter,
    FileSystem,
    Group,
    IOProfile,
    IPAddress,
    IPVersion,
    Network,
    Package,
    ScheduleInterval,
    SharedDisk,
    SpeedProfile,
    StorageSpeed,
    Subnet,
    Template,
    TemplateVersion,
    User,
    VirtualNetwork,
    Zone,
)
from vmspec.validation import validate

L = TypeVar("L", bound=Lookup)

_ID = re.compile(r"[a-z]+_[A-Za-z0-9]{16}", re.ASCII)
"""How every id seen looks: a prefix, ``_``, and 16 letters and digits."""


def _lookup(cls: type[L], value: str | L, by: str | None) -> L:
    """A lookup as given, or from a bare string: an id where it looks like one, else what fits first."""
    if isinstance(value, cls):
        if by is not None:
            raise SpecError(f"by={by!r} beside a {cls.__name__}, which says itself what it is looked up by")
        return value
    if not isinstance(value, str):
        raise SpecError(f"{cls.__name__} is of type {type(value).__name__}, not text")
    if by is None:
        bys = lookup_keys(cls)
        others = [other for other in ("permalink", "name", "address", "email_address") if other in bys]
        by = "id" if _ID.fullmatch(value) or not others else others[0]
    return cls(value, by)


def _optional(cls: type[L], value: str | L | None) -> L | None:
    return None if value is None else _lookup(cls, value, None)


def new_ipv4(subnet: str | Subnet | None = None) -> IPAddressAllocation:
    """A new IPv4 address for an interface, from a subnet (id or address) where one is given.

    >>> new_ipv4("10.0.0.0/24").subnet
    Subnet('10.0.0.0/24', by='address')
    """
    return _new_ip(4, subnet)


def new_ipv6(subnet: str | Subnet | None = None) -> IPAddressAllocation:
    """A new IPv6 address for an interface, from a subnet (id or address) where one is given."""
    return _new_ip(6, subnet)


def _new_ip(version: IPVersion, subnet: str | Subnet | None) -> IPAddressAllocation:
    return IPAddressAllocation(type="new", version=version, subnet=_optional(Subnet, subnet))


def existing_ip(
    ip_address: str | IPAddress, *, by: Literal["id", "address"] | None = None
) -> IPAddressAllocation:
    """An address that the organization holds, by id or by the address itself.

    >>> existing_ip("185.53.57.48").ip_address
    IPAddress('185.53.57.48', by='address')
    """
    return IPAddressAllocation(type="existing", ip_address=_lookup(IPAddress, ip_address, by))


def backup_policy(
    *,
    retention: int | None = None,
    every: ScheduleInterval | None = None,
    frequency: int | None = None,
    at: int | None = None,
) -> BackupPolicy:
    """A backup policy for a disk: how many copies are kept, how often, and at which hour (0 to 23).

    >>> backup_policy(retention=7, every="daily", at=2).schedule
    Schedule(interval='daily', time=2)
    """
    schedule = None
    if not (every is None and frequency is None and at is None):
        schedule = Schedule(interval=every, frequency=frequency, time=at)
    return BackupPolicy(retention=retention, schedule=schedule)


@frozen(init=False)
class VM:
    """A virtual machine to be. Each call gives a new VM; ``build`` gives the checked spec.

    A bare string is an id where it looks like one (``vmpkg_`` and 16 letters and digits), else what
    the lookup allows first of permalink, name, address and email address; ``by`` says it outright.

    Raises SpecError as soon as a value cannot be held by the format.
    """

    spec: VirtualMachineSpec
    """What was said so far; it may break rules until ``build``."""

    def __init__(self, hostname: str | None = None) -> None:
        """A machine of this hostname; None asks Katapult for a random one."""
        object.__setattr__(self, "spec", VirtualMachineSpec(hostname=hostname))

    @classmethod
    def from_spec(cls, spec: VirtualMachineSpec) -> VM:
        """Starts from a spec, such as one that was loaded."""
        check_is_spec(spec)
        vm = cls()
        object.__setattr__(vm, "spec", spec)
        return vm

    def build(self) -> VirtualMachineSpec:
        """The spec; raises InvalidSpecError with every finding where rules are broken."""
        report = validate(self.spec)
        if not report.ok:
            raise InvalidSpecError(report.findings)
        return self.spec

    def to_xml(self) -> str:
        """Canonical XML of ``build()``."""
        return dumps(self.build(), "xml")

    def apply(self, step: Callable[[VM], VM]) -> VM:
        """A step of your own in the chain: ``vm.apply(monitored)`` is ``monitored(vm)``."""
        return step(self)

    # What it is called

    def hostname(self, hostname: str) -> VM:
        """The hostname; Katapult stores it in lower case."""
        return self.random_hostname()._with(hostname=hostname)

    def random_hostname(self) -> VM:
        """Lets Katapult choose the hostname."""
        return VM.from_spec(evolve(self.spec, hostname=None, hostname_type=None))

    def name(self, name: str) -> VM:
        """What the machine is called in Katapult; the hostname where nothing is said."""
        return self._with(name=name)

    def description(self, description: str) -> VM:
        """What the machine is for."""
        return self._with(description=description)

    def tags(self, *names: str) -> VM:
        """Adds tags by name; a build assigns only those that exist."""
        return self._with(tags=(*self.spec.tags, *names))

    def group(self, group: str | Group, *, by: Literal["id", "name"] | None = None) -> VM:
        """The group that the machine joins."""
        return self._with(group=_lookup(Group, group, by))

    # Where it runs and what it gets

    def data_center(
        self, data_center: str | DataCenter, *, by: Literal["id", "name", "permalink"] | None = None
    ) -> VM:
        """The data center; a spec has either this or a zone, and neither takes the other back."""
        return self._with(data_center=_lookup(DataCenter, data_center, by))

    def zone(self, zone: str | Zone, *, by: Literal["id", "permalink"] | None = None) -> VM:
        """The zone; a spec has either this or a data center, and neither takes the other back."""
        return self._with(zone=_lookup(Zone, zone, by))

    def package(self, package: str | Package, *, by: Literal["id", "permalink"] | None = None) -> VM:
        """The package; a spec has either this or both memory and CPU cores."""
        return self._with_resources(package=_lookup(Package, package, by))

    def cpu(self, cores: int) -> VM:
        """The number of CPU cores, where the organization has flexible resources."""
        return self._with_resources(cpu_cores=cores)

    def memory(self, gigabytes: int) -> VM:
        """The memory in GB, where the organization has flexible resources."""
        return self._with_resources(memory=gigabytes)

    # What it starts from

    def template(
        self,
        template: str | Template,
        *,
        by: Literal["id", "permalink"] | None = None,
        version: int | str | TemplateVersion | None = None,
        **options: str | bool | int,
    ) -> VM:
        """The disk template, its version (a number or an id; the newest where absent) and options.

        Options whose keys are no names for an argument (``by`` and ``version`` among them) are set with
        ``option``. True is written as ``true``.
        """
        return self._with(
            disk_template=DiskTemplate(
                template=_lookup(Template, template, by),
                version=_version(version),
                options=tuple(_option(key, value) for key, value in options.items()),
            )
        )

    def option(self, key: str, value: str | bool | int) -> VM:
        """Adds an option to the disk template; raises SpecError where there is no template yet."""
        template = self.spec.disk_template
        if template is None:
            raise SpecError("an option belongs to a disk template; call template() first")
        options = (*template.options, _option(key, value))
        return self._with(disk_template=evolve(template, options=options))

    def cloud_init(self, user_data: str) -> VM:
        """The user data that cloud-init acts on at the first boot, taken as it stands."""
        _said(user_data=user_data)
        return self._with(cloud_init=CloudInit(user_data=user_data))

    def iso(self, iso: str | ISO) -> VM:
        """The disc image to boot from, by id."""
        return self._with(iso=_lookup(ISO, iso, None))

    # Disks

    def disk(
        self,
        size: int,
        *,
        name: str | None = None,
        speed: StorageSpeed | None = None,
        io_profile: str | IOProfile | None = None,
        file_system_type: FileSystem | None = None,
        backup: BackupPolicy | Iterable[BackupPolicy] = (),
    ) -> VM:
        """Adds a disk of a size in GB; the first one is the boot disk."""
        _said(size=size)
        disk = SystemDisk(
            name=name,
            size=size,
            speed=speed,
            io_profile=_optional(IOProfile, io_profile),
            file_system_type=file_system_type,
            backup_policies=(backup,) if isinstance(backup, BackupPolicy) else tuple(backup or ()),
        )
        return self._with(system_disks=(*self.spec.system_disks, disk))

    def shared_disk(self, disk: str | SharedDisk, *, by: Literal["id", "name"] | None = None) -> VM:
        """Adds a disk that exists already."""
        return self._with(shared_disks=(*self.spec.shared_disks, _lookup(SharedDisk, disk, by)))

    def backup(
        self,
        *,
        retention: int | None = None,
        every: ScheduleInterval | None = None,
        frequency: int | None = None,
        at: int | None = None,
    ) -> VM:
        """Adds a backup policy for the machine: copies kept, how often, and at which hour (0 to 23)."""
        policy = backup_policy(retention=retention, every=every, frequency=frequency, at=at)
        return self._with(backup_policies=(*self.spec.backup_policies, policy))

    # Networks and access

    def network(
        self,
        network: str | Network,
        *allocations: IPAddressAllocation,
        by: Literal["id", "permalink"] | None = None,
        speed_profile: str | SpeedProfile | None = None,
    ) -> VM:
        """Adds an interface in a network, with addresses from ``new_ipv4``, ``existing_ip`` and so on."""
        return self._with_interface(
            NetworkInterface(
                network=_lookup(Network, network, by),
                speed_profile=_optional(SpeedProfile, speed_profile),
                ip_address_allocations=allocations,
            )
        )

    def virtual_network(
        self,
        virtual_network: str | VirtualNetwork,
        *allocations: IPAddressAllocation,
        speed_profile: str | SpeedProfile | None = None,
    ) -> VM:
        """Adds an interface in a virtual network, which is named by id."""
        return self._with_interface(
            NetworkInterface(
                virtual_network=_lookup(VirtualNetwork, virtual_network, None),
                speed_profile=_optional(SpeedProfile, speed_profile),
                ip_address_allocations=allocations,
            )
        )

    def authorize(
        self,
        *,
        users: Literal["all"] | Iterable[str | User] | None = None,
        ssh_keys: Literal["all"] | Iterable[str] | None = None,
        continuous_management: bool | None = None,
    ) -> VM:
        """Whose SSH keys let them in: ``"all"``, or users (ids, email addresses) and keys one by one."""
        return self._with(
            authorized_keys=AuthorizedKeys(
                continuous_management=continuous_management,
                all_users=True if users == "all" else None,
                users=tuple(_lookup(User, user, None) for user in _listed("users", users)),
                all_ssh_keys=True if ssh_keys == "all" else None,
                ssh_keys=tuple(_listed("ssh_keys", ssh_keys)),
            )
        )

    def _with(self, **changes: Any) -> VM:
        _said(**changes)
        return VM.from_spec(evolve(self.spec, **changes))

    def _with_resources(self, **changes: Any) -> VM:
        _said(**changes)
        return self._with(resources=evolve(self.spec.resources or Resources(), **changes))

    def _with_interface(self, interface: NetworkInterface) -> VM:
        return self._with(network_interfaces=(*self.spec.network_interfaces, interface))


T = TypeVar("T")


def _said(**values: object) -> None:
    """Raises SpecError for None: a step that says nothing is a slip, not a wish."""
    for name, value in values.items():
        if value is None:
            raise SpecError(f"{name} is None; leave the step out where nothing is to be said")


def _listed(argument: str, items: Literal["all"] | Iterable[T] | None) -> Iterable[T]:
    if items is None or items == "all":
        return ()
    if isinstance(items, str) or not isinstance(items, Iterable):
        raise SpecError(f'{argument} is {items!r}; it is "all" or a list')
    return items


def _option(key: str, value: str | bool | int) -> Option:
    if isinstance(value, bool):
        return Option(key=key, value="true" if value else "false")
    return Option(key=key, value=str(value) if isinstance(value, int) else value)


def _version(version: int | str | TemplateVersion | None) -> TemplateVersion | None:
    if version is None or isinstance(version, TemplateVersion):
        return version
    text = str(version)
    return TemplateVersion(text, by="number" if text.isdecimal() else "id")
