"""The steps of the builder: each returns a new VM with one part of the spec set or added."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, Self

from attrs import frozen

from vmspec.builder.arguments import (
    all_or_list,
    allocations,
    backup_policy,
    check_given,
    lookup,
    option,
    optional_lookup,
    policies,
    strings,
    template_version,
)
from vmspec.builder.merge import merged_options
from vmspec.errors import SpecError
from vmspec.model import elements, values
from vmspec.model.schema import with_fields
from vmspec.model.spec import VirtualMachineSpec


@frozen(init=False)
class Steps:
    """Base class of ``VM`` with the steps that set or add something."""

    spec: VirtualMachineSpec
    """The spec so far, unchecked by rules."""

    # Names

    def hostname(self, hostname: str) -> Self:
        """Set the hostname: one DNS label without dots. Katapult stores it in lower case."""
        check_given(hostname=hostname)
        return self._of(with_fields(self.spec, hostname=hostname, hostname_type=None))

    def random_hostname(self) -> Self:
        """Let Katapult choose the hostname."""
        return self._of(with_fields(self.spec, hostname=None, hostname_type=None))

    def name(self, name: str) -> Self:
        """Set the name shown in Katapult; without one, it is the hostname."""
        return self._with(name=name)

    def description(self, description: str) -> Self:
        """Set the description."""
        return self._with(description=description)

    def tags(self, *names: str) -> Self:
        """Add tags by name. Katapult ignores names of tags that do not exist."""
        return self._with(tags=(*self.spec.tags, *strings("tags", names)))

    def group(self, group: str | values.Group, *, by: Literal["id", "name"] | None = None) -> Self:
        """Set the group of the machine."""
        return self._with(group=lookup(values.Group, group, by))

    # Location and size

    def data_center(
        self,
        data_center: str | values.DataCenter,
        *,
        by: Literal["id", "name", "permalink"] | None = None,
    ) -> Self:
        """Set the data center. A spec has either this or a zone; setting one does not clear the other."""
        return self._with(data_center=lookup(values.DataCenter, data_center, by))

    def zone(self, zone: str | values.Zone, *, by: Literal["id", "permalink"] | None = None) -> Self:
        """Set the zone. A spec has either this or a data center; setting one does not clear the other."""
        return self._with(zone=lookup(values.Zone, zone, by))

    def package(self, package: str | values.Package, *, by: Literal["id", "permalink"] | None = None) -> Self:
        """Set the package, such as ``rock-3``. A spec has either this or both memory and CPU cores."""
        return self._with_resources(package=lookup(values.Package, package, by))

    def cpu(self, cores: int) -> Self:
        """Set the number of CPU cores, if the organization has flexible resources."""
        return self._with_resources(cpu_cores=cores)

    def memory(self, gigabytes: int) -> Self:
        """Set the memory in GB (the unit is inferred), if the organization has flexible resources."""
        return self._with_resources(memory=gigabytes)

    # Software

    def template(
        self,
        template: str | values.Template,
        *,
        by: Literal["id", "permalink"] | None = None,
        version: int | str | values.TemplateVersion | None = None,
        **options: str | bool | int,
    ) -> Self:
        """Set the disk template, its version and its options.

        The version is a number or an id; None means the latest. True is written as ``true``. Use ``option``
        for option keys that cannot be argument names, and for the keys ``by`` and ``version``.

        >>> from vmspec import VM
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

    def option(self, key: str, value: str | bool | int) -> Self:
        """Set an option of the disk template; raise SpecError without a template.

        A second value for the same key replaces the first.

        >>> from vmspec import VM
        >>> vm = VM().template("templates/ubuntu-22-04").option("keymap", "us").option("keymap", "gb")
        >>> [option.value for option in vm.spec.disk_template.options]
        ['gb']
        """
        template = self.spec.disk_template
        if template is None:
            raise SpecError("an option belongs to a disk template; call template() first")
        options = merged_options(template.options, (option(key, value),))
        return self._with(disk_template=with_fields(template, options=options))

    def cloud_init(self, user_data: str) -> Self:
        """Set the user data for cloud-init on the first boot, which is used unchanged."""
        check_given(user_data=user_data)
        return self._with(cloud_init=elements.CloudInit(user_data=user_data))

    def iso(self, iso: str | values.ISO) -> Self:
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
    ) -> Self:
        """Add a disk with a size in GB; the first disk is the boot disk.

        ``speed`` is the kind of storage, nvme or ssd; ``io_profile`` limits reads and writes. ``backup`` is
        what ``backup_policy`` returns, or a list of these. Katapult chooses what is not given.

        >>> from vmspec import VM
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
            backup_policies=policies(backup),
        )
        return self._with(system_disks=(*self.spec.system_disks, disk))

    def shared_disk(self, disk: str | values.SharedDisk, *, by: Literal["id", "name"] | None = None) -> Self:
        """Add an existing disk."""
        return self._with(shared_disks=(*self.spec.shared_disks, lookup(values.SharedDisk, disk, by)))

    def backup(
        self,
        *,
        retention: int | None = None,
        every: values.ScheduleInterval | None = None,
        frequency: int | None = None,
        at: int | None = None,
    ) -> Self:
        """Add a backup policy for the machine, with the arguments of ``backup_policy``.

        ``retention`` counts backups, ``at`` is an hour of the day from 0 to 23. The vendor does not document
        ``frequency``, a number from 1: it is probably the number of times per interval.
        """
        policy = backup_policy(retention=retention, every=every, frequency=frequency, at=at)
        return self._with(backup_policies=(*self.spec.backup_policies, policy))

    # Networks and access

    def network(
        self,
        network: str | values.Network,
        *addresses: elements.IPAddressAllocation,
        by: Literal["id", "permalink"] | None = None,
        speed_profile: str | values.SpeedProfile | None = None,
    ) -> Self:
        """Add an interface in a network, with addresses from ``new_ipv4``, ``new_ipv6`` or ``existing_ip``.

        >>> from vmspec import VM, new_ipv4
        >>> VM().network("uk-lon-01-public", new_ipv4()).spec.network_interfaces[0].ip_address_allocations
        (IPAddressAllocation(type='new', version=4),)
        """
        return self._with_interface(addresses, speed_profile, network=lookup(values.Network, network, by))

    def virtual_network(
        self,
        virtual_network: str | values.VirtualNetwork,
        *addresses: elements.IPAddressAllocation,
        speed_profile: str | values.SpeedProfile | None = None,
    ) -> Self:
        """Add an interface in a virtual network, by id."""
        network = lookup(values.VirtualNetwork, virtual_network, None)
        return self._with_interface(addresses, speed_profile, virtual_network=network)

    def authorize(
        self,
        *,
        users: Literal["all"] | Iterable[str | values.User] | None = None,
        ssh_keys: Literal["all"] | Iterable[str] | None = None,
        continuous_management: bool | None = None,
    ) -> Self:
        """Set who may log in: all users or some (ids, email addresses), and all SSH keys or some.

        ``users`` are ids or email addresses. What ``ssh_keys`` lists is not certain: the vendor's Go library
        writes the text of public keys (``ssh-ed25519 AAAA...``), its command line the ids of keys that the
        organization has. Neither was seen at work; "all" was. With ``continuous_management``, Katapult keeps
        the keys up to date after the build (inferred from the name of the product's feature).

        >>> from vmspec import VM
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
                ssh_keys=strings("ssh_keys", some_keys),
            )
        )

    @classmethod
    def _of(cls, spec: VirtualMachineSpec) -> Self:
        vm = cls.__new__(cls)
        object.__setattr__(vm, "spec", spec)
        return vm

    def _with(self, **changes: Any) -> Self:
        check_given(**changes)
        return self._of(with_fields(self.spec, **changes))

    def _with_resources(self, **changes: Any) -> Self:
        check_given(**changes)
        return self._with(resources=with_fields(self.spec.resources or elements.Resources(), **changes))

    def _with_interface(
        self,
        addresses: tuple[elements.IPAddressAllocation, ...],
        speed_profile: str | values.SpeedProfile | None,
        **network: Any,
    ) -> Self:
        interface = elements.NetworkInterface(
            **network,
            speed_profile=optional_lookup(values.SpeedProfile, speed_profile),
            ip_address_allocations=allocations(addresses),
        )
        return self._with(network_interfaces=(*self.spec.network_interfaces, interface))
