"""The arguments of the builder: IP addresses and backup policies, and strings that become lookups."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, TypeVar

from vmspec.errors import SpecError
from vmspec.model.elements import BackupPolicy, IPAddressAllocation, Option, Schedule
from vmspec.model.schema import Lookup, lookup_keys
from vmspec.model.values import IPAddress, IPVersion, ScheduleInterval, Subnet, TemplateVersion

L = TypeVar("L", bound=Lookup)
T = TypeVar("T")

_ID = re.compile(r"[a-z]+_[A-Za-z0-9]{16}", re.ASCII)
"""The form of all known ids: a prefix, ``_``, and 16 letters and digits."""

_KEYS = ("permalink", "name", "address", "email_address")
"""Lookup keys by precedence, for a string that does not look like an id."""


def new_ipv4(subnet: str | Subnet | None = None) -> IPAddressAllocation:
    """Return a new IPv4 address for an interface.

    Without a subnet (an id or an address), Katapult chooses one.

    >>> new_ipv4("10.0.0.0/24").subnet
    Subnet('10.0.0.0/24', by='address')
    """
    return _new_ip(4, subnet)


def new_ipv6(subnet: str | Subnet | None = None) -> IPAddressAllocation:
    """Return a new IPv6 address for an interface.

    Without a subnet (an id or an address), Katapult chooses one.

    >>> new_ipv6().version
    6
    """
    return _new_ip(6, subnet)


def _new_ip(version: IPVersion, subnet: str | Subnet | None) -> IPAddressAllocation:
    return IPAddressAllocation(type="new", version=version, subnet=optional_lookup(Subnet, subnet))


def existing_ip(
    ip_address: str | IPAddress, *, by: Literal["id", "address"] | None = None
) -> IPAddressAllocation:
    """Return an IP address that the organization already has, by id or by the address itself.

    >>> existing_ip("185.53.57.48").ip_address
    IPAddress('185.53.57.48', by='address')
    """
    return IPAddressAllocation(type="existing", ip_address=lookup(IPAddress, ip_address, by))


def backup_policy(
    *,
    retention: int | None = None,
    every: ScheduleInterval | None = None,
    frequency: int | None = None,
    at: int | None = None,
) -> BackupPolicy:
    """Return a backup policy for a disk.

    ``retention`` is the number of backups to keep, ``every`` the interval, ``frequency`` the number of times
    per interval, and ``at`` the hour of the day, from 0 to 23. Katapult chooses what is None.

    >>> backup_policy(retention=7, every="daily", at=2).schedule
    Schedule(interval='daily', time=2)
    """
    schedule = None
    if not (every is None and frequency is None and at is None):
        schedule = Schedule(interval=every, frequency=frequency, time=at)
    return BackupPolicy(retention=retention, schedule=schedule)


def lookup(cls: type[L], value: str | L, by: str | None) -> L:
    """Return a lookup; a string without ``by`` is an id if it looks like one.

    >>> from vmspec.model.values import DataCenter
    >>> lookup(DataCenter, "uk-lon-01", None)
    DataCenter('uk-lon-01', by='permalink')
    """
    if isinstance(value, cls):
        if by is not None:
            raise SpecError(f"by={by!r} given with a {cls.__name__}, which has a by of its own")
        return value
    if not isinstance(value, str):
        raise SpecError(f"{cls.__name__} is of type {type(value).__name__}, not str")
    if by is None:
        keys = lookup_keys(cls)
        by = "id" if _ID.fullmatch(value) else next((key for key in _KEYS if key in keys), "id")
    return cls(value, by)


def optional_lookup(cls: type[L], value: str | L | None) -> L | None:
    """Return a lookup, or None for None."""
    return None if value is None else lookup(cls, value, None)


def check_given(**values: object) -> None:
    """Raise SpecError for None."""
    for name, value in values.items():
        if value is None:
            raise SpecError(f"{name} is None; leave the call out instead")


def all_or_list(name: str, items: Literal["all"] | Iterable[T] | None) -> tuple[bool | None, tuple[T, ...]]:
    """Return True for "all", otherwise None, and the items."""
    if items is None or items == "all":
        return True if items else None, ()
    if isinstance(items, str) or not isinstance(items, Iterable):
        raise SpecError(f'{name} is {items!r}; it is "all" or a list')
    return None, tuple(items)


def option(key: str, value: str | bool | int) -> Option:
    """Return a template option; True becomes ``true``."""
    if isinstance(value, bool):
        return Option(key=key, value="true" if value else "false")
    return Option(key=key, value=str(value) if isinstance(value, int) else value)


def template_version(version: int | str | TemplateVersion | None) -> TemplateVersion | None:
    """Return a template version by number or id, or None for None."""
    if version is None or isinstance(version, TemplateVersion):
        return version
    text = str(version)
    return TemplateVersion(text, by="number" if text.isdecimal() else "id")
