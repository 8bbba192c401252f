"""The elements that have fields, each with its fields in the order of canonical XML.

None (or an empty tuple) means absent; empty text and zero are values.
"""

from typing import Annotated, ClassVar

from attrs import field, frozen

from vmspec.model.schema import Attribute, Element, Inline, Part, Repeated, Text, Wrapped
from vmspec.model.values import (
    AllocationType,
    Copies,
    Cores,
    Count,
    FileSystem,
    Gigabytes,
    Hour,
    IOProfile,
    IPAddress,
    IPVersion,
    Network,
    Package,
    ScheduleInterval,
    SpeedProfile,
    StorageSpeed,
    Subnet,
    Template,
    TemplateVersion,
    User,
    VirtualNetwork,
)


@frozen(kw_only=True, slots=False, repr=False, eq=False)
class Resources(Part):
    """The processors and memory of the machine: a package, or memory and cpu_cores."""

    package: Annotated[Package | None, Element("Package")] = None
    memory: Annotated[Gigabytes | None, Element("Memory")] = None
    cpu_cores: Annotated[Cores | None, Element("CPUCores")] = None


@frozen(kw_only=True, slots=False, repr=False, eq=False)
class Option(Part):
    """The value of one option of the template, such as true for install_agent.

    The value is secret, because some options are passwords.
    """

    key: Annotated[str, Attribute("key")]
    value: Annotated[str, Text()] = field(default="", repr=False)


@frozen(kw_only=True, slots=False, repr=False, eq=False)
class DiskTemplate(Part):
    """The template for the boot disk; when absent, nothing is installed (inferred)."""

    template: Annotated[Template, Inline("DiskTemplate")]
    version: Annotated[TemplateVersion | None, Element("Version")] = None
    options: Annotated[tuple[Option, ...], Repeated("Option")] = ()


@frozen(kw_only=True, slots=False, repr=False, eq=False)
class CloudInit(Part):
    """The configuration for cloud-init on the first boot; when absent, none (inferred).

    The user data is secret: it often contains passwords.
    """

    user_data: Annotated[str | None, Element("UserData")] = field(default=None, repr=False)


@frozen(kw_only=True, slots=False, repr=False, eq=False)
class Schedule(Part):
    """The schedule of the backups; when absent, Katapult chooses one (inferred)."""

    interval: Annotated[ScheduleInterval | None, Element("Interval")] = None
    frequency: Annotated[Count | None, Element("Frequency")] = None
    time: Annotated[Hour | None, Element("Time")] = None


@frozen(kw_only=True, slots=False, repr=False, eq=False)
class BackupPolicy(Part):
    """A backup policy: when backups are made, and how many are kept."""

    retention: Annotated[Copies | None, Element("Retention")] = None
    schedule: Annotated[Schedule | None, Element("Schedule")] = None


@frozen(kw_only=True, slots=False, repr=False, eq=False)
class SystemDisk(Part):
    """A disk created with the machine; the first one is the boot disk."""

    name: Annotated[str | None, Element("Name")] = None
    size: Annotated[Gigabytes | None, Element("Size")] = None
    speed: Annotated[StorageSpeed | None, Element("Speed")] = None
    io_profile: Annotated[IOProfile | None, Element("IOProfile")] = None
    file_system_type: Annotated[FileSystem | None, Element("FileSystemType")] = None
    backup_policies: Annotated[tuple[BackupPolicy, ...], Wrapped("BackupPolicies", "BackupPolicy")] = ()


@frozen(kw_only=True, slots=False, repr=False, eq=False)
class IPAddressAllocation(Part):
    """An IP address for the interface, new or existing."""

    type: Annotated[AllocationType | None, Attribute("type")] = None
    ip_address: Annotated[IPAddress | None, Element("IPAddress")] = None
    version: Annotated[IPVersion | None, Element("Version")] = None
    subnet: Annotated[Subnet | None, Element("Subnet")] = None


@frozen(kw_only=True, slots=False, repr=False, eq=False)
class NetworkInterface(Part):
    """A connection to one network, with its speed and addresses."""

    exclusive: ClassVar[tuple[str, str] | None] = ("network", "virtual_network")

    network: Annotated[Network | None, Element("Network")] = None
    virtual_network: Annotated[VirtualNetwork | None, Element("VirtualNetwork")] = None
    speed_profile: Annotated[SpeedProfile | None, Element("SpeedProfile")] = None
    ip_address_allocations: Annotated[tuple[IPAddressAllocation, ...], Repeated("IPAddressAllocation")] = ()


@frozen(kw_only=True, slots=False, repr=False, eq=False)
class AuthorizedKeys(Part):
    """The users and keys that may log in by SSH; when absent, nobody (inferred).

    ``all_users`` and ``all_ssh_keys`` are None if the document does not say. Continuous management keeps
    the keys current after the build (inferred from the API's product name).
    """

    continuous_management: Annotated[bool | None, Attribute("continuous_management")] = None
    all_users: Annotated[bool | None, Attribute("all", of="Users")] = None
    users: Annotated[tuple[User, ...], Wrapped("Users", "User")] = ()
    all_ssh_keys: Annotated[bool | None, Attribute("all", of="SSHKeys")] = None
    ssh_keys: Annotated[tuple[str, ...], Wrapped("SSHKeys", "SSHKey")] = ()
