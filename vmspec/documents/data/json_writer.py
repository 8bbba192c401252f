"""Writes specs as JSON, and as plain data in the same shape.

JSON has an indent of 2, a final newline, and non-ASCII characters as they are.
Each class has a closure for each depth at which it occurs, so that everything but the values is a constant.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from json.encoder import encode_basestring
from typing import Any

from vmspec.model.scalars import Boolean, VersionIdentifier
from vmspec.model.schema import Field, Inline, Lookup, Part, fields_of
from vmspec.model.spec import VirtualMachineSpec

Write = Callable[[Any], str]

_STEP = "  "


def write(spec: VirtualMachineSpec) -> str:
    """Return canonical JSON."""
    return _spec_writer()(spec) + "\n"


@cache
def _spec_writer() -> Write:
    return _part_writer(VirtualMachineSpec, "\n")


def _part_writer(cls: type[Part], newline: str) -> Write:
    """Return a writer of an element; ``newline`` is a line end and the indent of the element."""
    inner = newline + _STEP
    writers: list[tuple[str, str, Write]] = []
    for field in fields_of(cls):
        if isinstance(field.binding, Inline):
            writers.append((field.name, inner, _pair))
        else:
            writers.append((field.name, f'{inner}"{field.name}": ', _field_writer(field, inner)))

    def write_part(part: Any) -> str:
        values = part.__dict__
        pieces = [
            start + write_value(value)
            for name, start, write_value in writers
            if (value := values[name]) is not None and value != ()
        ]
        return f"{{{','.join(pieces)}{newline}}}" if pieces else "{}"

    return write_part


def _field_writer(field: Field, newline: str) -> Write:
    if not field.many:
        return _value_writer(field, newline)
    inner = newline + _STEP
    separator, write_item = "," + inner, _value_writer(field, inner)

    def write_items(items: Any) -> str:
        return f"[{inner}{separator.join([write_item(item) for item in items])}{newline}]"

    return write_items


def _value_writer(field: Field, newline: str) -> Write:
    if field.part is not None:
        return _part_writer(field.part, newline)
    if field.lookup is not None:
        return _lookup_writer(field.lookup, newline)
    if isinstance(field.scalar, Boolean):
        return lambda value: "true" if value else "false"
    return _scalar


def _lookup_writer(cls: type[Lookup], newline: str) -> Write:
    inner = newline + _STEP

    def write_mapping(lookup: Lookup) -> str:
        return f"{{{inner}{_pair(lookup)}{newline}}}"

    def write_lookup(lookup: Lookup) -> str:
        plain = plain_lookup(lookup)
        return write_mapping(lookup) if isinstance(plain, dict) else _scalar(plain)

    return write_mapping if cls.implicit_key is None else write_lookup


def _pair(lookup: Lookup) -> str:
    return f'"{lookup.by}": {encode_basestring(lookup.value)}'


def _scalar(value: Any) -> str:
    return encode_basestring(value) if type(value) is str else str(value)


# Plain data


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
