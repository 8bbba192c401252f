"""The arguments of the builder: IP addresses and backup policies, and strings that become lookups."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from typing import Literal, TypeVar

from vmspec.documents import loads
from vmspec.errors import DocumentError, SpecError
from vmspec.model.elements import BackupPolicy, IPAddressAllocation, Option, Schedule
from vmspec.model.schema import Lookup, lookup_keys
from vmspec.model.spec import VirtualMachineSpec
from vmspec.model.values import IPAddress, IPVersion, ScheduleInterval, Subnet, TemplateVersion
from vmspec.text import join_or, machine_prefix

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

    ``retention`` is the number of backups to keep (copies, not days; inferred), ``every`` the interval, and
    ``at`` the hour of the day, from 0 to 23 (inferred; the time zone is not documented). ``frequency`` is a
    number from 1; the vendor documents neither its meaning nor its range, and it is probably the number of
    times per interval. Katapult chooses what is None.

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
    keys = lookup_keys(cls)
    if not isinstance(value, str):
        raise SpecError(
            f"{cls.__name__} is of type {type(value).__name__}, not str; write its {join_or(reversed(keys))}"
        )
    if not value.strip():
        raise SpecError(f"{cls.__name__} is empty; write its {join_or(reversed(keys))}")
    if value != value.strip():
        raise SpecError(f"{cls.__name__} starts or ends with whitespace; write {value.strip()!r}")
    if by is None:
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
    if isinstance(items, str):
        raise SpecError(f'{name} is {items!r}; it is "all" or a list; write {name}=[{items!r}]')
    if not isinstance(items, Iterable):
        raise SpecError(f'{name} is {items!r}; it is "all" or a list')
    return None, tuple(items)


def strings(name: str, values: Iterable[object]) -> tuple[str, ...]:
    """Return strings that were given as separate arguments."""
    checked: list[str] = []
    for value in values:
        if isinstance(value, str):
            checked.append(value)
        elif isinstance(value, Iterable):
            shape = f'.{name}("a", "b"), or .{name}(*{name}) with a star'
            advice = f"write {shape}" if name == "tags" else "write each string by itself"
            raise SpecError(f"{name} holds a {type(value).__name__}; {advice}")
        else:
            raise SpecError(f"{name}[{len(checked)}] is of type {type(value).__name__}, not str")
    return tuple(checked)


def policies(backup: BackupPolicy | Iterable[BackupPolicy] | None) -> tuple[BackupPolicy, ...]:
    """Return the backup policies of a disk."""
    if backup is None or isinstance(backup, BackupPolicy):
        return () if backup is None else (backup,)
    found = tuple(backup) if isinstance(backup, Iterable) and not isinstance(backup, str) else ()
    if not all(isinstance(policy, BackupPolicy) for policy in found) or (not found and backup):
        advice = f"backup_policy(every={backup!r})" if isinstance(backup, str) else "backup_policy(...)"
        raise SpecError(f"backup is of type {type(backup).__name__}; write {advice}")
    return found


def allocations(values: Iterable[object]) -> tuple[IPAddressAllocation, ...]:
    """Return the IP address allocations of an interface."""
    checked: list[IPAddressAllocation] = []
    for value in values:
        if not isinstance(value, IPAddressAllocation):
            advice = "new_ipv4(), new_ipv6() or existing_ip(address)"
            if isinstance(value, (str, IPAddress)):
                advice = f"existing_ip({getattr(value, 'value', value)!r})"
            elif isinstance(value, Iterable):
                advice = "*addresses, with a star"
            elif callable(value):
                advice = f"{getattr(value, '__name__', 'new_ipv4')}()"
            raise SpecError(f"address {len(checked) + 1} is of type {type(value).__name__}; write {advice}")
        checked.append(value)
    return tuple(checked)


def option(key: str, value: str | bool | int) -> Option:
    """Return a template option; True becomes ``true``."""
    if isinstance(value, bool):
        return Option(key=key, value="true" if value else "false")
    if not isinstance(value, (str, int)):
        raise SpecError(f"option {key!r} is of type {type(value).__name__}; it is a str, an int or a bool")
    return Option(key=key, value=str(value) if isinstance(value, int) else value)


def template_version(version: int | str | TemplateVersion | None) -> TemplateVersion | None:
    """Return a template version by number or id, or None for None."""
    if version is None or isinstance(version, TemplateVersion):
        return version
    if not isinstance(version, (int, str)) or isinstance(version, bool):
        raise SpecError(f"version is of type {type(version).__name__}; write its number or id")
    text = str(version)
    return TemplateVersion(text, by="number" if text.isdecimal() else "id")


def spec_of_data(data: Mapping[str, object]) -> VirtualMachineSpec:
    """Return the spec of plain data in the shape of JSON documents; raise SpecError with every mistake."""
    if not isinstance(data, Mapping):
        advice = "VM.load(path)" if isinstance(data, (str, os.PathLike)) else "a mapping such as a dict"
        raise SpecError(f"data is of type {type(data).__name__}; write {advice}")
    hostname = data.get("hostname")
    machine = machine_prefix(hostname if isinstance(hostname, str) else None)
    try:
        return loads(json.dumps(data, default=_plain), "json")
    except DocumentError as error:
        problems = [
            f"{found.message}; {found.hint}" if found.hint else found.message for found in error.findings
        ]
    except (TypeError, ValueError, RecursionError) as error:
        problems = [f"data is not plain: {error}"]
    raise SpecError(machine + "; ".join(problems))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"it holds a {type(value).__name__}; write dicts, lists, strings, integers and booleans")
