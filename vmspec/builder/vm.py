"""VM: builds a spec step by step. Every method returns a new VM, so that a base can be shared.

>>> base = VM().data_center("uk-lon-01").package("rock-3")
>>> web, db = base.tags("web"), base.tags("db")
>>> base.spec.tags, web.spec.tags
((), ('web',))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

from attrs import frozen

from vmspec.builder.arguments import (
    all_or_list,
    backup_policy,
    check_given,
    lookup,
    option,
    optional_lookup,
    template_version,
)
from vmspec.documents import dumps
from vmspec.errors import InvalidSpecError, SpecError
from vmspec.model import elements, values
from vmspec.model.schema import with_fields
from vmspec.model.spec import VirtualMachineSpec, check_is_spec
from vmspec.validation import validate


@frozen(init=False)
class VM:
    """A virtual machine to be built. ``build`` returns its spec, checked by all rules.

    Where a method takes a lookup, a string is an id if it looks like one (``vmpkg_`` and 16 letters and
    digits). Otherwise it is the first of these that the lookup supports: permalink, name, address, email
    address. ``by`` overrides this.

    Raises SpecError as soon as a value is given that the format cannot hold.

    >>> VM("web-1").data_center("uk-lon-01").package("rock-3").build().hostname
    'web-1'
    """

    spec: VirtualMachineSpec
    """The spec so far, unchecked by rules."""

    def __init__(self, hostname: str | None = None) -> None:
        """Create a VM with a hostname, or with a random one for None."""
        object.__setattr__(self, "spec", VirtualMachineSpec(hostname=hostname))

    @classmethod
    def from_spec(cls, spec: VirtualMachineSpec) -> VM:
        """Return a VM that starts from a spec, such as one that was loaded."""
        check_is_spec(spec)
        return cls._with_spec(spec)

    def build(self) -> VirtualMachineSpec:
        """Return the spec; raise InvalidSpecError with every finding if it breaks a rule."""
        report = validate(self.spec)
        if not report.ok:
            raise InvalidSpecError(report.findings)
        return self.spec

    def to_xml(self) -> str:
        """Return the canonical XML of ``build()``."""
        return dumps(self.build(), "xml")

    def apply(self, function: Callable[[VM], VM]) -> VM:
        """Return ``function(self)``, to put a function of your own into the chain.

        >>> def small(vm: VM) -> VM:
        ...     return vm.package("rock-3").disk(20)
        >>> VM("web-1").apply(small).spec.resources
        Resources(package=Package('rock-3', by='permalink'))
        """
        return function(self)

    # Names

    def hostname(self, hostname: str) -> VM:
        """Set the hostname, which Katapult stores in lower case."""
        check_given(hostname=hostname)
        return self._with_spec(with_fields(self.spec, hostname=hostname, hostname_type=None))

    def random_hostname(self) -> VM:
        """Let Katapult choose the hostname."""
        return self._with_spec(with_fields(self.spec, hostname=None, hostname_type=None))

    def name(self, name: str) -> VM:
        """Set the name shown in Katapult; without one, it is the hostname."""
        return self._with(name=name)

    def description(self, description: str) -> VM:
        """Set the description."""
        return self._with(description=description)

    def tags(self, *names: str) -> VM:
        """Add tags by name. Katapult ignores names of tags that do not exist."""
        return self._with(tags=(*self.spec.tags, *names))

    def group(self, group: str | values.Group, *, by: Literal["id", "name"] | None = None) -> VM:
        """Set the group of the machine."""
        return self._with(group=lookup(values.Group, group, by))

    # Location and size

    def data_center(
        self,
        data_center: str | values.DataCenter,
        *,
        by: Literal["id", "name", "permalink"] | None = None,
    ) -> VM:
        """Set the data center. A spec has either this or a zone; setting one does not clear the other."""
        return self._with(data_center=lookup(values.DataCenter, data_center, by))

    def zone(self, zone: str | values.Zone, *, by: Literal["id", "permalink"] | None = None) -> VM:
        """Set the zone. A spec has either this or a data center; setting one does not clear the other."""
        return self._with(zone=lookup(values.Zone, zone, by))

    def package(self, package: str | values.Package, *, by: Literal["id", "permalink"] | None = None) -> VM:
        """Set the package. A spec has either this or both memory and CPU cores."""
        return self._with_resources(package=lookup(values.Package, package, by))

    def cpu(self, cores: int) -> VM:
        """Set the number of CPU cores, if the organization has flexible resources."""
        return self._with_resources(cpu_cores=cores)

    def memory(self, gigabytes: int) -> VM:
        """Set the memory in GB, if the organization has flexible resources."""
        return self._with_resources(memory=gigabytes)

    # Software

    def template(
        self,
        template: str | values.Template,
        *,
        by: Literal["id", "permalink"] | None = None,
        version: int | str | values.TemplateVersion | None = None,
        **options: str | bool | int,
    ) -> VM:
        """Set the disk template, its version and its options.

        The version is a number or an id; None means the latest. True is written as ``true``. Use ``option``
        for option keys that cannot be argument names, and for the keys ``by`` and ``version``.

        >>> VM().template("templates/ubuntu-22-04", version=3, install_agent=True).spec.disk_template.version
        TemplateVersion('3', by='number')
        """
        return self._with(
            disk_template=elements.DiskTemplate(
                template=lookup(values.Template, template, by),
                version=template_version(version),
                options=tuple(option(key, value) for key, value in options.items()),
            )
        )

    def option(self, key: str, value: str | bool | int) -> VM:
        """Add an option to the disk template; raise SpecError without a template."""
        template = self.spec.disk_template
        if template is None:
            raise SpecError("an option belongs to a disk template; call template() first")
        options = (*template.options, option(key, value))
        return self._with(disk_template=with_fields(template, options=options))

    def cloud_init(self, user_data: str) -> VM:
        """Set the user data for cloud-init on the first boot, which is used unchanged."""
        check_given(user_data=user_data)
        return self._with(cloud_init=elements.CloudInit(user_data=user_data))

    def iso(self, iso: str | values.ISO) -> VM:
        """Set the disc image to boot from, by id."""
        return self._with(iso=lookup(values.ISO, iso, None))

    # Disks

    def disk(
        self,
        size: int,
        *,
        name: str | None = None,
        speed: values.StorageSpeed | None = None,
        io_profile: str | values.IOProfile | None = None,
        file_system_type: values.FileSystem | None = None,
        backup: elements.BackupPolicy | Iterable[elements.BackupPolicy] = (),
    ) -> VM:
        """Add a disk with a size in GB; the first disk is the boot disk.

        >>> VM().disk(20, name="System", speed="nvme").spec.system_disks
        (SystemDisk(name='System', size=20, speed='nvme'),)
        """
        check_given(size=size)
        disk = elements.SystemDisk(
            name=name,
            size=size,
            speed=speed,
            io_profile=optional_lookup(values.IOProfile, io_profile),
            file_system_type=file_system_type,
            backup_policies=(backup,) if isinstance(backup, elements.BackupPolicy) else tuple(backup or ()),
        )
        return self._with(system_disks=(*self.spec.system_disks, disk))

    def shared_disk(self, disk: str | values.SharedDisk, *, by: Literal["id", "name"] | None = None) -> VM:
        """Add an existing disk."""
        return self._with(shared_disks=(*self.spec.shared_disks, lookup(values.SharedDisk, disk, by)))

    def backup(
        self,
        *,
        retention: int | None = None,
        every: values.ScheduleInterval | None = None,
        frequency: int | None = None,
        at: int | None = None,
    ) -> VM:
        """Add a backup policy for the machine, with the arguments of ``backup_policy``."""
        policy = backup_policy(retention=retention, every=every, frequency=frequency, at=at)
        return self._with(backup_policies=(*self.spec.backup_policies, policy))

    # Networks and access

    def network(
        self,
        network: str | values.Network,
        *allocations: elements.IPAddressAllocation,
        by: Literal["id", "permalink"] | None = None,
        speed_profile: str | values.SpeedProfile | None = None,
    ) -> VM:
        """Add an interface in a network, with addresses from ``new_ipv4``, ``new_ipv6`` or ``existing_ip``.

        >>> from vmspec import new_ipv4
        >>> VM().network("uk-lon-01-public", new_ipv4()).spec.network_interfaces[0].ip_address_allocations
        (IPAddressAllocation(type='new', version=4),)
        """
        return self._with_interface(allocations, speed_profile, network=lookup(values.Network, network, by))

    def virtual_network(
        self,
        virtual_network: str | values.VirtualNetwork,
        *allocations: elements.IPAddressAllocation,
        speed_profile: str | values.SpeedProfile | None = None,
    ) -> VM:
        """Add an interface in a virtual network, by id."""
        network = lookup(values.VirtualNetwork, virtual_network, None)
        return self._with_interface(allocations, speed_profile, virtual_network=network)

    def authorize(
        self,
        *,
        users: Literal["all"] | Iterable[str | values.User] | None = None,
        ssh_keys: Literal["all"] | Iterable[str] | None = None,
        continuous_management: bool | None = None,
    ) -> VM:
        """Set who may log in: all users or some (ids, email addresses), and all SSH keys or some.

        With ``continuous_management``, Katapult keeps the keys up to date after the build.

        >>> VM().authorize(users=["ada@example.org"]).spec.authorized_keys
        AuthorizedKeys(users=(User('ada@example.org', by='email_address'),))
        """
        all_users, some_users = all_or_list("users", users)
        all_keys, some_keys = all_or_list("ssh_keys", ssh_keys)
        return self._with(
            authorized_keys=elements.AuthorizedKeys(
                continuous_management=continuous_management,
                all_users=all_users,
                users=tuple(lookup(values.User, user, None) for user in some_users),
                all_ssh_keys=all_keys,
                ssh_keys=some_keys,
            )
        )

    @classmethod
    def _with_spec(cls, spec: VirtualMachineSpec) -> VM:
        vm = cls.__new__(cls)
        object.__setattr__(vm, "spec", spec)
        return vm

    def _with(self, **changes: Any) -> VM:
        check_given(**changes)
        return self._with_spec(with_fields(self.spec, **changes))

    def _with_resources(self, **changes: Any) -> VM:
        check_given(**changes)
        return self._with(resources=with_fields(self.spec.resources or elements.Resources(), **changes))

    def _with_interface(
        self,
        allocations: tuple[elements.IPAddressAllocation, ...],
        speed_profile: str | values.SpeedProfile | None,
        **network: Any,
    ) -> VM:
        interface = elements.NetworkInterface(
            **network,
            speed_profile=optional_lookup(values.SpeedProfile, speed_profile),
            ip_address_allocations=allocations,
        )
        return self._with(network_interfaces=(*self.spec.network_interfaces, interface))
