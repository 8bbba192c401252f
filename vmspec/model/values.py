"""The values of fields: quantities with unit and range, choices, and lookups.

A lookup has a value and tells what it is, by default an id:

>>> DataCenter("uk-lon-01", by="permalink")
DataCenter('uk-lon-01', by='permalink')
"""

from typing import Annotated, ClassVar, Literal

from attrs import frozen

from vmspec.model.scalars import Integer, Scalar, VersionIdentifier
from vmspec.model.schema import Lookup

Gigabytes = Annotated[int, Integer(1, "GB")]
"""Memory or disk size, in GB (for memory the unit is inferred from the API's ``memory_in_gb``)."""

Cores = Annotated[int, Integer(1)]
"""Virtual CPU cores."""

Copies = Annotated[int, Integer(1)]
"""A number of backups to keep (copies, not days; inferred)."""

Count = Annotated[int, Integer(1)]
"""A number of times per interval; the vendor documents no range."""

Hour = Annotated[int, Integer(0)]
"""An hour of the day, 0 for midnight (inferred; the grammar sets no maximum)."""

StorageSpeed = Literal["nvme", "ssd"]
FileSystem = Literal["ext4", "xfs"]
ScheduleInterval = Literal["hourly", "daily", "weekly", "monthly"]
AllocationType = Literal["new", "existing"]
IPVersion = Literal[4, 6]


@frozen(slots=False, repr=False, eq=False)
class DataCenter(Lookup):
    """The data center in which the machine runs, instead of a zone."""

    prefixes: ClassVar[tuple[str, ...]] = ("loc_", "dc_")
    by: Literal["id", "name", "permalink"] = "id"


@frozen(slots=False, repr=False, eq=False)
class Zone(Lookup):
    """The zone in which the machine runs, instead of a data_center."""

    prefixes: ClassVar[tuple[str, ...]] = ("zone_",)
    by: Literal["id", "permalink"] = "id"


@frozen(slots=False, repr=False, eq=False)
class Package(Lookup):
    """The package that defines memory, cores and disk size, such as rock-3."""

    prefixes: ClassVar[tuple[str, ...]] = ("vmpkg_",)
    by: Literal["id", "permalink"] = "id"


@frozen(slots=False, repr=False, eq=False)
class Template(Lookup):
    """The template itself, such as templates/ubuntu-22-04 by permalink."""

    prefixes: ClassVar[tuple[str, ...]] = ("dtpl_",)
    by: Literal["id", "permalink"] = "id"


@frozen(slots=False, repr=False, eq=False)
class TemplateVersion(Lookup):
    """The version of the template; when absent, the latest (inferred).

    >>> TemplateVersion("3", by="number")
    TemplateVersion('3', by='number')
    """

    scalar: ClassVar[Scalar] = VersionIdentifier()
    implicit_key: ClassVar[str | None] = "number"
    prefixes: ClassVar[tuple[str, ...]] = ("dtv_",)
    by: Literal["id", "number"] = "id"


@frozen(slots=False, repr=False, eq=False)
class IOProfile(Lookup):
    """The profile that limits reads and writes, such as 100k; when absent, Katapult chooses one
    (inferred).
    """

    prefixes: ClassVar[tuple[str, ...]] = ("diop_",)
    by: Literal["id", "permalink"] = "id"


@frozen(slots=False, repr=False, eq=False)
class SharedDisk(Lookup):
    """An existing disk to attach to the machine."""

    prefixes: ClassVar[tuple[str, ...]] = ("disk_",)
    by: Literal["id", "name"] = "id"


@frozen(slots=False, repr=False, eq=False)
class Network(Lookup):
    """The network of the data center that the interface is connected to, such as uk-lon-01-public."""

    prefixes: ClassVar[tuple[str, ...]] = ("netw_",)
    by: Literal["id", "permalink"] = "id"


@frozen(slots=False, repr=False, eq=False)
class VirtualNetwork(Lookup):
    """The virtual network of the organization that the interface is connected to, by id only."""

    prefixes: ClassVar[tuple[str, ...]] = ("vnet_",)
    by: Literal["id"] = "id"


@frozen(slots=False, repr=False, eq=False)
class SpeedProfile(Lookup):
    """The profile that limits the speed, such as 1gbps; when absent, Katapult chooses one (inferred)."""

    prefixes: ClassVar[tuple[str, ...]] = ("nsp_",)
    by: Literal["id", "permalink"] = "id"


@frozen(slots=False, repr=False, eq=False)
class IPAddress(Lookup):
    """The existing address to use, for type existing."""

    prefixes: ClassVar[tuple[str, ...]] = ("ip_",)
    by: Literal["id", "address"] = "id"


@frozen(slots=False, repr=False, eq=False)
class Subnet(Lookup):
    """The subnet of the new address, for type new; when absent, any of the network (inferred)."""

    prefixes: ClassVar[tuple[str, ...]] = ("sbnt_",)
    by: Literal["id", "address"] = "id"


@frozen(slots=False, repr=False, eq=False)
class Group(Lookup):
    """The group of virtual machines to add the machine to; when absent, none (inferred)."""

    prefixes: ClassVar[tuple[str, ...]] = ("vmgrp_",)
    by: Literal["id", "name"] = "id"


@frozen(slots=False, repr=False, eq=False)
class User(Lookup):
    """A user whose SSH keys may log in."""

    prefixes: ClassVar[tuple[str, ...]] = ("user_",)
    by: Literal["id", "email_address"] = "id"


@frozen(slots=False, repr=False, eq=False)
class ISO(Lookup):
    """The ISO image to insert, by id only; when absent, none (inferred)."""

    implicit_key: ClassVar[str | None] = "id"
    prefixes: ClassVar[tuple[str, ...]] = ("iso_",)
    by: Literal["id"] = "id"
