"""The values that fields hold: quantities with unit and range, choices, and lookups.

A lookup is made from a value and what to look it up by, an id where nothing is said:

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
"""How many backups are kept (that copies are counted, not days, is inferred)."""

Count = Annotated[int, Integer(1)]
"""How often something happens within its interval; the vendor states no range."""

Hour = Annotated[int, Integer(0)]
"""An hour of the day, 0 is midnight (inferred; the grammar sets no upper end)."""

StorageSpeed = Literal["nvme", "ssd"]
FileSystem = Literal["ext4", "xfs"]
ScheduleInterval = Literal["hourly", "daily", "weekly", "monthly"]
AllocationType = Literal["new", "existing"]
IPVersion = Literal[4, 6]


@frozen(slots=False, repr=False)
class DataCenter(Lookup):
    """Where the machine runs."""

    prefixes: ClassVar[tuple[str, ...]] = ("loc_", "dc_")
    by: Literal["id", "name", "permalink"] = "id"


@frozen(slots=False, repr=False)
class Zone(Lookup):
    """The zone of a data center in which the machine runs."""

    prefixes: ClassVar[tuple[str, ...]] = ("zone_",)
    by: Literal["id", "permalink"] = "id"


@frozen(slots=False, repr=False)
class Package(Lookup):
    """A fixed bundle of memory, cores and disk, such as rock-3."""

    prefixes: ClassVar[tuple[str, ...]] = ("vmpkg_",)
    by: Literal["id", "permalink"] = "id"


@frozen(slots=False, repr=False)
class Template(Lookup):
    """The disk template itself; its permalink holds a slash: ``templates/ubuntu-22-04``."""

    prefixes: ClassVar[tuple[str, ...]] = ("dtpl_",)
    by: Literal["id", "permalink"] = "id"


@frozen(slots=False, repr=False)
class TemplateVersion(Lookup):
    """A version of a disk template, by id or (as Katapult stores it) by number.

    >>> TemplateVersion("3", by="number")
    TemplateVersion('3', by='number')
    """

    scalar: ClassVar[Scalar] = VersionIdentifier()
    implicit_key: ClassVar[str | None] = "number"
    prefixes: ClassVar[tuple[str, ...]] = ("dtv_",)
    by: Literal["id", "number"] = "id"


@frozen(slots=False, repr=False)
class IOProfile(Lookup):
    """How many input and output operations a disk may do."""

    prefixes: ClassVar[tuple[str, ...]] = ("diop_",)
    by: Literal["id", "permalink"] = "id"


@frozen(slots=False, repr=False)
class SharedDisk(Lookup):
    """A disk that exists already and is attached to the machine."""

    prefixes: ClassVar[tuple[str, ...]] = ("disk_",)
    by: Literal["id", "name"] = "id"


@frozen(slots=False, repr=False)
class Network(Lookup):
    """The network that an interface is in."""

    prefixes: ClassVar[tuple[str, ...]] = ("netw_",)
    by: Literal["id", "permalink"] = "id"


@frozen(slots=False, repr=False)
class VirtualNetwork(Lookup):
    """A private network of the organization, by id only."""

    prefixes: ClassVar[tuple[str, ...]] = ("vnet_",)
    by: Literal["id"] = "id"


@frozen(slots=False, repr=False)
class SpeedProfile(Lookup):
    """How fast an interface may be, such as 1gbps."""

    prefixes: ClassVar[tuple[str, ...]] = ("nsp_",)
    by: Literal["id", "permalink"] = "id"


@frozen(slots=False, repr=False)
class IPAddress(Lookup):
    """An address that the organization holds already."""

    prefixes: ClassVar[tuple[str, ...]] = ("ip_",)
    by: Literal["id", "address"] = "id"


@frozen(slots=False, repr=False)
class Subnet(Lookup):
    """The subnet that a new address is taken from."""

    prefixes: ClassVar[tuple[str, ...]] = ("sbnt_",)
    by: Literal["id", "address"] = "id"


@frozen(slots=False, repr=False)
class Group(Lookup):
    """The group of virtual machines that the machine joins."""

    prefixes: ClassVar[tuple[str, ...]] = ("vmgrp_",)
    by: Literal["id", "name"] = "id"


@frozen(slots=False, repr=False)
class User(Lookup):
    """A user whose keys are authorized."""

    prefixes: ClassVar[tuple[str, ...]] = ("user_",)
    by: Literal["id", "email_address"] = "id"


@frozen(slots=False, repr=False)
class ISO(Lookup):
    """A disc image that the machine boots from, by id only."""

    prefixes: ClassVar[tuple[str, ...]] = ("iso_",)
    by: Literal["id"] = "id"
