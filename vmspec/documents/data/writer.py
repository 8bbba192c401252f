"""Specs as plain data in the vendor's shape: mappings, lists, strings, numbers and booleans."""

from __future__ import annotations

from typing import Any

from vmspec.model.scalars import VersionIdentifier
from vmspec.model.schema import Inline, Lookup, Part, fields_of


def to_plain(part: Part) -> dict[str, Any]:
    """Return a spec, or an element of one, as plain data in element order; absent fields have no key."""
    data: dict[str, Any] = {}
    for field in fields_of(type(part)):
        value = getattr(part, field.name)
        if value is None or value == ():
            continue
        if isinstance(field.binding, Inline):
            data[value.by] = value.value
        else:
            data[field.name] = [_plain(item) for item in value] if field.many else _plain(value)
    return data


def plain_lookup(lookup: Lookup) -> dict[str, str] | str | int:
    """Return a lookup as documents have it: a mapping of one key, or a value without its key."""
    if lookup.by != lookup.implicit_key:
        return {lookup.by: lookup.value}
    if not isinstance(lookup.scalar, VersionIdentifier):
        return lookup.value
    return int(lookup.value) if lookup.value.isdecimal() else {lookup.by: lookup.value}


def _plain(value: object) -> Any:
    if isinstance(value, Part):
        return to_plain(value)
    return plain_lookup(value) if isinstance(value, Lookup) else value
