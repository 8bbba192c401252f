"""The changes that Katapult makes to every spec when it stores it, as 53 recorded builds show them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from attrs import frozen

from vmspec.model.diff import Change, Value
from vmspec.model.schema import Lookup


@frozen
class Explained:
    """A change that does not count as a difference, and why."""

    change: Change
    reason: str


def explain(change: Change) -> Explained | None:
    """Return the explanation of a change from a spec as sent to the spec as stored; None if it has none."""
    for is_known, reason in _KNOWN.get(re.sub(r"\[\d+\]", "[]", change.path), ()):
        if is_known(change.before, change.after):
            return Explained(change, reason)
    return None


def separate(changes: Iterable[Change]) -> tuple[tuple[Explained, ...], tuple[Change, ...]]:
    """Return the changes that are explained, and the others."""
    explained: list[Explained] = []
    others: list[Change] = []
    for change in changes:
        if (known := explain(change)) is not None:
            explained.append(known)
        else:
            others.append(change)
    return tuple(explained), tuple(others)


def _is_by(by: str, *, from_by: Iterable[str]) -> Callable[[Value, Value], bool]:
    """Return a test for lookups that become lookups by something else."""
    return lambda before, after: (
        isinstance(before, Lookup) and isinstance(after, Lookup) and before.by in from_by and after.by == by
    )


def _is_filled_in(before: Value, after: Value) -> bool:
    return before is None and isinstance(after, Lookup) and after.by == "number"


def _is_lower_case(before: Value, after: Value) -> bool:
    return isinstance(before, str) and before != after and before.lower() == after


_KNOWN: Mapping[str, tuple[tuple[Callable[[Value, Value], bool], str], ...]] = {
    "data_center": ((_is_by("id", from_by=("permalink", "name")), "stored by id"),),
    "resources.package": ((_is_by("permalink", from_by=("id",)), "stored by permalink"),),
    "disk_template.version": ((_is_filled_in, "the latest version"),),
    "network_interfaces[].speed_profile": ((_is_by("id", from_by=("permalink",)), "stored by id"),),
    "network_interfaces[].ip_address_allocations[].ip_address": (
        (_is_by("address", from_by=("id",)), "stored by address"),
    ),
    "hostname": (
        (_is_lower_case, "stored in lower case"),
        (lambda before, after: before is None and isinstance(after, str), "drawn at random"),
    ),
    "authorized_keys.continuous_management": (
        (lambda before, after: before is None and after is False, "off by default"),
    ),
}
"""Tests and reasons by path; that a random hostname is stored was not recorded, and is inferred."""
