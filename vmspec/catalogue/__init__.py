"""The catalogue: what an organization has, as a value and as a file.

>>> catalogue = Catalogue(packages=(Package(id="vmpkg_a", permalink="rock-3"),))
>>> catalogue.find(values.Package("rock-3", by="permalink")).id
'vmpkg_a'
>>> catalogue.find(values.Package("rock-4", by="permalink")) is None
True
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from attrs import field, frozen

from vmspec.catalogue.entries import (
    Address,
    Disk,
    Entry,
    InUse,
    Organization,
    Package,
    Placed,
    PolicyLimits,
    Reference,
    Resource,
    SSHKey,
    Subnet,
    Template,
    TemplateOption,
    TemplateVersion,
    User,
)
from vmspec.model import values
from vmspec.model.schema import Lookup

if TYPE_CHECKING:
    from vmspec.catalogue.file import dump_catalogue, load_catalogue

__all__ = [
    "KINDS",
    "OLD_AFTER_DAYS",
    "Address",
    "Catalogue",
    "Disk",
    "Entry",
    "InUse",
    "Organization",
    "Package",
    "Placed",
    "PolicyLimits",
    "Reference",
    "Resource",
    "SSHKey",
    "Subnet",
    "Template",
    "TemplateOption",
    "TemplateVersion",
    "User",
    "dump_catalogue",
    "load_catalogue",
]

OLD_AFTER_DAYS = 30
"""Age from which a catalogue may be outdated."""

Kind: TypeAlias = "Entry | Address | Subnet"

KINDS: Mapping[type[Lookup], str] = {
    values.DataCenter: "data_centers",
    values.Zone: "zones",
    values.Package: "packages",
    values.Template: "disk_templates",
    values.Network: "networks",
    values.VirtualNetwork: "virtual_networks",
    values.SpeedProfile: "speed_profiles",
    values.IOProfile: "io_profiles",
    values.IPAddress: "ip_addresses",
    values.Subnet: "subnets",
    values.Group: "groups",
    values.User: "users",
    values.SharedDisk: "disks",
    values.ISO: "isos",
}
"""The field of a catalogue in which a lookup is found; versions are found in their template."""


def _folded(text: str) -> str:
    return text.lower()


def _compressed(text: str) -> str:
    from ipaddress import ip_address  # most specs have no address

    try:
        return ip_address(text).compressed
    except ValueError:
        return text


_CANONICAL = {"email_address": _folded, "address": _compressed}
"""Forms in which values are compared that can be written in several ways."""


@frozen(kw_only=True, slots=False, cache_hash=True)
class Catalogue:
    """Everything that an organization has, by kind. A kind is None if it is not known, and not checked then.

    ``unreadable`` says why a kind is not known: the API's error code, or ``no_endpoint``.
    """

    api: str | None = None
    """Address of the API."""
    organization: Organization = field(factory=Organization)
    changed_on: datetime.date | None = None
    """Date of the last change of the file."""
    unreadable: Mapping[str, str] = field(factory=dict, hash=False)
    data_centers: tuple[Resource, ...] | None = None
    zones: tuple[Placed, ...] | None = None
    packages: tuple[Package, ...] | None = None
    disk_templates: tuple[Template, ...] | None = None
    networks: tuple[Placed, ...] | None = None
    virtual_networks: tuple[Placed, ...] | None = None
    speed_profiles: tuple[Resource, ...] | None = None
    io_profiles: tuple[Resource, ...] | None = None
    ip_addresses: tuple[Address, ...] | None = None
    subnets: tuple[Subnet, ...] | None = None
    groups: tuple[Entry, ...] | None = None
    tags: tuple[str, ...] | None = None
    users: tuple[User, ...] | None = None
    ssh_keys: tuple[SSHKey, ...] | None = None
    disks: tuple[Disk, ...] | None = None
    isos: tuple[Entry, ...] | None = None
    policy_limits: PolicyLimits | None = None
    in_use: InUse | None = None
    """Machines that exist now; only in a catalogue for ``vmspec preflight``, never in a file."""

    classes: ClassVar = tuple(KINDS)
    """The lookups that a catalogue can answer."""

    def knows(self, lookup: Lookup) -> bool:
        """Return whether the catalogue can tell if something exists.

        It cannot for a kind that is not known, and for users by email address if some have none in it.
        """
        return lookup.by in self.index.get(type(lookup), ())

    def find(self, lookup: Lookup) -> Any:
        """Return the entry of a lookup; None if there is none, or if that is not known."""
        by_value = self.index.get(type(lookup), {}).get(lookup.by, {})
        found = by_value.get(lookup.value)
        if found is None and lookup.by in _CANONICAL:
            found = by_value.get(_CANONICAL[lookup.by](lookup.value))
        return found

    def known_values(self, lookup: Lookup) -> Sequence[str]:
        """Return the values that a lookup with this ``by`` may have."""
        return [*self.index.get(type(lookup), {}).get(lookup.by, ())]

    @cached_property
    def tag_names(self) -> frozenset[str]:
        """The names of the tags."""
        return frozenset(self.tags or ())

    @cached_property
    def ssh_key_ids(self) -> frozenset[str]:
        """The ids of the SSH keys."""
        return frozenset(key.id for key in self.ssh_keys or ())

    @cached_property
    def index(self) -> Mapping[type[Lookup], Mapping[str, Mapping[str, Any]]]:
        """The entries by lookup class, ``by`` and value; without what is not known."""
        from vmspec.model.schema import lookup_keys

        return {
            cls: {by: found for by in lookup_keys(cls) if (found := _by_value(entries, by)) is not None}
            for cls, name in KINDS.items()
            for entries in [getattr(self, name)]
            if entries is not None
        }

    def age_in_days(self, today: datetime.date | None = None) -> int:
        """Return the days since the last change; 0 for a catalogue without a date."""
        if self.changed_on is None:
            return 0
        return ((today or datetime.datetime.now(datetime.UTC).date()) - self.changed_on).days


def _by_value(entries: Iterable[Kind], by: str) -> dict[str, Kind] | None:
    """Return entries by what they are looked up by; None if that is not known of all users."""
    canonical = _CANONICAL.get(by, str)
    found: dict[str, Kind] = {}
    for entry in entries:
        value: str | None = getattr(entry, by)
        if value is not None:
            found[canonical(value)] = entry
        elif by == "email_address":
            return None
    return found


def __getattr__(name: str) -> object:
    """Load the functions for files when they are first used."""
    if name not in ("dump_catalogue", "load_catalogue"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module("vmspec.catalogue.file"), name)
    return value
