"""Matching the parts of a spec with those of a machine, whose order the API does not promise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from vmspec.live.machine import Disk, Names, Policy
from vmspec.model.elements import BackupPolicy, IPAddressAllocation, SystemDisk
from vmspec.model.values import IPAddress

A = TypeVar("A")
B = TypeVar("B")


def paired(
    likes: Sequence[A], rows: Iterable[B], is_same: Callable[[A, B], bool]
) -> list[tuple[A | None, B]]:
    """Return parts of a spec with those of a machine: first what is the same, then in order.

    The pairs are in the order of the spec; parts that only the machine has come last, without partner.
    """
    left = [*rows]
    partners: dict[int, B] = {}
    for index, like in enumerate(likes):
        if (row := next((row for row in left if is_same(like, row)), None)) is not None:
            partners[index] = row
            left.remove(row)
    for index in range(len(likes)):
        if index not in partners and left:
            partners[index] = left.pop(0)
    paired: list[tuple[A | None, B]] = [(likes[index], partners[index]) for index in sorted(partners)]
    return paired + [(None, row) for row in left]


def is_named(like: SystemDisk, disk: Disk) -> bool:
    """Return whether a disk has the name that a spec gives it."""
    return like.name is not None and like.name == disk.name


def is_same_policy(like: BackupPolicy, row: Policy) -> bool:
    """Return whether a policy keeps as many backups as that of a spec."""
    return like.retention == row.retention


def allocations_like(
    likes: Sequence[IPAddressAllocation], addresses: Iterable[Names]
) -> Iterator[IPAddressAllocation]:
    """Yield the allocations whose addresses are there, then those of the other addresses."""
    left = [*addresses]
    kept: set[int] = set()
    for index in sorted(range(len(likes)), key=lambda index: likes[index].ip_address is None):
        if (names := next((names for names in left if _is_of(likes[index], names)), None)) is not None:
            left.remove(names)
            kept.add(index)
    yield from (likes[index] for index in sorted(kept))
    for names in left:
        if "address" in names:
            yield IPAddressAllocation(type="existing", ip_address=IPAddress(names["address"], by="address"))


def _is_of(like: IPAddressAllocation, names: Names) -> bool:
    """Return whether an address may be that of an allocation, as new ones of its version are."""
    if like.ip_address is not None:
        return names.get(like.ip_address.by) == like.ip_address.value
    version = 6 if ":" in names.get("address", "") else 4
    return like.version in (None, version)
